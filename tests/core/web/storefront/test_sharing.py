"""Sharing pages: the sheet with its three forms, who shared, the poster, and WeChat's signature."""

import io
import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image

from core.commerce.sharing.actions import keep_ticket, save_sharing
from core.commerce.sharing.wechat import Ticket
from core.commerce.sources.queries import link_of_code
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_pickup_point
from tests.core.web.storefront.conftest import ADDRESS
from tests.core.web.storefront.test_login import logged_in

APP = "wx0123456789abcdef"


def stored(shop, page):
    with shop_bound(shop, SYSTEM), reading():
        return link_of_code(page.path.rpartition("/")[2])


def test_product_is_shared_with_words_link_and_poster(visitor, tea, shop):
    page = visitor.get(f"/products/{tea.handle}").send("/share")
    assert page.path.startswith("/share/")
    link = stored(shop, page)
    assert (link.target, link.kind, link.shared_by) == (f"/products/{tea.handle}", "share", None)
    assert "明前龙井" in page.text
    assert f"/s/{link.code}" in page.html
    poster = visitor.get(f"{page.path}/poster.png")
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(poster.body)))
    assert code.text.endswith(f"/s/{link.code}")
    # The link leads to what was shared.
    assert visitor.get(link.path, follow=False).location == f"/products/{tea.handle}"


def test_link_says_who_shared_and_into_which_group(open_browser, tea, shop):
    mine = logged_in(open_browser(), "ann@example.com")
    page = mine.get(f"/products/{tea.handle}").send("/share")
    again = mine.get(f"/products/{tea.handle}").send("/share")
    assert again.path == page.path
    assert stored(shop, page).shared_by is not None
    elsewhere = page.send("/share", place="茶友群 3")
    assert (stored(shop, elsewhere).place, elsewhere.path == page.path) == ("茶友群 3", False)


def test_pages_elsewhere_cannot_be_shared(visitor, shop):
    for path in ("https://evil.example/", "//evil.example", "/s/abcd", "", "/\\evil.example"):
        assert visitor.post("/share", {"path": path}, follow=False).location == "/"


def test_sheets_of_another_shop_and_of_nobody_are_not_there(open_browser, visitor, tea, shop, other_shop):
    page = visitor.get(f"/products/{tea.handle}").send("/share")
    theirs = open_browser(other_shop)
    for path in (page.path, f"{page.path}/poster.png", "/share/nothing", "/share/wechat.json?url=x"):
        assert theirs.get(path).status == 404, path


def test_program_of_ours_gets_words_and_address(visitor, tea):
    answer = visitor.post("/share", {"path": f"/products/{tea.handle}"}, Accept="application/json")
    said = json.loads(answer.body)
    assert "/s/" in said["url"]
    assert said["url"] not in said["text"]


def test_wechat_signs_pages_of_this_shop_only(visitor, shop):
    with shop_bound(shop, SYSTEM):
        save_sharing(prompts_per_week=2, prompts_per_day=None, wechat_app_id=APP, wechat_secret="s")
        until = now() + timedelta(hours=2)
        keep_ticket(account=(APP, "s"), ticket=Ticket("t1", until))
    own = f"http://{visitor.host}/products/x"
    said = json.loads(visitor.get(f"/share/wechat.json?url={own}").body)
    assert said["appId"] == APP
    assert len(said["signature"]) == 40
    assert visitor.get("/share/wechat.json?url=http://evil.example/").status == 404


@pytest.fixture
def paid_order(open_browser, tea, stocked, gateway):
    """`paid_order(browser)` orders, pays and comes back."""
    stocked(make_pickup_point)

    def buy(browser):
        checkout = browser.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")
        checkout.send(checkout.path, button="提交订单", follow=False, **ADDRESS)
        asked = gateway.payments[-1].request
        gateway.capture(asked.reference)
        return browser.get(urlsplit(asked.return_url).path)

    return buy


def test_buyer_is_asked_once_after_paying_and_twice_a_week(open_browser, paid_order, tea):
    mine = logged_in(open_browser(), "ann@example.com")
    for expected in (True, True, False):
        page = paid_order(mine)
        assert ("data-prompt" in page.html) is expected
        assert "data-prompt" not in mine.get(page.path).html
    assert "data-prompt" not in paid_order(open_browser()).html
