"""The checkout page: what it asks, whose it is, and how it says no."""

import pytest
from sqlalchemy import update

from core.commerce.catalog.models import Product, Variant
from core.commerce.checkout.models import Checkout
from core.commerce.orders.models import Order
from core.commerce.reservations.stock import set_stock
from core.commerce.shipping.models import ShippingMethod
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_pickup_point, make_product, make_shipping
from tests.core.web.storefront.conftest import ADDRESS
from tests.core.web.storefront.test_login import logged_in

PLACE = "提交订单"


@command("system")
def change(table, *conditions, **values):
    session().execute(update(table).where(*conditions).values(**values))


@command("system")
def stock_levels(levels):
    set_stock(levels)


def orders_of(shop):
    with shop_bound(shop, SYSTEM), reading():
        return session().query(Order).order_by(Order.placed_at).all()


@pytest.fixture
def place(at_checkout):
    """`place(**fields)` sends the checkout form; a redirect is not followed."""

    def send(page=at_checkout, **fields):
        return page.send(page.path.split("?")[0], button=PLACE, follow=False, **{**ADDRESS, **fields})

    return send


def test_order_stores_what_was_typed_and_leads_to_the_gateway(place, shop, gateway):
    gone = place(name="阿里·𠮷田 😀", line1="שלום 1 号", note="第一行\n第二行")
    assert gone.status == 303
    assert gone.location == "http://127.0.0.1:8001/pay/" + gateway.payments[0].gateway_ref
    (order,) = orders_of(shop)
    assert order.contact == {
        "name": "阿里·𠮷田 😀", "phone": "13800000000", "note": "第一行\n第二行", "language": "zh-CN",
    }  # fmt: skip
    assert order.address == {
        "country": "CN", "region": "浙江省", "city": "杭州市西湖区", "line1": "שלום 1 号",
    }  # fmt: skip
    assert order.total_minor == 12_800 + 1_200


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "请填写收货人"),
        ("name", "  \u200b ".replace("\u200b", ""), "请填写收货人"),
        ("phone", "abc", "这不是手机号"),
        ("phone", "a@example.com", "这不是手机号"),
        ("phone", "", "请填写手机号"),
        ("region", "", "请选择省份"),
        ("region", "火星", "请从列表里选一项"),
        ("city", "", "请填写城市"),
        ("line1", "x" * 201, "最多 200 个字"),
        ("note", "x" * 301, "最多 300 个字"),
        ("name", "n" * 9_000, "最多 60 个字"),
    ],
)
def test_field_that_is_wrong_is_named_and_nothing_is_written(
    place, shop, field, value, words, unchanged, gateway
):
    with unchanged(shop, but={"checkout_checkout"}):
        page = place(**{field: value})
    assert page.status == 422
    assert words in page.text
    assert page.form("/checkout/").values["city"] == ("" if field == "city" else ADDRESS["city"])
    assert not gateway.payments


def test_western_shop_asks_for_western_addresses(open_browser, stocked, other_shop, gateway):
    stocked(make_shipping, at=other_shop)
    mug = stocked(make_product, title="Mug", at=other_shop)
    page = open_browser(other_shop).get(f"/products/{mug.handle}").send("/cart/add", button="checkout")
    values = page.form("/checkout/").values
    assert values["country"] == "US"
    assert "Only for the courier." in page.text
    wrong = page.send("/checkout/", button="Place order", country="XX", email="nobody")
    assert "This is not an e-mail address." in wrong.text
    assert "Choose one of the list." in wrong.text
    typed = {
        "name": "Ada",
        "email": "Ada@Example.com",
        "line1": "1 Quay",
        "city": "Truro",
        "postcode": "TR1",
        "country": "GB",
    }
    assert page.send("/checkout/", button="Place order", follow=False, **typed).status == 303
    (order,) = orders_of(other_shop)
    assert order.address["country"] == "GB"
    assert order.contact["email"] == "Ada@Example.com"


def test_delivery_is_quoted_without_javascript_and_pick_up_needs_no_address(
    at_checkout, stocked, shop, parts, gateway
):
    point = stocked(make_pickup_point)
    parts.frames.forget()
    page = at_checkout.browser.get(at_checkout.path)
    assert "¥140.00" in page.text
    quoted = page.send(page.path, button="更新金额", delivery=f"pickup:{point}", name="留着")
    assert quoted.status == 200
    assert "¥128.00" in quoted.text
    assert quoted.form("/checkout/").values["name"] == "留着"
    assert orders_of(shop) == []
    wrong = quoted.send(page.path, button=PLACE)
    assert (wrong.status, "请填写谁来取" in wrong.text) == (422, True)
    gone = quoted.send(page.path, button=PLACE, follow=False, pickup_name="小王", pickup_phone="13900000000")
    assert gone.status == 303
    (order,) = orders_of(shop)
    assert (order.address, order.shipping_minor, order.delivery["kind"]) == ({}, 0, "pickup")
    assert order.contact == {"name": "小王", "phone": "13900000000", "language": "zh-CN"}


def test_delivery_that_was_not_quoted_is_409_with_the_new_sum_first(
    at_checkout, stocked, shop, parts, unchanged, gateway
):
    dear = stocked(make_shipping, fee=5_000, free_from=None)
    parts.frames.forget()
    page = at_checkout.browser.get(at_checkout.path)
    with unchanged(shop, but={"checkout_checkout", "orders_counter"}):
        changed = page.send(page.path, button=PLACE, delivery=f"method:{dear}", **ADDRESS)
    assert changed.status == 409
    assert "合计变为 ¥178.00，之前是 ¥140.00。" in changed.text
    assert changed.send(page.path, button=PLACE, follow=False).status == 303
    assert [order.total_minor for order in orders_of(shop)] == [17_800]


def test_price_that_changed_is_409_with_the_difference_and_confirming_again_orders(
    place, at_checkout, stocked, tea, shop, unchanged, gateway
):
    stocked(change, Variant, Variant.id == tea.variant_id, price_minor=13_000)
    with unchanged(shop, but={"checkout_checkout", "orders_counter"}):
        page = place()
    assert page.status == 409
    assert "合计变为 ¥142.00，之前是 ¥140.00。" in page.text
    assert "明前龙井" in page.text
    assert page.form("/checkout/").values["name"] == "林知夏"
    assert place(page).status == 303
    assert [order.total_minor for order in orders_of(shop)] == [14_200]


def test_quote_that_expired_is_409_and_todays_price_is_promised_anew(place, clock, shop, gateway):
    clock.advance(minutes=16)
    page = place()
    assert page.status == 409
    assert "这个价格的保留时间已过。" in page.text
    assert orders_of(shop) == []
    assert place(page).status == 303


def test_expired_quote_whose_price_changed_shows_the_difference(place, clock, stocked, tea, gateway):
    clock.advance(minutes=16)
    stocked(change, Variant, Variant.id == tea.variant_id, price_minor=10_000)
    page = place()
    assert page.status == 409
    assert "合计变为 ¥112.00，之前是 ¥140.00。" in page.text


@pytest.mark.parametrize("quote", ["", "x", "a.b", "é", "x" * 5000, "eyJ0b3RhbCI6MX0.AAAA"])
def test_made_up_quote_orders_nothing(place, shop, quote, unchanged, gateway):
    with unchanged(shop, but={"checkout_checkout", "orders_counter"}):
        page = place(quote=quote)
    assert page.status == 400
    assert orders_of(shop) == []


def test_quote_of_another_checkout_is_refused(place, at_checkout, tea, gateway):
    other = at_checkout.browser.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")
    assert place(quote=other.form("/checkout/").values["quote"]).status == 400


def test_sold_out_is_said_at_the_line(place, stocked, tea, shop, gateway):
    stocked(stock_levels, {tea.variant_id: 0})
    page = place()
    assert page.status == 409
    assert "“明前龙井”" in page.text
    assert orders_of(shop) == []


def test_product_that_is_gone_leads_to_the_cart(place, stocked, tea, gateway):
    stocked(change, Product, Product.handle == tea.handle, status="archived")
    page = place()
    assert page.status == 409
    assert "/cart" in [href for href, words in page.links if words == "去购物车"]


def test_shop_without_delivery_takes_no_order(visitor, stocked):
    drink = stocked(make_product)
    page = visitor.get(f"/products/{drink.handle}").send("/cart/add", button="checkout")
    assert "还没有设置配送方式" in page.text
    with pytest.raises(AssertionError, match="cannot be pressed"):
        page.send(page.path, button=PLACE)
    assert visitor.post(page.path, {**ADDRESS, "quote": "x"}).status == 422


def test_method_that_the_merchant_switched_off_is_replaced_by_the_next(at_checkout, stocked, parts):
    stocked(make_shipping, fee=900, free_from=None)
    stocked(change, ShippingMethod, ShippingMethod.fee_minor == 1_200, active=False)
    parts.frames.forget()
    assert "¥137.00" in at_checkout.browser.get(at_checkout.path).text


def test_sending_the_form_twice_places_one_order(place, at_checkout, shop, gateway):
    first, second = place(), place()
    assert first.status == second.status == 303
    assert len(orders_of(shop)) == 1
    assert len(gateway.payments) == 1
    assert second.location == f"/orders/{orders_of(shop)[0].code}"
    assert at_checkout.browser.get(at_checkout.path).path == second.location


def test_order_empties_the_cart(visitor, tea, gateway):
    visitor.get(f"/products/{tea.handle}").send("/cart/add", quantity="2")
    page = visitor.get("/cart").send("/cart", button="去结算")
    page.send(page.path, button=PLACE, follow=False, **ADDRESS)
    assert 'class="count"' not in visitor.get("/cart").html


def test_checkout_belongs_to_the_browser_that_started_it(at_checkout, open_browser, unchanged, shop):
    stranger = open_browser()
    missing = stranger.get("/checkout/nothing")
    with unchanged(shop):
        for answer in (
            stranger.get(at_checkout.path),
            stranger.post(at_checkout.path, ADDRESS),
            stranger.post(f"{at_checkout.path}/quote", ADDRESS),
        ):
            assert answer.status == 404
            assert answer.text == missing.text


def test_checkout_of_a_customer_is_theirs_in_every_browser_and_nobody_elses(open_browser, tea):
    phone, laptop, other = (open_browser() for _ in range(3))
    logged_in(phone, "a@example.com")
    page = phone.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")
    assert logged_in(laptop, "a@example.com").get(page.path).status == 200
    assert logged_in(other, "b@example.com").get(page.path).status == 404
    other.client.set_cookie("browser", phone.cookie("browser"), domain=other.host)
    assert other.get(page.path).status == 404
    other.client.delete_cookie("session", domain=other.host)
    assert other.get(page.path).path.startswith("/login")


def test_guest_who_logs_in_takes_the_checkout_along(at_checkout, shop, gateway):
    visitor = logged_in(at_checkout.browser, "a@example.com")
    page = visitor.get(at_checkout.path)
    assert page.status == 200
    page.send(page.path, button=PLACE, follow=False, **ADDRESS)
    (order,) = orders_of(shop)
    assert order.customer_id is not None
    assert order.contact["email"] == "a@example.com"
    assert order.number in visitor.get("/account/orders").text


def test_address_of_before_is_offered_and_masked(at_checkout, tea, shop, gateway):
    visitor = logged_in(at_checkout.browser, "a@example.com")
    page = visitor.get(at_checkout.path)
    page.send(page.path, button=PLACE, follow=False, **ADDRESS)
    again = visitor.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")
    assert "138****0000" in again.text
    assert "浙江省杭州市西湖区转塘街道 1 号" in again.text
    assert again.send(again.path, button=PLACE, follow=False).status == 303
    elsewhere = visitor.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")
    gone = elsewhere.send(
        elsewhere.path, button=PLACE, follow=False, **{**ADDRESS, "address": "new", "line1": "另一处"}
    )
    assert gone.status == 303
    assert [order.address["line1"] for order in orders_of(shop)] == [
        ADDRESS["line1"],
        ADDRESS["line1"],
        "另一处",
    ]


def test_address_of_another_customer_is_nobodys(open_browser, tea, shop, gateway):
    owner = logged_in(open_browser(), "a@example.com")
    page = owner.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")
    page.send(page.path, button=PLACE, follow=False, **ADDRESS)
    theirs = (
        owner.get(f"/products/{tea.handle}")
        .send("/cart/add", button="checkout")
        .form("/checkout/")
        .values["address"]
    )
    thief = logged_in(open_browser(), "b@example.com")
    page = thief.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")
    refused = page.send(page.path, button=PLACE, address=theirs)
    assert refused.status == 422
    assert "转塘" not in refused.html


def test_answers_to_plugins_questions_are_kept_only_for_plugins_of_the_shop(place, shop, enable, gateway):
    enable(shop, "group_buy")
    assert (
        place(**{"group_buy.if_full": "refund", "coupon.code": "x", "odd": "y", "group_buy.": "z"}).status
        == 303
    )
    (order,) = orders_of(shop)
    assert order.choices == {"group_buy.if_full": "refund"}


def test_abandoned_checkout_keeps_the_price_input_it_showed(at_checkout, shop):
    with shop_bound(shop, SYSTEM), reading():
        (row,) = session().query(Checkout).all()
    assert row.price_input["lines"][0]["unit_price"] == 12_800
    assert row.priced["total"] == 14_000
