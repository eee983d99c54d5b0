"""Refunds at Stripe: once per reference for as long as we try, never above the capture, anew where one may go through."""

from dataclasses import replace

import pytest

from core.commerce.payments.gateways.interface import GatewayRefused, GatewayUnavailable
from tests.core.commerce.payments.gateways.stripe.at_stand_in import asked, back, key_of, refunds_named


@pytest.fixture(params=["card", "alipay"])
def paid(request, stand_in, gateway, tea):
    name = gateway.start_payment(tea, asked(method=request.param)).gateway_ref
    stand_in.pull(key_of(tea), "pay", id=name)
    return name


def code_of(call):
    with pytest.raises(GatewayRefused) as refused:
        call()
    return refused.value.failure_code


def test_refund_is_made_once_also_when_stripe_has_forgotten_its_keys(stand_in, gateway, tea, paid, clock):
    wanted = back(paid, 3000)
    first = gateway.refund(tea, wanted)
    clock.advance(days=3)
    assert gateway.refund(tea, wanted) == first
    assert first.status == "done"
    assert refunds_named(stand_in, tea, wanted.reference) == [first.gateway_ref]
    assert gateway.refund_state(tea, reference=wanted.reference) == first
    assert gateway.refund_state(tea, gateway_ref=first.gateway_ref) == first


def test_refunds_together_never_exceed_the_capture(gateway, tea, paid):
    assert gateway.refund(tea, back(paid, 9000)).status == "done"
    assert code_of(lambda: gateway.refund(tea, back(paid, 801))) == "refund_above_captured"
    assert gateway.refund(tea, back(paid, 800)).status == "done"
    assert code_of(lambda: gateway.refund(tea, back(paid, 1))) == "refund_above_captured"


@pytest.mark.parametrize("what", ["timeout", "reset", "500", "breakdown"])
def test_refund_whose_answer_was_lost_is_found_and_not_made_twice(stand_in, gateway, tea, paid, what):
    wanted = back(paid, 3000)
    stand_in.pull(key_of(tea), "fail_next", what=what, operation="refunds.create", seconds=0.1)
    with pytest.raises(GatewayUnavailable):
        gateway.refund(tea, wanted)
    assert len(refunds_named(stand_in, tea, wanted.reference)) == (0 if what == "breakdown" else 1)
    assert gateway.refund(tea, wanted).status == "done"
    assert len(refunds_named(stand_in, tea, wanted.reference)) == 1


def test_refund_for_which_the_balance_is_too_small_waits_and_goes_through_later(stand_in, gateway, tea, paid):
    """Stripe keeps the refusal under our key for a day; waiting a day for it to forget would be no service."""
    stand_in.pull(key_of(tea), "next_refund", outcome="insufficient", times=3)
    wanted = back(paid, 3000)
    for _ in range(3):
        state = gateway.refund(tea, wanted)
        assert (state.status, state.retry, state.failure_code) == ("failed", True, "insufficient_balance")
    assert gateway.refund(tea, wanted).status == "done"
    assert len(refunds_named(stand_in, tea, wanted.reference)) == 1


def test_refund_that_failed_for_a_passing_reason_is_made_anew_three_times_at_most(
    stand_in, gateway, tea, paid
):
    stand_in.pull(key_of(tea), "next_refund", outcome="failed", times=5)
    wanted = back(paid, 9800)
    states = [gateway.refund(tea, wanted) for _ in range(5)]
    assert [(state.status, state.retry) for state in states] == [("failed", True)] * 2 + [
        ("failed", False)
    ] * 3
    assert len(refunds_named(stand_in, tea, wanted.reference)) == 3
    assert gateway.refund_state(tea, reference=wanted.reference) == states[-1]


def test_refund_to_a_lost_card_is_for_a_person_and_its_amount_is_free_again(stand_in, gateway, tea, paid):
    stand_in.pull(key_of(tea), "next_refund", outcome="lost_or_stolen_card")
    wanted = back(paid, 9800)
    for _ in range(2):
        state = gateway.refund(tea, wanted)
        assert (state.status, state.retry, state.failure_code) == ("failed", False, "lost_or_stolen_card")
    assert gateway.refund(tea, back(paid, 9800)).status == "done"


def test_pending_refund_fails_later_and_says_so(stand_in, gateway, tea, paid):
    stand_in.pull(key_of(tea), "next_refund", outcome="pending")
    wanted = back(paid, 3000)
    first = gateway.refund(tea, wanted)
    assert first.status == "pending"
    reason = "expired_or_canceled_card"
    stand_in.pull(key_of(tea), "settle_refund", id=first.gateway_ref, outcome="failed", reason=reason)
    assert gateway.refund(tea, wanted).failure_code == reason


def test_disputed_payment_is_not_refunded_as_well(stand_in, gateway, tea, paid):
    stand_in.pull(key_of(tea), "dispute", id=paid)
    assert code_of(lambda: gateway.refund(tea, back(paid, 3000))) == "charge_disputed"


def test_what_was_not_paid_or_is_somebody_elses_is_not_refunded(gateway, tea, home, paid):
    unpaid = gateway.start_payment(tea, asked()).gateway_ref
    assert code_of(lambda: gateway.refund(tea, back(unpaid, 100))) == "payment_not_captured"
    assert code_of(lambda: gateway.refund(home, back(paid, 100))) == "payment_not_found"
    wanted = back(paid, 100)
    gateway.refund(tea, wanted)
    assert code_of(lambda: gateway.refund(tea, replace(wanted, amount=101))) == "idempotency_key_reused"
    assert code_of(lambda: gateway.refund_state(home, reference=wanted.reference)) == "refund_not_found"
