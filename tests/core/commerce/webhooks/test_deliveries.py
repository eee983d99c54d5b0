"""Events reach endpoints: signed, once each, again until they arrive, and never into a private network."""

import base64
import contextvars
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from core.commerce.messages.outside import install_outside, outside
from core.commerce.webhooks.actions import (
    MOST_ENDPOINTS,
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    renew_secret,
    resume_endpoint,
    send_again,
    send_all_again,
    send_test,
)
from core.commerce.webhooks.errors import EndpointPaused, TooManyEndpoints
from core.commerce.webhooks.queries import endpoint as endpoint_by_id
from core.commerce.webhooks.queries import endpoints
from core.commerce.webhooks.sending import WAITS, claim_delivery, send_one
from core.jobs.relay import relay_event
from core.jobs.sweeps import sweep
from core.kernel.db import reading
from core.kernel.errors import InputRefused, NotFound
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.races import overlapping_pairs, race
from tests.core.commerce.messages.servers import silent_server


def known(endpoint_id):
    with reading():
        return endpoint_by_id(endpoint_id)


def elsewhere(shop, do):
    """What `do` finds when it is bound to another shop."""

    def bound():
        with shop_bound(shop, SYSTEM):
            return do()

    return contextvars.Context().run(bound)


def verified(secret, headers, body):
    """Whether a receiver that knows `secret` believes it: written from the standard, not with our code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}".encode()
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{right}" in headers["webhook-signature"].split()


def test_event_arrives_once_signed_and_as_it_happened(endpoint, receiver, happens, sent, run_jobs, in_shop):
    order_id = happens()
    run_jobs()
    [(_, headers, body)] = receiver.asked
    assert verified(known(endpoint).secret, headers, body)
    said = json.loads(body)
    assert (said["type"], said["shop"], said["data"]) == (
        "orders.order_paid",
        in_shop.handle,
        {"order_id": str(order_id)},
    )
    [one] = sent()
    assert (one.state, one.attempts, one.tries[0].status) == ("delivered", 1, 200)
    assert headers["webhook-id"] == str(one.id)
    run_jobs()
    assert len(receiver.asked) == 1


def test_event_that_is_relayed_twice_is_told_once(endpoint, receiver, happens, run_jobs):
    happens()
    run_jobs()
    relay_event(event_id=UUID(json.loads(receiver.asked[0][2])["id"]))
    run_jobs()
    assert len(receiver.asked) == 1


def test_endpoint_hears_of_what_it_asked_for(endpoint, receiver, happens, run_jobs):
    change_endpoint(endpoint_id=endpoint, url=receiver.url, wanted=["payments.refund_done"])
    happens()
    run_jobs()
    assert receiver.asked == []
    change_endpoint(
        endpoint_id=endpoint, url=receiver.url, wanted=["orders.order_paid", "payments.refund_done"]
    )
    happens()
    run_jobs()
    assert len(receiver.asked) == 1


def test_other_shop_hears_nothing(endpoint, receiver, happens, sent, run_jobs, other_shop):
    elsewhere(other_shop, happens)
    run_jobs()
    assert elsewhere(other_shop, sent) == []
    assert receiver.asked == []


def test_it_comes_again_for_three_days_under_the_same_id_and_is_then_given_up(
    endpoint, receiver, happens, sent, run_jobs, clock
):
    receiver.status = 503
    happens()
    run_jobs()
    for wait in WAITS:
        clock.advance(seconds=wait.total_seconds() - 2)
        run_jobs()
        before = len(receiver.asked)
        clock.advance(seconds=3)
        run_jobs()
        assert len(receiver.asked) == before + 1
    assert timedelta(hours=70) < sum(WAITS, timedelta()) < timedelta(hours=73)
    [one] = sent()
    assert (one.state, one.attempts, one.reason) == ("failed", len(WAITS) + 1, "status")
    assert len({headers["webhook-id"] for _, headers, _ in receiver.asked}) == 1
    assert len({body for *_, body in receiver.asked}) == 1
    clock.advance(days=1)
    run_jobs()
    assert len(receiver.asked) == len(WAITS) + 1
    # Nothing arrived for three days, so nobody calls it in vain any more.
    assert known(endpoint).pause_reason == "silent"


def test_what_failed_is_sent_again_by_hand_and_all_at_once(
    endpoint, receiver, happens, sent, run_jobs, clock
):
    receiver.status = 404
    for _ in range(3):
        happens()
    for wait in (timedelta(0), *WAITS[:-1]):
        clock.advance(seconds=wait.total_seconds() + 1)
        run_jobs()
    # Something else arrives, so the endpoint lives.
    receiver.status = 200
    test = send_test(endpoint_id=endpoint)
    send_one(test)
    receiver.status = 404
    clock.advance(seconds=WAITS[-1].total_seconds() + 1)
    run_jobs()
    assert [one.state for one in sent(topic="orders.order_paid")] == ["failed"] * 3
    pause_endpoint(endpoint_id=endpoint)
    with pytest.raises(EndpointPaused):
        send_again(delivery_id=sent(state="failed")[0].id)
    resume_endpoint(endpoint_id=endpoint)
    receiver.status, receiver.asked = 204, []
    send_again(delivery_id=sent(state="failed")[0].id)
    run_jobs()
    assert len(sent(state="failed")) == 2
    assert send_all_again(endpoint_id=endpoint) == 2
    run_jobs()
    assert [one.state for one in sent()] == ["delivered"] * 4
    assert len(receiver.asked) == 3


def test_receiver_that_wants_no_more_is_left_alone(endpoint, receiver, happens, sent, run_jobs):
    receiver.status = 410
    happens()
    run_jobs()
    assert (sent()[0].state, known(endpoint).pause_reason) == ("failed", "gone")
    happens()
    run_jobs()
    assert len(receiver.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(endpoint, receiver, happens, sent, run_jobs, status):
    receiver.status = status
    happens()
    run_jobs()
    assert (sent()[0].state, sent()[0].reason, len(receiver.asked)) == ("waiting", "redirect", 1)


def test_what_is_held_during_a_pause_goes_first_afterwards(endpoint, receiver, happens, sent, run_jobs):
    receiver.status = 500
    happens()
    run_jobs()
    pause_endpoint(endpoint_id=endpoint)
    happens()
    run_jobs()
    assert [one.state for one in sent()] == ["held"]
    receiver.status = 200
    resume_endpoint(endpoint_id=endpoint)
    run_jobs()
    assert [one.state for one in sent()] == ["delivered"]


def test_silent_receiver_rests_and_holds_up_nobody(endpoint, receiver, happens, sent, run_jobs, clock):
    """Nobody answers at its port; the other endpoint hears at once, and the first is not called for each event."""
    change_endpoint(endpoint_id=endpoint, url="http://127.0.0.1:1/")
    add_endpoint(url=receiver.url)
    for _ in range(5):
        happens()
    run_jobs()
    assert len(receiver.asked) == 5
    tries = [len(one.tries) for one in sent(endpoint_id=endpoint)]
    assert sum(tries) == 1
    assert {one.reason for one in sent(endpoint_id=endpoint)} == {"resting", "unreachable"}
    change_endpoint(endpoint_id=endpoint, url=receiver.url)
    clock.advance(minutes=1)
    run_jobs()
    assert {one.state for one in sent()} == {"delivered"}


def test_receiver_that_never_answers_is_cut_off(in_shop, own_machine, happens, sent, run_jobs, monkeypatch):
    monkeypatch.setattr("core.commerce.webhooks.sending.SECONDS", 0.3)
    with silent_server(drips=b"H") as port:
        add_endpoint(url=f"http://127.0.0.1:{port}/")
        happens()
        run_jobs()
    [one] = sent()
    assert one.state == "waiting"
    assert one.tries[0].ms < 5_000


def test_process_that_dies_while_calling_is_stood_in_for(
    endpoint, receiver, happens, sent, due, run_jobs, clock
):
    receiver.status = 500
    happens()
    run_jobs()
    receiver.status, receiver.asked = 200, []
    due(sent()[0].id)
    assert claim_delivery(delivery_id=sent()[0].id) is not None
    send_one(sent()[0].id)
    assert receiver.asked == []
    clock.advance(minutes=7)
    sweep(frozenset({"lost_webhooks"}))
    run_jobs()
    assert len(receiver.asked) == 1
    assert (sent()[0].state, sent()[0].attempts) == ("delivered", 3)


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example.com/hook",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://localhost/",
        "https://user@example.com/",
        "ftp://example.com/",
        "nothing",
        "",
        "https://example.com:0/",
        "https://" + "a" * 600 + ".example.com/",
    ],
)
def test_address_of_a_private_network_is_refused_when_it_is_saved(in_shop, address):
    with pytest.raises(InputRefused) as refused:
        add_endpoint(url=address)
    assert refused.value.fields["url"]
    with reading():
        assert endpoints() == []


def test_address_that_turns_private_later_is_not_called(
    endpoint, receiver, happens, sent, run_jobs, platform
):
    """The name led to the open internet when it was saved, and leads home when it is called."""
    install_outside(replace(outside(), private_addresses=False))
    happens()
    run_jobs()
    assert receiver.asked == []
    assert sent()[0].tries[0].reason == "private"


def test_topic_that_nobody_declares_is_refused(in_shop, own_machine, receiver):
    with pytest.raises(InputRefused) as refused:
        add_endpoint(url=receiver.url, wanted=["orders.order_paid", "orders.sneezed"])
    assert "orders.sneezed" in refused.value.fields["topics"][0]


def test_new_secret_and_former_one_both_sign_for_a_day(endpoint, receiver, clock, run_jobs):
    former = known(endpoint).secret
    renew_secret(endpoint_id=endpoint)
    fresh = known(endpoint).secret
    assert fresh != former
    send_test(endpoint_id=endpoint)
    run_jobs()
    clock.advance(hours=25)
    send_test(endpoint_id=endpoint)
    run_jobs()
    (_, early, first), (_, late, second) = receiver.asked
    assert (verified(former, early, first), verified(fresh, early, first)) == (True, True)
    assert (verified(former, late, second), verified(fresh, late, second)) == (False, True)
    assert json.loads(first)["type"] == "webhooks.test"


@pytest.mark.race
def test_thirty_two_who_add_endpoints_make_no_more_than_a_shop_has(in_shop, own_machine, receiver):
    done = race([lambda: add_endpoint(url=receiver.url)] * 32)
    assert overlapping_pairs(done) > 0
    made = [one.value for one in done if one.error is None]
    assert len({*made}) == MOST_ENDPOINTS == len(made)
    assert {type(one.error) for one in done if one.error is not None} == {TooManyEndpoints}
    remove_endpoint(endpoint_id=made[0])
    add_endpoint(url=receiver.url)


@pytest.mark.race
def test_two_workers_with_one_delivery_call_once(endpoint, receiver, happens, sent, due, run_jobs):
    receiver.status = 500
    happens()
    run_jobs()
    receiver.status, receiver.asked = 200, []
    [one] = sent()
    due(one.id)
    done = race([lambda: send_one(one.id)] * 8)
    assert overlapping_pairs(done) > 0
    assert len(receiver.asked) == 1


def test_ended_deliveries_are_forgotten_after_a_month(endpoint, receiver, happens, sent, run_jobs, clock):
    happens()
    run_jobs()
    clock.advance(days=29)
    sweep(frozenset({"old_webhooks"}))
    assert len(sent()) == 1
    clock.advance(days=2)
    sweep(frozenset({"old_webhooks"}))
    assert sent() == []


def test_endpoint_of_another_shop_is_not_there(endpoint, other_shop):
    for do in (pause_endpoint, resume_endpoint, remove_endpoint, renew_secret, send_test, send_all_again):
        with pytest.raises(NotFound):
            elsewhere(other_shop, lambda do=do: do(endpoint_id=endpoint))
    assert known(endpoint).paused_at is None
