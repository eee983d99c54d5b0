"""A merchant types one key: Stripe proves it, is told where to report, and the first buyer pays."""

import pytest

from core.commerce.payments.account_queries import accounts
from core.commerce.payments.accounts import gateway_account, notify_url
from core.commerce.payments.actions.accounts import save_account, switch_account
from core.commerce.payments.gateways.registry import register_gateway
from core.commerce.payments.gateways.stripe.gateway import StripeGateway
from core.commerce.payments.gateways.stripe.sdk import Patience
from core.kernel.db import reading
from core.kernel.errors import InputRefused
from core.kernel.ids import new_code
from core.testing.jobs import run_due_jobs
from tests.stripe_stand_in import signed


@pytest.fixture
def at_stripe(stand_in, in_shop):
    """A shop that has no account yet; the gateway talks to the stand-in."""
    register_gateway(StripeGateway(base_url=stand_in.base_url, patience=Patience(5, 5, 0)))
    yield f"sk_test_{new_code(8)}"
    register_gateway(StripeGateway())


def endpoints(stand_in, key):
    with stand_in.parts.lock:
        return [(one["url"], one["secret"]) for one in stand_in.book(key).all_of("we")]


def account():
    with reading():
        return next((one for one in accounts() if one.gateway == "stripe"), None)


def save(key, **more):
    mine = account()
    return save_account(
        gateway="stripe", mode="test", typed={"secret_key": key, **more}, version=mine.version if mine else 0
    )


@pytest.fixture
def reachable(monkeypatch):
    """The shop has an address that Stripe can reach."""
    address = "https://tea.example/webhooks/tea/payments/stripe"
    monkeypatch.setattr("core.commerce.payments.actions.accounts.notify_url", lambda gateway: address)
    return address


def test_one_key_is_enough_to_be_paid(stand_in, at_stripe, reachable, buyer, stripe_shop_of):
    shop = stripe_shop_of(at_stripe)
    account_id = save(at_stripe)
    ((url, secret),) = endpoints(stand_in, at_stripe)
    assert url == reachable
    assert gateway_account("stripe").credentials.values == {"secret_key": at_stripe, "webhook_secret": secret}
    mine = account()
    assert (mine.problems, set(mine.ready_methods)) == ((), {"card", "wechat_pay", "alipay"})
    switch_account(account_id=account_id, on=True)
    order_id = buyer().order([(shop.goods(), 1)]).order_id
    payment = shop.start(order_id, "card")
    shop.pull("pay", id=payment.gateway_ref)
    event = stand_in.events(at_stripe, "checkout.session.completed")[-1]
    assert shop.post(*signed(event, secret)) == 200
    run_due_jobs()
    assert shop.order(order_id).financial == "paid"


def test_webhook_is_set_up_once_and_again_for_a_new_key(stand_in, at_stripe, reachable):
    save(at_stripe)
    first = endpoints(stand_in, at_stripe)
    save("")
    assert endpoints(stand_in, at_stripe) == first
    restricted = at_stripe.replace("sk_", "rk_")
    save(restricted)
    assert len(endpoints(stand_in, at_stripe)) == 1
    assert endpoints(stand_in, at_stripe) != first


def test_secret_that_was_typed_by_hand_stays(stand_in, at_stripe, reachable):
    save(at_stripe, webhook_secret="whsec_made_by_hand_1234")
    assert endpoints(stand_in, at_stripe) == []
    assert gateway_account("stripe").credentials.values["webhook_secret"] == "whsec_made_by_hand_1234"


def test_address_that_stripe_cannot_reach_and_a_key_that_may_not_are_no_obstacle(stand_in, at_stripe):
    assert "localhost" in notify_url("stripe")
    save(at_stripe)
    assert endpoints(stand_in, at_stripe) == []
    mine = account()
    assert any("does not report" in one for one in mine.problems)
    assert mine.ready_methods


@pytest.mark.parametrize("key", ["sk_test_revoked", "pk_test_abcdef", "sk_live_abcdef"])
def test_wrong_key_is_refused_at_its_field_and_nothing_is_kept(at_stripe, key):
    with pytest.raises(InputRefused) as refused:
        save(key)
    assert "secret_key" in str(refused.value.__dict__)
    assert account() is None
