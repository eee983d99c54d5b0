"""Where and when goods go: zones and taxes of the address, exclusions, pick-up days, local delivery and its slots."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from core.commerce.catalog.models import Product, Variant
from core.commerce.checkout.actions import place_order, quote_checkout
from core.commerce.checkout.errors import QuoteChanged
from core.commerce.orders.models import Order
from core.commerce.orders.queries import priced_cart_of
from core.commerce.payments.actions.refund import cancel_order, preview_refund
from core.commerce.pricing.pipeline import price, recorded
from core.commerce.pricing.price_input import PriceInput
from core.commerce.reservations.queries import pools
from core.commerce.shipping.actions import save_method, save_pickup_point, save_slots
from core.commerce.shipping.errors import DayClosed, NotDelivered, SlotGone, SlotMissing
from core.commerce.shipping.queries import shipping_methods
from core.commerce.shipping.slots import slot_dates, slot_key, slot_pool
from core.commerce.shops.actions import update_shop
from core.commerce.shops.errors import ShopClosed, ShopPaused
from core.commerce.shops.opening import Opening, Window
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import current_scope
from core.testing.buying import ADDRESS, CONTACT, order_row, pay
from core.testing.goods import make_product
from core.testing.races import race

SICHUAN = {"country": "CN", "region": "四川省", "city": "成都市", "line1": "春熙路 1 号"}
TIBET = {"country": "CN", "region": "西藏自治区", "city": "拉萨市", "line1": "北京路 1 号"}
# A Monday, 10:00 in the shop's zone.
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WEST_LAKE, NEAR, FAR = "30.246700,120.148500", "30.25,120.16", "31.23,121.47"


@command("system")
def weigh(product_id, grams):
    for row in session().scalars(select(Variant).where(Variant.product_id == product_id)):
        row.grams = grams


def by_weight():
    rules = {
        "by": "weight",
        "first": 1000,
        "step": 500,
        "step_fee": 300,
        "zones": [{"places": ["CN-SC", "CN-XJ"], "fee": 2000, "step_fee": 500, "free_from": None}],
        "excluded": ["CN-XZ"],
    }
    return save_method(name="顺丰", fee_minor=1200, free_from_minor=None, rules=rules)


def local(*, minimum=0, capacity=1, cutoff=60):
    area = {"point": [30_246_700, 120_148_500], "radius_m": 3000, "districts": ["转塘"], "minimum": minimum}
    method = save_method(name="同城送", fee_minor=500, free_from_minor=None, kind="local", area=area)
    save_slots(
        method_id=method, weekdays=[0, 1], window=Window(840, 960), cutoff_minutes=cutoff, capacity=capacity
    )
    return method


def slot_of(method_id, day):
    with reading():
        method = next(one for one in shipping_methods() if one.id == method_id)
    return next(one for one in method.slots if one.weekday == day.weekday())


def method(method_id, **more):
    return {"kind": "method", "id": str(method_id), **more}


def test_fee_follows_weight_and_province_and_is_checked_again_when_placing(buyer, in_shop):
    tea, sent, who = make_product(prices=[5000]), by_weight(), buyer()
    weigh(tea.id, 600)
    code = who.checkout([(tea.variant_id, 2)])
    here = quote_checkout(code=code, delivery=method(sent), address=ADDRESS)
    assert here.priced.shipping_total == 1200 + 300
    with pytest.raises(QuoteChanged) as refused:
        place_order(code=code, quote=here.token, contact=CONTACT, address=SICHUAN, delivery=method(sent))
    assert [one.code for one in refused.value.differences] == ["shipping", "total"]
    there = quote_checkout(code=code, delivery=method(sent), address=SICHUAN)
    placed = place_order(
        code=code, quote=there.token, contact=CONTACT, address=SICHUAN, delivery=method(sent)
    )
    row = order_row(placed.order_id)
    assert (placed.total, row.shipping_minor) == (10_000 + 2500, 2500)
    with reading():
        kept = session().scalars(select(Order.price_input).where(Order.id == placed.order_id)).one()
        paid = priced_cart_of(placed.order_id)
    assert price(PriceInput.from_json(kept), recorded(paid)) == paid
    assert "春熙路" not in str(kept)


def test_excluded_province_is_refused_with_the_reason_and_nothing_is_written(buyer, in_shop):
    tea, sent, who = make_product(), by_weight(), buyer()
    code = who.checkout([(tea.variant_id, 1)])
    quoted = quote_checkout(code=code, delivery=method(sent))
    with pytest.raises(NotDelivered, match="Xizang is not delivered to"):
        place_order(code=code, quote=quoted.token, contact=CONTACT, address=TIBET, delivery=method(sent))
    with pytest.raises(NotDelivered):
        quote_checkout(code=code, delivery=method(sent), address=TIBET)


def test_added_tax_of_the_province_is_charged_stored_and_refunded_exactly(buyer, in_shop, gateway):
    rules = {"mode": "added", "reduced": 100, "freight_class": "zero", "places": [["CN-SC", 1300, 900]]}
    update_shop(changes={"tax_basis_points": 500, "tax": rules})
    tea, book, who = make_product(prices=[3333]), make_product(prices=[999]), buyer()

    @command("system")
    def reduce():
        session().get_one(Product, (current_scope().shop_id, book.id)).tax_class = "reduced"

    reduce()
    sent = by_weight()
    code = who.checkout([(tea.variant_id, 3), (book.variant_id, 1)])
    quoted = quote_checkout(code=code, delivery=method(sent), address=SICHUAN)
    placed = place_order(
        code=code, quote=quoted.token, contact=CONTACT, address=SICHUAN, delivery=method(sent)
    )
    tax = 1300 + 90
    row = order_row(placed.order_id)
    assert (placed.total, row.tax_minor, row.discount_minor) == (9999 + 999 + 2000 + tax, tax, 0)
    pay(gateway, placed.order_id)
    keys = {line.key: line.quantity for line in quoted.priced.lines}
    whole = preview_refund(order_id=placed.order_id, wanted=keys, include_shipping=True)
    assert (whole.amount, whole.tax_included, whole.left) == (placed.total, tax, 0)


def test_local_delivery_needs_a_position_in_reach_and_keeps_only_the_distance(buyer, in_shop, clock):
    clock.freeze(MONDAY)
    tea, sent, who = make_product(), local(), buyer()
    monday = slot_key(slot_of(sent, MONDAY).id, date(2026, 11, 23))
    code = who.checkout([(tea.variant_id, 1)])

    def place(**chosen):
        quoted = quote_checkout(code=code, delivery=method(sent), address=SICHUAN)
        chosen = method(sent, **chosen)
        return place_order(code=code, quote=quoted.token, contact=CONTACT, address=SICHUAN, delivery=chosen)

    with pytest.raises(NotDelivered, match="同城送"):
        place(slot=monday)
    with pytest.raises(NotDelivered, match=r"1[67]\d\.\d"):
        place(slot=monday, position=FAR)
    with pytest.raises(SlotMissing):
        place(position=NEAR)
    with pytest.raises(SlotGone):
        place(position=NEAR, slot=slot_key(slot_of(sent, MONDAY).id, date(2026, 11, 24)))
    kept = order_row(place(position=NEAR, slot=monday).order_id).delivery
    assert kept["slot"] == {"id": monday.partition("/")[0], "date": "2026-11-23", "from": 840, "to": 960}
    assert 1000 < kept["distance_m"] < 1300
    assert "position" not in kept


def test_minimum_order_of_local_delivery_is_checked_on_what_goods_cost(buyer, in_shop, clock):
    clock.freeze(MONDAY)
    tea, sent, who = make_product(prices=[1900]), local(minimum=2000), buyer()
    chosen = method(sent, position=NEAR, slot=slot_key(slot_of(sent, MONDAY).id, date(2026, 11, 23)))
    code = who.checkout([(tea.variant_id, 1)])
    quoted = quote_checkout(code=code, delivery=chosen, address=ADDRESS)
    with pytest.raises(NotDelivered, match="¥1"):
        place_order(code=code, quote=quoted.token, contact=CONTACT, address=ADDRESS, delivery=chosen)


def test_slots_end_at_their_cutoff_and_closed_days_are_left_out(in_shop, clock):
    clock.freeze(MONDAY)
    sent = local(cutoff=60)

    def coming(moment, opening=None):
        with reading():
            slots = next(one for one in shipping_methods() if one.id == sent).slots
            return [
                one.day.isoformat()[-2:] for one in slot_dates(slots, moment, current_scope().zone, opening)
            ]

    at_one = MONDAY + timedelta(hours=3)
    assert coming(at_one - timedelta(seconds=1)) == ["23", "24", "30"]
    assert coming(at_one) == ["24", "30"]
    assert coming(MONDAY, Opening(days={date(2026, 11, 24): ()})) == ["23", "30"]


def test_last_place_in_a_slot_has_one_winner_and_comes_back_when_the_order_closes(
    buyer, in_shop, clock, gateway
):
    clock.freeze(MONDAY)
    tea, sent = make_product(), local(capacity=1)
    day = date(2026, 11, 23)
    slot = slot_of(sent, day)
    chosen = method(sent, position=NEAR, slot=slot_key(slot.id, day))
    codes = []
    for who in (buyer(), buyer(), buyer()):
        code = who.checkout([(tea.variant_id, 1)])
        codes.append((code, quote_checkout(code=code, delivery=chosen, address=ADDRESS).token))

    def attempt(number):
        code, token = codes[number]
        return place_order(code=code, quote=token, contact=CONTACT, address=ADDRESS, delivery=chosen)

    done = race([partial(attempt, number) for number in range(3)])
    won = [one.value for one in done if one.error is None]
    assert len(won) == 1
    assert [type(one.error) for one in done if one.error is not None] == [SlotGone, SlotGone]
    with reading():
        pool = slot_pool(slot, day).id
        assert pools([pool])[pool].available == 0
    cancel_order(order_id=won[0].order_id)
    with reading():
        assert pools([pool])[pool].available == 1


def test_pickup_day_must_be_one_of_the_points_days(buyer, in_shop, clock):
    clock.freeze(MONDAY)
    hours = Opening(week=(*[(Window(540, 1080),)] * 5, (), ()), days={date(2026, 11, 25): ()})
    point = save_pickup_point(name="转塘店", address="转塘街道 1 号", opening=hours)
    tea, who = make_product(), buyer()

    def place(day):
        code = who.checkout([(tea.variant_id, 1)])
        chosen = {"kind": "pickup", "id": str(point), "day": day}
        quoted = quote_checkout(code=code, delivery={**chosen, "day": ""})
        return place_order(code=code, quote=quoted.token, contact=CONTACT, address={}, delivery=chosen)

    for closed in ("2026-11-25", "2026-11-28", "2026-11-22", "2027-01-04", "soon"):
        with pytest.raises(DayClosed):
            place(closed)
    assert order_row(place("2026-11-24").order_id).delivery["day"] == "2026-11-24"
    assert "day" not in order_row(place("").order_id).delivery


def test_shop_that_is_paused_or_closed_takes_no_orders_unless_it_ships_later(buyer, in_shop, clock):
    clock.freeze(MONDAY)
    afternoons = ((Window(840, 1080),),) * 7
    tea, who = make_product(), buyer()
    update_shop(changes={"opening": Opening(week=afternoons, refuses=True).as_json()})
    with pytest.raises(ShopClosed, match="14:00"):
        who.order([(tea.variant_id, 1)])
    update_shop(changes={"opening": Opening(week=afternoons, paused=True).as_json()})
    with pytest.raises(ShopPaused):
        who.order([(tea.variant_id, 1)])
    update_shop(changes={"opening": Opening(week=afternoons).as_json()})
    assert who.order([(tea.variant_id, 1)]).total
    assert now() == MONDAY
