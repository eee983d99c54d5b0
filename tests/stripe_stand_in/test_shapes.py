"""The stand-in speaks as Stripe's published description says: the SDK's own types are held against it."""

import json

import pytest
import stripe

from core.kernel.ids import new_code
from tests.stripe_stand_in.api import OPERATIONS
from tests.stripe_stand_in.books import API_VERSION
from tests.stripe_stand_in.typed import object_problems

PAGE = {
    "mode": "payment",
    "line_items": [
        {
            "quantity": 2,
            "price_data": {"currency": "cny", "unit_amount": 4900, "product_data": {"name": "龙井"}},
        }
    ],
    "success_url": "http://tea.localhost/back",
    "payment_intent_data": {"metadata": {"row": "1"}},
    "locale": "zh",
}
WECHAT = {
    "amount": 9800,
    "currency": "cny",
    "confirm": True,
    "payment_method_data": {"type": "wechat_pay"},
    "payment_method_options": {"wechat_pay": {"client": "web"}},
}
ALIPAY = {
    "amount": 9800,
    "currency": "cny",
    "confirm": True,
    "payment_method_data": {"type": "alipay"},
    "return_url": "http://tea.localhost/back",
}


def raw(found):
    """What was on the wire."""
    return json.loads(str(found.last_response.body))


def assert_like(found, cls):
    assert list(object_problems(raw(found), cls, cls.__name__)) == []


def test_api_version_is_the_one_of_the_sdk():
    assert stripe._api_version._ApiVersion.CURRENT == API_VERSION


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
def test_operation_exists_in_the_sdk(one, client):
    place = client()
    for step in one.name.split("."):
        place = getattr(place, step)
    assert callable(place)


def test_objects_of_payments_have_the_fields_and_words_of_stripe(client, stand_in):
    key = f"sk_test_{new_code(8)}"
    v1 = client(key)
    shown = v1.payment_intents.create(WECHAT)
    assert_like(shown, stripe.PaymentIntent)
    assert shown.next_action.type == "wechat_pay_display_qr_code"
    redirected = v1.payment_intents.create(ALIPAY)
    assert_like(redirected, stripe.PaymentIntent)
    stand_in.pull(key, "decline", id=redirected.id, code="payment_intent_payment_attempt_failed")
    assert_like(v1.payment_intents.retrieve(redirected.id), stripe.PaymentIntent)
    page = v1.checkout.sessions.create(PAGE)
    assert_like(page, stripe.checkout.Session)
    stand_in.pull(key, "decline", id=page.id, code="insufficient_funds")
    stand_in.pull(key, "pay", id=page.id)
    stand_in.pull(key, "pay", id=shown.id)
    paid = v1.checkout.sessions.retrieve(
        page.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    assert_like(paid, stripe.checkout.Session)
    assert paid.payment_intent.latest_charge.balance_transaction.amount == 9800
    assert_like(v1.refunds.create({"payment_intent": shown.id, "amount": 100}), stripe.Refund)
    opened = stand_in.pull(key, "dispute", id=page.id)
    assert_like(v1.disputes.retrieve(opened), stripe.Dispute)
    moves = raw(v1.balance_transactions.list({"limit": 100, "expand": ["data.source"]}))["data"]
    assert len(moves) == 4
    assert [list(object_problems(one, stripe.BalanceTransaction)) for one in moves] == [[]] * 4
    assert_like(v1.balance.retrieve(), stripe.Balance)
    told = raw(v1.events.list({"limit": 100}))["data"]
    assert [list(object_problems(one, stripe.Event)) for one in told] == [[]] * len(told)
    assert {one["type"] for one in told} >= {"checkout.session.completed", "charge.dispute.created"}
    assert [list(object_problems(one["data"]["object"], _class_of(one))) for one in told] == [[]] * len(told)


def _class_of(event):
    kinds = {
        "payment_intent": stripe.PaymentIntent,
        "charge": stripe.Charge,
        "refund": stripe.Refund,
        "dispute": stripe.Dispute,
        "checkout.session": stripe.checkout.Session,
    }
    return kinds[event["data"]["object"]["object"]]


def test_objects_of_connect_have_the_fields_and_words_of_stripe(client, stand_in):
    key = f"sk_test_{new_code(8)}"
    v1 = client(key)
    assert_like(v1.accounts.retrieve_current(), stripe.Account)
    ways = raw(v1.payment_method_configurations.list())["data"][0]
    assert list(object_problems(ways, stripe.PaymentMethodConfiguration)) == []
    below = v1.accounts.create({"country": "HK", "capabilities": {"transfers": {"requested": True}}})
    assert_like(below, stripe.Account)
    link = {
        "account": below.id,
        "type": "account_onboarding",
        "return_url": "http://a/",
        "refresh_url": "http://a/",
    }
    assert_like(v1.account_links.create(link), stripe.AccountLink)
    stand_in.pull(key, "finish_onboarding", id=below.id)
    page = v1.checkout.sessions.create(PAGE)
    stand_in.pull(key, "pay", id=page.id)
    sent = v1.transfers.create({"amount": 500, "currency": "cny", "destination": below.id})
    assert_like(sent, stripe.Transfer)
    assert_like(v1.transfers.reversals.create(sent.id, {"amount": 200}), stripe.TransferReversal)
    assert_like(v1.transfers.retrieve(sent.id), stripe.Transfer)
    endpoint = {"url": "http://127.0.0.1:9/hook", "enabled_events": ["payment_intent.succeeded"]}
    assert_like(v1.webhook_endpoints.create(endpoint), stripe.WebhookEndpoint)


def test_invented_field_missing_field_and_wrong_word_are_noticed():
    """The check that the others rely on can fail."""
    refund = {
        "id": "re_1",
        "object": "refund",
        "amount": "5",
        "currency": "cny",
        "created": 1,
        "colour": "red",
    }
    problems = list(object_problems(refund | {"reason": "because"}, stripe.Refund))
    assert [problem.split(":")[0] for problem in problems] == [".colour", ".amount", ".reason"]
    del refund["created"]
    assert ".created: missing" in list(object_problems(refund, stripe.Refund))


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"colour": "red"}, "colour"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"capture_method": "later"}, "capture_method"),
        ({"amount": "much"}, "amount"),
        (
            {"payment_method_options": {"wechat_pay": {"client": "fax"}}},
            "payment_method_options[wechat_pay][client]",
        ),
    ],
)
def test_request_that_stripe_does_not_describe_is_refused(client, change, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client().payment_intents.create(WECHAT | change)
    assert refused.value.param == param
