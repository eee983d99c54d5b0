"""Integration: notifications are signed, repeated, kept, and arrive as untidily as a test asks for.

`shop` is a server that stands for the merchant's, and hears what the gateway sends.
"""

import socket
from datetime import timedelta

import pytest

from core.commerce.payments.gateways.interface import NotificationRefused
from core.testing.gateway import in_thread
from core.testing.gateway.notifier import RetryPlan


def test_capture_is_notified_with_the_signature_of_that_account(merchant, other_merchant, shop):
    start = merchant.paid()
    (heard,) = shop.wait_for(1)
    notification = heard.read(merchant.credentials)
    assert (notification.kind, notification.gateway_ref) == ("payment.captured", start.gateway_ref)
    with pytest.raises(NotificationRefused) as refused:
        heard.read(other_merchant.credentials)
    assert refused.value.reason == "wrong_signature"


def test_secret_at_the_service_is_the_one_that_the_client_derives(merchant):
    assert merchant.get("/v1/account")["notification_secret"] == merchant.credentials.notification_secret


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ("succeed", "payment.captured"),
        ("decline", "payment.failed"),
        ("never_returns", "payment.captured"),
    ],
)
def test_each_end_is_notified_once(merchant, shop, choice, kind):
    merchant.paid(choice)
    shop.wait_for(1)
    assert shop.nothing_more()
    assert shop.kinds == [kind]


def test_cancellation_is_notified(merchant, shop):
    merchant.cancel(merchant.start())
    shop.wait_for(1)
    assert shop.kinds == ["payment.cancelled"]


def test_expiry_is_notified_without_anybody_asking(merchant, shop, clock):
    merchant.start()
    clock.advance(minutes=16)
    shop.wait_for(1)
    assert shop.kinds == ["payment.cancelled"]


def test_slow_payment_is_notified_as_processing_and_then_as_captured(merchant, shop):
    merchant.paid("slow")
    shop.wait_for(2)
    assert shop.kinds == ["payment.processing", "payment.captured"]


def test_twice_means_one_event_double_and_an_older_one_last(merchant, shop):
    merchant.paid("twice")
    heard = shop.wait_for(3)
    assert shop.nothing_more()
    captured = [one for one in heard if one.kind == "payment.captured"]
    (stale,) = [one for one in heard if one.kind == "payment.processing"]
    assert [one.event_id for one in captured] == [captured[0].event_id] * 2
    assert heard.index(stale) > heard.index(captured[0])
    earlier, later = stale.read(merchant.credentials), captured[0].read(merchant.credentials)
    assert earlier.occurred_at < later.occurred_at


def test_notification_is_repeated_until_it_is_taken(merchant, shop):
    shop.answers = [500, 302, 0, 404]
    merchant.paid()
    heard = shop.wait_for(5)
    assert shop.nothing_more()
    assert len({one.event_id for one in heard}) == 1
    (sent,) = merchant.sent()
    assert (sent["state"], sent["attempts"], sent["last_answer"]) == ("delivered", 5, "200")


def test_each_attempt_is_signed_with_its_own_time(merchant, shop, clock):
    clock.freeze()
    shop.answers = [500]
    merchant.paid()
    shop.wait_for(1)
    assert shop.nothing_more()
    clock.advance(minutes=10)
    first, second = shop.wait_for(2)
    with pytest.raises(NotificationRefused) as refused:
        first.read(merchant.credentials)
    assert refused.value.reason == "stale"
    assert second.read(merchant.credentials).kind == "payment.captured"


def test_notification_that_nobody_takes_is_given_up(shop, merchant_at):
    with in_thread(retries=RetryPlan(first_pause=0.01, attempts=3)) as running:
        merchant = merchant_at(running, shop)
        shop.answers = [500] * 10
        merchant.paid()
        shop.wait_for(3)
        assert shop.nothing_more()
        (sent,) = merchant.sent()
        assert (sent["state"], sent["attempts"]) == ("given_up", 3)


def test_pauses_grow_up_to_five_minutes():
    plan = RetryPlan()
    assert [plan.pause_after(n) for n in (1, 2, 3, 9, 10, 14)] == [1, 2, 4, 256, 300, 300]


def test_shop_that_hangs_does_not_hold_up_the_others(merchant, other_merchant, shop):
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()
        merchant.start(notify_url=f"http://127.0.0.1:{hanging.getsockname()[1]}/")
        stuck = merchant.start(notify_url=f"http://127.0.0.1:{hanging.getsockname()[1]}/")
        merchant.press(stuck, "succeed")
        hanging.settimeout(5)
        connection, _ = hanging.accept()
        other_merchant.paid()
        shop.wait_for(1, seconds=3)
        connection.close()


def test_delayed_notification_waits_for_the_clock(merchant, shop, clock):
    merchant.control(next="notify_late", seconds=3600)
    merchant.paid()
    assert shop.nothing_more()
    clock.advance(hours=1)
    shop.wait_for(1)
    assert shop.kinds == ["payment.captured"]


def test_twenty_copies_are_one_event(merchant, shop):
    merchant.control(next="notify_copies", copies=20)
    merchant.paid()
    heard = shop.wait_for(20)
    assert shop.nothing_more()
    assert len({one.event_id for one in heard}) == 1


def test_copies_are_on_their_way_at_the_same_moment(merchant, shop):
    shop.answers = [-1] * 5
    merchant.control(next="notify_copies", copies=5)
    merchant.paid()
    assert len(shop.wait_for(5)) == 5
    shop.released.set()


def test_later_news_of_a_payment_waits_for_the_earlier(merchant, shop):
    shop.answers = [-1]
    start = merchant.paid("late", delay="")
    shop.wait_for(1)
    merchant.press(start, "pay_now")
    assert shop.nothing_more()
    shop.released.set()
    shop.wait_for(2)
    assert shop.kinds == ["payment.processing", "payment.captured"]


def test_held_notifications_are_released_newest_first(merchant, shop):
    merchant.control(hold_notifications=True, newest_first=True)
    start = merchant.paid("late", delay="")
    merchant.press(start, "pay_now")
    assert shop.nothing_more()
    merchant.control(hold_notifications=False)
    shop.wait_for(2)
    assert shop.kinds == ["payment.captured", "payment.processing"]


def test_holding_back_one_account_leaves_the_others_alone(merchant, other_merchant, shop):
    merchant.control(hold_notifications=True)
    merchant.paid()
    other_merchant.paid()
    (heard,) = shop.wait_for(1)
    assert shop.nothing_more()
    assert heard.read(other_merchant.credentials).kind == "payment.captured"


def test_refund_is_notified_with_our_refund_row(merchant, shop):
    start = merchant.paid()
    state = merchant.refund(start, reference="refund-row")
    notification = shop.wait_for(2)[1].read(merchant.credentials)
    assert (notification.kind, notification.reference, notification.gateway_ref) == (
        "refund.done",
        "refund-row",
        state.gateway_ref,
    )


def test_pending_refund_is_notified_when_it_is_done(merchant, shop, clock):
    start = merchant.paid()
    merchant.control(next="refund_pending", seconds=600)
    assert merchant.refund(start, reference="row").status == "pending"
    shop.wait_for(1)
    assert shop.nothing_more()
    clock.advance(minutes=10)
    shop.wait_for(2)
    assert shop.kinds == ["payment.captured", "refund.done"]
    assert merchant.refund(start, reference="row").status == "done"


def test_refund_that_fails_late_may_be_asked_for_again(merchant, shop, clock):
    start = merchant.paid()
    merchant.control(next="refund_fails_late", seconds=600)
    assert merchant.refund(start, 1000, "row").status == "pending"
    clock.advance(minutes=10)
    shop.wait_for(2)
    assert shop.kinds == ["payment.captured", "refund.failed"]
    assert merchant.refund(start, 1000, "row").status == "done"


def test_restart_keeps_due_notifications_and_late_payments(shop, merchant_at, tmp_path, clock):
    with in_thread(tmp_path) as running:
        merchant = merchant_at(running, shop)
        shop.answers = [500]
        clock.freeze()
        merchant.paid()
        late = merchant.paid("late", delay="600")
        shop.wait_for(2)
        port = int(running.base_url.rpartition(":")[2])
    clock.advance(minutes=11)
    with in_thread(tmp_path, port=port):
        shop.wait_for(4)
        assert sorted(shop.kinds[2:]) == ["payment.captured", "payment.captured"]
        assert merchant.status(late) == "captured"


def test_late_payment_found_after_a_restart_has_its_own_time(shop, merchant_at, tmp_path, clock):
    began = clock.freeze()
    with in_thread(tmp_path) as running:
        merchant = merchant_at(running, shop)
        late = merchant.paid("late", delay="600")
        port = int(running.base_url.rpartition(":")[2])
    clock.advance(hours=2)
    with in_thread(tmp_path, port=port):
        listed = merchant.get("/v1/payments")["payments"]
    assert [payment["id"] for payment in listed] == [late.gateway_ref]
    assert listed[0]["captured_at"] == (began + timedelta(minutes=10)).isoformat()
