"""What happens to an order reaches the plugins of its shop: claims inside the transaction, events after it (integration)."""

import importlib
import itertools
import json
import textwrap
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.app import HOOK_SPECS, connect
from core.commerce.checkout.errors import CheckoutRefused
from core.commerce.customers.actions import log_in, send_login_code
from core.commerce.fulfilment.actions import ship_order
from core.commerce.messages.models import Message
from core.commerce.orders.queries import order
from core.commerce.payments.actions.refund import cancel_order
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.jobs.relay import deliver_event
from core.kernel.db import reading, session
from core.kernel.events import EventRow
from core.kernel.tenancy import SYSTEM, shop_bound
from core.platform import Platform
from core.testing import answers
from core.testing.buying import Buyer, check_payment, order_row, pay, start_payment
from core.testing.goods import make_customer, make_product, make_shipping, stock_left

# Every listener writes what it hears into the shop's own data; `clumsy` fails while a file lies beside it.
LISTENER = """
import json
from pathlib import Path

from core.commerce.messages.models import Message
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.kernel.db import session

STUMBLE = Path(__file__).with_suffix(".stumble")


def heard(event):
    words = {{"subject": event.name, "body": json.dumps(event.body())}}
    session().add(Message(topic="{slug}", channel="email", recipient="", **words))
    session().flush()
    if STUMBLE.exists():
        raise RuntimeError("the plugin broke")


class {name}(Plugin):
    version = "1.0.0"
    sdk = ">=0.1"
    title = {{"en": "{name}", "zh": "听者"}}
    summary = {{"en": "Listens.", "zh": "倾听。"}}

    @hookimpl
    def on_customer_registered(self, event):
        heard(event)

    @hookimpl
    def on_order_placed(self, event):
        heard(event)

    @hookimpl
    def on_order_paid(self, event):
        heard(event)

    @hookimpl
    def on_order_shipped(self, event):
        heard(event)

    @hookimpl
    def on_order_cancelled(self, event):
        heard(event)

    @hookimpl
    def on_holds_released(self, event):
        heard(event)

    @hookimpl
    def on_holds_expired(self, event):
        heard(event)

    @hookimpl
    def on_refund_requested(self, event):
        heard(event)

    @hookimpl
    def on_refund_done(self, event):
        heard(event)
"""
# Sells pairs: two paid orders make a pair, a late payer gets a place in the spare pair if that was the choice.
PAIRS = """
from core.commerce.checkout.claims import Claim
from core.commerce.orders.draft import HoldDraft
from core.commerce.payments.replacements import Replacement
from core.commerce.reservations.values import NewPool, Want
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl

HOLD = {"message": "Waiting for the pair", "params": {}}


def pair(name):
    return NewPool("pairs", "pair", name, capacity=2, threshold=2, window_seconds=3600)


class Pairs(Plugin):
    version = "1.0.0"
    sdk = ">=0.1"
    title = {"en": "Pairs", "zh": "成对"}
    summary = {"en": "Sells pairs.", "zh": "成对卖。"}

    @hookimpl
    def claim_order(self, order):
        name = order.choices.get("pair")
        if name is None:
            return None
        pool = pair(name)
        return Claim(
            wants=(Want(pool.id, 1),),
            new_pools=(pool,),
            holds=(HoldDraft(pool_id=pool.id, plugin="pairs", reason=HOLD),),
            marks={"pair": name},
            exhausted={pool.id: "This pair is complete."},
        )

    @hookimpl
    def claim_replacement(self, order, lost):
        if "spare" not in order.choices:
            return None
        assert list(lost) == [pair(order.marks["pairs"]["pair"]).id]
        pool = pair(order.choices["spare"])
        hold = HoldDraft(pool_id=pool.id, plugin="pairs", reason=HOLD)
        return Replacement(wants=(Want(pool.id, 1),), new_pools=(pool,), holds=(hold,))
"""
_numbers = itertools.count(1)


@pytest.fixture
def listeners(platform, tmp_path, monkeypatch):
    """The folder of the plugins diary, clumsy and pairs; this process has no others during the test."""
    folder = tmp_path / f"hearing_{next(_numbers)}"
    folder.mkdir()
    for slug in ("diary", "clumsy"):
        (folder / f"{slug}.py").write_text(LISTENER.format(slug=slug, name=slug.title()))
    (folder / "pairs.py").write_text(textwrap.dedent(PAIRS))
    monkeypatch.syspath_prepend(tmp_path)
    registry = HookRegistry.boot(
        [importlib.import_module(name) for name in HOOK_SPECS],
        plugin_folder=folder,
        entry_point_group=None,
        internal=[answers],
    )
    assert {name: plugin.problems for name, plugin in registry.plugins.items()} == {
        "clumsy": (), "diary": (), "pairs": (),
    }  # fmt: skip
    connect(Platform(platform.settings, registry, Dispatcher(registry)), [answers])
    yield folder
    connect(platform, [answers])


@pytest.fixture
def tea(listeners, in_shop, enable):
    for plugin in ("diary", "clumsy", "pairs"):
        enable(in_shop, plugin)
    return make_product(prices=[10_000])


def notes(plugin):
    """What a plugin heard, oldest first: (event, body)."""
    with reading():
        rows = session().scalars(select(Message).where(Message.topic == plugin).order_by(Message.id))
        return [(row.subject, json.loads(row.body)) for row in rows]


def names(plugin):
    return sorted(name for name, _ in notes(plugin))


def bodies(plugin, event):
    return [body for name, body in notes(plugin) if name == event]


def lines_of(order_id):
    with reading():
        return {line.key: line.quantity for line in order(order_id).lines}


def test_life_of_an_order_is_heard_once_by_each_plugin(tea, buyer, gateway, run_jobs):
    sent = buyer().order([(tea.variant_id, 2)])
    pay(gateway, sent.order_id)
    ship_order(order_id=sent.order_id, units=lines_of(sent.order_id), carrier="sf", tracking_number="SF1")
    returned = buyer().order([(tea.variant_id, 1)])
    pay(gateway, returned.order_id)
    refund_id = cancel_order(order_id=returned.order_id)
    run_jobs()
    lived = [
        "fulfilment.order_shipped",
        "orders.order_cancelled",
        "orders.order_paid", "orders.order_paid",
        "orders.order_placed", "orders.order_placed",
        "payments.refund_done",
        "payments.refund_requested",
    ]  # fmt: skip
    assert (names("diary"), names("clumsy")) == (lived, lived)
    assert bodies("diary", "orders.order_cancelled") == [
        {"order_id": str(returned.order_id), "reason": "merchant"}
    ]
    refunded = {"order_id": str(returned.order_id), "refund_id": str(refund_id)}
    assert (
        bodies("diary", "payments.refund_requested") == bodies("diary", "payments.refund_done") == [refunded]
    )


def order_in(scope):
    with shop_bound(scope, SYSTEM):
        tea = make_product(prices=[10_000])
        buyer = Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())})
        return buyer.order([(tea.variant_id, 1)]).order_id


def test_plugin_hears_only_of_shops_that_have_it_on(listeners, shop, other_shop, enable, run_jobs):
    enable(shop, "diary")
    enable(other_shop, "clumsy")
    mine, theirs = order_in(shop), order_in(other_shop)
    with shop_bound(other_shop, SYSTEM), reading():
        foreign = session().scalars(select(EventRow.id)).one()
    run_jobs()
    with shop_bound(shop, SYSTEM):
        # A delivery with the id of another shop's event finds nothing.
        deliver_event(event_id=foreign, plugin="diary")
        assert (notes("diary"), notes("clumsy")) == (
            [("orders.order_placed", {"order_id": str(mine)})],
            [],
        )
    with shop_bound(other_shop, SYSTEM):
        assert (notes("diary"), notes("clumsy")) == (
            [],
            [("orders.order_placed", {"order_id": str(theirs)})],
        )


def test_delivery_that_comes_twice_has_one_effect(tea, buyer, run_jobs):
    buyer().order([(tea.variant_id, 1)])
    run_jobs()
    with reading():
        event_id = session().scalars(select(EventRow.id)).one()
    deliver_event(event_id=event_id, plugin="diary")
    assert names("diary") == ["orders.order_placed"]


def test_plugin_that_fails_is_tried_again_alone(tea, buyer, listeners, clock, run_jobs):
    stumble = listeners / "clumsy.stumble"
    stumble.touch()
    buyer().order([(tea.variant_id, 1)])
    run_jobs()
    assert (names("diary"), names("clumsy")) == (["orders.order_placed"], [])
    stumble.unlink()
    clock.advance(minutes=2)
    run_jobs()
    assert (names("diary"), names("clumsy")) == (["orders.order_placed"], ["orders.order_placed"])


def test_first_log_in_is_heard_and_later_ones_are_not(tea, run_jobs):
    for _ in range(2):
        send_login_code(contact="lin@example.com")
        with reading():
            said = (
                session()
                .scalars(
                    select(Message.body)
                    .where(Message.topic == "customers.login_code")
                    .order_by(Message.id.desc())
                )
                .first()
            )
        code = next(word for word in said.replace("，", " ").split() if word.isdigit() and len(word) == 6)
        customer_id = log_in(contact="lin@example.com", code=code).customer_id
    run_jobs()
    assert notes("diary") == [("customers.customer_registered", {"customer_id": str(customer_id)})]


def test_second_payment_completes_the_pair_and_both_orders_may_ship(tea, buyer, gateway, run_jobs):
    first, second = (
        buyer().place(buyer().checkout([(tea.variant_id, 1)]), choices={"pair": "a"}) for _ in range(2)
    )
    pay(gateway, first.order_id)
    assert order_row(first.order_id).holds_open == 1
    pay(gateway, second.order_id)
    run_jobs()
    assert [order_row(one.order_id).holds_open for one in (first, second)] == [0, 0]
    assert order_row(first.order_id).marks == {"pairs": {"pair": "a"}}
    [released] = bodies("diary", "orders.holds_released")
    assert sorted(released["order_ids"]) == sorted([str(first.order_id), str(second.order_id)])


def test_claim_of_a_complete_pair_is_refused_in_the_plugins_words_and_keeps_nothing(tea, buyer, gateway):
    for _ in range(2):
        placed = buyer().place(buyer().checkout([(tea.variant_id, 1)]), choices={"pair": "a"})
        pay(gateway, placed.order_id)
    before = stock_left(tea)
    with pytest.raises(CheckoutRefused) as refused:
        buyer().place(buyer().checkout([(tea.variant_id, 1)]), choices={"pair": "a"})
    assert [one.message for one in refused.value.refusals] == ["This pair is complete."]
    assert stock_left(tea) == before


def test_pair_that_stays_alone_expires_and_is_refunded(tea, buyer, gateway, clock, run_jobs):
    placed = buyer().place(buyer().checkout([(tea.variant_id, 1)]), choices={"pair": "a"})
    pay(gateway, placed.order_id)
    clock.advance(minutes=61)
    run_jobs()
    [expired] = bodies("diary", "orders.holds_expired")
    assert expired["order_ids"] == [str(placed.order_id)]
    row = order_row(placed.order_id)
    assert (row.lifecycle, row.financial, row.cancel_reason) == ("cancelled", "refunded", "hold_expired")


@pytest.mark.parametrize(
    ("choices", "ends"),
    [({}, ("cancelled", "refunded", 0)), ({"spare": "b"}, ("placed", "paid", 1))],
    ids=["refund", "spare"],
)
def test_payment_after_the_pair_was_complete_follows_the_choice(
    tea, buyer, gateway, clock, run_jobs, choices, ends
):
    late = buyer().place(buyer().checkout([(tea.variant_id, 1)]), choices={"pair": "a", **choices})
    attempt = start_payment(order_id=late.order_id, return_url="http://shop.localhost/return")
    # Its seat lapses, and two others take the pair, before the payment is heard of.
    clock.advance(seconds=(order_row(late.order_id).pay_by - clock() + timedelta(seconds=1)).total_seconds())
    for _ in range(2):
        quick = buyer().place(buyer().checkout([(tea.variant_id, 1)]), choices={"pair": "a"})
        pay(gateway, quick.order_id)
    gateway.capture(str(attempt.payment_id))
    check_payment(attempt.payment_id)
    run_jobs()
    row = order_row(late.order_id)
    assert (row.lifecycle, row.financial, row.holds_open) == ends
