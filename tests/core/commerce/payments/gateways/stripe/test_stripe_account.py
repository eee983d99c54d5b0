"""What a merchant is told about an account at Stripe, its webhook, and its movements for reconciliation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.commerce.payments.gateways.interface import GatewayRefused, RegistersNotifications
from core.commerce.payments.gateways.stripe.notices import EVENTS
from core.kernel import clock as kernel_clock
from tests.core.commerce.payments.gateways.stripe.at_stand_in import asked, back, key_of, stripe_account


def code_of(call):
    with pytest.raises(GatewayRefused) as refused:
        call()
    return refused.value.failure_code


def words(facts):
    return " | ".join(facts.problems)


def test_account_that_is_whole_has_its_name_its_ways_and_no_problem(stand_in, gateway, tea):
    facts = gateway.check_credentials(tea)
    assert facts.mode == "test"
    assert facts.name == f"{stand_in.book(key_of(tea)).account['id']} · HK"
    assert facts.ready_methods == ("card", "wechat_pay", "alipay")
    assert facts.problems == ()


def test_account_that_is_not_whole_says_what_is_missing_in_words(stand_in, gateway, tea):
    key = key_of(tea)
    stand_in.pull(key, "ways", wechat_pay=False)
    stand_in.pull(key, "account", payouts_enabled=False, requirements={"currently_due": ["external_account"]})
    facts = gateway.check_credentials(replace(tea, values={"secret_key": key}))
    assert facts.ready_methods == ("card", "alipay")
    for part in ("WeChat Pay is switched off", "asks for more", "add your bank account", "does not report"):
        assert part in words(facts)
    stand_in.pull(key, "account", charges_enabled=False)
    facts = gateway.check_credentials(tea)
    assert facts.ready_methods == ()
    assert "finish its activation" in words(facts)


def test_key_of_the_other_mode_or_of_another_kind_is_refused_without_asking(gateway, tea):
    nowhere = replace(tea, base_url="http://127.0.0.1:9")
    live = replace(nowhere, mode="live")
    assert code_of(lambda: gateway.check_credentials(live)) == "wrong_mode"
    for key in ("pk_test_abcdef", "", "sk_test_", "whsec_abc", "sk_test_a b"):
        wrong = replace(nowhere, values={"secret_key": key})
        assert code_of(lambda w=wrong: gateway.check_credentials(w)) == "wrong_credentials"
    revoked = replace(tea, values={"secret_key": "sk_test_revoked"})
    assert code_of(lambda: gateway.check_credentials(revoked)) == "wrong_credentials"


def test_restricted_key_is_enough_and_what_it_may_not_do_is_said(stand_in, gateway, tea):
    restricted = replace(tea, values={**tea.values, "secret_key": key_of(tea).replace("sk_", "rk_")})
    assert gateway.check_credentials(restricted).problems == ()
    stand_in.pull(
        key_of(tea), "deny", operations=["accounts", "payment_method_configurations", "webhook_endpoints"]
    )
    facts = gateway.check_credentials(restricted)
    assert facts.ready_methods == ("card", "wechat_pay", "alipay")
    assert "may not read the account" in words(facts)
    assert "may not read the payment methods" in words(facts)
    refused = code_of(lambda: gateway.register_notifications(restricted, "https://tea.example/hook"))
    assert refused == "not_permitted"
    assert gateway.start_payment(restricted, asked()).redirect_url


def test_webhook_is_set_up_with_the_key_and_replaces_our_own_older_one(stand_in, gateway, tea):
    assert isinstance(gateway, RegistersNotifications)
    address = "https://tea.example/webhooks/tea/payments/stripe"
    secrets = [gateway.register_notifications(tea, address)["webhook_secret"] for _ in range(2)]
    with stand_in.parts.lock:
        found = list(stand_in.book(key_of(tea)).all_of("we"))
    assert [(one["url"], one["secret"]) for one in found] == [(address, secrets[1])]
    assert set(found[0]["enabled_events"]) == set(EVENTS)
    assert (
        code_of(lambda: gateway.register_notifications(tea, "http://tea.localhost:8000/x")) == "url_invalid"
    )


def test_movements_are_told_with_our_rows_their_fees_and_both_sides_of_a_failed_refund(
    stand_in, gateway, tea, home
):
    begin = kernel_clock.now() - timedelta(seconds=2)
    card, wallet = asked(), asked(method="wechat_pay", amount=1000)
    names = [gateway.start_payment(tea, one).gateway_ref for one in (card, wallet)]
    for name in names:
        stand_in.pull(key_of(tea), "pay", id=name)
    good, bad = back(names[0], 300), back(names[1], 200)
    gateway.refund(tea, good)
    stand_in.pull(key_of(tea), "next_refund", outcome="lost_or_stolen_card")
    gateway.refund(tea, bad)
    opened = stand_in.pull(key_of(tea), "dispute", id=names[0])
    end = kernel_clock.now() + timedelta(seconds=2)
    moved = list(gateway.transactions(tea, begin, end))
    assert [(one.kind, one.amount, one.reference) for one in reversed(moved)] == [
        ("payment", 9800, card.reference),
        ("payment", 1000, wallet.reference),
        ("refund", -300, good.reference),
        ("refund", -200, bad.reference),
        ("refund", 200, bad.reference),
        ("dispute", -9800, card.reference),
    ]
    assert [one.fee for one in reversed(moved)] == [568, 269, 0, 0, 0, 8500]
    assert moved[0].dispute.gateway_ref == opened
    assert list(gateway.transactions(home, begin, end)) == []
    assert list(gateway.transactions(tea, end, end + timedelta(days=1))) == []


def test_movements_of_an_account_in_another_currency_are_told_in_the_buyers(stand_in, gateway, tea):
    stand_in.pull(key_of(tea), "settles_in", currency="hkd", rate=1.0931)
    name = gateway.start_payment(tea, asked()).gateway_ref
    stand_in.pull(key_of(tea), "pay", id=name)
    gateway.refund(tea, back(name, 300))
    begin = kernel_clock.now() - timedelta(minutes=1)
    refund, payment = gateway.transactions(tea, begin, begin + timedelta(minutes=2))
    assert (payment.amount, payment.currency, payment.fee) == (9800, "CNY", 568)
    assert (refund.amount, refund.currency, refund.fee) == (-300, "CNY", 0)


def test_more_movements_than_a_page_are_all_told(stand_in, gateway):
    many = stripe_account(stand_in, "many_movements")
    name = gateway.start_payment(many, asked(method="alipay")).gateway_ref
    stand_in.pull(key_of(many), "pay", id=name)
    for _ in range(101):
        stand_in.pull(key_of(many), "dispute", id=name, amount=10)
    begin = kernel_clock.now() - timedelta(minutes=1)
    assert len(list(gateway.transactions(many, begin, begin + timedelta(minutes=2)))) == 102


def test_credentials_never_show_their_secrets(tea):
    assert key_of(tea) not in repr(tea)
