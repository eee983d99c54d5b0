"""Delivery on the checkout page: fees follow the province, reasons stand beside what cannot be had, and there is always a way on."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from core.commerce.orders.models import Order
from core.commerce.shipping.actions import save_method, save_pickup_point, save_slots
from core.commerce.shipping.models import ShippingMethod
from core.commerce.shops.actions import update_shop
from core.commerce.shops.opening import Opening, Window
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from tests.core.web.storefront.conftest import ADDRESS

PLACE, UPDATE = "提交订单", "更新金额"
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TIBET = {**ADDRESS, "region": "西藏自治区", "city": "拉萨市"}
SICHUAN = {**ADDRESS, "region": "四川省", "city": "成都市"}


def change(shop, parts, action, **values):
    with shop_bound(shop, SYSTEM):
        found = action(**values)
    parts.frames.forget()
    return found


@pytest.fixture
def only_zones(shop, parts, at_checkout):
    """The shop's one method becomes dearer in Sichuan and does not go to Tibet."""
    with shop_bound(shop, SYSTEM), reading():
        method = session().scalars(select(ShippingMethod.id)).one()
    rules = {
        "zones": [{"places": ["CN-SC"], "fee": 2000, "step_fee": 0, "free_from": None}],
        "excluded": ["CN-XZ"],
    }
    change(
        shop,
        parts,
        save_method,
        method_id=method,
        name="顺丰",
        fee_minor=1200,
        free_from_minor=None,
        rules=rules,
    )
    return at_checkout


def orders_of(shop):
    with shop_bound(shop, SYSTEM), reading():
        return session().query(Order).all()


def test_fee_of_the_province_is_quoted_without_javascript_and_asked_again_when_it_changed(only_zones, shop):
    page = only_zones
    assert "¥140.00" in page.text
    refused = page.send(page.path, button=PLACE, follow=False, **SICHUAN)
    assert refused.status == 409
    assert "¥148.00" in refused.text
    assert orders_of(shop) == []
    placed = refused.send(page.path, button=PLACE, follow=False)
    assert placed.status == 303
    (order,) = orders_of(shop)
    assert (order.shipping_minor, order.total_minor) == (2000, 14_800)


def test_place_that_is_excluded_says_so_and_offers_what_can_be_done(only_zones, shop, parts):
    page = only_zones
    refused = page.send(page.path, button=UPDATE, **TIBET)
    assert "“顺丰”不送到西藏自治区。" in refused.text
    assert "没有能送到西藏自治区的方式" in refused.text
    assert "请换一个地址" in refused.text
    assert page.send(page.path, button=PLACE, follow=False, **TIBET).status == 409
    point = change(shop, parts, save_pickup_point, name="转塘店", address="转塘街道 1 号")
    instead = page.send(page.path, button=PLACE, follow=False, **TIBET)
    assert instead.status == 409
    assert "请到自提点自取，或换一个地址。" in instead.text
    assert f'value="pickup:{point}"' in instead.html
    assert not re.search(r'name="delivery"[^>]*checked', instead.html)
    assert orders_of(shop) == []
    who = {"pickup_name": "小王", "pickup_phone": "13900000000"}
    fetched = instead.send(page.path, button=UPDATE, delivery=f"pickup:{point}", **who)
    fetched = fetched.send(page.path, button=PLACE, follow=False)
    assert fetched.status == 303
    assert orders_of(shop)[0].delivery["kind"] == "pickup"


def test_local_delivery_offers_its_times_and_the_order_shows_the_one_chosen(shop, parts, at_checkout, clock):
    clock.freeze(MONDAY)
    area = {"point": None, "radius_m": None, "districts": ["转塘"], "minimum": 0}
    method = change(
        shop, parts, save_method, name="同城送", fee_minor=500, free_from_minor=None, kind="local", area=area
    )
    change(
        shop, parts, save_slots,
        method_id=method, weekdays=[0, 1], window=Window(840, 960), cutoff_minutes=60, capacity=2,
    )  # fmt: skip
    page = at_checkout.browser.get(at_checkout.path)
    chosen = page.send(page.path, button=UPDATE, **ADDRESS, delivery=f"method:{method}")
    assert "今天 14:00–16:00（剩 2 单）" in chosen.text
    without = chosen.send(page.path, button=PLACE, follow=False)
    assert (without.status, "请选择送货时间" in without.text) == (422, True)
    times = re.findall(r'<option value="([0-9a-f-]{36}/2026-11-\d\d)"', chosen.html)
    assert [one[-2:] for one in times] == ["23", "24", "30"]
    placed = chosen.send(page.path, button=PLACE, follow=False, **{f"slot-method:{method}": times[1]})
    assert placed.status == 303
    (order,) = orders_of(shop)
    assert order.delivery["slot"]["date"] == "2026-11-24"
    shown = at_checkout.browser.get(f"/orders/{order.code}")
    assert "14:00–16:00" in shown.text


def test_taxes_stand_below_the_sum_or_on_top_of_it(shop, parts, at_checkout):
    change(shop, parts, update_shop, changes={"tax_basis_points": 1300})
    page = at_checkout.browser.get(at_checkout.path)
    assert "含 13% 税 ¥16.11" in page.text
    assert "¥140.00" in page.text
    change(shop, parts, update_shop, changes={"tax": {"mode": "added"}})
    page = at_checkout.browser.get(at_checkout.path)
    assert "税费 13%" in page.text
    assert "¥158.20" in page.text


def test_closed_shop_says_when_it_opens_and_takes_nothing(shop, parts, at_checkout, clock):
    clock.freeze(MONDAY)
    hours = Opening(week=((Window(840, 1080),),) * 7, refuses=True)
    change(shop, parts, update_shop, changes={"opening": hours.as_json()})
    page = at_checkout.browser.get(at_checkout.path)
    assert "店铺休息中，今天14:00 营业" in page.text
    assert re.search(r"<button[^>]*data-once[^>]*disabled", page.html)
    assert at_checkout.send(page.path, button=PLACE, follow=False, **ADDRESS).status == 409
    assert orders_of(shop) == []
    home = at_checkout.browser.get("/")
    assert "今天14:00 营业" in home.text
    assert "14:00–18:00" in home.text
    change(shop, parts, update_shop, changes={"opening": Opening(week=hours.week).as_json()})
    page = at_checkout.browser.get(at_checkout.path)
    assert "今天14:00 营业后处理" in page.text
    assert page.send(page.path, button=PLACE, follow=False, **ADDRESS).status == 303


def test_pickup_offers_the_days_on_which_it_is_open(shop, parts, at_checkout, clock):
    clock.freeze(MONDAY)
    hours = Opening(week=((Window(540, 1080),), (), (), (), (), (), ()), days={date(2026, 11, 30): ()})
    point = change(shop, parts, save_pickup_point, name="转塘店", address="转塘街道 1 号", opening=hours)
    page = at_checkout.browser.get(at_checkout.path)
    shown = page.send(page.path, button=UPDATE, delivery=f"pickup:{point}")
    assert 'value="2026-11-23"' in shown.html
    assert "2026-11-30" not in shown.html
    sent = {f"day-pickup:{point}": "2026-11-23", "pickup_name": "小王", "pickup_phone": "13900000000"}
    assert shown.send(page.path, button=PLACE, follow=False, **sent).status == 303
    (order,) = orders_of(shop)
    assert order.delivery["day"] == "2026-11-23"
    assert "2026年11月23日" in at_checkout.browser.get(f"/orders/{order.code}").text
