"""Buyers' pages without JavaScript: the coupon centre, my coupons, the cart and the checkout, codes."""

import re
from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from core.sdk.storefront import SectionInput, SlotRequest
from core.testing.browsers import ShopBrowser
from plugins.coupon.actions.campaigns import close_campaign
from plugins.coupon.actions.code_batches import make_public_code
from plugins.coupon.blocks.sections import COUPONS
from plugins.coupon.blocks.shop import home_blocks, order_blocks
from plugins.coupon.tests.people import make_campaign


def log_in(browser: ShopBrowser, contact: str = "lin@example.com") -> ShopBrowser:
    """The browser after its person has logged in with the code from the mailbox."""
    browser.get("/login")
    browser.post("/login", {"contact": contact})
    code = re.findall(r"(?<!\d)\d{6}(?!\d)", browser.get("/mailbox").text)[0]
    assert browser.post("/login/code", {"contact": contact, "code": code, "next": "/"}).status == 200
    return browser


@pytest.fixture
def visitor(at_shop, coupon_shop) -> ShopBrowser:
    return at_shop(coupon_shop)


def test_from_the_coupon_centre_to_a_cheaper_order(visitor, tea, coupon_shop):
    campaign = make_campaign(title="秋茶满200减30")
    page = visitor.get("/x/coupon/")
    assert "领券中心" in page.text
    assert "秋茶满200减30" in page.text
    # Whoever is not known logs in first.
    assert "/login" in visitor.post("/x/coupon/claim", {"campaign": str(campaign)}, follow=False).location
    log_in(visitor)
    said = visitor.post("/x/coupon/claim", {"campaign": str(campaign), "coupon_back": "/x/coupon/mine"})
    assert "秋茶满200减30" in said.text
    assert "可用 1" in said.text
    assert "已领取" in visitor.get("/x/coupon/").text
    visitor.post("/cart/add", {"variant_id": str(tea.variant_id), "quantity": "1"})
    cart = visitor.get("/cart")
    assert "再买 ¥100.00 即可使用。 可省 ¥30.00。" in cart.text
    visitor.post("/cart/add", {"variant_id": str(tea.variant_id), "quantity": "1"})
    cart = visitor.get("/cart")
    assert "优惠券：秋茶满200减30" in cart.text
    assert "¥170.00" in cart.text
    assert "已用 1 张" in cart.text
    none = visitor.post("/x/coupon/choose", {"coupon_how": "none", "coupon_back": "/cart"})
    assert "¥170.00" not in none.text
    best = visitor.post("/x/coupon/choose", {"coupon_how": "best", "coupon_back": "/cart"})
    assert "¥170.00" in best.text


def test_a_product_offers_its_coupons(visitor, tea):
    make_campaign(title="满减券")
    assert "满减券" in visitor.get(f"/products/{tea.handle}").text


def test_code_is_redeemed_once_and_wrong_ones_all_sound_the_same(visitor, tea):
    campaign = make_campaign(way="code", title="老友券")
    make_public_code(campaign_id=campaign, text="OLDFRIEND")
    assert "老友券" not in visitor.get("/x/coupon/").text
    log_in(visitor)
    back = {"coupon_back": "/x/coupon/mine"}
    wrong = visitor.post("/x/coupon/code", {"coupon_code": "NOTHING1", **back})
    assert "这个券码无法使用" in wrong.text
    right = visitor.post("/x/coupon/code", {"coupon_code": "old friend", **back})
    assert "老友券" in right.text
    again = visitor.post("/x/coupon/code", {"coupon_code": "OLDFRIEND", **back})
    assert "上限" in again.text


def test_my_coupons_are_for_their_owner(visitor, tea):
    assert "/login" in visitor.get("/x/coupon/mine", follow=False).location


def test_pages_of_coupons_answer_404_where_they_are_off(at_shop, in_shop):
    assert at_shop(in_shop).get("/x/coupon/").status == 404


def test_home_has_a_section_of_coupons_and_offers_one_as_people_arrive(coupon_shop):
    everybody = make_campaign(title="到店有礼")
    make_campaign(title="进店弹窗券", announced=True)
    make_campaign(title="会员券", audience="never_bought", announced=True)
    with reading():
        found = COUPONS.load([SectionInput(id="a", type="coupon/claim", settings={"title": "", "limit": 5})])
        top = home_blocks(SlotRequest(page="home", slots=("home.top",)))
    assert {one.title for one in found[0]["cards"]} == {"到店有礼", "进店弹窗券"}
    assert [(one.slot, one.context["card"].title) for one in top] == [("home.top", "进店弹窗券")]
    assert top[0].context["mark"]
    close_campaign(campaign_id=everybody)
    with reading():
        again = COUPONS.load([SectionInput(id="a", type="coupon/claim", settings={"title": "", "limit": 1})])
        nothing = home_blocks(SlotRequest(page="home", slots=()))
    assert [one.title for one in again[0]["cards"]] == ["进店弹窗券"]
    assert nothing == []


def test_popup_is_on_the_page_and_shows_itself_once_a_day_only(visitor):
    make_campaign(title="进店弹窗券", announced=True)
    page = visitor.get("/").html
    assert "进店弹窗券" in page
    # Hidden until the browser has looked at the day; without JavaScript it never covers anything.
    assert re.search(r'class="popcard" hidden data-daily="coupon-', page)


def test_cart_says_that_a_coupon_that_has_run_out_can_still_be_paid_with(visitor, tea, coupon_shop, clock):
    campaign = make_campaign(title="快过期的券", threshold=0, ends_at=now() + timedelta(hours=1))
    log_in(visitor)
    visitor.post("/x/coupon/claim", {"campaign": str(campaign)})
    visitor.post("/cart/add", {"variant_id": str(tea.variant_id), "quantity": "1"})
    clock.advance(minutes=62)
    page = visitor.get("/cart").text
    assert "已过期" in page
    assert "前还可以使用" in page
    assert "¥70.00" in page
    clock.advance(minutes=4)
    assert "¥70.00" not in visitor.get("/cart").text


def test_birthday_is_told_on_the_page_where_something_is_given_for_it(visitor, coupon_shop):
    log_in(visitor)
    assert "生日券" not in visitor.get("/x/coupon/mine").text
    make_campaign(way="trigger", trigger="birthday", title="生日券")
    assert "生日券" in visitor.get("/x/coupon/mine").text
    assert "没有这一天" in visitor.post("/x/coupon/birthday", {"month": "2", "day": "31"}).text
    assert "已登记" in visitor.post("/x/coupon/birthday", {"month": "2", "day": "29"}).text
    assert "每年 2 月 29 日" in visitor.get("/x/coupon/mine").text


def test_device_limit_holds_for_two_people_in_one_browser(visitor, coupon_shop):
    campaign = make_campaign(per_device=1)
    for contact in ("one@example.com", "two@example.com"):
        log_in(visitor, contact)
        said = visitor.post("/x/coupon/claim", {"campaign": str(campaign), "coupon_back": "/x/coupon/mine"})
        visitor.post("/logout")
    assert "这台设备" in said.text


def test_order_says_line_by_line_what_a_coupon_took_off(person, tea, cup):
    who = person()
    who.claim(make_campaign())
    order_id = who.order((tea.variant_id, 1), (cup.variant_id, 2))
    with reading():
        rows = order_blocks(SlotRequest(page="order", slots=("order.after",), subject_ids=(order_id,)))[0]
    title, amount, lines = rows.context["rows"][0]
    assert (title, amount.minor) == ("满200减30", 30_00)
    assert [one.minor for _name, one in lines] == [16_36, 13_64]
