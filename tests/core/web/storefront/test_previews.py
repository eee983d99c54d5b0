"""Drafts on the shop's own host: only by a signed link of this shop, never cached, framed by the console alone."""

import pytest

from core.commerce.content.actions import make_page, publish_draft, save_draft
from core.commerce.content.documents import with_meta
from core.commerce.content.frames import frame_document, typed_frame
from core.commerce.shops.queries import shop_settings
from core.kernel.db import reading
from core.testing.statements import count_statements
from core.web import previews
from core.web.previews import EXTENSION, PreviewLink

CONSOLE = "http://console.example:8000"


def page(*sections):
    named = {f"s{n}": one for n, one in enumerate(sections)}
    return {"meta": {}, "sections": named, "order": list(named)}


def words(text, **more):
    return {"type": "rich_text", "v": 1, "settings": {"title": text}, **more}


@pytest.fixture
def link(storefront, shop):
    """`link("home")` is the path of a preview of this shop's page."""

    def make(ref, *, shop_id=None, frame_by=CONSOLE):
        maker = storefront.extensions[EXTENSION]
        return maker.path_of(PreviewLink(shop_id or shop.shop_id, str(ref), frame_by))

    return make


def test_a_draft_is_seen_through_its_link_only(stocked, visitor, link):
    stocked(save_draft, ref="home", base=0, document=page(words("Not yet")))
    assert "Not yet" not in visitor.get("/").text
    shown = visitor.get(link("home"))
    assert (shown.status, "Not yet" in shown.text) == (200, True)
    stocked(save_draft, ref="home", base=1, document=page(words("Better")))
    assert "Better" in visitor.get(link("home")).text


def test_previews_may_be_framed_by_their_console_and_are_kept_by_nobody(stocked, visitor, link):
    stocked(save_draft, ref="home", base=0, document=page(words("a")))
    headers = visitor.get(link("home")).headers
    assert f"frame-ancestors {CONSOLE};" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cache-Control"] == "private, no-store"
    live = visitor.get("/").headers
    assert "frame-ancestors 'none'" in live["Content-Security-Policy"]
    assert live["X-Frame-Options"] == "DENY"
    other = visitor.get(link("home", frame_by="javascript:alert(1)")).headers
    assert other["X-Frame-Options"] == "DENY"


def test_links_of_another_shop_spoilt_and_old_ones_lead_nowhere(
    stocked, visitor, link, other_shop, monkeypatch
):
    stocked(save_draft, ref="home", base=0, document=page(words("Secret")), at=other_shop)
    stocked(save_draft, ref="home", base=0, document=page(words("Ours")))
    assert visitor.get(link("home", shop_id=other_shop.shop_id)).status == 404
    good = link("home")
    assert visitor.get(good[:-3] + "abc").status == 404
    assert visitor.get("/preview/" + "x" * 2_000).status == 404
    monkeypatch.setattr(previews, "LIFE_SECONDS", -1)
    assert visitor.get(good).status == 404


def test_a_page_of_another_shop_is_not_shown_by_a_link_of_this_one(stocked, visitor, link, other_shop):
    theirs = stocked(make_page, kind="page", slug="x", document=page(words("Secret")), at=other_shop)
    shown = visitor.get(link(theirs))
    assert shown.status == 404
    assert "Secret" not in shown.text


def test_an_unpublished_page_has_a_preview_and_no_address(stocked, visitor, link):
    made = stocked(
        make_page, kind="page", slug="story", document=with_meta(page(words("Hello")), title="Story")
    )
    assert visitor.get("/policies/story").status == 404
    assert "Hello" in visitor.get(link(made)).text
    stocked(publish_draft, ref=made, base=1)
    assert "Hello" in visitor.get("/policies/story").text


def test_search_engines_are_told_what_the_page_says_for_them(stocked, visitor):
    meta = {"title": "Story", "seo_title": "Tea since 1921", "seo_description": "Four hills"}
    made = stocked(make_page, kind="page", slug="story", document=with_meta(page(words("Hello")), **meta))
    stocked(publish_draft, ref=made, base=1)
    html = visitor.get("/policies/story").html
    assert 'og:title" content="Tea since 1921"' in html
    assert 'name="description" content="Four hills"' in html


def test_the_frame_is_seen_in_its_preview_and_changes_the_shop_when_published(stocked, visitor, link, parts):
    def started():
        with reading():
            return typed_frame(frame_document(shop_settings()))

    frame = stocked(started)
    said_by = frame["sections"]
    said_by["frame_announcement"]["settings"] |= {"text": "Moon cakes", "starts": "2020-01-01T00:00:00Z"}
    said_by["frame_contact"]["settings"] |= {"wechat": "qingshan01", "address": "Hangzhou"}
    said_by["frame_legal"]["settings"] |= {"icp": "浙ICP备12345678号-1", "company": "Qingshan Ltd"}
    entries = [
        {"label": "Tea", "inside": False},
        {"label": "Green", "link": {"kind": "collections"}, "inside": True},
        {"label": "Gone", "link": {"kind": "plugin", "ref": "group_buy"}, "inside": False},
    ]
    for menu in ("frame_menu", "frame_footer"):
        blocks = {f"b{n}": {"type": "entry", "settings": one} for n, one in enumerate(entries)}
        said_by[menu] |= {"blocks": blocks, "order": list(blocks)}
    said_by["frame_look"]["settings"] |= {"preset": "tea", "accent": "plum"}
    stocked(save_draft, ref="frame", base=0, document=frame)
    said = (
        "Moon cakes",
        "qingshan01",
        "Hangzhou",
        "浙ICP备12345678号-1",
        "Qingshan Ltd",
        "Green",
        "--brand:#5b2a6b",
    )
    shown, live = visitor.get(link("frame")).html, visitor.get("/").html
    assert [one for one in said if one not in shown] == []
    assert [one for one in said if one in live] == []
    assert "Gone" not in shown
    stocked(publish_draft, ref="frame", base=1)
    parts.frames.forget()
    assert [one for one in said if one not in visitor.get("/").html] == []


@pytest.mark.parametrize(
    ("window", "shown"),
    [({"starts": "2999-01-01T00:00:00Z"}, False), ({"ends": "2020-01-01T00:00:00Z"}, False), ({}, True)],
)
def test_an_announcement_is_shown_in_its_time(stocked, visitor, link, window, shown):
    def started():
        with reading():
            return typed_frame(frame_document(shop_settings()))

    frame = stocked(started)
    frame["sections"]["frame_announcement"]["settings"] |= {"text": "Moon cakes", **window}
    stocked(save_draft, ref="frame", base=0, document=frame)
    assert ("Moon cakes" in visitor.get(link("frame")).text) is shown


def test_every_section_is_drawn_and_asks_for_its_data_together(stocked, visitor, link, tea, parts):
    sections = [
        {"type": "faq", "blocks": {"q": {"type": "question", "settings": {"question": "Why?", "answer": "So.\nReally"}}}, "order": ["q"]},
        {"type": "divider", "settings": {"size": "large", "line": True}},
        {"type": "goods", "v": 2, "settings": {"source": "newest"}},
        {"type": "goods", "v": 2, "settings": {"source": "picked", "products": [tea.handle], "title": "Picked"}},
        {"type": "goods", "v": 2, "settings": {"source": "best", "title": "Nothing sold yet"}},
        {"type": "goods", "v": 1, "settings": {"products": [tea.handle], "title": "Of old"}},
    ]  # fmt: skip
    stocked(save_draft, ref="home", base=0, document=page(*sections))
    html = visitor.get(link("home")).html
    assert all(
        one in html
        for one in ("Why?", "<p>So.</p><p>Really</p>", "Picked", "Of old", '<hr class="gap large">')
    )
    assert "Nothing sold yet" not in html
    parts.frames.forget()
    with count_statements() as few:
        visitor.get(link("home"))
    stocked(save_draft, ref="home", base=1, document=page(*sections, *sections, *sections))
    parts.frames.forget()
    with count_statements() as many:
        visitor.get(link("home"))
    assert len(few) == len(many)
