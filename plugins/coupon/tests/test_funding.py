"""Coupons that a supplier pays for: owed from the payment on, less with each unit that goes back, exactly once."""

import pytest

from core.testing.buying import Buyer, cancel_order, lines_of, order_row, owed_by, pay, refund
from core.testing.goods import make_customer, make_pickup_point
from plugins.coupon.tests.people import Person, make_campaign


@pytest.fixture
def bought(person, tea, cup):
    """Tea and two cups with ¥30 off, which the supplier pays; not paid yet."""
    who = person()
    who.claim(make_campaign(funder="supplier"))
    return who.order((tea.variant_id, 1), (cup.variant_id, 2))


def test_supplier_owes_from_the_payment_on_and_less_with_each_return(bought, tea, cup, gateway, run_jobs):
    assert owed_by("supplier") == 0
    pay(gateway, bought)
    assert owed_by("supplier") == 30_00
    keys = lines_of(bought)
    refund(bought, {keys[tea.variant_id]: 1})
    # The tea held 13.64 of the 30.00.
    assert owed_by("supplier") == 16_36
    refund(bought, {keys[cup.variant_id]: 1})
    assert owed_by("supplier") == 8_18
    refund(bought, {keys[cup.variant_id]: 1}, shipping=True)
    run_jobs()
    assert owed_by("supplier") == 0
    assert order_row(bought).refunded_minor == order_row(bought).total_minor


def test_nothing_is_owed_for_an_order_that_is_cancelled(bought, gateway, run_jobs):
    pay(gateway, bought)
    cancel_order(order_id=bought)
    run_jobs()
    assert owed_by("supplier") == 0


def test_nothing_is_owed_for_an_order_that_is_not_paid(bought, clock, run_jobs):
    clock.advance(hours=2)
    run_jobs()
    assert owed_by("supplier") == 0


def test_an_order_that_costs_nothing_is_owed_for_until_it_is_cancelled(coupon_shop, tea):
    who = Person(Buyer(make_customer(), {"kind": "pickup", "id": str(make_pickup_point())}))
    who.claim(make_campaign(value=100_00, threshold=100_00, funder="distributor"))
    order_id = who.order((tea.variant_id, 1))
    assert (order_row(order_id).total_minor, owed_by("distributor")) == (0, 100_00)
    cancel_order(order_id=order_id)
    assert owed_by("distributor") == 0
