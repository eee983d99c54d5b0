"""Pools that are enough below their threshold: at the deadline, by a decision, with more time; and captures given up."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.commerce.orders.models import OrderHold
from core.commerce.payments.actions.deadlines import complete_pool, extend_pool
from core.commerce.reservations.queries import pools
from core.commerce.reservations.values import pool_id
from core.kernel.command import command
from core.kernel.db import reading, session
from core.testing.buying import check_payment, order_row, pay, start_payment
from core.testing.goods import make_product, stock_left
from core.testing.races import overlapping_pairs, race

SHED = """
from core.commerce.checkout.claims import Claim
from core.commerce.orders.draft import HoldDraft
from core.commerce.reservations.values import NewPool, Want
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl


class Shed(Plugin):
    version = "1.0.0"
    sdk = ">=0.1"
    title = {"en": "Shed", "zh": "棚"}
    summary = {"en": "Room for three.", "zh": "可容三人。"}

    @hookimpl
    def claim_order(self, order):
        pool = NewPool("shed", "room", "one", capacity=3, threshold=3, window_seconds=3600, least=2)
        hold = HoldDraft(pool_id=pool.id, plugin="shed", reason={"message": "Waiting", "params": {}})
        return Claim(wants=(Want(pool.id, 1),), new_pools=(pool,), holds=(hold,), marks={"said": order.choices.get("said")})

    @hookimpl
    def claim_capture(self, order):
        said = order.marks["shed"]["said"]
        if said == "breaks":
            raise RuntimeError("no idea")
        return (NewPool("shed", "room", "one", capacity=3).id,) if said == "not any more" else None
"""


@pytest.fixture
def tea(only_plugin, in_shop, enable):
    """Goods of a shop whose orders wait until three have paid, or two by the deadline."""
    only_plugin("shed", SHED)
    enable(in_shop, "shed")
    return make_product(prices=[10_000], stock=10)


@pytest.fixture
def bought(tea, buyer, gateway):
    """`bought()` is a paid order that waits."""

    def make(said="", *, paid=True):
        who = buyer()
        order_id = who.place(who.checkout([(tea.variant_id, 1)]), choices={"said": said}).order_id
        if paid:
            pay(gateway, order_id)
        return order_id

    return make


def the_pool():
    with reading():
        return pools([pool_id("shed", "room", "one")])[pool_id("shed", "room", "one")]


complete = command("system")(complete_pool)
extend = command("system")(extend_pool)


def stands(order_id):
    row = order_row(order_id)
    return row.lifecycle, row.financial, row.holds_open


@pytest.mark.parametrize(
    ("paid", "expected"), [(1, ("cancelled", "refunded", 0)), (2, ("placed", "paid", 0))]
)
def test_pool_with_enough_at_its_deadline_is_complete(bought, clock, run_jobs, paid, expected):
    orders = [bought() for _ in range(paid)]
    assert {stands(one) for one in orders} == {("placed", "paid", 1)}
    clock.advance(hours=1, seconds=1)
    run_jobs()
    assert {stands(one) for one in orders} == {expected}
    assert the_pool().closed_as == ("filled" if paid == 2 else "expired")


def test_decision_completes_a_pool_with_whoever_has_paid_and_adds_nobody(bought, tea, gateway, run_jobs):
    paid, late = bought(), bought(paid=False)
    assert complete(pool_id=the_pool().id)
    assert not complete(pool_id=the_pool().id)
    assert (the_pool().confirmed, the_pool().closed_as, stands(paid)) == (1, "filled", ("placed", "paid", 0))
    pay(gateway, late)
    run_jobs()
    assert stands(late) == ("cancelled", "refunded", 0)
    assert stock_left(tea) == 9


def test_more_time_moves_deadline_and_holds_and_the_old_deadline_ends_nothing(bought, clock, run_jobs):
    order_id = bought()
    until = clock() + timedelta(hours=3)
    assert extend(pool_id=the_pool().id, until=until)
    clock.advance(hours=2)
    run_jobs()
    assert (stands(order_id), the_pool().deadline) == (("placed", "paid", 1), until)
    with reading():
        assert session().scalars(select(OrderHold.release_by)).one() == until
    clock.advance(hours=1, seconds=1)
    run_jobs()
    assert stands(order_id) == ("cancelled", "refunded", 0)
    assert not extend(pool_id=the_pool().id, until=clock() + timedelta(hours=1))


def test_capture_that_a_plugin_gives_up_goes_back_and_frees_its_place(bought, tea, run_jobs):
    order_id = bought("not any more")
    run_jobs()
    assert stands(order_id) == ("cancelled", "refunded", 0)
    assert order_row(order_id).cancel_reason == "seat_lost"
    assert (the_pool().reserved, the_pool().confirmed, stock_left(tea)) == (0, 0, 10)


def test_plugin_that_breaks_at_the_capture_takes_nothing_away(bought):
    assert stands(bought("breaks")) == ("placed", "paid", 1)


@pytest.mark.race
def test_decision_against_the_last_payment_ends_the_same_way(bought, gateway):
    bought(), bought()
    last = bought(paid=False)
    attempt = start_payment(order_id=last, return_url="http://x/")
    gateway.capture(str(attempt.payment_id))
    attempts = race([lambda: check_payment(attempt.payment_id), lambda: complete(pool_id=the_pool().id)] * 2)
    assert overlapping_pairs(attempts)
    assert {one.error for one in attempts} == {None}
    assert the_pool().closed_as == "filled"
    row = order_row(last)
    assert (row.lifecycle, row.holds_open) in {("placed", 0), ("cancelled", 0)}
    assert the_pool().confirmed == (3 if row.lifecycle == "placed" else 2)
