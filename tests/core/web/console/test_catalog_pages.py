"""Collections and imports in the console."""

import html
import io
import json
import re
import zipfile

import obstore
import openpyxl
import pytest
from PIL import Image

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.catalog.listings import collections, stored_collection
from core.commerce.catalog.queries import product_page
from core.commerce.merchandising.import_downloads import template
from core.commerce.merchandising.queries import import_runs, products_index
from core.kernel.db import reading
from core.kernel.i18n import speaking
from core.testing.goods import make_product
from core.testing.statements import count_statements
from tests.core.commerce.merchandising.files import table
from tests.core.web.console.orders_at_hand import hidden


@pytest.fixture
def teas(platform, in_shop):
    return [make_product(title=title).id for title in ("龙井", "肉桂", "银针")]


def titles():
    with reading():
        return [one.title for one in collections(hidden_too=True)]


def members_of(page):
    return json.loads(hidden(page.text, "products"))


# Collections


def test_collection_is_made_filled_ordered_and_saved(owner, teas):
    assert "No collection yet" in owner.get("/collections/").text
    page = owner.get("/collections/new")
    assert members_of(page) == []
    form = {"title": "新茶", "visible": "1", "products": "[]"}
    for tea in teas:
        page = owner.post("/collections/new", form | {"_do": f"add:{tea}"})
        assert page.status_code == 200
        assert 'value="新茶"' in page.text
        form["products"] = json.dumps(members_of(page))
    page = owner.post("/collections/new", form | {"_do": f"up:{teas[2]}"})
    form["products"] = json.dumps(members_of(page))
    page = owner.post("/collections/new", form | {"_do": f"drop:{teas[0]}"})
    form["products"] = json.dumps(members_of(page))
    answer = owner.post("/collections/new", form)
    assert answer.status_code == 303
    with reading():
        saved = stored_collection(collections(hidden_too=True)[0].id)
    assert saved.draft.product_ids == (teas[2], teas[1])
    assert (saved.draft.title, saved.draft.visible) == ("新茶", True)
    assert "The collection is saved." in owner.get(answer.location).text


def test_many_members_are_listed_bit_by_bit_and_all_stay_in_the_form(owner, teas, monkeypatch):
    monkeypatch.setattr("core.web.console.catalog.collections._LISTED", 2)
    form = {"title": "新茶", "products": json.dumps([str(tea) for tea in teas])}
    page = owner.post("/collections/new", form | {"_do": f"up:{teas[1]}"})
    assert members_of(page) == [str(teas[1]), str(teas[0]), str(teas[2])]
    assert "The first 2 of 3" in page.text
    assert page.text.count('value="drop:') == 2
    page = owner.post("/collections/new", form | {"_listed": "2", "_do": "more"})
    assert page.text.count('value="drop:') == 3
    assert "List more" not in page.text


def test_products_are_found_to_be_added(owner, in_shop, platform):
    from core.commerce.catalog.actions import save_product
    from core.commerce.catalog.drafts import ProductDraft, VariantDraft

    found = save_product(draft=ProductDraft(title="明前龙井", variants=(VariantDraft(price_minor=1),)))
    page = owner.post("/collections/new", {"title": "x", "_do": "find", "_find": "龙"}).text
    assert f'value="add:{found.id}"' in page
    page = owner.post(
        "/collections/new",
        {"title": "x", "_do": "find", "_find": "龙", "products": json.dumps([str(found.id)])},
    ).text
    assert f'value="add:{found.id}"' not in page
    assert "Nothing to add for" in page


@pytest.mark.parametrize(
    "products",
    [
        "",
        "x",
        "{}",
        "[1, null]",
        '["x"]',
        "[[]]",
        json.dumps(["01890a5d-ac96-774b-bcce-b302099a8057"]),
        '["\\u0000"]',
        "[" * 2000,
    ],
)
def test_list_of_products_that_is_none_counts_as_empty(owner, platform, in_shop, products):
    answer = owner.post("/collections/new", {"title": "空", "products": products})
    assert answer.status_code == 303
    with reading():
        assert collections(hidden_too=True)[0].count == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "Fill this in."),
        ({"title": "a\x00"}, "invisible"),
        ({"title": "茶" * 256}, "at most 255"),
        ({"evil": "1"}, "no field"),
    ],
)
def test_bad_collection_is_refused_in_place(owner, teas, changes, said):
    form = {"title": "新茶", "body": "<p>我写的</p>", "products": json.dumps([str(teas[0])])} | changes
    page = owner.post("/collections/new", form)
    assert page.status_code == 422
    assert said.lower() in page.text.lower()
    assert "&lt;p&gt;我写的&lt;/p&gt;" in page.text
    assert members_of(page) == [str(teas[0])]
    assert titles() == []


def test_address_of_another_collection_is_refused(owner, platform, in_shop):
    save_collection(draft=CollectionDraft(title="a", handle="taken"))
    page = owner.post("/collections/new", {"title": "b", "handle": "taken"})
    assert page.status_code == 422
    assert "Another collection has this address." in page.text


def test_list_of_many_collections_is_paged_in_as_many_statements_as_of_few(owner, platform, in_shop, teas):
    def begin(count):
        return [
            save_collection(draft=CollectionDraft(title=f"c{n:03}", product_ids=tuple(teas)))
            for n in range(count)
        ]

    def statements(path):
        with count_statements() as sent:
            assert owner.get(path).status_code == 200
        return len(sent)

    begin(1)
    few = statements("/collections/")
    ids = begin(29)
    assert statements("/collections/") == statements("/collections/?page=2") == few <= 8
    pages = [owner.get(f"/collections/{query}").text for query in ("", "?page=2")]
    assert [page.count("on sale") for page in pages] == [20, 10]
    assert 'href="?page=2"' in pages[0]
    # Over the edge of the page, and shown where it stands then.
    answer = owner.post(f"/collections/{ids[19]}/move", {"to": "up"})
    assert answer.location.endswith("/collections/")
    assert titles()[18:21] == ["c017", "c019", "c018"]
    assert owner.get("/collections/?page=9").location.endswith("/collections/")


def test_collections_move_and_are_deleted(owner, platform, in_shop, teas):
    ids = [
        save_collection(draft=CollectionDraft(title=one, product_ids=tuple(teas))) for one in ("a", "b", "c")
    ]
    owner.post(f"/collections/{ids[2]}/move", {"to": "up"})
    assert titles() == ["a", "c", "b"]
    owner.post(f"/collections/{ids[0]}/move", {"to": "down"})
    owner.post(f"/collections/{ids[1]}/move", {"to": "down"})
    assert titles() == ["c", "a", "b"]
    assert owner.post(f"/collections/{ids[0]}/move", {"to": "sideways"}).status_code == 404
    assert owner.post(f"/collections/{ids[1]}/delete").status_code == 303
    assert titles() == ["c", "a"]
    assert owner.post(f"/collections/{ids[1]}/delete").status_code == 404
    assert owner.post("/collections/new/delete").status_code == 404
    with reading():
        assert products_index().total == 3


# Imports


def upload(owner, content, name="products.csv"):
    return owner.post("/products/import/", {"file": (io.BytesIO(content), name)})


def png(colour="red"):
    target = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(target, "PNG")
    return target.getvalue()


def workbook():
    book, target = openpyxl.Workbook(), io.BytesIO()
    for number in range(50):
        book.active.append([f"a{number}", number / 7])
    book.save(target)
    return target.getvalue()


GOOD = table(
    {"handle": "pot", "title": "Pot", "price": "12.50", "body": "<b>x</b>"},
    {"handle": "cup", "title": "Cup & <i>saucer</i>", "price": "abc"},
)


def test_file_is_checked_started_and_told(owner, in_shop, platform, run_jobs, files):
    answer = upload(owner, GOOD)
    assert answer.status_code == 303
    page = owner.get(answer.location).text
    for said in (
        "Nothing has changed yet.",
        "Prices are taken as CNY, as they stand in the file; they are what buyers pay, tax included.",
        "Variants with the stock in the file: 0; sold without counting: 1.",
        "Product skipped",
        "Variant Price",
        "Import 1 product",
    ):
        assert said in page, said
    assert "Cup &amp; &lt;i&gt;saucer&lt;/i&gt;" in page
    with reading():
        assert products_index().total == 0
    start = re.search(r'action="([^"]*/start)"', page)[1]
    assert owner.post(start).status_code == 303
    page = owner.get(answer.location).text
    assert 'hx-trigger="every 1s"' in page
    run_jobs()
    progress = owner.get(f"{answer.location}/progress").text
    assert "<html" not in progress
    assert "hx-trigger" not in progress
    page = owner.get(answer.location).text
    assert "The import is finished." in page
    with reading():
        assert [row.title for row in products_index().rows] == ["Pot"]
    assert "products.csv" in owner.get("/products/import/").text


def test_double_click_starts_an_import_once(owner, in_shop, platform, run_jobs, files):
    answer = upload(owner, GOOD)
    assert [owner.post(f"{answer.location}/start").status_code for _ in range(2)] == [303, 303]
    run_jobs()
    again = owner.post(f"{answer.location}/start")
    assert again.status_code == 409
    assert "This import was already started." in again.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n", "This is a PNG file"),
        (b"", "This file is empty."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        (workbook()[:2000], "incomplete or damaged"),
        ("Handle,Title\n茶,1".encode("big5") + b"\xff", "neither in UTF-8 nor in GB18030"),
        (b"Handle,Title\n", "no products"),
        (b"a\x00b", "BIN"),
        (b"Handle,Title,Variant Price\n" + b"a,A,1\n" * 200_000, "more than 50,000 rows"),
    ],
)
def test_file_of_another_kind_is_refused_in_words(owner, in_shop, platform, files, content, said):
    page = upload(owner, content, "lies.csv")
    assert page.status_code in (413, 422)
    assert said in html.unescape(page.text)
    with reading():
        assert import_runs() == ()


def test_form_without_a_file_says_so(owner, in_shop):
    page = owner.post("/products/import/", {})
    assert page.status_code == 422
    assert "Choose a file first." in page.text


def test_file_over_the_limit_is_413(owner, in_shop, files):
    page = upload(owner, b"x" * (151 * 1024 * 1024))
    assert page.status_code == 413


def test_name_of_a_file_is_only_words(owner, in_shop, platform, files):
    answer = upload(owner, GOOD, "../../<script>alert(1)</script>\u202e.csv")
    page = owner.get(answer.location).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_editors_only(hired, shop):
    reader = hired(shop, permissions={"orders.ship"})
    for path in ("/collections/", "/collections/new", "/products/import/"):
        assert reader.get(path).status_code == 403
        assert reader.post(path, {"title": "x"}).status_code in (403, 405)


def test_columns_of_a_merchants_own_table_are_chosen_and_remembered(
    owner, in_shop, platform, run_jobs, files
):
    content = "品类,货品,元,备注\n茶具,青瓷杯,68,脆\n茶具,竹篮,30,\n".encode("gb18030")
    answer = upload(owner, content, "自己的表.csv")
    assert answer.location.endswith("/columns")
    page = owner.get(answer.location).text
    for said in ("青瓷杯", "竹篮", "Still needed: Product name, Price.", "Which column is which?"):
        assert said in page, said
    twice = owner.post(answer.location, {"column-1": "title", "column-2": "title"})
    assert (twice.status_code, "is chosen for two columns" in twice.text) == (422, True)
    none = owner.post(answer.location, {"column-1": "title"})
    assert (none.status_code, "not chosen yet: Price" in none.text) == (422, True)
    assert 'value="title" selected' in none.text
    chosen = {"column-0": "kind", "column-1": "title", "column-2": "price", "column-3": "", "column-9": "sku"}
    checked = owner.post(answer.location, chosen)
    assert checked.status_code == 303
    page = owner.get(checked.location).text
    assert "Import 2 products" in page
    owner.post(f"{checked.location}/start")
    run_jobs()
    with reading():
        assert {(row.title, row.kind) for row in products_index().rows} == {
            ("青瓷杯", "茶具"),
            ("竹篮", "茶具"),
        }
    again = upload(owner, "元,备注,品类,货品\n70,,茶具,青瓷杯\n".encode(), "in another order.csv")
    assert not again.location.endswith("/columns")
    assert "Import 1 product" in owner.get(again.location).text


def test_pictures_in_a_zip_are_found_and_the_others_named(owner, in_shop, platform, run_jobs, files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("goods/pot.png", png())
        archive.writestr("../../etc/S-1.png", png("blue"))
        archive.writestr("nobody.png", png("green"))
        archive.writestr("notes.txt", "not a picture")
        archive.writestr("__MACOSX/._pot.png", "litter")
    content = table(
        {"handle": "pot", "title": "Pot", "price": "5", "sku": "S-1"},
        {"handle": "cup", "title": "Cup", "price": "5", "image": "lost.png"},
    )
    answer = owner.post(
        "/products/import/",
        {"file": (io.BytesIO(content), "a.csv"), "pictures": (io.BytesIO(packed.getvalue()), "pictures.zip")},
    )
    page = html.unescape(owner.get(answer.location).text)
    assert "Pictures: 2 of 3 in the ZIP file have a product. Without one: nobody.png." in page
    assert "Not usable as pictures: notes.txt." in page
    assert "There is no file of this name among the pictures." in page
    owner.post(f"{answer.location}/start")
    run_jobs()
    with reading():
        page = product_page("pot")
        assert (len(page.pictures), page.variants[0].picture_index) == (2, 1)
        assert len(product_page("cup").pictures) == 0
        assert not list(obstore.list(files, f"imports/{in_shop.shop_id}").collect())


@pytest.mark.parametrize("bad", [b"", b"not a zip", "bomb"])
def test_archive_that_is_none_or_a_bomb_is_refused(owner, in_shop, platform, files, bad):
    if bad == "bomb":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(11):
                archive.writestr(f"{number}.png", bytes(50 * 1024 * 1024))
        bad = packed.getvalue()
    answer = owner.post(
        "/products/import/",
        {"file": (io.BytesIO(GOOD), "a.csv"), "pictures": (io.BytesIO(bad), "pictures.zip")},
    )
    assert answer.status_code in (413, 422)
    assert "ZIP file" in answer.text
    with reading():
        assert import_runs() == ()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_template_can_be_imported_as_it_is(owner, in_shop, platform, run_jobs, files, language, kind):
    owner.post("/language", {"language": language})
    with speaking(language):
        content = template(kind).read()
    assert owner.get(f"/products/import/template.{kind}").status_code == 200
    answer = upload(owner, content, f"template.{kind}")
    assert not answer.location.endswith("/columns"), "the template explains itself"
    owner.post(f"{answer.location}/start")
    run_jobs()
    with reading():
        [row] = products_index().rows
        run = import_runs()[0]
    assert (row.variants, row.price_from_minor, row.price_to_minor, row.available) == (2, 6800, 8800, 32)
    assert (run.created, run.skipped) == (1, 0)


def test_large_file_is_checked_and_imported_by_the_worker_and_told(owner, in_shop, platform, run_jobs, files):
    lines = b"".join(b"p%d,P %d,%d\n" % (n, n, n) for n in range(1, 2_101))
    answer = upload(owner, b"Handle,Title,Variant Price\n" + lines + b"bad,Bad,x\n", "large.csv")
    page = owner.get(answer.location).text
    assert ("Being checked" in page, 'hx-trigger="every 1s"' in page) == (True, True)
    run_jobs()
    assert owner.get(f"{answer.location}/progress").headers["HX-Refresh"] == "true"
    page = owner.get(answer.location).text
    assert "Import 2,100 products" in page
    preview = owner.get(f"{answer.location}/products.csv").data.decode("utf-8-sig")
    assert preview.count("\r\n") == 2_102
    assert "2102,Bad,bad,Skipped,row 2102 Variant Price" in preview
    owner.post(f"{answer.location}/start")
    run_jobs()
    page = owner.get(f"{answer.location}?outcome=skip").text
    assert ("Bad" in page, "P 17<" in page) == (True, False)
    page = owner.get(answer.location).text
    assert "after=49" in page
    assert "P 51<" in owner.get(f"{answer.location}?after=49").text
    report = openpyxl.load_workbook(io.BytesIO(owner.get(f"{answer.location}/products.xlsx").data))
    assert report.active.max_row == 2_102
    with reading():
        assert products_index().total == 2_100


def test_second_import_waits_and_a_cancelled_one_lets_it_begin(owner, in_shop, platform, run_jobs, files):
    first, second, third = (
        upload(owner, table({"handle": name, "title": name, "price": "1"})) for name in "abc"
    )
    for one in (first, second, third):
        owner.post(f"{one.location}/start")
    assert "Another import of this shop is running." in owner.get(second.location).text
    assert owner.post(f"{first.location}/cancel").status_code == 303
    assert "cancelled before anything was written" in owner.get(first.location).text
    assert "Another import" not in owner.get(second.location).text
    assert "Another import" in owner.get(third.location).text
    run_jobs()
    with reading():
        assert {row.title for row in products_index().rows} == {"b", "c"}
        assert [run.state for run in import_runs()] == ["done", "done", "cancelled"]
    assert owner.post(f"{first.location}/cancel").status_code == 409
    removed = upload(owner, GOOD)
    assert owner.post(f"{removed.location}/cancel").location.endswith("/products/import/")
    with reading():
        assert not list(obstore.list(files, f"imports/{in_shop.shop_id}").collect())


def test_file_that_nobody_starts_is_forgotten(owner, in_shop, platform, run_jobs, files, clock):
    upload(owner, GOOD)
    assert list(obstore.list(files, f"imports/{in_shop.shop_id}").collect())
    clock.advance(days=8)
    run_jobs()
    with reading():
        assert [run.state for run in import_runs()] == ["cancelled"]
    assert not list(obstore.list(files, f"imports/{in_shop.shop_id}").collect())


def test_pages_of_imports_take_few_queries_whatever_their_number(owner, in_shop, platform, run_jobs, files):
    counts = []
    for _ in range(2):
        answer = upload(
            owner, table(*({"handle": f"p{n}", "title": f"P{n}", "price": "1"} for n in range(3)))
        )
        owner.post(f"{answer.location}/start")
        run_jobs()
        with count_statements() as asked:
            owner.get("/products/import/")
        with count_statements() as asked_too:
            owner.get(answer.location)
        counts.append((len(asked), len(asked_too)))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 8
