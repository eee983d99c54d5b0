"""Products in the console: the list, the form, its buttons, and that nothing anybody typed is lost."""

import html
import io
import re

import pytest
from PIL import Image

from core.commerce.catalog.actions import save_product
from core.commerce.catalog.drafts import ProductDraft, VariantDraft
from core.commerce.catalog.queries import stored_product
from core.commerce.merchandising.queries import edited_product
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.testing.goods import make_product
from core.testing.statements import count_statements
from tests.core.web.console.orders_at_hand import counts, hidden, paid_order, rows

_INPUT = re.compile(r'<(?:input|textarea|select)[^>]*name="([^"]+)"[^>]*>(?:([^<]*)</textarea>)?')


def fields_of(page):
    """Every field of the product's form as a browser would send it."""
    form = re.search(r'<form class="columns.*?</form>', page, re.DOTALL)[0]
    found = {}
    for tag in re.finditer(
        r"<input[^>]*>|<textarea[^>]*>[^<]*</textarea>|<select.*?</select>", form, re.DOTALL
    ):
        text = tag[0]
        name = re.search(r'name="([^"]+)"', text)
        if (
            name is None
            or 'type="file"' in text
            or (re.search(r'type="(checkbox|radio)"', text) and " checked" not in text)
        ):
            continue
        if text.startswith("<textarea"):
            value = re.search(r">([^<]*)</textarea>", text)[1]
        elif text.startswith("<select"):
            chosen = re.search(r'<option value="([^"]*)" selected', text)
            value = chosen[1] if chosen else ""
        else:
            given = re.search(r'value="([^"]*)"', text)
            value = given[1] if given else ""
        if "__row__" not in name[1]:
            found[name[1]] = html.unescape(value)
    return found


@pytest.fixture
def opened(owner):
    """`opened(product_id, **changes)` is the form as it comes, with changes typed into it."""

    def open_form(ref, **changes):
        fields = fields_of(owner.get(f"/products/{ref}").text)
        fields.pop("csrf_token", None)
        return fields | {name.replace("__", "-"): value for name, value in changes.items()}

    return open_form


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[12_800], handle="longjing", stock=7)


def stored(product_id):
    with reading():
        return edited_product(product_id)


def picture(kind="PNG", size=(40, 30)):
    target = io.BytesIO()
    Image.new("RGB", size, "#5a7f54").save(target, kind)
    return target.getvalue()


# The list


def test_list_without_products_offers_the_next_steps(owner):
    page = owner.get("/products/").text
    assert "No product yet" in page
    assert f'href="{owner.home}/products/new"' in page
    assert f'href="{owner.home}/products/import/"' in page


def test_list_tells_stock_price_and_status_with_counts(owner, in_shop, platform):
    make_product(title="便宜", prices=[100, 900], stock=3)
    make_product(title="不计", prices=[500], stock=None)
    page = owner.get("/products/").text
    assert counts(page) == {"All": 2, "On sale": 2, "Drafts": 0, "Put away": 0, "Low stock": 1}
    for said in ("¥1.00 – ¥9.00", "¥5.00", "not counted", "2 variants low"):
        assert said in page, said
    assert len(rows(owner.get("/products/?view=low").text)) == 1
    save_product(draft=ProductDraft(title="云南古树红茶", variants=(VariantDraft(price_minor=100),)))
    assert len(rows(owner.get("/products/?q=古").text)) == 1
    assert "Nothing matches" in owner.get("/products/?q=没有").text
    first = rows(owner.get("/products/?view=active&sort=price").text)[0]
    assert "便宜" in owner.get(first).text


@pytest.mark.parametrize("query", ["sort=body_html", "view=mine", "page=-1", "size=9", "x=1", "q=%00"])
def test_address_that_the_list_does_not_offer_is_refused(owner, query):
    assert owner.get(f"/products/?{query}").status_code == 400


def test_list_takes_the_same_statements_for_one_row_and_for_three(owner, tea):
    owner.get("/products/")
    with count_statements() as one:
        assert len(rows(owner.get("/products/").text)) == 1
    make_product(prices=[1, 2, 3]), make_product()
    with count_statements() as three:
        assert len(rows(owner.get("/products/").text)) == 3
    assert len(three) == len(one) == 3


# The form


def test_saving_what_was_opened_changes_nothing(owner, opened, tea):
    before = stored(tea.id).stored.draft
    assert owner.post(f"/products/{tea.id}", opened(tea.id)).status_code == 303
    after = stored(tea.id)
    assert after.stored.draft == before
    assert after.stock[tea.variant_id].on_hand == 7


def test_every_field_is_saved(owner, opened, tea):
    answer = owner.post(
        f"/products/{tea.id}",
        opened(
            tea.id, title="狮峰龙井", subtitle="豆香", body_html="<p>手采<script>x</script></p>", status="draft",
            vendor="青山", kind="绿茶", tags="新茶，春茶", variants__0__price_minor="１３８．５０",
            variants__0__compare_at_minor="168", variants__0__sku="LJ-1", variants__0__stock="20", variants__0__grams="100",
            facts__0__label="产地", facts__0__value="杭州",
        ),
    )  # fmt: skip
    assert answer.status_code == 303
    assert "The product is saved." in owner.get(f"/products/{tea.id}").text
    saved = stored(tea.id)
    draft = saved.stored.draft
    assert (draft.title, draft.subtitle, draft.status, draft.vendor, draft.kind) == (
        "狮峰龙井",
        "豆香",
        "draft",
        "青山",
        "绿茶",
    )
    assert draft.body_html == "<p>手采</p>"
    assert draft.tags == ("新茶", "春茶")
    assert [(fact.label, fact.value) for fact in draft.facts] == [("产地", "杭州")]
    only = draft.variants[0]
    assert (only.id, only.price_minor, only.compare_at_minor, only.sku, only.grams) == (
        tea.variant_id,
        13_850,
        16_800,
        "LJ-1",
        100,
    )
    assert saved.stock[tea.variant_id].on_hand == 20


def test_new_product_is_made_with_options_and_stock(owner, opened, in_shop):
    fields = opened(
        "new",
        title="武夷肉桂",
        options__0__name="净含量",
        options__0__values="100g\n250g",
        options__0__was="",
    )
    fields["variants-0-price_minor"] = "88"
    page = owner.post("/products/new", fields | {"_do": "options"})
    assert page.status_code == 200
    fields = fields_of(page.text) | {"variants-1-price_minor": "198", "variants-1-stock": "5"}
    answer = owner.post("/products/new", fields)
    assert answer.status_code == 303
    made = stored(answer.location.rpartition("/")[2])
    assert [(one.title, one.price_minor) for one in made.stored.draft.variants] == [
        ("100g", 8_800),
        ("250g", 19_800),
    ]
    assert sorted(str(view.on_hand) for view in made.stock.values()) == ["5", "None"]


def test_options_that_changed_without_the_button_are_shown_before_they_are_saved(owner, opened, tea):
    page = owner.post(
        f"/products/{tea.id}",
        opened(tea.id, options__0__name="Size", options__0__values="S\nM", options__0__was=""),
    )
    assert page.status_code == 422
    assert "The options have changed" in page.text
    assert stored(tea.id).stored.draft.options == ()
    assert owner.post(f"/products/{tea.id}", fields_of(page.text)).status_code == 303
    draft = stored(tea.id).stored.draft
    assert [one.title for one in draft.variants] == ["S", "M"]
    assert draft.variants[0].id == tea.variant_id


def test_stock_that_nobody_touched_is_not_put_back(owner, opened, tea, buyer, gateway):
    fields = opened(tea.id, title="改名")
    paid_order(buyer(), gateway, [(tea.variant_id, 2)])
    owner.post(f"/products/{tea.id}", fields)
    assert stored(tea.id).stock[tea.variant_id].on_hand == 5
    assert stored(tea.id).stored.draft.title == "改名"


def test_stock_below_what_is_reserved_is_refused_in_place(owner, opened, tea, buyer):
    buyer().order([(tea.variant_id, 3)])
    page = owner.post(f"/products/{tea.id}", opened(tea.id, variants__0__stock="2", title="新名"))
    assert page.status_code == 422
    assert "3 are already reserved by orders" in page.text
    assert 'value="新名"' in page.text
    assert stored(tea.id).stored.draft.title == "明前龙井"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("title", "", "Fill this in."),
        ("title", "a\x00b", "An invisible character"),
        ("title", "茶" * 256, "at most 255"),
        ("variants-0-price_minor", "", "Fill this in."),
        ("variants-0-price_minor", "-1", "amount"),
        ("variants-0-price_minor", "1.234", "decimal"),
        ("variants-0-price_minor", "9" * 30, "large"),
        ("variants-0-price_minor", "一百", "amount"),
        ("variants-0-stock", "-3", "0"),
        ("variants-0-stock", "1.5", "whole number"),
        ("variants-0-stock", "9" * 30, "too large"),
        ("variants-0-stock", str(2 * 10**9), "whole number of units"),
        ("variants-0-sku", "x" * 81, "at most 80"),
        ("variants-0-grams", "NaN", "whole number"),
        ("status", "evil", "Choose one of the list."),
        ("collection_ids", "evil", ""),
        ("collection_ids", "01890a5d-ac96-774b-bcce-b302099a8057", "Choose one of the list."),
    ],
)
def test_bad_values_are_refused_in_place_and_nothing_typed_is_lost(owner, opened, tea, name, value, said):
    before = stored(tea.id)
    page = owner.post(f"/products/{tea.id}", opened(tea.id, subtitle="我的卖点") | {name: value})
    assert page.status_code == 422
    assert said.lower() in page.text.lower()
    assert 'value="我的卖点"' in page.text
    assert 'class="pp-note bad"' in page.text
    assert stored(tea.id) == before


def test_sku_of_another_product_is_named(owner, opened, tea):
    other = make_product(title="肉桂", handle="rougui")
    page = owner.post(f"/products/{tea.id}", opened(tea.id, variants__0__sku=f"{other.handle}-0"))
    assert page.status_code == 422
    assert "“肉桂” has this SKU." in page.text


def test_handle_of_another_product_is_refused(owner, opened, tea):
    make_product(handle="taken")
    page = owner.post(f"/products/{tea.id}", opened(tea.id, handle="taken"))
    assert page.status_code == 422
    assert "Another product has this address." in page.text


def test_second_editor_gets_409_keeps_what_was_typed_and_may_decide(owner, opened, tea):
    fields = opened(tea.id, title="第二个人的名字")
    with reading():
        draft = stored_product(tea.id).draft
    from dataclasses import replace

    save_product(draft=replace(draft, title="第一个人的名字"), product_id=tea.id)
    page = owner.post(f"/products/{tea.id}", fields)
    assert page.status_code == 409
    assert "Somebody else saved this while you were editing." in page.text
    assert 'value="第二个人的名字"' in page.text
    assert stored(tea.id).stored.draft.title == "第一个人的名字"
    version = re.search(r'name="_overwrite" value="(\d+)"', page.text)[1]
    assert (
        owner.post(f"/products/{tea.id}", fields_of(page.text) | {"_overwrite": version}).status_code == 303
    )
    assert stored(tea.id).stored.draft.title == "第二个人的名字"


@pytest.mark.parametrize("version", ["", "-1", "x", "1" * 40])
def test_version_that_nobody_saw_is_a_conflict(owner, opened, tea, version):
    assert owner.post(f"/products/{tea.id}", opened(tea.id) | {"_version": version}).status_code == 409


def test_button_redraws_the_form_without_saving(owner, opened, tea):
    page = owner.post(
        f"/products/{tea.id}",
        opened(tea.id, title="", variants__0__price_minor="abc") | {"_do": "add-option"},
    )
    assert page.status_code == 200
    assert 'value="abc"' in page.text
    assert "options-0-name" in page.text
    assert 'class="pp-note bad"' not in page.text
    assert stored(tea.id).stored.draft.title == "明前龙井"
    assert owner.post(
        f"/products/{tea.id}", fields_of(page.text) | {"title": "x", "variants-0-price_minor": "1"}
    ).location


# Pictures


def test_pictures_are_added_ordered_described_and_saved(owner, opened, tea, files):
    fields = opened(tea.id)
    sent = fields | {
        "_do": "images",
        "pictures": [(io.BytesIO(picture(size=(40 + n, 30))), f"{n}.png") for n in (1, 2)],
    }
    page = owner.post(f"/products/{tea.id}", sent)
    assert page.status_code == 200
    fields = fields_of(page.text)
    first, second = fields["images-0-asset_id"], fields["images-1-asset_id"]
    page = owner.post(f"/products/{tea.id}", fields | {"_do": "up-image:1", "images-1-alt": "罐子"})
    assert owner.post(f"/products/{tea.id}", fields_of(page.text)).status_code == 303
    images = stored(tea.id).stored.draft.images
    assert [str(one.asset_id) for one in images] == [second, first]
    assert images[0].alt == "罐子"
    address = re.search(rf'src="({owner.home}/media/[^"]+)"', owner.get(f"/products/{tea.id}").text)[1]
    shown = owner.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert "sandbox" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"<script>alert(1)</script>", "photo.png", "not a picture that browsers can show"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
            "drawing.svg",
            "not a picture that browsers can show",
        ),
        (b"%PDF-1.7", "photo.jpg", "not a picture that browsers can show"),
        (b"", "empty.png", "not a picture that browsers can show"),
        (picture()[:60], "half.png", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * (10 * 1024 * 1024), "huge.png", "larger than 10 MB"),
    ],
)
def test_files_that_lie_about_their_kind_are_refused_and_the_rest_stays(
    owner, opened, tea, files, content, name, said
):
    sent = opened(tea.id, title="改名") | {
        "_do": "images", "pictures": [(io.BytesIO(content), name, "image/png"), (io.BytesIO(picture()), "good.png")],
    }  # fmt: skip
    page = owner.post(f"/products/{tea.id}", sent)
    assert page.status_code == 422
    assert said in page.text
    assert "images-0-asset_id" in page.text
    assert "images-1-asset_id" not in page.text
    assert 'value="改名"' in page.text


def test_picture_of_the_other_shop_is_gone(owner, hired, opened, tea, other_shop, files):
    theirs = hired(other_shop)
    page = theirs.post("/products/new", {"_do": "images", "pictures": [(io.BytesIO(picture()), "a.png")]})
    asset = hidden(page.text, "images-0-asset_id") or fields_of(page.text)["images-0-asset_id"]
    answer = owner.post(
        f"/products/{tea.id}", opened(tea.id) | {"images-0-asset_id": asset, "images-0-alt": "x"}
    )
    assert answer.status_code == 422
    assert "This picture is gone." in answer.text
    address = re.search(r'src="/console/[^/]+(/media/[^"]+)"', page.text)[1]
    assert theirs.get(address).status_code == 200
    assert owner.get(address).status_code == 404


def test_upload_over_the_limit_is_413(owner, opened, tea):
    sent = opened(tea.id) | {"pictures": [(io.BytesIO(b"x" * (31 * 1024 * 1024)), "a.png")]}
    assert owner.post(f"/products/{tea.id}", sent).status_code == 413


# Status


def test_status_is_changed_and_taken_back(owner, tea):
    assert "Take off sale</button>" in owner.get(f"/products/{tea.id}").text
    assert owner.post(f"/products/{tea.id}/status", {"status": "archived"}).status_code == 303
    assert stored(tea.id).stored.draft.status == "archived"
    page = owner.get(f"/products/{tea.id}").text
    assert "It is put away." in page
    undo = re.search(r'action="([^"]*/status)"[^>]*>.*?name="status" value="([^"]*)"', page, re.DOTALL)
    assert owner.post(undo[1], {"status": undo[2]}).status_code == 303
    assert stored(tea.id).stored.draft.status == "active"
    assert owner.post(f"/products/{tea.id}/status", {"status": "evil"}).status_code == 404
    assert owner.post(f"/products/{new_id()}/status", {"status": "draft"}).status_code == 404


def test_reader_sees_the_list_but_no_form(hired, shop, tea):
    reader = hired(shop, permissions=set())
    page = reader.get("/products/")
    assert page.status_code == 200
    assert "New product" not in page.text
    assert reader.get(f"/products/{tea.id}").status_code == 403
    assert reader.get("/products/new").status_code == 403
    assert reader.post(f"/products/{tea.id}", {"title": "x"}).status_code == 403
    assert reader.post(f"/products/{tea.id}/status", {"status": "draft"}).status_code == 403
