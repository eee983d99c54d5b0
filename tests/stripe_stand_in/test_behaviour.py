"""The stand-in refuses what Stripe refuses: keys, ceilings, other people's accounts, declined cards, signed notices."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep

import pytest
import stripe

from core.kernel.ids import new_code
from tests.stripe_stand_in.test_shapes import ALIPAY, PAGE, WECHAT


@pytest.fixture
def key():
    return f"sk_test_{new_code(8)}"


def paid(v1, stand_in, key, **more):
    intent = v1.payment_intents.create(WECHAT | more)
    stand_in.pull(key, "pay", id=intent.id)
    return intent.id


def code_of(call, kind=stripe.StripeError):
    with pytest.raises(kind) as refused:
        call()
    return refused.value.code


def test_key_gives_the_same_answer_and_refuses_another_request(client, key):
    v1 = client(key)
    first = v1.payment_intents.create(WECHAT, {"idempotency_key": "row"})
    again = v1.payment_intents.create(WECHAT, {"idempotency_key": "row"})
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        v1.payment_intents.create(WECHAT | {"amount": 9900}, {"idempotency_key": "row"})
    assert len(v1.payment_intents.list({"limit": 100}).data) == 1


def test_key_is_forgotten_after_a_day(client, key, clock):
    v1 = client(key)
    first = v1.payment_intents.create(WECHAT, {"idempotency_key": "row"})
    clock.advance(hours=25)
    assert v1.payment_intents.create(WECHAT, {"idempotency_key": "row"}).id != first.id


def test_key_keeps_a_decline_and_a_breakdown_but_not_a_request_that_could_not_be_read(client, stand_in, key):
    v1 = client(key)
    card = {"amount": 9800, "currency": "cny", "confirm": True, "payment_method": "pm_card_chargeDeclined"}
    for _ in range(2):
        assert code_of(lambda: v1.payment_intents.create(card, {"idempotency_key": "a"})) == "card_declined"
    assert len(v1.payment_intents.list().data) == 1
    stand_in.pull(key, "fail_next", what="500", operation="payment_intents.create")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            v1.payment_intents.create(WECHAT, {"idempotency_key": "b"})
    assert len(v1.payment_intents.list().data) == 2
    assert (
        code_of(lambda: v1.payment_intents.create({"amount": 1}, {"idempotency_key": "c"}))
        == "parameter_missing"
    )
    assert v1.payment_intents.create(WECHAT, {"idempotency_key": "c"}).id


@pytest.mark.race
def test_sixteen_refunds_of_300_on_1000_become_three(client, stand_in, key):
    intent = paid(client(key), stand_in, key, amount=1000)

    def refund(_):
        try:
            return client(key).refunds.create({"payment_intent": intent, "amount": 300}).status
        except stripe.InvalidRequestError:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(refund, range(16)))
    assert (told.count("succeeded"), told.count("refused")) == (3, 13)


def test_refund_that_fails_gives_its_amount_free(client, stand_in, key):
    v1 = client(key)
    intent = paid(v1, stand_in, key, amount=1000)
    stand_in.pull(key, "next_refund", outcome="pending")
    first = v1.refunds.create({"payment_intent": intent})
    assert first.status == "pending"
    assert code_of(lambda: v1.refunds.create({"payment_intent": intent})) == "charge_already_refunded"
    stand_in.pull(key, "settle_refund", id=first.id, outcome="failed", reason="expired_or_canceled_card")
    assert v1.refunds.create({"payment_intent": intent}).status == "succeeded"
    assert v1.refunds.retrieve(first.id).failure_reason == "expired_or_canceled_card"


def test_accounts_and_modes_do_not_see_each_other(client, stand_in, key):
    intent = paid(client(key), stand_in, key)
    for other in ("sk_test_somebody", key.replace("test", "live")):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client(other).payment_intents.retrieve(intent)
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    for wrong in ("pk_test_abcdef", "sk_test_revoked"):
        with pytest.raises(stripe.AuthenticationError):
            client(wrong).payment_intents.retrieve(intent)


def test_account_header_opens_accounts_below_and_no_other(client, stand_in, key):
    below = client(key).accounts.create({"capabilities": {"transfers": {"requested": True}}}).id
    assert client(key, stripe_account=below).payment_intents.list().data == []
    with pytest.raises(stripe.PermissionError):
        client("sk_test_somebody", stripe_account=below).payment_intents.list()


def test_restricted_key_may_not_do_what_it_was_not_given(client, stand_in, key):
    stand_in.pull(key, "deny", operations=["webhook_endpoints"])
    asked = {"url": "https://tea.example/hook", "enabled_events": ["*"]}
    with pytest.raises(stripe.PermissionError):
        client(key.replace("sk_", "rk_")).webhook_endpoints.create(asked)
    assert client(key).webhook_endpoints.create(asked).secret.startswith("whsec_")


def test_money_that_cannot_be_asked_for_is_refused(client, stand_in, key):
    v1 = client(key)
    assert code_of(lambda: v1.payment_intents.create(WECHAT | {"amount": 1})) == "amount_too_small"
    assert code_of(lambda: v1.payment_intents.create(WECHAT | {"amount": 10**8})) == "amount_too_large"
    isk = {"amount": 55550, "currency": "isk"}
    assert code_of(lambda: v1.payment_intents.create(isk)) == "invalid_charge_amount"
    stand_in.pull(key, "ways", alipay=False)
    for asked in (ALIPAY, WECHAT | {"currency": "inr"}, WECHAT | {"capture_method": "manual"}):
        with pytest.raises(stripe.InvalidRequestError):
            v1.payment_intents.create(asked)


def test_paid_or_busy_intent_cannot_be_cancelled(client, stand_in, key):
    v1 = client(key)
    intent = v1.payment_intents.create(WECHAT).id
    stand_in.pull(key, "begin", id=intent)
    assert code_of(lambda: v1.payment_intents.cancel(intent)) == "payment_intent_unexpected_state"
    stand_in.pull(key, "pay", id=intent)
    assert code_of(lambda: v1.payment_intents.cancel(intent)) == "payment_intent_unexpected_state"


def test_page_expires_by_itself_and_not_after_it_was_paid(client, stand_in, key, clock):
    v1 = client(key)
    left, used = (v1.checkout.sessions.create(PAGE).id for _ in range(2))
    stand_in.pull(key, "pay", id=used)
    clock.advance(hours=25)
    assert v1.checkout.sessions.retrieve(left).status == "expired"
    assert v1.checkout.sessions.retrieve(used).status == "complete"
    with pytest.raises(stripe.InvalidRequestError):
        v1.checkout.sessions.expire(used)


def test_search_lags_behind_the_list(client, key, clock):
    v1 = client(key)
    intent = v1.payment_intents.create(WECHAT | {"metadata": {"row": "7"}}).id
    query = {"query": "metadata['row']:'7'"}
    assert v1.payment_intents.search(query).data == []
    assert [one.id for one in v1.payment_intents.list().data] == [intent]
    clock.advance(minutes=2)
    assert [one.id for one in v1.payment_intents.search(query).data] == [intent]


def test_transfers_and_reversals_have_their_ceilings(client, stand_in, key):
    v1 = client(key)
    below = v1.accounts.create({"capabilities": {"transfers": {"requested": True}}}).id
    asked = {"amount": 500, "currency": "cny", "destination": below, "transfer_group": "order"}
    assert code_of(lambda: v1.transfers.create(asked)) == "insufficient_capabilities_for_transfer"
    stand_in.pull(key, "finish_onboarding", id=below)
    assert code_of(lambda: v1.transfers.create(asked)) == "balance_insufficient"
    paid(v1, stand_in, key)
    sent = v1.transfers.create(asked)
    assert client(key, stripe_account=below).balance.retrieve().available[0].amount == 500
    v1.transfers.reversals.create(sent.id, {"amount": 300})
    with pytest.raises(stripe.InvalidRequestError):
        v1.transfers.reversals.create(sent.id, {"amount": 201})
    v1.transfers.reversals.create(sent.id, {"amount": 200})
    assert code_of(lambda: v1.transfers.reversals.create(sent.id)) == "transfer_reversed"


@pytest.mark.parametrize(
    ("fault", "acted"),
    [
        ({"what": "500"}, 1),
        ({"what": "500", "after_acting": False}, 0),
        ({"what": "429", "after_acting": False}, 0),
        ({"what": "timeout", "seconds": 5}, 1),
        ({"what": "reset"}, 1),
    ],
)
def test_bad_day_comes_before_or_after_the_act(client, stand_in, key, fault, acted):
    v1 = client(key, http_client=stripe.RequestsClient(timeout=0.5))
    stand_in.pull(key, "fail_next", operation="payment_intents.create", **fault)
    with pytest.raises((stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError)):
        v1.payment_intents.create(WECHAT)
    assert len(v1.payment_intents.list().data) == acted


class _Receiver(BaseHTTPRequestHandler):
    seen: list

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.headers["Stripe-Signature"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_notifications_are_signed_and_come_twice_where_that_was_asked(client, stand_in, key):
    seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Receiver", (_Receiver,), {"seen": seen}))
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    v1 = client(key)
    address = f"http://127.0.0.1:{server.server_port}/hook"
    secret = v1.webhook_endpoints.create(
        {"url": address, "enabled_events": ["payment_intent.succeeded"]}
    ).secret
    stand_in.deliveries.copies = 2
    intent = paid(v1, stand_in, key)
    until = monotonic() + 5
    while len(seen) < 2 and monotonic() < until:
        sleep(0.02)
    server.shutdown()
    server.server_close()
    stand_in.deliveries.copies = 1
    assert len(seen) == 2
    for header, body in seen:
        stripe.WebhookSignature.verify_header(body, header, secret, 300)
        assert json.loads(body)["data"]["object"]["id"] == intent
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(seen[0][1] + b" ", seen[0][0], secret, 300)
