"""A payment that comes too late, and plugins that offer nonsense instead: the money is kept or goes back, never neither."""

import pytest
from sqlalchemy import select, text

from core.commerce.orders.models import Order, OrderHold
from core.commerce.payments.models import Refund
from core.commerce.reservations.models import Reservation
from core.hooks.errors import HookFailure
from core.kernel.db import app_engine, reading, session
from core.kernel.events import EventRow
from core.testing.buying import check_payment, order_row, pay, start_payment
from core.testing.goods import make_product, stock_left

LIFEBOAT = """
from uuid import uuid4

from sqlalchemy import text

from core.commerce.checkout.claims import Claim
from core.commerce.orders.draft import HoldDraft
from core.commerce.payments.replacements import Replacement
from core.commerce.reservations.values import NewPool, Want
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.kernel import jobs
from core.kernel.db import session
from core.kernel.events import record
from core.commerce.orders.events import OrderPlaced

HOLD = {"message": "Waiting for the boat", "params": {}}


def boat(name, seats=1):
    return NewPool("lifeboat", "boat", name, capacity=seats, threshold=seats, window_seconds=3600)


def hold(pool, reason=HOLD):
    return HoldDraft(pool_id=pool.id, plugin="lifeboat", reason=reason)


class Lifeboat(Plugin):
    version = "1.0.0"
    sdk = ">=0.1"
    title = {"en": "Lifeboat", "zh": "救生艇"}
    summary = {"en": "Seats in boats.", "zh": "船上的座位。"}

    @hookimpl
    def claim_order(self, order):
        name = order.choices.get("boat")
        if name is None:
            return None
        pool, other = boat(name), boat("elsewhere")
        wants = (Want(pool.id, 1), Want(pool.id, 1)) if "twice" in order.choices else (Want(pool.id, 1),)
        held = other if "astray" in order.choices else pool
        if "twice" in order.choices:
            pool = boat(name, 2)
        return Claim(wants=wants, new_pools=(pool, other), holds=(hold(held),), marks={"boat": name})

    @hookimpl
    def claim_replacement(self, order, lost):
        return getattr(self, order.choices["offers"])(order)

    def nothing(self, order):
        return None

    def good(self, order):
        pool = boat("good", 2)
        return Replacement(wants=(Want(pool.id, 1),), new_pools=(pool,), holds=(hold(pool),))

    def full(self, order):
        jobs.defer(jobs.job_types()["events.relay"], event_id=str(uuid4()))
        record(OrderPlaced(order_id=order.id))
        pool = boat("full", 0)
        return Replacement(wants=(Want(pool.id, 1),), new_pools=(pool,), holds=(hold(pool),))

    def breaks(self, order):
        raise RuntimeError("no boat today")

    def bad_sql(self, order):
        session().execute(text("SELECT 1 / 0"))

    def unknown_pool(self, order):
        return Replacement(wants=(Want(uuid4(), 1),))

    def astray(self, order):
        pool = boat("astray", 2)
        return Replacement(wants=(Want(pool.id, 1),), new_pools=(pool,), holds=(hold(boat("none")),))

    def unwritable(self, order):
        pool = boat("unwritable", 2)
        return Replacement(wants=(Want(pool.id, 1),), new_pools=(pool,), holds=(hold(pool, {"x": object()}),))

    def negative(self, order):
        pool = boat("negative", 2)
        return Replacement(wants=(Want(pool.id, -1),), new_pools=(pool,))
"""


@pytest.fixture
def tea(only_plugin, in_shop, enable):
    """Goods of a shop whose only plugin is the lifeboat."""
    only_plugin("lifeboat", LIFEBOAT)
    enable(in_shop, "lifeboat")
    return make_product(prices=[10_000], stock=10)


def place(buyer, tea, **choices):
    who = buyer()
    return who.place(who.checkout([(tea.variant_id, 1)]), choices=choices).order_id


@pytest.fixture
def late(tea, buyer, gateway, clock):
    """`late(offers=…)` pays for a seat that somebody else has by now; returns the order."""

    def make(offers):
        order_id = place(buyer, tea, boat="first", offers=offers)
        attempt = start_payment(order_id=order_id, return_url="http://x/")
        clock.advance(minutes=31)
        pay(gateway, place(buyer, tea, boat="first", offers="nothing"))
        gateway.capture(str(attempt.payment_id))
        assert check_payment(attempt.payment_id) == "captured"
        return order_id

    return make


def holds(order_id):
    with reading():
        rows = session().scalars(
            select(OrderHold).where(OrderHold.order_id == order_id).order_by(OrderHold.id)
        )
        return [hold.state for hold in rows]


def relayed(shop):
    """Ids of the shop's events that wait to be told to plugins."""
    waiting = text(
        "SELECT args ->> 'event_id' FROM procrastinate_jobs"
        " WHERE task_name = 'events.relay' AND args ->> 'shop_id' = :shop"
    )
    with app_engine().connect() as connection:
        return set(connection.execute(waiting, {"shop": str(shop.shop_id)}).scalars())


def test_good_offer_keeps_the_money_and_waits_for_the_other_boat(late, run_jobs):
    order_id = late("good")
    run_jobs()
    row = order_row(order_id)
    assert (row.lifecycle, row.financial, row.holds_open) == ("placed", "paid", 1)
    assert holds(order_id) == ["dropped", "waiting"]


@pytest.mark.parametrize(
    "offers",
    [
        "nothing",
        "full",
        "breaks",
        "bad_sql",
        "unknown_pool",
        "astray",
        "unwritable",
        "negative",
        "no_such_offer",
    ],
)
def test_whatever_goes_wrong_with_the_offer_the_money_goes_back(late, tea, run_jobs, offers):
    order_id = late(offers)
    run_jobs()
    row = order_row(order_id)
    assert (row.lifecycle, row.financial, row.cancel_reason, row.holds_open) == (
        "cancelled", "refunded", "seat_lost", 0,
    )  # fmt: skip
    with reading():
        refunds = session().scalars(select(Refund).where(Refund.order_id == order_id)).all()
        kept = session().scalars(
            select(Reservation).where(Reservation.holder_id == order_id, Reservation.state != "released")
        )
        assert kept.all() == []
    assert [(refund.amount_minor, refund.state) for refund in refunds] == [(11_200, "done")]
    assert holds(order_id) == ["dropped"]
    assert stock_left(tea) == 9


def test_what_a_refused_offer_recorded_and_deferred_never_was(late, in_shop):
    order_id = late("full")
    with reading():
        events = session().scalars(select(EventRow).order_by(EventRow.id)).all()
    said = [event.name for event in events if event.body.get("order_id") == str(order_id)]
    assert said == ["orders.order_placed", "orders.order_cancelled", "payments.refund_requested"]
    assert relayed(in_shop) == {str(event.id) for event in events}


def test_claim_that_holds_an_order_for_a_pool_it_has_no_place_in_is_refused(tea, buyer):
    with pytest.raises(HookFailure):
        place(buyer, tea, boat="a", astray=True, offers="nothing")
    with reading():
        assert session().scalars(select(Order.id)).all() == []
    assert stock_left(tea) == 10


def test_claim_that_names_a_pool_twice_gets_both(tea, buyer, gateway):
    order_id = place(buyer, tea, boat="wide", twice=True, offers="nothing")
    pay(gateway, order_id)
    assert (order_row(order_id).financial, order_row(order_id).holds_open) == ("paid", 0)
