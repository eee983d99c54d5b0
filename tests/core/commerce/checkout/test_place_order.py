"""Placing an order: the quoted price or nothing, stock or nothing, once per checkout."""

import pytest
from sqlalchemy import func, select, update

from core.commerce.catalog.models import Variant
from core.commerce.checkout.actions import place_order
from core.commerce.checkout.errors import DeliveryMissing, GoodsUnavailable, QuoteChanged, SoldOut
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.models import Payment
from core.commerce.reservations.models import Reservation
from core.commerce.reservations.stock import stock_of
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import NotFound
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import ADDRESS, CONTACT, Buyer, order_row
from core.testing.goods import make_pickup_point, make_product
from core.testing.races import overlapping_pairs, race
from core.testing.statements import count_statements


def count(model):
    with reading():
        return session().scalar(select(func.count()).select_from(model))


def available(variant_id):
    with reading():
        return stock_of([variant_id])[variant_id].available


def test_order_stores_what_was_quoted(buyer):
    tea = make_product(prices=[12_800])
    who = buyer()
    code = who.checkout([(tea.variant_id, 2)])
    quoted = who.quote(code)
    placed = who.place(code)
    row = order_row(placed.order_id)
    assert placed.total == quoted.priced.total == 2 * 12_800 + 1_200
    assert (row.items_minor, row.shipping_minor, row.financial) == (25_600, 1_200, "unpaid")
    with reading():
        line = session().scalars(select(OrderLine).where(OrderLine.order_id == placed.order_id)).one()
    assert (line.quantity, line.net_minor, line.unit_nets) == (2, 25_600, [12_800, 12_800])
    assert available(tea.variant_id) == 98


def test_placing_a_checkout_again_answers_the_same_order(buyer):
    tea, who = make_product(), buyer()
    code = who.checkout([(tea.variant_id, 1)])
    quoted = who.quote(code)
    first, second = (
        place_order(code=code, quote=quoted.token, contact=CONTACT, address=ADDRESS, delivery=who.delivery)
        for _ in range(2)
    )
    assert first == second
    assert available(tea.variant_id) == 99


def test_an_order_of_many_lines_takes_as_many_statements_as_one_of_one(buyer):
    who = buyer()

    def statements(lines):
        code = who.checkout([(make_product(prices=[1_000]).variant_id, 1) for _ in range(lines)])
        quoted = who.quote(code)
        with count_statements() as seen:
            place_order(
                code=code, quote=quoted.token, contact=CONTACT, address=ADDRESS, delivery=who.delivery
            )
        return seen.texts

    one, four = statements(1), statements(4)
    assert len(one) == len(four) <= 15, [text[:60] for text in four]


def test_changed_price_is_refused_with_the_difference_and_nothing_is_written(buyer):
    tea, who = make_product(), buyer()
    code = who.checkout([(tea.variant_id, 1)])
    quoted = who.quote(code)

    @command("system")
    def raise_price():
        session().execute(update(Variant).where(Variant.id == tea.variant_id).values(price_minor=13_000))

    raise_price()
    with pytest.raises(QuoteChanged) as refused:
        place_order(code=code, quote=quoted.token, contact=CONTACT, address=ADDRESS, delivery=who.delivery)
    assert refused.value.differences
    assert refused.value.priced.total == 13_000 + 1_200
    assert (count(Order), count(Payment), count(Reservation)) == (0, 0, 0)


def test_sold_out_names_the_goods_and_writes_nothing(buyer):
    tea, who = make_product(title="正山小种", stock=1), buyer()
    with pytest.raises(SoldOut) as refused:
        who.order([(tea.variant_id, 2)])
    assert refused.value.params["title"] == "正山小种"
    assert (count(Order), count(Reservation)) == (0, 0)


def test_archived_goods_cannot_be_quoted(buyer):
    tea, who = make_product(), buyer()

    @command("system")
    def archive():
        session().execute(update(Variant).where(Variant.id == tea.variant_id).values(archived=True))

    archive()
    with pytest.raises(GoodsUnavailable):
        who.order([(tea.variant_id, 1)])


def test_order_without_delivery_is_refused(buyer):
    tea, who = make_product(), buyer()
    code = who.checkout([(tea.variant_id, 1)])
    with pytest.raises(DeliveryMissing):
        place_order(code=code, quote=who.quote(code).token, contact=CONTACT, address=ADDRESS, delivery={})


def test_checkout_of_another_shop_is_not_found(shop, other_shop, platform):
    with shop_bound(shop, SYSTEM):
        who = Buyer(None, {"kind": "pickup", "id": str(make_pickup_point())})
        code = who.checkout([(make_product().variant_id, 1)])
    with shop_bound(other_shop, SYSTEM), pytest.raises(NotFound):
        who.quote(code)


def test_free_order_is_paid_at_once(platform, in_shop):
    who = Buyer(None, {"kind": "pickup", "id": str(make_pickup_point())})
    placed = who.order([(make_product(prices=[0]).variant_id, 1)])
    assert (placed.total, placed.financial) == (0, "paid")


@pytest.mark.race
def test_double_clicks_place_one_order(buyer):
    tea, who = make_product(), buyer()
    code = who.checkout([(tea.variant_id, 1)])
    token = who.quote(code).token

    def click():
        return place_order(code=code, quote=token, contact=CONTACT, address=ADDRESS, delivery=who.delivery)

    attempts = race([click] * 8)
    assert overlapping_pairs(attempts) > 10
    assert [attempt.error for attempt in attempts] == [None] * 8
    assert len({attempt.value.order_id for attempt in attempts}) == 1
    assert count(Order) == 1


@pytest.mark.race
def test_last_unit_goes_to_one_of_32_buyers(buyer):
    tea = make_product(stock=1)
    checkouts = [(who, who.checkout([(tea.variant_id, 1)])) for who in (buyer() for _ in range(32))]
    attempts = race([lambda who=who, code=code: who.place(code) for who, code in checkouts])
    assert overlapping_pairs(attempts) > 100
    assert sum(attempt.error is None for attempt in attempts) == 1
    assert {type(attempt.error) for attempt in attempts if attempt.error} == {SoldOut}
    assert (count(Order), available(tea.variant_id)) == (1, 0)
