"""Every movement of a day stands on both sides, to the cent and in the shop's zone; what does not is work for a person."""

import contextvars
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.commerce.orders.models import Order, OrderEntry
from core.commerce.payments.actions import accounts as actions
from core.commerce.payments.actions.disputes import keep_dispute
from core.commerce.payments.actions.pay import keep_notice
from core.commerce.payments.actions.reconcile import compare_day, settle_difference
from core.commerce.payments.gateways.interface import GatewayDispute, GatewayTransaction, Notification
from core.commerce.payments.models import Payment, PaymentAccount
from core.commerce.payments.reconciliation_queries import (
    compared_days,
    disputes_of,
    explained_lately,
    open_differences,
    open_disputes,
)
from core.jobs import sweeps
from core.kernel.db import reading, session
from core.kernel.errors import NotFound, PermissionRefused
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.testing.buying import Buyer, cancel_order, pay
from core.testing.gateway_fake import gateway_added, provider
from core.testing.goods import make_customer, make_product, make_shipping
from core.testing.statements import count_statements

TYPED = {"account": "acct-7", "key": "sk_a_long_secret_4711", "notification_secret": "nsec_also_long_0815"}
# Noon in Shanghai on 10 November.
NOON = datetime(2026, 11, 10, 4, tzinfo=UTC)
DAY = date(2026, 11, 10)


@pytest.fixture
def at_shop(shop, platform):
    with shop_bound(shop, SYSTEM):
        yield shop


@pytest.fixture
def giro(at_shop, clock):
    clock.freeze(NOON)
    with gateway_added(one := provider()):
        actions.switch_account(
            account_id=actions.save_account(gateway="giro", mode="test", typed=TYPED), on=True
        )
        yield one


@pytest.fixture
def sold(giro, buyer):
    tea = make_product(prices=(10_000,), stock=50)

    def sell():
        return pay(giro, buyer().order([(tea.variant_id, 1)]).order_id)

    return sell


def movement(kind, amount, *, at=NOON, ref="stranger-1", **more):
    return GatewayTransaction(kind, ref, amount, "CNY", at, **more)


def compared(clock, day=DAY):
    clock.freeze(datetime(2026, 11, 11, 4, tzinfo=UTC))
    compare_day(gateway="giro", mode="test", day=day)
    return stored(day)


def stored(day=DAY):
    with reading():
        return next(one for one in compared_days() if one.day == day), open_differences()


def test_day_on_which_both_sides_agree_is_wholly_explained(sold, giro, clock, run_jobs):
    first, second = sold(), sold()
    cancel_order(order_id=second.order_id)
    run_jobs()
    day, left = compared(clock)
    total = first.amount_minor + second.amount_minor
    assert (day.movements, day.matched, day.explained, left) == (3, 3, 10_000, [])
    assert (day.taken.minor, day.given_back.minor, day.fees.minor) == (total, second.amount_minor, 0)


def test_fees_are_told_and_need_no_explanation(sold, giro, clock):
    paid = sold()
    giro.further = [
        movement("fee", -150, ref="fee-1"),
        movement("other", -99_000, ref="payout-1"),
    ]
    day, left = compared(clock)
    assert (day.movements, day.explained, day.fees.minor, left) == (1, 10_000, 150, [])
    assert day.taken.minor == paid.amount_minor


def test_fee_of_a_movement_counts_once(sold, giro, clock, monkeypatch):
    paid = sold()
    giro.payments[0].captured_at = None
    giro.further = [
        movement("payment", paid.amount_minor, ref=paid.gateway_ref, reference=str(paid.id), fee=60)
    ]
    day, left = compared(clock)
    assert (day.explained, day.fees.minor, left) == (10_000, 60, [])


def test_money_that_we_do_not_know_is_missing_here(sold, giro, clock):
    sold()
    giro.further = [movement("payment", 4_200), movement("refund", -700, ref="stranger-2")]
    day, left = compared(clock)
    assert (day.movements, day.matched, day.explained) == (3, 1, 3_333)
    assert [(one.what, one.subject, one.theirs.minor, one.ours) for one in left] == [
        ("missing_here", "payment", 4_200, None),
        ("missing_here", "refund", -700, None),
    ]


def test_money_that_the_gateway_does_not_know_is_missing_there(sold, giro, clock):
    paid = sold()
    giro.payments.clear()
    day, left = compared(clock)
    assert (day.movements, day.matched, day.explained) == (1, 0, 0)
    (one,) = left
    assert (one.what, one.ours.minor, one.theirs, one.order_id) == (
        "missing_there",
        paid.amount_minor,
        None,
        paid.order_id,
    )
    assert one.order_number


def test_amount_that_differs_names_both(sold, giro, clock):
    paid = sold()
    giro.payments[0].request = replace(giro.payments[0].request, amount=paid.amount_minor - 1)
    day, left = compared(clock)
    (one,) = left
    assert (one.what, one.ours.minor, one.theirs.minor) == (
        "amount",
        paid.amount_minor,
        paid.amount_minor - 1,
    )
    assert day.explained == 0


def test_payment_is_found_by_the_gateways_name_where_it_keeps_none_of_ours(sold, giro, clock):
    paid = sold()
    giro.payments[0].captured_at = None
    giro.further = [movement("payment", paid.amount_minor, ref=paid.gateway_ref)]
    day, left = compared(clock)
    assert (day.explained, left) == (10_000, [])


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 9, 15, 59, 59, tzinfo=UTC), date(2026, 11, 9)),
        (datetime(2026, 11, 9, 16, 0, tzinfo=UTC), DAY),
        (datetime(2026, 11, 10, 15, 59, 59, tzinfo=UTC), DAY),
        (datetime(2026, 11, 10, 16, 0, tzinfo=UTC), date(2026, 11, 11)),
    ],
)
def test_day_is_the_shops_own(giro, clock, at, day):
    giro.further = [movement("payment", 4_200, at=at)]
    clock.freeze(datetime(2026, 11, 13, 4, tzinfo=UTC))
    found = {}
    for each in (date(2026, 11, 9), DAY, date(2026, 11, 11)):
        compare_day(gateway="giro", mode="test", day=each)
        found[each] = stored(each)[0].movements
    assert found == {each: int(each == day) for each in found}


def test_what_the_gateway_dates_on_the_other_side_of_midnight_is_not_missing(sold, giro, clock):
    clock.freeze(datetime(2026, 11, 10, 15, 59, tzinfo=UTC))
    paid = sold()
    giro.payments[0].captured_at = None
    later = datetime(2026, 11, 10, 16, 1, tzinfo=UTC)
    giro.further = [movement("payment", paid.amount_minor, ref=paid.gateway_ref, at=later)]
    day, left = compared(clock)
    assert (day.movements, left) == (0, [])
    clock.freeze(datetime(2026, 11, 12, 4, tzinfo=UTC))
    compare_day(gateway="giro", mode="test", day=date(2026, 11, 11))
    day, left = stored(date(2026, 11, 11))
    assert (day.movements, day.explained, left) == (1, 10_000, [])


def test_day_that_is_not_over_is_not_compared(giro, clock):
    with pytest.raises(NotFound):
        compare_day(gateway="giro", mode="test", day=DAY)


def test_comparing_again_finds_what_came_late_and_keeps_what_was_dealt_with(sold, giro, clock):
    sold()
    giro.further = [movement("payment", 4_200), movement("payment", 900, ref="stranger-2")]
    _, left = compared(clock)
    settle_difference(difference_id=left[0].id, note="  sold at the  counter ")
    with pytest.raises(NotFound):
        settle_difference(difference_id=left[0].id, note="twice")
    compared(clock)
    _, left = stored()
    assert [one.theirs.minor for one in left] == [900]
    giro.further.pop()
    day, left = compared(clock)
    assert (day.movements, left) == (2, [])


def test_silent_gateway_is_trouble_and_loses_nothing(sold, giro, clock):
    sold()
    giro.further = [movement("payment", 4_200)]
    compared(clock)
    giro.fail_next("transactions")
    day, left = compared(clock)
    assert day.trouble == "armed"
    assert (day.movements, len(left)) == (2, 1)


def test_sweep_compares_yesterday_once_early_in_the_shops_morning(sold, giro, clock):
    sold()
    clock.freeze(datetime(2026, 11, 10, 19, 59, tzinfo=UTC))  # 03:59 on the 11th in Shanghai
    assert sweeps.sweep(frozenset({"reconciliations"})) == 0
    clock.freeze(datetime(2026, 11, 10, 20, 1, tzinfo=UTC))
    giro.fail_next("transactions")
    assert sweeps.sweep(frozenset({"reconciliations"})) == 1
    assert stored()[0].trouble
    clock.advance(minutes=61)
    assert sweeps.sweep(frozenset({"reconciliations"})) == 1
    assert (stored()[0].trouble, stored()[0].explained) == ("", 10_000)
    clock.advance(hours=2)
    assert sweeps.sweep(frozenset({"reconciliations"})) == 0
    with reading():
        due = session().scalars(select(PaymentAccount.look_at)).one()
    assert due == datetime(2026, 11, 11, 20, tzinfo=UTC)


def test_share_of_thirty_days(sold, giro, clock):
    with reading():
        assert explained_lately() is None
    sold()
    giro.further = [movement("payment", 4_200)]
    compared(clock)
    with reading():
        assert explained_lately() == 5_000
    clock.advance(days=40)
    with reading():
        assert explained_lately() is None


def dispute(paid, status="needs_response", **more):
    return GatewayDispute("dp_1", paid.gateway_ref, paid.amount_minor, "CNY", status, "fraudulent", **more)


def test_dispute_of_the_list_stands_on_its_order(sold, giro, clock):
    paid = sold()
    until = NOON + timedelta(days=7)
    told = dispute(paid, respond_by=until)
    giro.further = [
        movement("dispute", -paid.amount_minor, ref="dp_1", payment_ref=paid.gateway_ref, dispute=told)
    ]
    day, left = compared(clock)
    assert (day.explained, left) == (10_000, [])
    with reading():
        (one,) = open_disputes()
        assert disputes_of(paid.order_id) == [one]
    assert (one.status, one.amount.minor, one.respond_by) == ("needs_response", paid.amount_minor, until)


def test_dispute_that_was_decided_is_not_opened_again(sold, giro):
    paid = sold()
    for status in ("needs_response", "needs_response", "under_review", "lost", "needs_response"):
        keep_dispute(gateway="giro", mode="test", dispute=dispute(paid, status))
    with reading():
        (one,) = disputes_of(paid.order_id)
        notes = session().scalars(
            select(OrderEntry.kind).where(OrderEntry.order_id == paid.order_id, OrderEntry.kind == "dispute")
        )
        assert (one.status, len(notes.all())) == ("lost", 3)
        assert open_disputes() == []


def test_dispute_about_a_stranger_is_work(giro, clock):
    stranger = GatewayDispute("dp_9", "pay_of_nobody", 500, "CNY", "needs_response")
    giro.further = [movement("dispute", -500, ref="dp_9", payment_ref="pay_of_nobody", dispute=stranger)]
    _, left = compared(clock)
    assert [(one.what, one.subject) for one in left] == [("missing_here", "dispute")]


def test_only_who_may_compares(giro, clock):
    clock.advance(days=1)
    with acting_as(Actor("staff", new_id())):
        for call in (
            lambda: compare_day(gateway="giro", mode="test", day=DAY),
            lambda: settle_difference(difference_id=new_id(), note=""),
        ):
            with pytest.raises(PermissionRefused):
                call()


def test_movement_of_another_shop_explains_nothing(sold, giro, clock, other_shop):
    paid = sold()

    def sell_there():
        """As another request: no shop is bound yet."""
        with shop_bound(other_shop, SYSTEM):
            made = actions.save_account(gateway="giro", mode="test", typed=TYPED)
            actions.switch_account(account_id=made, on=True)
            there = Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())})
            return pay(giro, there.order([(make_product(stock=1).variant_id, 1)]).order_id)

    foreign = contextvars.Context().run(sell_there)
    # The provider's list of this account names the other shop's row, by its id and by the provider's own.
    giro.payments.pop()
    giro.further = [
        movement("payment", foreign.amount_minor, ref=foreign.gateway_ref, reference=str(foreign.id))
    ]
    day, left = compared(clock)
    assert (day.matched, day.taken.minor) == (1, paid.amount_minor + foreign.amount_minor)
    assert [(one.what, one.order_id) for one in left] == [("missing_here", None)]


def test_comparing_costs_the_same_however_much_moved(sold, giro, clock):
    def cost():
        with count_statements() as sent:
            compared(clock)
        return len(sent)

    sold()
    one = cost()
    clock.freeze(NOON)
    sold()
    sold()
    assert cost() == one
    with reading():
        assert len(session().scalars(select(Payment)).all()) == 3


def test_notification_of_a_dispute_is_kept_once_however_often_it_comes(sold, giro, run_jobs):
    paid = sold()
    notice = Notification(
        "evt_dispute", "dispute.created", paid.gateway_ref, str(paid.id), NOON, dispute=dispute(paid)
    )
    for _ in range(2):
        keep_notice(gateway="giro", notice=notice, payment_id=paid.id, refund_id=None)
    run_jobs()
    with reading():
        (one,) = disputes_of(paid.order_id)
        order = session().scalars(select(Order.financial).where(Order.id == paid.order_id)).one()
    # A dispute is told and shown; what it does to the money, the provider's list says.
    assert (one.status, order) == ("needs_response", "paid")
