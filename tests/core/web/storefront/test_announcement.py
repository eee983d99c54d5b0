"""The announcement bar: on every page, closed by one visitor for themselves, back when there is something new."""

import pytest

from core.commerce.shops.actions import update_shop


@pytest.fixture
def announced(stocked, parts):
    def announce(words, **theme):
        stocked(update_shop, changes={"announcement": words, "theme": theme})
        parts.frames.forget()

    announce("中秋照常发货")
    return announce


def test_announcement_stands_on_every_page(announced, visitor, tea):
    paths = ("/", f"/products/{tea.handle}", "/collections", "/cart", "/login", "/search?q=x", "/nothing")
    assert [path for path in paths if visitor.get(path).text.count("中秋照常发货") != 1] == []


def test_visitor_closes_it_for_themselves_until_there_is_another(announced, open_browser, tea):
    mine, other = open_browser(), open_browser()
    path = f"/products/{tea.handle}?variant={tea.variant_id}"
    back = mine.get(path).send("/announcement/close")
    assert back.path == path
    assert "中秋照常发货" not in back.text
    assert "中秋照常发货" not in mine.get("/").text
    assert "中秋照常发货" in other.get("/").text
    assert "中秋照常发货" not in mine.get("/").text
    announced("双十一不打烊")
    assert "双十一不打烊" in mine.get("/").text


def test_page_that_is_kept_holds_no_announcement_of_anybody(announced, open_browser, parts, tea):
    closed = open_browser()
    closed.get("/").send("/announcement/close")
    parts.cache.forget()
    closed.get("/")
    assert len(parts.cache) == 1
    assert not any("中秋照常发货" in page.html for page in parts.cache._pages.values())
    assert "中秋照常发货" in open_browser().get("/").text


@pytest.mark.parametrize("mark", ["", "x" * 41, "a b", "é", "a\r\nSet-Cookie: x=1"])
def test_mark_that_is_none_of_ours_is_not_kept(announced, visitor, mark):
    visitor.get("/")
    answer = visitor.post("/announcement/close", {"mark": mark, "next": "//evil.example"})
    assert "news" not in answer.headers.get("Set-Cookie", "")
    assert "中秋照常发货" in visitor.get("/").text


def test_close_from_another_site_is_refused(announced, visitor):
    answer = visitor.post("/announcement/close", {"mark": "abc"}, Sec_Fetch_Site="cross-site")
    assert answer.status == 403
