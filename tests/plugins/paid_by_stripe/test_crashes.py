"""A process that dies between any two calls to Stripe: within a minute everything is as if it had not, and is paid once."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests

from core.commerce.ledger.queries import balances
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.jobs import sweeps
from core.kernel.db import reading
from core.testing.buying import lines_of
from core.testing.jobs import run_due_jobs

SWEEPS = ("open_payments", "open_refunds", "unpaid_orders")
# What the whole life below asks of Stripe, call by call; the test that counts them says when this list is out of date.
CALLS = (
    "start by card",
    "expire the page",
    "start by WeChat",
    "look: paid",
    "refund: look at the payment",
    "refund: look for ours",
    "refund: make it",
)


class Killed(BaseException):
    """The process is gone: nothing catches this, as nothing catches SIGKILL."""


@contextmanager
def dying(monkeypatch, at, when):
    """The process dies over its call number `at` to Stripe, before it was sent or after it was answered."""
    calls, send = [], requests.Session.request

    def counted(self, *arguments, **named):
        calls.append(1)
        mine = len(calls) == at
        if mine and when == "before":
            raise Killed
        answer = send(self, *arguments, **named)
        if mine and when == "after":
            raise Killed
        return answer

    monkeypatch.setattr(requests.Session, "request", counted)
    yield calls
    monkeypatch.setattr(requests.Session, "request", send)


class Life:
    """A buyer opens a card page, pays by WeChat instead, and gets a part back; each step may be made again."""

    def __init__(self, shop, order_id, clock):
        self.shop, self.order_id, self.clock = shop, order_id, clock

    def open_card_page(self):
        self.shop.start(self.order_id, "card")

    def scan_instead(self):
        payment = self.shop.start(self.order_id, "wechat_pay")
        assert payment.redirect_url.startswith("weixin://")
        # The buyer pays in the same moment; nobody has told us.
        if not self.shop.charges():
            self.shop.pull("pay", id=payment.gateway_ref)

    def hear_of_it(self):
        self.shop.webhook("payment_intent.succeeded")
        run_due_jobs()

    def give_back_a_part(self):
        if not self.shop.refunds(self.order_id):
            (line,) = lines_of(self.order_id).values()
            seen = preview_refund(order_id=self.order_id, wanted={line: 1}, include_shipping=False)
            refund_units(
                order_id=self.order_id,
                wanted={line: 1},
                include_shipping=False,
                reason="",
                confirmed_amount=seen.amount,
            )
        run_due_jobs()

    def go(self):
        """Live; whoever was interrupted tries again after a minute, in which sweeps and jobs did their work."""
        for step in (self.open_card_page, self.scan_instead, self.hear_of_it, self.give_back_a_part):
            try:
                step()
            except Killed:
                self.recover()
                step()
        self.recover()

    def recover(self):
        self.clock.advance(seconds=61)
        for what in SWEEPS:
            sweeps.sweep_shop(what)
        run_due_jobs()


@pytest.fixture
def life(stripe_shop, buyer, tea, clock):
    placed = buyer().order([(tea.variant_id, 2)])
    return Life(stripe_shop, placed.order_id, clock)


def assert_whole(life):
    shop, order = life.shop, life.shop.order(life.order_id)
    assert (order.financial, order.captured_minor, order.refunded_minor) == (
        "partly_refunded",
        26_800,
        12_800,
    )
    (charge,) = shop.charges()
    assert (charge["amount_captured"], charge["amount_refunded"]) == (26_800, 12_800)
    states = sorted((one.method, one.state) for one in shop.payments(life.order_id))
    assert states == [("card", "cancelled"), ("wechat_pay", "captured")]
    assert [(one.state, one.amount_minor) for one in shop.refunds(life.order_id)] == [("done", 12_800)]
    with shop.stand_in.parts.lock:
        book = shop.stand_in.book(shop.key)
        assert {one["status"] for one in book.all_of("cs")} == {"expired"}
        assert len(list(book.all_of("re"))) == 1
    with reading():
        net = {one.code: one.net for one in balances()}
    assert net["gateway:clearing"] == -shop.balance()


def test_life_without_a_crash_asks_what_the_list_says(life, monkeypatch):
    with dying(monkeypatch, 0, "") as calls:
        life.go()
    assert len(calls) == len(CALLS)
    assert_whole(life)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, len(CALLS) + 1), ids=CALLS)
def test_crash_leaves_no_trace(life, monkeypatch, at, when):
    with dying(monkeypatch, at, when) as calls:
        life.go()
    assert len(calls) > at
    assert_whole(life)


def test_crash_after_which_the_buyer_never_comes_back_leaves_nothing_open(
    life, stripe_shop, monkeypatch, clock
):
    with dying(monkeypatch, 1, "after"), pytest.raises(Killed):
        life.open_card_page()
    clock.advance(minutes=31)
    life.recover()
    assert stripe_shop.order(life.order_id).lifecycle == "cancelled"
    assert [one.state for one in stripe_shop.payments(life.order_id)] == ["cancelled"]
    with stripe_shop.stand_in.parts.lock:
        (page,) = stripe_shop.stand_in.book(stripe_shop.key).all_of("cs")
    assert page["status"] == "expired"
    assert timedelta(seconds=page["expires_at"] - page["created"]) < timedelta(hours=2)
