"""Staff in their own storefront: let in by the console, told by a bar that nobody else ever gets."""

from urllib.parse import urlsplit

import pytest

from core.kernel.ids import new_id
from core.testing import answers
from core.web import staff_visits
from core.web.previews import EXTENSION as PREVIEWS
from core.web.previews import PreviewLink
from core.web.staff_visits import EXTENSION, StaffVisit

CONSOLE = "http://localhost:8000/console/tea"
WORDS = "您看到的和买家看到的一样。"


@pytest.fixture
def staff():
    """`staff("catalog.edit")` is the id of a new person with these permissions."""

    def hire(*permissions):
        staff_id = new_id()
        answers.permissions[staff_id] = set(permissions)
        return staff_id

    return hire


@pytest.fixture
def way_in(storefront, shop, staff):
    """`way_in(staff_id)` is the path that the console sends this person to."""

    def path(staff_id, *, at=shop):
        return storefront.extensions[EXTENSION].path_of(StaffVisit(at.shop_id, staff_id, CONSOLE))

    return path


def links_of(page):
    return {words: address for address, words in page.links if address.startswith(CONSOLE)}


def test_bar_leads_to_the_editor_of_the_page_and_back_to_the_console(open_browser, way_in, staff, tea):
    owner = open_browser()
    path = f"/products/{tea.handle}"
    shown = owner.get(f"{way_in(staff('catalog.edit', 'content.edit'))}?next={path}")
    assert shown.path == path
    assert WORDS in shown.text
    assert "测试模式" in shown.text
    assert links_of(shown) == {
        "编辑这件商品": f"{CONSOLE}/storefront/edit?path=%2Fproducts%2F{tea.handle}",
        "返回后台": f"{CONSOLE}/",
    }
    assert "no-store" in shown.headers["Cache-Control"]
    assert list(links_of(owner.get("/"))) == ["编辑这个页面", "返回后台"]
    assert list(links_of(owner.get("/cart"))) == ["返回后台"]


def test_buyers_never_get_the_bar_whoever_looked_before(open_browser, way_in, staff, tea, parts):
    owner, buyer = open_browser(), open_browser()
    owner.get(way_in(staff("content.edit")))
    for path in ("/", f"/products/{tea.handle}"):
        assert WORDS in owner.get(path).text
        html = buyer.get(path).html
        assert "staff-bar" not in html
        assert CONSOLE not in html
        assert WORDS in owner.get(path).text
    assert parts.cache.hits
    assert not any("staff-bar" in page.html for page in parts.cache._pages.values())


def test_bar_ends_when_hidden_and_when_the_person_leaves_the_shop(open_browser, way_in, staff):
    person = staff("content.edit")
    owner = open_browser()
    assert WORDS in owner.get(way_in(person)).text
    answers.permissions[person] = set()
    assert WORDS not in owner.get("/").text
    answers.permissions[person] = {"orders.note"}
    again = owner.get("/")
    assert list(links_of(again)) == ["返回后台"]
    assert WORDS not in again.send("/staff-view/end").text
    assert WORDS not in owner.get("/").text


def test_way_in_of_another_shop_spoilt_old_or_swapped_leads_nowhere(
    open_browser, way_in, staff, other_shop, storefront, shop, monkeypatch
):
    owner = open_browser()
    person = staff("content.edit")
    good = way_in(person)
    signer = storefront.extensions[EXTENSION]
    swapped = signer.cookie(StaffVisit(shop.shop_id, person, CONSOLE))
    for path in (
        way_in(person, at=other_shop),
        good[:-3] + "abc",
        f"/staff-view/{swapped}",
        "/staff-view/" + "x" * 1200,
    ):
        assert owner.get(path).status == 404
        assert WORDS not in owner.get("/").text
    monkeypatch.setattr(staff_visits, "WAY_IN_SECONDS", -1)
    assert owner.get(good).status == 404
    monkeypatch.undo()
    theirs = open_browser(other_shop)
    owner.get(good)
    theirs.client.set_cookie(
        "staff", signer.cookie(StaffVisit(shop.shop_id, person, CONSOLE)), domain=theirs.host
    )
    assert "staff-bar" not in theirs.get("/").html


def test_way_in_leads_to_this_shop_only(open_browser, way_in, staff):
    shown = open_browser().get(f"{way_in(staff('content.edit'))}?next=//evil.example", follow=False)
    assert urlsplit(shown.location).netloc in ("", shown.browser.host)
    assert urlsplit(shown.location).path == "/"


def test_bar_is_not_in_previews(open_browser, way_in, staff, storefront, shop):
    owner = open_browser()
    owner.get(way_in(staff("content.edit")))
    preview = storefront.extensions[PREVIEWS].path_of(PreviewLink(shop.shop_id, "home", CONSOLE))
    assert "staff-bar" not in owner.get(preview).html
    assert "staff-bar" in owner.get("/").html
