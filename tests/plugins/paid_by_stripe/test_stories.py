"""What happens to payments through Stripe that do not go as they should: late, lost, forged, declined, disputed."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.commerce.orders.models import OrderEntry
from core.commerce.payments.actions.reconcile import compare_day, today
from core.commerce.payments.actions.refund import cancel_order, retry_refund
from core.commerce.payments.gateways.interface import GatewayUnavailable
from core.commerce.payments.models import Difference, Dispute, GatewayNotice, Reconciliation
from core.jobs import sweeps
from core.kernel.clock import now
from core.kernel.db import reading, session
from core.testing.jobs import run_due_jobs
from core.testing.races import race
from tests.stripe_stand_in import signed


@pytest.fixture
def order_id(stripe_shop, buyer, tea):
    return buyer().order([(tea.variant_id, 1)]).order_id


def notices():
    with reading():
        return session().scalar(select(func.count()).select_from(GatewayNotice))


def timeline(order_id):
    with reading():
        return session().scalars(select(OrderEntry.kind).where(OrderEntry.order_id == order_id)).all()


def disputes(order_id):
    with reading():
        wanted = select(Dispute).where(Dispute.order_id == order_id).execution_options(populate_existing=True)
        return session().scalars(wanted).all()


def comparison(made_id):
    with reading():
        return session().scalars(select(Reconciliation).where(Reconciliation.id == made_id)).one()


def held(shop, name):
    with shop.stand_in.parts.lock:
        return shop.stand_in.book(shop.key).objects[name]


def test_declined_card_and_then_a_code_to_scan_is_one_charge(stripe_shop, order_id):
    card = stripe_shop.start(order_id, "card")
    stripe_shop.pull("decline", id=card.gateway_ref)
    stripe_shop.webhook()
    run_due_jobs()
    assert stripe_shop.order(order_id).financial == "unpaid"
    scan = stripe_shop.start(order_id, "wechat_pay")
    assert held(stripe_shop, card.gateway_ref)["status"] == "expired"
    stripe_shop.pull("pay", id=scan.gateway_ref)
    stripe_shop.webhook(newest_first=True)
    run_due_jobs()
    assert stripe_shop.order(order_id).financial == "paid"
    assert [one.state for one in stripe_shop.payments(order_id)] == ["cancelled", "captured"]
    assert len(stripe_shop.charges()) == 1


def test_card_that_was_paid_before_another_way_was_chosen_wins(stripe_shop, order_id):
    card = stripe_shop.start(order_id, "card")
    stripe_shop.pull("pay", id=card.gateway_ref)
    after = stripe_shop.start(order_id, "alipay")
    assert (after.id, after.state) == (card.id, "captured")
    assert stripe_shop.order(order_id).financial == "paid"
    assert len(stripe_shop.charges()) == 1


def test_buyer_who_turns_back_at_stripe_is_offered_the_ways_to_pay_at_once(stripe_shop, order_id):
    payment = stripe_shop.start(order_id, "card")
    assert "正在等付款结果" in stripe_shop.come_back(order_id).text
    page = stripe_shop.come_back(order_id, left=True)
    assert page.path == f"/orders/{stripe_shop.order(order_id).code}/pay"
    assert all(word in page.text for word in ("银行卡", "微信支付", "支付宝"))
    assert stripe_shop.start(order_id, "card").redirect_url == payment.redirect_url
    stripe_shop.pull("pay", id=payment.gateway_ref)
    assert "已付款" in stripe_shop.come_back(order_id, left=True).text


def test_wallet_that_says_no_can_be_tried_again(stripe_shop, order_id):
    first = stripe_shop.start(order_id, "alipay")
    stripe_shop.pull("decline", id=first.gateway_ref, code="payment_intent_payment_attempt_failed")
    page = stripe_shop.come_back(order_id)
    assert "这次没有付成" in page.text
    again = stripe_shop.start(order_id, "alipay")
    assert again.id != first.id
    stripe_shop.pull("pay", id=again.gateway_ref)
    assert "已付款" in stripe_shop.come_back(order_id).text


def test_payment_that_succeeds_after_the_order_closed_comes_back_by_itself(stripe_shop, order_id, clock):
    payment = stripe_shop.start(order_id, "card")
    stripe_shop.pull("begin", id=payment.gateway_ref)
    clock.advance(minutes=31)
    run_due_jobs()
    assert stripe_shop.order(order_id).lifecycle == "cancelled"
    stripe_shop.pull("pay", id=payment.gateway_ref)
    stripe_shop.webhook()
    run_due_jobs()
    assert [(one.cause, one.state) for one in stripe_shop.refunds(order_id)] == [("surplus", "done")]
    assert (len(stripe_shop.charges()), stripe_shop.balance()) == (1, 0)


def test_late_success_is_found_without_any_notification(stripe_shop, order_id, clock):
    payment = stripe_shop.start(order_id, "wechat_pay")
    stripe_shop.pull(
        "fail_next", what="500", operation="payment_intents.cancel", times=50, after_acting=False
    )
    stripe_shop.pull(
        "fail_next", what="429", operation="payment_intents.retrieve", times=50, after_acting=False
    )
    clock.advance(minutes=31)
    run_due_jobs()
    assert stripe_shop.order(order_id).lifecycle == "cancelled"
    stripe_shop.pull("pay", id=payment.gateway_ref)
    stripe_shop.pull("behave")
    for _ in range(2):
        sweeps.sweep_shop("open_payments")
        run_due_jobs()
    assert [one.state for one in stripe_shop.refunds(order_id)] == ["done"]
    assert stripe_shop.balance() == 0


@pytest.mark.parametrize("what", ["500", "429", "reset"])
def test_storm_keeps_the_order_open_and_ends_with_one_payment(stripe_shop, order_id, what):
    stripe_shop.pull("fail_next", what=what, times=4, after_acting=what == "reset")
    for _ in range(4):
        with pytest.raises(GatewayUnavailable):
            stripe_shop.start(order_id, "card")
    payment = stripe_shop.start(order_id, "card")
    stripe_shop.pull("pay", id=payment.gateway_ref)
    stripe_shop.pull("fail_next", what=what, times=3, after_acting=False)
    stripe_shop.webhook("payment_intent.succeeded", times=3)
    run_due_jobs()
    stripe_shop.pull("behave")
    sweeps.sweep_shop("open_payments")
    assert stripe_shop.come_back(order_id).status == 200
    assert stripe_shop.order(order_id).financial == "paid"
    assert len(stripe_shop.charges()) == 1


def test_forged_stale_and_foreign_notifications_change_nothing(stripe_shop, order_id):
    payment = stripe_shop.start(order_id, "card")
    stripe_shop.pull("pay", id=payment.gateway_ref)
    kind = "payment_intent.succeeded"
    assert stripe_shop.webhook(kind, secret="whsec_somebody") == [400]
    assert stripe_shop.webhook(kind, at=int(now().timestamp()) - 3600) == [400]
    headers, body = stripe_shop.stand_in.notification(stripe_shop.key, kind, "whsec_tea")
    assert stripe_shop.post(headers, body.replace(b"26800", b"1")) in (200, 400)
    assert stripe_shop.post(headers, body + b" ") == 400
    assert stripe_shop.post({}, body) == 400
    before = notices()
    run_due_jobs()
    assert before <= 1
    assert stripe_shop.webhook(kind, times=5) == [200] * 5
    assert notices() == 1


@pytest.mark.race
def test_twenty_equal_notifications_at_once_are_one(stripe_shop, order_id):
    payment = stripe_shop.start(order_id, "wechat_pay")
    stripe_shop.pull("pay", id=payment.gateway_ref)
    headers, body = stripe_shop.stand_in.notification(
        stripe_shop.key, "payment_intent.succeeded", "whsec_tea"
    )
    done = race([lambda: stripe_shop.post(headers, body)] * 20)
    assert [one.value for one in done] == [200] * 20
    assert notices() == 1
    run_due_jobs()
    assert stripe_shop.order(order_id).financial == "paid"
    assert timeline(order_id).count("paid") == 1


def test_notification_that_says_paid_is_not_believed_but_looked_into(stripe_shop, order_id):
    """Signed with the right secret, and still only a reason to ask."""
    payment = stripe_shop.start(order_id, "alipay")
    event = stripe_shop.stand_in.events(stripe_shop.key, "payment_intent.requires_action")[-1]
    lie = event | {"type": "payment_intent.succeeded", "id": "evt_lie"}
    assert stripe_shop.post(*signed(lie, "whsec_tea")) == 200
    run_due_jobs()
    assert stripe_shop.order(order_id).financial == "unpaid"
    assert stripe_shop.payment(payment.id).state == "pending"


def test_refund_that_stripe_refuses_waits_for_a_person_who_tries_again(stripe_shop, order_id):
    payment = stripe_shop.start(order_id, "card")
    stripe_shop.pull("pay", id=payment.gateway_ref)
    stripe_shop.come_back(order_id)
    opened = stripe_shop.pull("dispute", id=payment.gateway_ref)
    cancel_order(order_id=order_id)
    run_due_jobs()
    (refund,) = stripe_shop.refunds(order_id)
    assert (refund.state, refund.failure_code) == ("failed", "charge_disputed")
    assert "refund_failed" in timeline(order_id)
    stripe_shop.pull("close_dispute", id=opened, outcome="won")
    held(stripe_shop, stripe_shop.charges()[0]["id"])["disputed"] = False
    retry_refund(refund_id=refund.id)
    run_due_jobs()
    assert [one.state for one in stripe_shop.refunds(order_id)] == ["done"]
    assert stripe_shop.balance() == 0


def test_pending_refund_is_followed_until_it_is_done(stripe_shop, order_id, clock):
    payment = stripe_shop.start(order_id, "alipay")
    stripe_shop.pull("pay", id=payment.gateway_ref)
    stripe_shop.come_back(order_id)
    stripe_shop.pull("next_refund", outcome="pending")
    cancel_order(order_id=order_id)
    run_due_jobs()
    (refund,) = stripe_shop.refunds(order_id)
    assert refund.state == "sent"
    with stripe_shop.stand_in.parts.lock:
        (made,) = stripe_shop.stand_in.book(stripe_shop.key).all_of("re")
    stripe_shop.pull("settle_refund", id=made["id"])
    assert set(stripe_shop.webhook("refund.updated", times=2)) == {200}
    run_due_jobs()
    assert stripe_shop.refunds(order_id)[0].state == "done"


def test_shop_without_a_code_to_scan_inside_wechat_offers_a_card(stripe_shop, order_id):
    payment = stripe_shop.start(order_id, "wechat_pay", device="wechat")
    assert payment.method == "card"


@pytest.mark.parametrize("way", ["card", "alipay"])
def test_dispute_stands_on_its_order_whoever_tells_of_it_first_and_how_often(stripe_shop, order_id, way):
    payment = stripe_shop.start(order_id, way)
    stripe_shop.pull("pay", id=payment.gateway_ref)
    stripe_shop.come_back(order_id)
    opened = stripe_shop.pull("dispute", id=payment.gateway_ref, reason="product_not_received")
    assert set(stripe_shop.webhook("charge.dispute.created", times=3)) == {200}
    (dispute,) = disputes(order_id)
    assert (dispute.gateway_ref, dispute.status, dispute.reason) == (
        opened,
        "needs_response",
        "product_not_received",
    )
    assert dispute.amount_minor == stripe_shop.order(order_id).total_minor
    stripe_shop.pull("close_dispute", id=opened, outcome="lost")
    stripe_shop.webhook("charge.dispute.closed")
    stripe_shop.webhook("charge.dispute.created", at=int(now().timestamp()) + 1)
    assert [one.status for one in disputes(order_id)] == ["lost"]
    assert timeline(order_id).count("dispute") == 2


def test_day_through_stripe_is_explained_and_what_was_done_in_its_dashboard_is_work(
    stripe_shop, buyer, tea, clock, run_jobs
):
    ids = [buyer().order([(tea.variant_id, 1)]).order_id for _ in range(3)]
    for order_id, way in zip(ids, ("card", "wechat_pay", "alipay"), strict=True):
        stripe_shop.pull("pay", id=stripe_shop.start(order_id, way).gateway_ref)
        stripe_shop.come_back(order_id)
    cancel_order(order_id=ids[0])
    run_due_jobs()
    opened = stripe_shop.pull("dispute", id=stripe_shop.payments(ids[1])[0].gateway_ref)
    clock.advance(days=1)
    day = today() - timedelta(days=1)
    compared = comparison(compare_day(gateway="stripe", mode="test", day=day))
    assert (compared.movements, compared.matched, compared.trouble) == (5, 5, "")
    assert compared.fees_minor == 3 * (14_000 * 34 // 1000 + 235) + 8_500
    # Nobody had told us of the dispute; the comparison did.
    assert [one.gateway_ref for one in disputes(ids[1])] == [opened]
    stripe_shop.pull("by_hand", id=stripe_shop.payments(ids[2])[0].gateway_ref, amount=500)
    clock.advance(days=1)
    compared = comparison(compare_day(gateway="stripe", mode="test", day=today() - timedelta(days=1)))
    assert (compared.movements, compared.matched) == (1, 0)
    with reading():
        (difference,) = session().scalars(select(Difference)).all()
    assert (difference.what, difference.subject, difference.theirs_minor) == ("missing_here", "refund", -500)
