"""Random lives of orders (property): whatever happens in whatever order, the money is right and nothing is stuck.

Buyers place, pay, pay late and are declined; staff refund, cancel and ship; time passes; jobs run or get lost; the gateway
fails before and after acting. After every step the shop's own audit finds nothing. In the end every payment the gateway
took is kept or sent back, the ledger says the same as the gateway, and stock is what was not sold.
`PINPU_STORIES=500` looks longer, and each time elsewhere.
"""

import itertools
import os
from contextlib import suppress
from types import SimpleNamespace
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text

from core.commerce.checkout.errors import CheckoutRefused, SoldOut
from core.commerce.fulfilment.actions import ship_order
from core.commerce.ledger.queries import balances
from core.commerce.orders.models import Order, OrderHold, OrderLine
from core.commerce.payments.actions.deadlines import cancel_pool
from core.commerce.payments.actions.pay import check_payment, start_payment
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units, retry_refund
from core.commerce.payments.gateways.interface import GatewayUnavailable
from core.commerce.payments.gateways.registry import register_gateway
from core.commerce.payments.models import Payment, Refund
from core.commerce.reservations.errors import CapacityTooSmall
from core.commerce.reservations.models import Pool
from core.commerce.reservations.stock import set_stock, stock_pool_id
from core.commerce.reservations.values import pool_id
from core.jobs import audit, sweeps
from core.kernel.command import command
from core.kernel.db import app_engine, reading, session
from core.kernel.errors import PinpuError
from core.kernel.jobs_here import run_due_jobs_here
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing import answers
from core.testing.buying import Buyer
from core.testing.gateway_fake import FakeGateway
from core.testing.goods import make_pickup_point, make_product, make_shipping
from core.testing.shops import make_shop
from tests.core.commerce.payments.odd_plugin import SOURCE

LONGER = int(os.environ.get("PINPU_STORIES", "0"))
STOCK = 7
_handles = itertools.count(1)
picks = st.integers(0, 9)
KINDS = ("unpaid_orders", "pool_deadlines", "expired_reservations", "open_refunds", "open_payments")
OPERATIONS = ("start_payment", "payment_state", "cancel_payment", "refund")
LOST = ("seat_lost", "stock_lost")


@command("system")
def restock(variant_id):
    set_stock({variant_id: STOCK})


@command("system")
def end_group(name):
    return cancel_pool(pool_id=pool_id("odd", "group", name))


class Story(RuleBasedStateMachine):
    """One shop with one scarce thing, and everything that may happen to its orders."""

    parts: ClassVar[SimpleNamespace]

    @initialize()
    def open_shop(self):
        self.shop = make_shop(self.parts.owner, handle=f"story-{os.getpid()}-{next(_handles)}")
        answers.switches[self.shop.shop_id] = {"odd": "on"}
        self.gateway = FakeGateway()
        register_gateway(self.gateway)
        self.clock = self.parts.clock
        self.orders, self.given_back, self.shipped = [], {}, set()
        with self.bound():
            self.variant = make_product(prices=[3_333], stock=STOCK).variant_id
            self.ways = (
                {"kind": "method", "id": str(make_shipping())},
                {"kind": "pickup", "id": str(make_pickup_point())},
            )

    def bound(self):
        return shop_bound(self.shop, SYSTEM)

    def picked(self, things, pick):
        return things[pick % len(things)] if things else None

    @rule(
        units=st.lists(st.integers(1, 3), min_size=1, max_size=2),
        off=st.sampled_from([0, 0, 101, 1_001, 10**9]),
        way=st.integers(0, 1),
        choices=st.sampled_from([{}, {}, {"group": "a"}, {"group": "a", "move": True}, {"group": "b"}]),
    )
    def place(self, units, off, way, choices):
        who = Buyer(None, self.ways[way])
        with self.bound(), suppress(SoldOut, CheckoutRefused):
            lines = [(self.variant, count) for count in units]
            code = who.checkout(lines, marks={"odd": {"off": off}} if off else {})
            self.orders.append(who.place(code, choices=choices).order_id)

    @precondition(lambda self: self.orders)
    @rule(pick=picks)
    def start(self, pick):
        with self.bound(), suppress(PinpuError):
            start_payment(order_id=self.picked(self.orders, pick), return_url="http://x/")

    @precondition(lambda self: self.gateway.payments)
    @rule(pick=picks, what=st.sampled_from(["capture", "capture", "capture", "decline", "begin"]))
    def at_the_gateway(self, pick, what):
        payment = self.picked(self.gateway.payments, pick)
        if payment.status != "captured":
            getattr(self.gateway, what)(payment.request.reference)

    @precondition(lambda self: self.gateway.payments)
    @rule(pick=picks)
    def hear_of_it(self, pick):
        payment = self.picked(self.gateway.payments, pick)
        with self.bound(), suppress(GatewayUnavailable):
            check_payment(UUID(payment.request.reference))

    @precondition(lambda self: self.orders)
    @rule(
        pick=picks,
        line=st.integers(0, 1),
        units=st.integers(0, 3),
        freight=st.booleans(),
        again=st.booleans(),
    )
    def refund(self, pick, line, units, freight, again):
        order_id = self.picked(self.orders, pick)
        with self.bound(), suppress(PinpuError):
            with reading():
                keys = session().scalars(select(OrderLine.key).where(OrderLine.order_id == order_id)).all()
            wanted = {self.picked(sorted(keys), line): units}
            seen = preview_refund(order_id=order_id, wanted=wanted, include_shipping=freight)
            refund_units(
                order_id=order_id,
                wanted=wanted,
                include_shipping=freight,
                reason="",
                confirmed_amount=seen.amount,
                restock=again,
            )
            on_sale = units if again and order_id not in self.shipped else 0
            self.given_back.setdefault(order_id, []).append((units, on_sale))

    @precondition(lambda self: self.orders)
    @rule(pick=picks)
    def cancel(self, pick):
        with self.bound(), suppress(PinpuError):
            cancel_order(order_id=self.picked(self.orders, pick))

    @precondition(lambda self: self.orders)
    @rule(pick=picks)
    def ship(self, pick):
        order_id = self.picked(self.orders, pick)
        with self.bound(), suppress(PinpuError):
            with reading():
                lines = session().scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
            left = {line.key: line.quantity - line.refunded - line.shipped for line in lines}
            ship_order(order_id=order_id, units=left, carrier="sf", tracking_number="SF1")
            self.shipped.add(order_id)

    @rule(name=st.sampled_from(["a", "b", "a+"]))
    def merchant_ends_a_group(self, name):
        with self.bound():
            end_group(name)

    @rule()
    def fill_up(self):
        with self.bound(), suppress(CapacityTooSmall):
            restock(self.variant)

    @rule(minutes=st.sampled_from([1, 9, 31, 61, 200]))
    def wait(self, minutes):
        self.clock.advance(minutes=minutes)

    @rule()
    def work(self):
        run_due_jobs_here(shop_id=self.shop.shop_id)

    @rule()
    def sweep(self):
        with self.bound():
            for kind in KINDS:
                sweeps.sweep_shop(kind)

    @rule()
    def lose_every_job(self):
        gone = text("DELETE FROM procrastinate_jobs WHERE (args ->> 'shop_id')::bigint = :shop")
        with app_engine().begin() as connection:
            connection.execute(gone, {"shop": self.shop.shop_id})

    @rule(
        operation=st.sampled_from(OPERATIONS),
        times=st.integers(1, 3),
        late=st.booleans(),
        refused=st.sampled_from(["", "", "account_suspended"]),
    )
    def gateway_will_fail(self, operation, times, late, refused):
        self.gateway.fail_next(operation, times=times, after_acting=late, refused=refused)

    @rule(status=st.sampled_from(["pending", "failed"]), retry=st.booleans())
    def refund_will_take_time(self, status, retry):
        self.gateway.next_refunds(status, retry=retry)

    @invariant()
    def audit_finds_nothing(self):
        if not hasattr(self, "shop"):
            return
        with self.bound(), reading():
            for check in audit.INVARIANTS:
                found = session().execute(check.statement, {"shop_id": self.shop.shop_id}).all()
                assert found == [], (check.rule, found)

    def teardown(self):
        if hasattr(self, "shop"):
            self.come_to_rest()
            with self.bound(), reading():
                self.everything_is_settled()
                self.gateway_and_ledger_agree()
                self.stock_is_what_was_not_sold()
            found = list(audit.findings(self.shop.handle))
            assert [one for one in found if one.shop] == []

    def come_to_rest(self):
        """The gateway works again and reports what it has; days pass; somebody looks after refused refunds."""
        self.gateway._armed.clear()
        self.gateway._next_refunds.clear()
        for payment in self.gateway.payments:
            payment.being_paid = False
        for _ in range(4):
            with self.bound():
                for payment in self.gateway.payments:
                    check_payment(UUID(payment.request.reference))
                with reading():
                    refused = session().scalars(select(Refund.id).where(Refund.state == "failed")).all()
                for refund_id in refused:
                    retry_refund(refund_id=refund_id)
            for refund in self.gateway.refunds:
                if refund.status == "pending":
                    self.gateway.settle_refund(refund.request.reference)
            self.clock.advance(hours=3)
            self.sweep()
            self.work()

    def everything_is_settled(self):
        for model in (Payment, Refund):
            states = set(session().scalars(select(model.state)))
            assert states <= {"captured", "failed", "cancelled", "done"}, states
        assert set(session().scalars(select(Refund.state))) <= {"done"}
        assert "waiting" not in set(session().scalars(select(OrderHold.state)))
        waiting = text("SELECT task_name FROM procrastinate_jobs WHERE args ->> 'shop_id' = :shop")
        assert session().execute(waiting, {"shop": str(self.shop.shop_id)}).all() == []
        for order in session().scalars(select(Order)):
            assert (order.lifecycle, order.financial) != ("placed", "unpaid")
            if order.cancel_reason in ("hold_expired", *LOST):
                assert order.refunded_minor == order.captured_minor
            if order.cancel_reason == "unpaid":
                assert order.captured_minor == 0

    def gateway_and_ledger_agree(self):
        taken = {row.id: 0 for row in session().scalars(select(Order))}
        rows = {str(row.id): row for row in session().scalars(select(Payment))}
        for payment in self.gateway.payments:
            row = rows[payment.request.reference]
            assert (payment.status == "captured") == (row.state == "captured")
            if payment.status == "captured":
                taken[row.order_id] += payment.request.amount - payment.refunded
                assert not row.surplus or payment.refunded == payment.request.amount
        for order in session().scalars(select(Order)):
            assert taken[order.id] == order.captured_minor - order.refunded_minor
        nets = {balance.code: balance.net for balance in balances()}
        assert nets.get("merchant:pending", 0) == -nets.get("gateway:clearing", 0) == sum(taken.values())
        assert nets.get("refunds:owed", 0) == 0

    def stock_is_what_was_not_sold(self):
        sold = sum(self.units_gone(order) for order in session().scalars(select(Order)))
        pool = session().scalars(select(Pool).where(Pool.id == stock_pool_id(self.variant))).one()
        assert (pool.reserved, pool.confirmed) == (0, sold)

    def units_gone(self, order):
        """Units of the order that did not go back on sale."""
        if order.financial == "unpaid" or order.cancel_reason in LOST:
            return 0
        units = sum(session().scalars(select(OrderLine.quantity).where(OrderLine.order_id == order.id)))
        given_back = self.given_back.get(order.id, [])
        on_sale = sum(again for _, again in given_back)
        if order.lifecycle == "cancelled":
            on_sale += units - sum(refunded for refunded, _ in given_back)
        return units - on_sale


@pytest.fixture
def parts(only_plugin, owner_engine, clock):
    only_plugin("odd", SOURCE)
    return SimpleNamespace(owner=owner_engine, clock=clock)


@pytest.mark.slow
def test_money_is_right_in_every_story(parts, gateway):
    Story.parts = parts
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=LONGER or 12,
            stateful_step_count=50 if LONGER else 30,
            derandomize=not LONGER,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
