"""One completion path: whichever way is chosen, whoever hears first and wherever it breaks, the order comes out the same."""

from contextlib import suppress

import pytest
from sqlalchemy import select

from core.commerce.ledger.queries import balances
from core.commerce.orders.models import OrderHold
from core.commerce.payments.accounts import gateway_account
from core.commerce.payments.actions import accounts as actions
from core.commerce.payments.actions.pay import check_payment, start_payment
from core.commerce.payments.errors import PaymentUnderWay
from core.commerce.payments.gateways.interface import GatewayUnavailable
from core.commerce.payments.models import Payment, Refund
from core.jobs import sweeps
from core.kernel.db import reading, session
from core.kernel.ids import as_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import order_row
from core.testing.completion import COMPLETIONS, PayingStage, complete
from core.testing.gateway_fake import FakeGateway, gateway_added, provider
from core.testing.goods import make_product
from core.testing.races import overlapping_pairs, race
from tests.core.commerce.payments.test_capture import seat, seat_pool

TYPED = {"account": "acct-7", "key": "sk_a_long_secret_4711", "notification_secret": "nsec_also_long_0815"}


@pytest.fixture
def at_shop(shop, platform):
    with shop_bound(shop, SYSTEM):
        yield shop


@pytest.fixture
def giro(at_shop, gateway):
    """A second gateway with three methods beside the test gateway."""
    with gateway_added(one := provider(methods=("card", "wechat_pay", "alipay"))):
        one.addresses["wechat_pay"] = "weixin://wxpay/bizpayurl?pr="
        made = actions.save_account(gateway="giro", mode="test", typed=TYPED)
        actions.switch_account(account_id=made, on=True)
        yield one


@pytest.fixture
def placed(buyer, giro):
    return buyer().order([(make_product(stock=5).variant_id, 1)]).order_id


def start(order_id, way="", **more):
    return start_payment(order_id=order_id, return_url="http://x/", way=way, **more)


def payments(order_id):
    with reading():
        found = select(Payment).where(Payment.order_id == order_id).order_by(Payment.created_at, Payment.id)
        return session().scalars(found.execution_options(populate_existing=True)).all()


def states(order_id):
    return {f"{one.gateway}:{one.method}": one.state for one in payments(order_id)}


def refunds(order_id):
    with reading():
        return session().scalars(select(Refund).where(Refund.order_id == order_id)).all()


def reference_of(attempt):
    return str(attempt.payment_id)


def test_buyer_chooses_and_the_gateway_hears_what(placed, giro):
    start(placed, "giro:alipay", device="phone", client_ip="203.0.113.9")
    asked = giro.payments[0].request
    assert (asked.method, asked.device, asked.client_ip, asked.capture) == (
        "alipay",
        "phone",
        "203.0.113.9",
        "automatic",
    )
    assert len(payments(placed)) == 1


def test_way_that_is_not_offered_is_the_first_that_is(placed, giro):
    start(placed, "nobody:card")
    assert states(placed) == {"giro:card": "pending"}


def test_same_way_again_is_the_same_attempt(placed, giro):
    first = start(placed, "giro:card")
    assert start(placed, "giro:card") == first
    # Without a choice, whoever pays again goes on where they were.
    assert start(placed) == first


def test_another_way_closes_the_one_before(placed, giro, gateway):
    start(placed, "giro:card")
    second = start(placed, "test:page")
    assert states(placed) == {"giro:card": "cancelled", "test:page": "pending"}
    assert giro.payments[0].status == "cancelled"
    gateway.capture(reference_of(second))
    check_payment(second.payment_id)
    assert order_row(placed).financial == "paid"


def test_what_was_paid_meanwhile_wins(placed, giro):
    first = start(placed, "giro:card")
    giro.capture(reference_of(first))
    second = start(placed, "giro:wechat_pay")
    assert (second.payment_id, second.redirect_url) == (first.payment_id, "")
    assert order_row(placed).financial == "paid"
    assert len(payments(placed)) == 1


def test_what_is_being_paid_this_moment_is_waited_for(placed, giro):
    first = start(placed, "giro:card")
    giro.begin(reference_of(first))
    with pytest.raises(PaymentUnderWay):
        start(placed, "giro:alipay")
    giro.capture(reference_of(first))
    check_payment(first.payment_id)
    assert order_row(placed).financial == "paid"


def test_gateway_that_is_silent_keeps_nobody_from_paying_another_way(placed, giro, gateway, run_jobs):
    first = start(placed, "giro:card")
    giro.fail_next("cancel_payment")
    second = start(placed, "test:page")
    gateway.capture(reference_of(second))
    check_payment(second.payment_id)
    run_jobs()
    # What was left open is closed at its gateway once the order is paid.
    assert states(placed) == {"giro:card": "cancelled", "test:page": "captured"}
    assert giro.payment(reference_of(first)).status == "cancelled"


def test_both_paid_means_that_the_second_goes_back_by_itself(placed, giro, gateway, run_jobs):
    first = start(placed, "giro:card")
    giro.fail_next("cancel_payment")
    second = start(placed, "test:page")
    gateway.capture(reference_of(second))
    giro.capture(reference_of(first))
    check_payment(second.payment_id)
    check_payment(first.payment_id)
    run_jobs()
    (back,) = refunds(placed)
    assert (back.cause, back.state, back.payment_id) == ("surplus", "done", first.payment_id)
    assert order_row(placed).captured_minor == order_row(placed).total_minor


def test_attempt_on_a_computer_does_not_go_on_on_a_phone(placed, giro):
    first = start(placed, "giro:wechat_pay", device="desktop")
    assert first.redirect_url.startswith("weixin://")
    second = start(placed, "giro:wechat_pay", device="phone")
    assert second.payment_id != first.payment_id
    assert giro.payment(reference_of(first)).status == "cancelled"


@pytest.mark.race
def test_two_tabs_that_choose_two_ways_end_in_one_payment(placed, giro, gateway, run_jobs):
    chosen = ["giro:card", "test:page", "giro:alipay", "giro:wechat_pay"]
    attempts = race([lambda one=one: start(placed, one) for one in chosen])
    assert overlapping_pairs(attempts)
    opened = [one for one in (*giro.payments, *gateway.payments) if one.status == "pending"]
    assert opened
    for one in opened:
        (giro if one in giro.payments else gateway).capture(one.request.reference)
        check_payment(as_id(one.request.reference))
    run_jobs()
    assert order_row(placed).financial == "paid"
    kept = [one for one in payments(placed) if one.state == "captured" and not one.surplus]
    assert len(kept) == 1
    assert {one.state for one in refunds(placed)} <= {"done"}
    assert len(refunds(placed)) == len(opened) - 1


# Authorised money -------------------------------------------------------------------------------------------


def test_authorised_money_is_taken_once_its_order_wants_it(placed, giro):
    attempt = start(placed, "giro:card")
    giro.authorise(reference_of(attempt))
    assert check_payment(attempt.payment_id) == "captured"
    assert giro.payments[0].status == "captured"
    assert order_row(placed).financial == "paid"


def test_authorised_money_of_a_closed_order_is_given_back_without_a_refund(placed, giro, clock, run_jobs):
    attempt = start(placed, "giro:card")
    clock.advance(minutes=31)
    giro.begin(reference_of(attempt))
    run_jobs()
    assert order_row(placed).lifecycle == "cancelled"
    giro.payments[0].being_paid = False
    giro.authorise(reference_of(attempt))
    assert check_payment(attempt.payment_id) == "cancelled"
    assert giro.payments[0].status == "cancelled"
    assert refunds(placed) == []


@pytest.mark.parametrize("after_acting", [False, True])
def test_capture_that_is_not_answered_is_finished_by_the_sweep(placed, giro, clock, after_acting):
    attempt = start(placed, "giro:card")
    giro.authorise(reference_of(attempt))
    giro.fail_next("capture_payment", after_acting=after_acting)
    with pytest.raises(GatewayUnavailable):
        check_payment(attempt.payment_id)
    clock.advance(seconds=21)
    sweeps.sweep_shop("open_payments")
    assert order_row(placed).financial == "paid"


# The orders of completion -----------------------------------------------------------------------------------


def stage_of(gateway: FakeGateway, way: str, pay=None) -> PayingStage:
    def notification(reference):
        return gateway.notification(reference, gateway_account(gateway.name).credentials.notification_secret)

    return PayingStage(gateway, way, pay or gateway.capture, notification)


@pytest.fixture(params=["test gateway", "connected gateway", "authorising gateway"])
def stage(request, gateway, giro):
    """The last one's money is only authorised by its buyer: taking it is part of the one path."""
    stages = {
        "test gateway": stage_of(gateway, "test:page"),
        "connected gateway": stage_of(giro, "giro:card"),
        "authorising gateway": stage_of(giro, "giro:alipay", giro.authorise),
    }
    return stages[request.param]


def outcome(order_id):
    order = order_row(order_id)
    with reading():
        holds = session().scalars(select(OrderHold.state).where(OrderHold.order_id == order_id)).all()
        money = sorted(one.code for one in balances() if one.net)
    return {
        "order": (order.lifecycle, order.financial, order.captured_minor == order.total_minor),
        "seat": holds,
        "payments": [one.state for one in payments(order_id)],
        "refunds": len(refunds(order_id)),
        "money": money,
    }


@pytest.mark.parametrize("how", COMPLETIONS)
def test_every_order_of_completion_gives_the_same_order(stage, how, buyer, run_jobs, clock):
    pool = seat_pool(size=2)
    order_id = buyer().order([(make_product(stock=5).variant_id, 1)]).order_id
    seat(order_id=order_id, pool_id=pool)
    reference = reference_of(start(order_id, stage.way))
    stage.pay(reference)
    complete(stage, how, reference=reference, run_jobs=run_jobs, later=lambda: clock.advance(seconds=21))
    assert outcome(order_id) == {
        "order": ("placed", "paid", True),
        "seat": ["waiting"],
        "payments": ["captured"],
        "refunds": 0,
        "money": ["gateway:clearing", "merchant:pending"],
    }


@pytest.mark.parametrize("step", ["start_payment", "payment_state"])
@pytest.mark.parametrize("after_acting", [False, True])
def test_crash_between_any_two_steps_is_recovered_within_a_minute(stage, step, after_acting, buyer, clock):
    order_id = buyer().order([(make_product(stock=5).variant_id, 1)]).order_id
    stage.gateway.fail_next(step, after_acting=after_acting)
    with suppress(GatewayUnavailable):  # the process died before it heard the answer
        start(order_id, stage.way)
    if not stage.gateway.payments:
        start(order_id, stage.way)
    stage.pay(stage.gateway.payments[0].request.reference)
    clock.advance(seconds=21)
    # A gateway that is silent once is asked again by the next round.
    for _ in range(2):
        sweeps.sweep_shop("open_payments")
    assert order_row(order_id).financial == "paid"
    assert [one.state for one in payments(order_id)] == ["captured"]
