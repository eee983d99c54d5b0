"""Shop design in the console: sections, their forms, versions, the frame, and pages of the merchant's own."""

import contextvars
import io
import re

import pytest
from PIL import Image

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft, ProductDraft, VariantDraft
from core.commerce.catalog.queries import stored_product
from core.commerce.content.actions import save_draft
from core.commerce.content.queries import page_draft, pages, published_page, written_page
from core.commerce.media.actions import store_asset
from core.commerce.merchandising.actions import save_product_with_stock
from core.commerce.shops.queries import shop_settings
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.rendering.theme import install_themes
from core.testing.goods import make_product
from core.testing.statements import count_statements
from core.web.console.design.first_words import TEMPLATES
from themes.catalog import installed_themes


@pytest.fixture(autouse=True)
def bound(platform, in_shop, files):
    install_themes(installed_themes())
    return in_shop


@pytest.fixture
def editor(hired, shop):
    """Somebody who may edit pages, reading English."""
    return hired(shop, permissions={"content.edit", "catalog.edit"})


def draft(ref="home"):
    with reading():
        return page_draft(ref)


def sections(ref="home"):
    found = draft(ref).document
    return [(one, found["sections"][one]) for one in found["order"]]


def base(ref="home"):
    return {"_base": str(draft(ref).number)}


def picture(size=(60, 40)):
    target = io.BytesIO()
    Image.new("RGB", size).save(target, "PNG")
    return target.getvalue()


def sold(title):
    """A product that search finds."""
    draft = ProductDraft(title=title, status="active", variants=(VariantDraft(price_minor=100),))
    saved = save_product_with_stock(draft=draft, stock=[1])
    with reading():
        return stored_product(saved.id).draft


def add(editor, kind, ref="home", **more):
    answer = editor.post(f"/design/{ref}/sections", base(ref) | {"type": kind, **more})
    assert answer.status_code == 303, answer.text
    return re.search(r"section=([^&#]+)", answer.location)[1]


def save(editor, section, fields, ref="home", **more):
    return editor.post(f"/design/{ref}/sections/{section}", base(ref) | fields, **more)


def test_a_home_page_is_built_published_and_brought_back(editor):
    page = editor.get("/design/home").text
    assert "Products" in page
    assert 'name="_base" value="0"' in page
    words = add(editor, "rich_text")
    assert (
        save(
            editor,
            words,
            {"title": "Hello", "body": "<p>One <b>two</b></p><script>x</script>", "align": "start"},
        ).status_code
        == 303
    )
    assert dict(sections())[words]["settings"]["body"] == [{"p": ["One ", {"text": "two", "b": True}]}]
    assert editor.post("/design/home/publish", base()).status_code == 303
    first = draft().live_number
    editor.post(f"/design/home/sections/{words}/change", base() | {"do": "hide"})
    assert "Words switched off" in editor.get("/design/home").text
    editor.post("/design/home/publish", base())
    history = editor.get("/design/home/history").text
    assert "Words switched off" in history
    assert "Words added at place 2" in history
    editor.post("/design/home/roll-back", base() | {"number": str(first)})
    with reading():
        assert not published_page("home").document["sections"][words].get("hidden")


def test_sections_move_double_go_and_come_back(editor):
    made = [add(editor, kind) for kind in ("rich_text", "divider", "faq")]
    order = lambda: [one for one, _ in sections()]  # noqa: E731
    goods = order()[0]
    editor.post(f"/design/home/sections/{made[2]}/change", base() | {"do": "to:1"})
    editor.post(f"/design/home/sections/{made[1]}/change", base() | {"do": "up"})
    assert order() == [made[2], goods, made[1], made[0]]
    editor.post(f"/design/home/sections/{made[2]}/change", base() | {"do": "copy"})
    twin = order()[1]
    assert set(dict(sections())[twin]["blocks"]).isdisjoint(dict(sections())[made[2]]["blocks"])
    before = draft().number
    editor.post(f"/design/home/sections/{twin}/change", base() | {"do": "remove"})
    assert twin not in order()
    toast = editor.get("/design/home").text
    undo = re.findall(r'action="[^"]*/design/home/restore".*?</form>', toast, re.DOTALL)[-1]
    assert f'name="number" value="{before}"' in undo
    editor.post("/design/home/restore", base() | {"number": str(before)})
    assert twin in order()


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        ("hero", {"title": "", "layout": "cover", "words_side": "start", "ink": "light"}, "title"),
        ("hero", {"title": "x" * 121, "layout": "cover", "words_side": "start", "ink": "light"}, "title"),
        ("hero", {"title": "a", "layout": "sideways", "words_side": "start", "ink": "light"}, "layout"),
        ("hero", {"title": "a", "link-kind": "url", "link-url": "javascript:alert(1)"}, "link"),
        ("hero", {"title": "a", "link-kind": "url", "link-url": "http://example.com"}, "link"),
        ("hero", {"title": "a", "link-kind": "path", "link-path": "//evil.example"}, "link"),
        ("hero", {"title": "a", "link-kind": "collection", "link-collection": "nowhere"}, "link"),
        ("hero", {"title": "a", "link-kind": "product", "link-product": "nothing"}, "link"),
        ("hero", {"title": "a", "link-kind": "page", "link-page": "none"}, "link"),
        ("hero", {"title": "a", "link-kind": "plugin", "link-plugin": "nobody"}, "link"),
        ("hero", {"title": "a", "link-kind": "other"}, "link"),
        ("hero", {"title": "a", "image": str(new_id())}, "image"),
        ("hero", {"title": "a", "image": "not an id"}, "image"),
        ("goods", {"source": "newest", "limit": "25"}, "limit"),
        ("goods", {"source": "newest", "limit": "many"}, "limit"),
        ("goods", {"source": "picked", "limit": "4", "products": "nothing"}, "products"),
        ("goods", {"source": "collection", "limit": "4", "collection": "nothing"}, "collection"),
        ("faq", {"blocks-0-question": "", "blocks-0-answer": "yes"}, "blocks"),
        ("rich_text", {"title": "a\x00b"}, "title"),
    ],
)
def test_bad_input_is_answered_at_its_field_and_nothing_is_kept(editor, kind, fields, wrong):
    made = add(editor, kind)
    before = draft()
    answer = save(editor, made, fields)
    assert answer.status_code == 422
    assert re.search(rf'id="f-{wrong}[^"]*-error"|href="#f-{wrong}', answer.text), answer.text[-3000:]
    assert draft() == before


def test_what_was_typed_stays_in_a_refused_form(editor):
    made = add(editor, "hero")
    answer = save(
        editor, made, {"title": "", "text": "Kept <words>", "link-kind": "phone", "link-phone": "400"}
    )
    assert "Kept &lt;words&gt;" in answer.text
    assert 'name="link-phone" value="400"' in answer.text


def test_pictures_are_uploaded_chosen_and_taken_out(editor):
    made = add(editor, "hero")
    fields = {"title": "a", "alt": "A field of tea"}
    upload = {"image-file": (io.BytesIO(picture()), "field.png")}
    assert save(editor, made, fields | upload, content_type="multipart/form-data").status_code == 303
    kept = dict(sections())[made]["settings"]
    assert kept["image"]
    assert kept["alt"] == "A field of tea"
    assert f'value="{kept["image"]}" checked' in editor.get(f"/design/home?section={made}").text
    other = store_asset(content=picture((80, 80)), file_name="other.png")
    assert save(editor, made, fields | {"image": str(other.id)}).status_code == 303
    assert dict(sections())[made]["settings"]["image"] == str(other.id)
    assert save(editor, made, fields | {"image": ""}).status_code == 303
    assert dict(sections())[made]["settings"]["image"] is None
    bad = {"image-file": (io.BytesIO(b"GIF89a<script>"), "x.gif")}
    assert save(editor, made, fields | bad, content_type="multipart/form-data").status_code == 422


def test_rows_and_products_are_rearranged_without_saving_and_keep_what_was_typed(editor):
    made = add(editor, "faq")
    rows = {
        "blocks-0-question": "A?",
        "blocks-0-answer": "a",
        "blocks-1-question": "B?",
        "blocks-1-answer": "b",
    }
    before = draft().number
    answer = save(editor, made, rows | {"_do": "down:blocks:0"})
    assert answer.status_code == 200
    assert draft().number == before
    assert answer.text.index('value="B?"') < answer.text.index('value="A?"')
    assert save(editor, made, rows | {"_do": "add:blocks"}).text.count("blocks-2-question") >= 1
    assert 'value="A?"' not in save(editor, made, rows | {"_do": "drop:blocks:0"}).text
    assert save(editor, made, rows).status_code == 303
    ids = dict(sections())[made]["order"]
    named = {**rows, "blocks-0-id": ids[1], "blocks-1-id": ids[0]}
    save(editor, made, named)
    assert dict(sections())[made]["order"] == [ids[1], ids[0]]


def test_products_are_found_picked_and_ordered(editor):
    one, two = make_product(title="Longjing"), sold("Keemun")
    made = add(editor, "goods")
    fields = {"source": "picked", "limit": "4", "layout": "grid", "products": [one.handle]}
    found = save(editor, made, fields | {"_do": "find", "_find": "Keemun"}).text
    assert f'value="add:products:{two.handle}"' in found
    added = save(editor, made, fields | {"_do": f"add:products:{two.handle}"}).text
    assert added.index(f'name="products" value="{one.handle}"') < added.index(
        f'name="products" value="{two.handle}"'
    )
    save(editor, made, fields | {"products": [two.handle, one.handle]})
    assert dict(sections())[made]["settings"]["products"] == [two.handle, one.handle]


def test_the_second_to_save_is_told_what_the_first_changed_and_keeps_what_was_typed(editor, in_shop):
    made = add(editor, "rich_text")
    stale = base()
    with acting_as(Actor("system", name="林知夏")):
        document = draft().document
        theirs = {**document["sections"][made], "settings": {"title": "Theirs"}}
        save_draft(
            ref="home",
            base=draft().number,
            document={**document, "sections": {**document["sections"], made: theirs}},
        )
    answer = editor.post(f"/design/home/sections/{made}", stale | {"title": "Mine", "align": "start"})
    assert answer.status_code == 409
    assert "林知夏 changed this page meanwhile." in answer.text
    assert "to “Theirs”" in answer.text
    assert 'value="Mine"' in answer.text
    assert dict(sections())[made]["settings"]["title"] == "Theirs"
    assert save(editor, made, {"title": "Mine", "align": "start"}).status_code == 303
    for path, fields in (
        (f"sections/{made}/change", {"do": "remove"}),
        ("publish", {}),
        ("discard", {}),
        ("sections", {"type": "divider"}),
    ):
        assert editor.post(f"/design/home/{path}", stale | fields).status_code == 409
    assert made in dict(sections())


def test_words_typed_into_a_section_that_somebody_removed_are_not_lost(editor):
    made = add(editor, "rich_text")
    stale = base()
    editor.post(f"/design/home/sections/{made}/change", stale | {"do": "remove"})
    fields = {"title": "Mine", "align": "start", "_type": "rich_text"}
    answer = editor.post(f"/design/home/sections/{made}", stale | fields)
    assert answer.status_code == 409
    assert 'value="Mine"' in answer.text
    assert save(editor, made, fields).status_code == 303
    assert dict(sections())[made]["settings"]["title"] == "Mine"


def test_every_section_type_can_be_added_and_saved_as_it_came(editor, shop, enable):
    enable(shop, "group_buy")
    page = editor.get("/design/home").text
    kinds = re.findall(r'name="type" value="([^"]+)"', page)
    assert {"hero", "goods", "collection_list", "faq", "contact", "divider", "group_buy/deals"} <= set(kinds)
    for kind in kinds:
        made = add(editor, kind)
        assert editor.get(f"/design/home?section={made}").status_code == 200
    editor.post("/design/home/publish", base())
    with reading():
        assert len(published_page("home").document["order"]) == len(kinds) + 1


def test_the_forty_first_section_is_refused(editor):
    document = {
        "sections": {f"s{n}": {"type": "divider", "settings": {}} for n in range(40)},
        "order": [f"s{n}" for n in range(40)],
    }
    save_draft(ref="home", base=0, document=document)
    answer = editor.post("/design/home/sections", base() | {"type": "divider"})
    assert answer.status_code == 303
    assert len(sections()) == 40
    assert "at most 40 sections" in editor.get("/design/home").text


def test_sections_of_plugins_that_are_off_stay_and_are_said_to_be_unseen(editor):
    document = {
        "sections": {
            "a": {"type": "group_buy/deals", "v": 1, "settings": {}},
            "b": {"type": "gone/x", "settings": {}},
        },
        "order": ["a", "b"],
    }
    save_draft(ref="home", base=0, document=document)
    page = editor.get("/design/home?section=b").text
    assert "Its plugin is switched off" in page
    assert "No installed plugin knows this section" in page
    assert editor.post("/design/home/sections", base() | {"type": "group_buy/deals"}).status_code == 404


# The frame ---------------------------------------------------------------------------------------------------------


def test_logo_menu_contact_and_announcement_reach_the_shop_only_when_published(editor):
    upload = {"logo-file": (io.BytesIO(picture()), "logo.png"), "seal": "青山"}
    assert save(editor, "frame_brand", upload, "frame", content_type="multipart/form-data").status_code == 303
    save(
        editor,
        "frame_announcement",
        {"text": "Moon cakes", "starts": "2026-09-01T08:00", "ends": "2026-10-01T08:00"},
        "frame",
    )
    save_collection(draft=CollectionDraft(title="Green", handle="green"))
    menu = {"blocks-0-label": "Tea", "blocks-0-icon": "leaf", "blocks-1-label": "Green", "blocks-1-icon": "leaf",
            "blocks-1-link-kind": "collection", "blocks-1-link-collection": "green", "blocks-1-inside": "1"}  # fmt: skip
    assert save(editor, "frame_menu", menu, "frame").status_code == 303
    save(
        editor, "frame_contact", {"phone": "400 820", "wechat": "qingshan01", "address": "Hangzhou"}, "frame"
    )
    save(
        editor,
        "frame_legal",
        {"company": "Qingshan Ltd", "icp": "浙ICP备12345678号-1", "lines": "One\nTwo"},
        "frame",
    )
    save(editor, "frame_look", {"preset": "harbor", "accent": "plum", "scheme": "light"}, "frame")
    with reading():
        assert shop_settings().announcement == ""
    editor.post("/design/frame/publish", base("frame"))
    with reading():
        now = shop_settings()
    assert (now.announcement, now.logo_asset != "", now.contact["wechat"]) == (
        "Moon cakes",
        True,
        "qingshan01",
    )
    assert now.theme["announcement_window"]["from"] == "2026-09-01T00:00:00Z"
    assert (now.theme["preset"], now.theme["accent"], now.theme["legal"]) == (
        "harbor",
        "plum",
        ["One", "Two"],
    )
    assert [one["label"] for one in now.theme["nav"][0]["below"]] == ["Green"]


@pytest.mark.parametrize(
    ("part", "fields", "wrong"),
    [
        ("frame_announcement", {"text": "a", "starts": "2026-10-01T08:00", "ends": "2026-09-01T08:00"}, "ends"),
        ("frame_announcement", {"text": "a", "starts": "tomorrow"}, "starts"),
        ("frame_contact", {"email": "nobody"}, "email"),
        ("frame_contact", {"wechat": "a b"}, "wechat"),
        ("frame_legal", {"icp": "12345"}, "icp"),
        ("frame_look", {"preset": "neon", "accent": "", "scheme": "auto"}, "preset"),
        ("frame_look", {"preset": "tea", "accent": "#ff00ff", "scheme": "auto"}, "accent"),
        ("frame_brand", {"seal": "青山茶事店"}, "seal"),
        ("frame_menu", {"blocks-0-label": "", "blocks-0-link-kind": "url", "blocks-0-link-url": "https://a.example", "blocks-0-icon": "star"}, "blocks"),
    ],
)  # fmt: skip
def test_bad_input_of_the_frame_is_answered_at_its_field(editor, part, fields, wrong):
    answer = save(editor, part, fields, "frame")
    assert answer.status_code == 422
    assert re.search(rf'id="f-{wrong}[^"]*-error"|href="#f-{wrong}', answer.text)
    assert draft("frame").number == 0


def test_parts_of_the_frame_cannot_be_moved_or_removed(editor):
    for wish in ("up", "remove", "copy", "to:1"):
        assert (
            editor.post("/design/frame/sections/frame_menu/change", base("frame") | {"do": wish}).status_code
            == 404
        )
    assert editor.post("/design/frame/sections", base("frame") | {"type": "frame_menu"}).status_code == 404
    assert (
        editor.post(
            "/design/frame/sections/frame_announcement/change", base("frame") | {"do": "hide"}
        ).status_code
        == 303
    )


# Pages --------------------------------------------------------------------------------------------------------------


def test_a_policy_begins_with_words_to_check_and_is_published_with_its_own_address(editor):
    answer = editor.post("/design/new", {"template": "refund", "title": ""})
    with reading():
        (row,) = pages()
        assert written_page("returns") is None
    assert answer.location.endswith(f"/design/{row.id}")
    assert "请逐句核对" in str(draft(row.id).document) or "starting text" in str(draft(row.id).document)
    editor.post(
        f"/design/{row.id}/about",
        base(row.id)
        | {"title": "Returns", "slug": "returns", "seo_title": "Send it back", "seo_description": "How"},
    )
    editor.post(f"/design/{row.id}/publish", base(row.id))
    with reading():
        assert written_page("returns").title == "Returns"
    assert editor.post(f"/design/{row.id}/unpublish").status_code == 303
    assert editor.post(f"/design/{row.id}/delete").status_code == 303
    with reading():
        assert pages() == []


def test_every_template_can_be_begun_with_twice(editor):
    for _ in range(2):
        for name in TEMPLATES:
            assert (
                editor.post(
                    "/design/new", {"template": name, "title": "Words" if name == "blank" else ""}
                ).status_code
                == 303
            )
    with reading():
        slugs = [one.slug for one in pages()]
    assert len(set(slugs)) == 2 * len(TEMPLATES)


def test_a_page_that_a_menu_leads_to_stays(editor):
    editor.post("/design/new", {"template": "story", "title": ""})
    with reading():
        (row,) = pages()
    fields = {
        "blocks-0-label": "Story",
        "blocks-0-link-kind": "page",
        "blocks-0-link-page": row.slug,
        "blocks-0-icon": "star",
    }
    assert save(editor, "frame_menu", fields, "frame").status_code == 303
    editor.post(f"/design/{row.id}/delete")
    assert "cannot be deleted: a menu leads to it" in editor.get(f"/design/{row.id}").text
    moved = editor.post(f"/design/{row.id}/about", base(row.id) | {"title": "Story", "slug": "elsewhere"})
    assert moved.status_code == 422
    assert "The address cannot change" in moved.text


@pytest.mark.parametrize("slug", ["UPPER", "a b", "-a", "a--b", "../x", "关于", "x" * 81])
def test_addresses_are_small_letters_and_hyphens(editor, slug):
    editor.post("/design/new", {"template": "story", "title": ""})
    with reading():
        (row,) = pages()
    answer = editor.post(f"/design/{row.id}/about", base(row.id) | {"title": "a", "slug": slug})
    assert answer.status_code == 422
    assert 'id="f-slug-error"' in answer.text


# Walls --------------------------------------------------------------------------------------------------------------


def test_things_of_another_shop_cannot_be_put_on_a_page(editor, other_shop):
    def secrets():
        with shop_bound(other_shop, SYSTEM):
            save_collection(draft=CollectionDraft(title="Secret shelf", handle="secret-shelf"))
            return store_asset(content=picture((33, 33))), make_product(title="Secret pot")

    asset, goods = contextvars.Context().run(secrets)
    made = add(editor, "hero")
    for fields in (
        {"image": str(asset.id)},
        {"link-kind": "product", "link-product": goods.handle},
        {"link-kind": "collection", "link-collection": "secret-shelf"},
    ):
        assert save(editor, made, {"title": "a", **fields}).status_code == 422
    assert "ecret" not in editor.get(f"/design/home?section={made}").text


def test_who_may_not_edit_pages_sees_none_of_this(hired, shop):
    nosy = hired(shop, permissions={"orders.ship"})
    for path in ("/design/", "/design/home", "/design/home/history", "/design/new"):
        assert nosy.get(path).status_code == 403
    assert nosy.post("/design/home/publish", {"_base": "0"}).status_code == 403
    assert "Shop design" not in nosy.get("/").text


def test_nonsense_in_addresses_and_forms_is_not_found(editor):
    assert editor.get("/design/elsewhere").status_code == 404
    assert editor.get(f"/design/{new_id()}").status_code == 404
    assert editor.get("/design/home/sections/none").status_code == 404
    assert editor.post("/design/home/sections/none/change", base() | {"do": "up"}).status_code == 404
    assert editor.post("/design/home/sections", base() | {"type": "nobody/knows"}).status_code == 404
    for number in ("", "x", "9" * 20, "-1"):
        assert editor.post("/design/home/restore", {"_base": "0", "number": number}).status_code == 404
    assert editor.post("/design/home/publish", {"_base": "²"}).status_code == 409


def test_many_pages_are_paged_and_one_moves_over_the_edge(editor):
    for _ in range(25):
        editor.post("/design/new", {"template": "story", "title": ""})
    with reading():
        ids = [str(one.id) for one in pages() if one.kind == "page"]
    shown = [editor.get(f"/design/{query}").text for query in ("", "?page=2")]
    found = [[one for one in ids if f"/design/{one}/move" in text] for text in shown]
    assert found == [ids[:20], ids[20:]]
    assert [text.count(" disabled") for text in shown] == [2, 2]
    answer = editor.post(f"/design/{ids[19]}/move", {"to": "down"})
    assert answer.location.endswith("/design/?page=2")
    assert f"/design/{ids[19]}/move" in editor.get("/design/?page=2").text
    assert editor.get("/design/?page=9").location.endswith("/design/")


def test_lists_take_the_same_statements_however_many_rows_there_are(editor):
    def begun(count):
        for _ in range(count):
            editor.post("/design/new", {"template": "story", "title": ""})
        with reading():
            row = pages()[0]
        with count_statements() as index:
            assert editor.get("/design/").status_code == 200
        with count_statements() as history:
            assert editor.get(f"/design/{row.id}/history").status_code == 200
        return len(index), len(history)

    one, three = begun(1), begun(2)
    assert one == three
    assert max(one) <= 8
