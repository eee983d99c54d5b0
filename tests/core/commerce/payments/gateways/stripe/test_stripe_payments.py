"""Payments at Stripe: what is asked of it, what its answers mean, and what is true after a bad day."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
import stripe

from core.commerce.payments.gateways.interface import GatewayRefused, GatewayUnavailable
from core.commerce.payments.gateways.stripe.gateway import StripeGateway
from core.commerce.payments.gateways.stripe.money import WALLET_CURRENCIES, our_amount, stripe_amount
from core.commerce.payments.gateways.stripe.sdk import API_VERSION, Patience
from core.kernel import clock as kernel_clock
from tests.core.commerce.payments.gateways.stripe.at_stand_in import asked, key_of, payments_named
from tests.stripe_stand_in import money as published


def code_of(call):
    with pytest.raises(GatewayRefused) as refused:
        call()
    return refused.value.failure_code


def held(stand_in, credentials, name):
    with stand_in.parts.lock:
        return stand_in.book(key_of(credentials)).objects[name]


def test_card_is_typed_on_a_page_of_stripes_in_the_buyers_language(stand_in, gateway, tea):
    request = asked()
    start = gateway.start_payment(tea, request)
    page = held(stand_in, tea, start.gateway_ref)
    assert start.gateway_ref.startswith("cs_test_")
    assert start.redirect_url == page["url"]
    assert (page["amount_total"], page["currency"], page["locale"]) == (9800, "cny", "zh")
    assert page["success_url"] == request.return_url
    assert page["cancel_url"] == f"{request.return_url}?left=1"
    assert page["payment_method_types"] == ["card"]
    assert page["adaptive_pricing"] == {"enabled": False}
    assert page["client_reference_id"] == request.reference
    assert page["expires_at"] == int((request.expires_at + timedelta(minutes=35)).timestamp())


def test_page_for_an_order_that_may_wait_longer_lives_as_long_as_stripe_allows(stand_in, gateway, tea):
    request = asked(expires_at=kernel_clock.now() + timedelta(days=3))
    page = held(stand_in, tea, gateway.start_payment(tea, request).gateway_ref)
    assert page["expires_at"] - page["created"] == 24 * 3600


def test_wechat_pay_is_a_code_to_scan_and_alipay_an_address_to_follow(stand_in, gateway, tea):
    scan = gateway.start_payment(tea, asked(method="wechat_pay"))
    assert scan.redirect_url.startswith("weixin://wxpay/")
    follow = gateway.start_payment(tea, asked(method="alipay"))
    assert follow.redirect_url.startswith("http")
    request = held(stand_in, tea, follow.gateway_ref)["next_action"]["alipay_handle_redirect"]
    assert request["return_url"] == asked().return_url
    for start in (scan, follow):
        stand_in.pull(key_of(tea), "pay", id=start.gateway_ref)
        state = gateway.payment_state(tea, gateway_ref=start.gateway_ref)
        assert (state.status, state.amount, state.currency) == ("captured", 9800, "CNY")
        assert abs(state.captured_at - kernel_clock.now()) < timedelta(seconds=30)


def test_declined_card_leaves_the_page_open_for_another(stand_in, gateway, tea):
    request = asked()
    start = gateway.start_payment(tea, request)
    stand_in.pull(key_of(tea), "decline", id=start.gateway_ref, code="insufficient_funds")
    assert gateway.payment_state(tea, gateway_ref=start.gateway_ref).status == "pending"
    stand_in.pull(key_of(tea), "pay", id=start.gateway_ref)
    state = gateway.payment_state(tea, gateway_ref=start.gateway_ref)
    assert (state.status, state.reference) == ("captured", request.reference)
    # From now on it is known by the intent, of which disputes and movements speak; and still by the page.
    assert state.gateway_ref == held(stand_in, tea, start.gateway_ref)["payment_intent"]
    assert gateway.payment_state(tea, gateway_ref=state.gateway_ref) == state


def test_wallet_that_says_no_is_failed_with_its_reason(stand_in, gateway, tea):
    start = gateway.start_payment(tea, asked(method="wechat_pay"))
    code = "payment_intent_payment_attempt_failed"
    stand_in.pull(key_of(tea), "decline", id=start.gateway_ref, code=code)
    state = gateway.payment_state(tea, gateway_ref=start.gateway_ref)
    assert (state.status, state.failure_code) == ("failed", code)


def test_card_can_be_authorised_and_captured_in_part(stand_in, gateway, tea):
    start = gateway.start_payment(tea, asked(capture="manual"))
    assert code_of(lambda: gateway.capture_payment(tea, start.gateway_ref, 9800)) == "payment_not_authorised"
    stand_in.pull(key_of(tea), "pay", id=start.gateway_ref)
    assert gateway.payment_state(tea, gateway_ref=start.gateway_ref).status == "authorised"
    for _ in range(2):
        state = gateway.capture_payment(tea, start.gateway_ref, 9000)
        assert (state.status, state.amount) == ("captured", 9000)


def test_authorised_card_is_given_back_when_the_payment_is_cancelled(stand_in, gateway, tea):
    start = gateway.start_payment(tea, asked(capture="manual"))
    stand_in.pull(key_of(tea), "pay", id=start.gateway_ref)
    state = gateway.cancel_payment(tea, start.gateway_ref)
    assert (state.status, state.gateway_ref) == ("cancelled", start.gateway_ref)
    assert code_of(lambda: gateway.capture_payment(tea, start.gateway_ref, 9800)) == "payment_not_authorised"


@pytest.mark.parametrize("method", ["wechat_pay", "alipay"])
def test_wallet_cannot_be_authorised_first(gateway, tea, method):
    assert (
        code_of(lambda: gateway.start_payment(tea, asked(method=method, capture="manual"))) == "unsupported"
    )


def test_cancelled_page_cannot_be_paid_and_a_paid_one_not_cancelled(stand_in, gateway, tea):
    left, paid, busy = (gateway.start_payment(tea, asked()).gateway_ref for _ in range(3))
    stand_in.pull(key_of(tea), "pay", id=paid)
    stand_in.pull(key_of(tea), "begin", id=busy)
    states = [gateway.cancel_payment(tea, name) for name in (left, paid, busy, left)]
    assert [state.status for state in states] == ["cancelled", "captured", "pending", "cancelled"]
    assert states[0].failure_code == states[3].failure_code == "cancelled_by_merchant"
    assert held(stand_in, tea, left)["url"] is None


def test_page_that_ended_by_itself_is_expired(gateway, tea, clock):
    start = gateway.start_payment(tea, asked())
    clock.advance(minutes=51)
    state = gateway.payment_state(tea, gateway_ref=start.gateway_ref)
    assert (state.status, state.failure_code) == ("cancelled", "expired")


@pytest.mark.parametrize("method", ["card", "wechat_pay"])
@pytest.mark.parametrize("fault", [{"what": "timeout", "seconds": 5}, {"what": "reset"}, {"what": "429"}])
def test_start_whose_answer_was_lost_is_found_and_said_again(stand_in, tea, method, fault):
    gateway = StripeGateway(base_url=stand_in.base_url, patience=Patience(5, 0.4, 0))
    request = asked(method=method)
    name = "checkout.sessions.create" if method == "card" else "payment_intents.create"
    stand_in.pull(key_of(tea), "fail_next", operation=name, **fault)
    with pytest.raises(GatewayUnavailable):
        gateway.start_payment(tea, request)
    (made,) = payments_named(stand_in, tea, request.reference)
    assert gateway.payment_state(tea, reference=request.reference).gateway_ref == made
    assert gateway.start_payment(tea, request).gateway_ref == made
    assert payments_named(stand_in, tea, request.reference) == [made]


@pytest.mark.parametrize("what", ["500", "breakdown"])
@pytest.mark.parametrize("method", ["card", "alipay"])
def test_breakdown_that_stripe_keeps_under_the_key_does_not_lock_the_payment_out(
    stand_in, gateway, tea, method, what
):
    request = asked(method=method)
    stand_in.pull(key_of(tea), "fail_next", what=what)
    with pytest.raises(GatewayUnavailable) as failed:
        gateway.start_payment(tea, request)
    assert failed.value.reason == "http_500"
    assert len(payments_named(stand_in, tea, request.reference)) == (1 if what == "500" else 0)
    start = gateway.start_payment(tea, request)
    assert payments_named(stand_in, tea, request.reference) == [start.gateway_ref]


def test_storm_of_errors_is_unavailable_and_changes_nothing(stand_in, gateway, tea):
    start = gateway.start_payment(tea, asked())
    for what in ("500", "429", "409"):
        stand_in.pull(key_of(tea), "fail_next", what=what, times=3, after_acting=False)
        for call in (
            lambda: gateway.payment_state(tea, gateway_ref=start.gateway_ref),
            lambda: gateway.cancel_payment(tea, start.gateway_ref),
            lambda: gateway.start_payment(tea, asked()),
        ):
            with pytest.raises(GatewayUnavailable) as failed:
                call()
            assert failed.value.reason == f"http_{what}"
    assert gateway.payment_state(tea, gateway_ref=start.gateway_ref).status == "pending"


def test_one_bad_answer_is_tried_again_by_the_sdk(stand_in, tea):
    patient = StripeGateway(base_url=stand_in.base_url, patience=Patience(5, 5, 1))
    stand_in.pull(key_of(tea), "fail_next", what="reset", after_acting=True)
    request = asked()
    start = patient.start_payment(tea, request)
    assert payments_named(stand_in, tea, request.reference) == [start.gateway_ref]


def test_nobody_there_is_unavailable(tea):
    nobody = StripeGateway(base_url="http://127.0.0.1:9", patience=Patience(1, 1, 0))
    with pytest.raises(GatewayUnavailable) as failed:
        nobody.start_payment(replace(tea, base_url="http://127.0.0.1:9"), asked())
    assert failed.value.reason == "no_answer"


def test_key_that_stripe_does_not_know_is_refused(gateway, tea):
    revoked = replace(tea, values={"secret_key": "sk_test_revoked_1"})
    assert code_of(lambda: gateway.start_payment(revoked, asked())) == "wrong_credentials"


def test_way_that_is_switched_off_at_stripe_is_refused_until_it_is_on(stand_in, gateway, tea):
    stand_in.pull(key_of(tea), "ways", alipay=False)
    request = asked(method="alipay")
    for _ in range(2):
        assert code_of(lambda: gateway.start_payment(tea, request)) == "invalid_request"
    stand_in.pull(key_of(tea), "ways", alipay=True)
    assert gateway.start_payment(tea, request).redirect_url


@pytest.mark.parametrize(
    ("currency", "amount", "charged"),
    [
        ("JPY", 500, 500),
        ("KRW", 5000, 5000),
        ("ISK", 500, 50000),
        ("UGX", 9000, 900000),
        ("HUF", 20000, 20000),
        ("TWD", 10000, 10000),
        ("KWD", 1230, 1230),
        ("MGA", 500000, 5000),
        ("CNY", 9800, 9800),
    ],
)
def test_amount_is_counted_as_stripe_counts_and_comes_back_as_ours(
    stand_in, gateway, tea, currency, amount, charged
):
    start = gateway.start_payment(tea, asked(currency=currency, amount=amount))
    assert held(stand_in, tea, start.gateway_ref)["amount_total"] == charged
    stand_in.pull(key_of(tea), "pay", id=start.gateway_ref)
    state = gateway.payment_state(tea, gateway_ref=start.gateway_ref)
    assert (state.amount, state.currency) == (amount, currency)


def test_amounts_that_stripe_cannot_charge_are_refused_before_it_is_asked(gateway, tea):
    nobody = replace(tea, base_url="http://127.0.0.1:9")
    for currency, amount, code in [
        ("KWD", 1234, "amount_not_possible"),
        ("MGA", 5001, "amount_not_possible"),
        ("USD", 49, "amount_too_small"),
        ("HKD", 399, "amount_too_small"),
        ("JPY", 49, "amount_too_small"),
    ]:
        assert (
            code_of(lambda a=amount, c=currency: gateway.start_payment(nobody, asked(amount=a, currency=c)))
            == code
        )
    assert code_of(lambda: gateway.start_payment(tea, asked(amount=100))) == "amount_too_small"
    assert code_of(lambda: gateway.start_payment(nobody, asked(method="wechat_pay", currency="THB"))) == (
        "currency_not_supported"
    )


def test_tables_of_currencies_are_those_that_stripe_publishes():
    for currency in published.ZERO_DECIMAL - {"mga"}:
        assert stripe_amount(7, currency.upper()) == 7
    for currency in published.THREE_DECIMAL:
        assert stripe_amount(70, currency.upper()) == 70
    assert {name: {one.lower() for one in found} for name, found in WALLET_CURRENCIES.items()} == (
        published.CURRENCIES_OF
    )
    assert [our_amount(amount, "ISK") for amount in (50000, -50000)] == [500, -500]


def test_wallet_is_offered_for_currencies_that_it_takes_and_a_card_for_all(gateway):
    takes = gateway.profile.takes
    for currency, wallets in (
        ("CNY", [True, True]),
        ("MYR", [False, True]),
        ("CHF", [True, False]),
        ("THB", [False] * 2),
    ):
        assert [takes("wechat_pay", currency), takes("alipay", currency)] == wallets
        assert takes("card", currency)


def test_version_that_is_sent_is_the_one_whose_types_the_sdk_carries():
    """A newer library brings newer objects: whoever updates it reads its changes and moves the version on."""
    assert stripe._api_version._ApiVersion.CURRENT == API_VERSION


def test_sdk_is_not_imported_before_it_is_used():
    code = (
        "import sys; from core.commerce.payments.gateways.registry import gateway_for;"
        " gateway_for('stripe').profile; print('stripe' in sys.modules, 'requests' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]


def test_account_below_ours_is_charged_with_our_key(stand_in, gateway, tea):
    below = stand_in.pull(key_of(tea), "open_below", transfers=True)
    acting = replace(tea, values={**tea.values, "account": below})
    start = gateway.start_payment(acting, asked())
    assert start.gateway_ref in stand_in.book(key_of(tea), below).objects
    assert code_of(lambda: gateway.payment_state(tea, gateway_ref=start.gateway_ref)) == "payment_not_found"
