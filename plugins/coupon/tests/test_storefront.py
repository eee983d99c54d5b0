"""Buyers' pages without JavaScript: the coupon centre, my coupons, the cart and the checkout, codes."""

import re

import pytest

from core.testing.browsers import ShopBrowser
from plugins.coupon.actions.code_batches import make_public_code
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
    assert "再买 ¥100.00，可省 ¥30.00" in cart.text
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
