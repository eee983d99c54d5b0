"""Paying others through Stripe: accounts below ours, transfers once per reference, reversals up to what was sent."""

from dataclasses import replace

import pytest

from core.commerce.payments.gateways.connect import (
    ConnectGateway,
    PayeeRequest,
    ReversalRequest,
    TransferRequest,
)
from core.commerce.payments.gateways.interface import GatewayRefused, GatewayUnavailable
from core.commerce.payments.gateways.stripe.connecting import StripeConnect
from core.kernel.ids import new_id
from tests.core.commerce.payments.gateways.stripe.at_stand_in import PATIENCE, asked, key_of


@pytest.fixture
def connect():
    return StripeConnect(PATIENCE)


@pytest.fixture
def payee(stand_in, connect, tea):
    """Somebody who has told Stripe everything."""
    account = connect.open_payee(tea, PayeeRequest(str(new_id()), "HK", "leader@example.com"))
    stand_in.pull(key_of(tea), "finish_onboarding", id=account.account_ref)
    return account.account_ref


@pytest.fixture
def rich(stand_in, gateway, tea):
    """98 yuan less the fee on our balance."""
    stand_in.pull(key_of(tea), "pay", id=gateway.start_payment(tea, asked()).gateway_ref)


def wanted(payee, amount=3000, **more):
    return TransferRequest(str(new_id()), payee, amount, "CNY", group="order-1", **more)


def code_of(call):
    with pytest.raises(GatewayRefused) as refused:
        call()
    return refused.value.failure_code


def test_payee_is_made_once_and_becomes_ready_on_stripes_page(stand_in, connect, tea, home):
    assert isinstance(connect, ConnectGateway)
    request = PayeeRequest(str(new_id()), "HK")
    first = connect.open_payee(tea, request)
    assert connect.open_payee(tea, request) == first
    assert (first.reference, first.ready, first.paid_out) == (request.reference, False, False)
    assert "external_account" in first.missing
    asked_for = {"return_url": "https://pinpu.example/back", "again_url": "https://pinpu.example/again"}
    assert connect.onboarding_link(tea, first.account_ref, **asked_for).endswith(first.account_ref)
    stand_in.pull(key_of(tea), "finish_onboarding", id=first.account_ref)
    state = connect.payee_account(tea, first.account_ref)
    assert (state.ready, state.paid_out, state.missing) == (True, True, ())
    assert code_of(lambda: connect.payee_account(home, first.account_ref)) == "payee_not_found"
    assert code_of(lambda: connect.payee_account(tea, "acct_../x")) == "payee_not_found"


def test_transfer_is_made_once_and_moves_both_balances(connect, tea, payee, rich):
    before = connect.balance(tea)["CNY"]
    request = wanted(payee)
    first = connect.transfer(tea, request)
    assert connect.transfer(tea, request) == first
    assert (first.amount, first.currency, first.group, first.reference) == (
        3000,
        "CNY",
        "order-1",
        request.reference,
    )
    assert connect.balance(tea)["CNY"] == before - 3000
    assert connect.transfer_state(tea, reference=request.reference) == first
    assert connect.transfer_state(tea, transfer_ref=first.transfer_ref) == first
    assert list(connect.transfers_of(tea, "order-1")) == [first]
    assert code_of(lambda: connect.transfer(tea, replace(request, amount=3001))) == "idempotency_key_reused"


def test_transfer_that_cannot_be_made_says_why_and_can_be_made_when_it_may(
    stand_in, gateway, connect, tea, payee
):
    request = wanted(payee)
    for _ in range(2):
        assert code_of(lambda: connect.transfer(tea, request)) == "insufficient_balance"
    stand_in.pull(key_of(tea), "pay", id=gateway.start_payment(tea, asked()).gateway_ref)
    assert connect.transfer(tea, request).amount == 3000
    fresh = connect.open_payee(tea, PayeeRequest(str(new_id()), "HK"))
    assert code_of(lambda: connect.transfer(tea, wanted(fresh.account_ref))) == "payee_not_ready"
    assert code_of(lambda: connect.transfer(tea, wanted("acct_nobody"))) == "payee_not_found"
    assert code_of(lambda: connect.transfer_state(tea, reference=str(new_id()))) == "transfer_not_found"


@pytest.mark.parametrize("what", ["timeout", "500", "breakdown"])
def test_transfer_whose_answer_was_lost_is_made_once(stand_in, connect, tea, payee, rich, what):
    request = wanted(payee)
    stand_in.pull(key_of(tea), "fail_next", what=what, operation="transfers.create", seconds=0.1)
    with pytest.raises(GatewayUnavailable):
        connect.transfer(tea, request)
    made = connect.transfer(tea, request)
    assert list(connect.transfers_of(tea, "order-1")) == [made]


def test_reversals_come_once_each_and_together_never_exceed_the_transfer(
    stand_in, connect, tea, payee, rich, clock
):
    sent = connect.transfer(tea, wanted(payee))
    first = ReversalRequest(str(new_id()), sent.transfer_ref, 2000)
    assert connect.reverse_transfer(tea, first).reversed_amount == 2000
    clock.advance(days=2)
    assert connect.reverse_transfer(tea, first).reversed_amount == 2000
    above = ReversalRequest(str(new_id()), sent.transfer_ref, 1001)
    assert code_of(lambda: connect.reverse_transfer(tea, above)) == "reversal_above_transfer"
    rest = ReversalRequest(str(new_id()), sent.transfer_ref, 1000)
    stand_in.pull(
        key_of(tea), "fail_next", what="timeout", operation="transfers.reversals.create", seconds=0.1
    )
    with pytest.raises(GatewayUnavailable):
        connect.reverse_transfer(tea, rest)
    assert connect.reverse_transfer(tea, rest).reversed_amount == 3000
    assert code_of(lambda: connect.reverse_transfer(tea, above)) == "reversal_above_transfer"
    assert (
        code_of(lambda: connect.reverse_transfer(tea, replace(first, amount=1))) == "idempotency_key_reused"
    )
