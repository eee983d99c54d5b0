"""Collections and imports in the console."""

import html
import io
import json
import re

import pytest

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.catalog.listings import collections, stored_collection
from core.commerce.merchandising.queries import import_runs, products_index
from core.kernel.db import reading
from core.testing.goods import make_product
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


GOOD = table(
    {"handle": "pot", "title": "Pot", "price": "12.50", "body": "<b>x</b>"},
    {"handle": "cup", "title": "Cup & <i>saucer</i>", "price": "abc"},
)


def test_file_is_checked_started_and_told(owner, in_shop, platform, run_jobs, files):
    answer = upload(owner, GOOD)
    assert answer.status_code == 303
    page = owner.get(answer.location).text
    for said in (
        "Nothing has changed yet. Prices are taken as CNY.",
        "Product skipped",
        "Variant Price",
        "Import 1 products",
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
        (b"\x89PNG\r\n\x1a\n", "not"),
        (b"", "no products"),
        ("名称,价格\n茶,1".encode(), "does not name these columns"),
        ("Handle,Title\n茶,1".encode("gb18030"), "UTF-8"),
        (b"Handle,Title\n", "does not name these columns"),
        (b"a\x00b", "not"),
    ],
)
def test_file_of_another_kind_is_refused_in_words(owner, in_shop, platform, files, content, said):
    page = upload(owner, content, "lies.csv")
    assert page.status_code == 422
    assert said in html.unescape(page.text)
    with reading():
        assert import_runs() == ()


def test_form_without_a_file_says_so(owner, in_shop):
    page = owner.post("/products/import/", {})
    assert page.status_code == 422
    assert "Choose a file first." in page.text


def test_file_over_the_limit_is_413(owner, in_shop, files):
    page = upload(owner, b"x" * (21 * 1024 * 1024))
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


@pytest.mark.parametrize("too_much", ["rows", "bytes"])
def test_file_that_is_too_large_for_the_console_names_limit_and_way_out(
    owner, in_shop, platform, files, too_much
):
    line = b"a,A,1\n" if too_much == "rows" else b"a," + b"A" * 1024**2 + b",1\n"
    page = upload(owner, b"Handle,Title,Variant Price\n" + line * (10_001 if too_much == "rows" else 11))
    said = html.unescape(page.text)
    assert page.status_code == 413
    assert "it takes 10,000 rows and 10 MB at most" in said
    assert "pinpu products import" in said
    with reading():
        assert import_runs() == ()
    assert "At most 10,000 rows and 10 MB." in html.unescape(owner.get("/products/import/").text)


def test_largest_file_of_the_console_is_checked(owner, in_shop, platform, files):
    content = b"Handle,Title,Variant Price\n" + b"a,A,1\n" * 10_000
    assert upload(owner, content).status_code == 303
