"""Handing messages over: to real servers that take them, refuse them or hang, and never twice knowingly."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from core.commerce.messages.mail import Mail, send_mail, try_server
from core.commerce.messages.outside import MailServer, Outside, install_outside
from core.commerce.messages.robots import tell_group
from core.commerce.messages.sending import (
    LEASE,
    URGENT_WAITS,
    WAITS,
    claim_message,
    hand_over,
    note_outcome,
    send_one,
)
from core.testing.races import race
from tests.core.commerce.messages.servers import http_service, mail_server, silent_server

pytestmark = pytest.mark.usefixtures("own_machine")


def test_e_mail_arrives_with_both_parts_and_a_way_out(in_shop, ways):
    with mail_server() as office:
        ways.use_mail(office.port)
        message_id = ways.waiting(body="Paid: <b>bold</b> http://shop.example/orders/7\n\nBye")
        send_one(message_id)
    (letter,) = office.letters
    mail = message_from_bytes(letter.content, policy=policy.default)
    assert (letter.mail_from, letter.rcpt_tos) == ("tea@shop.example", ["lin@example.com"])
    assert mail["Message-ID"] == f"<{message_id}@shop.example>"
    assert mail["From"] == "青山茶事 <tea@shop.example>"
    assert "/unsubscribe/" in mail["List-Unsubscribe"]
    assert "<b>" in mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    assert "&lt;b&gt;" in page
    assert '<a href="http://shop.example/orders/7">' in page
    assert ways.state(message_id) == ("sent", "")
    assert ways.row(message_id).tries[0]["answer"] == "250 2.0.0 queued as 42"


def test_receiver_that_is_refused_for_good_fails_at_once(in_shop, ways):
    with mail_server(refused=("lin@example.com",)) as office:
        ways.use_mail(office.port)
        message_id = ways.waiting()
        send_one(message_id)
    assert ways.state(message_id) == ("failed", "recipient")
    assert ways.row(message_id).tries[0]["answer"] == "550 5.1.1 no such user here"


def test_receiver_that_is_refused_for_now_gets_it_later(in_shop, ways, clock, run_jobs):
    clock.freeze()
    with mail_server(busy=("lin@example.com",)) as office:
        ways.use_mail(office.port)
        message_id = ways.waiting()
        send_one(message_id)
        assert ways.state(message_id) == ("queued", "recipient_later")
        send_one(message_id)
        assert len(ways.row(message_id).tries) == 1, "not before its time"
        office.busy = ()
        clock.advance(seconds=WAITS[0].total_seconds())
        run_jobs()
    assert ways.state(message_id) == ("sent", "")
    assert len(office.letters) == 1


def test_message_that_is_never_taken_fails_at_last_and_says_why(in_shop, ways, clock, run_jobs):
    clock.freeze()
    with mail_server(busy=("lin@example.com",)) as office:
        ways.use_mail(office.port)
        message_id = ways.waiting()
        send_one(message_id)
        for _ in WAITS:
            clock.advance(hours=9)
            run_jobs()
    assert ways.state(message_id) == ("failed", "recipient_later")
    assert ways.row(message_id).attempts == len(WAITS) + 1


def server(port, **more):
    return MailServer(host="127.0.0.1", port=port, security="none", sender="tea@shop.example", **more)


MAIL = Mail("1", "lin@example.com", "S", "B", "Shop")


@pytest.mark.parametrize("drips", [b"", b"2"], ids=["silent", "dripping"])
def test_server_that_hangs_is_left_in_time(drips):
    with silent_server(drips=drips) as port:
        began = time.monotonic()
        outcome = send_mail(server(port), MAIL, seconds=0.6)
    assert time.monotonic() - began < 2.5
    assert outcome.kind == "silent"


def test_hanging_server_holds_up_no_other_message_of_the_shop(in_shop, ways, clock, monkeypatch):
    monkeypatch.setattr("core.commerce.messages.mail.STEP_SECONDS", 0.3)
    clock.freeze()
    with silent_server() as port:
        ways.use_mail(port)
        first, second = ways.waiting(), ways.waiting("other@example.com")
        send_one(first)
        began = time.monotonic()
        send_one(second)
    assert time.monotonic() - began < 0.25, "the second does not ask a server that has just been silent"
    assert ways.state(first) == ("queued", "timeout")
    assert ways.state(second) == ("queued", "resting")
    assert ways.row(second).attempts == 0


def test_wrong_words_to_the_server_are_told_exactly(in_shop):
    with mail_server(password="right") as office:
        wrong = try_server(server(office.port, user="tea", password="wrong"))
        right = try_server(server(office.port, user="tea", password="right"))
        encrypted = try_server(
            MailServer(host="127.0.0.1", port=office.port, security="starttls", sender="t@s.example")
        )
        tls = try_server(MailServer(host="127.0.0.1", port=office.port, security="tls", sender="t@s.example"))
    gone = try_server(server(office.port))
    nowhere = try_server(MailServer(host="no-such-host.invalid", sender="t@s.example"))
    assert wrong.reason == "auth"
    assert wrong.answer.startswith("535")
    assert right.kind == "sent"
    assert (encrypted.reason, tls.reason, gone.reason, nowhere.reason) == (
        "no_starttls",
        "tls",
        "unreachable",
        "host_unknown",
    )


def test_merchant_cannot_reach_into_our_network(in_shop):
    install_outside(Outside())
    with mail_server() as office, http_service() as hook:
        assert try_server(server(office.port)).reason == "private"
        assert try_server(server(office.port, trusted=True)).kind == "sent"
        assert tell_group(kind="wecom", url=hook.url, secret="", text="x").reason == "private"
    assert hook.asked == []


def test_text_message_is_signed_and_refusals_are_told_apart(in_shop, ways):
    with http_service(answer={"ok": True}) as hook:
        ways.use("sms", {"url": hook.url, "signature_name": "青山"}, {"secret": "s3"})
        good = ways.waiting("13800000000", "sms", body="付款成功")
        send_one(good)
        hook.status = 503
        busy = ways.waiting("13800000001", "sms")
        send_one(busy)
        hook.status = 400
        bad = ways.waiting("13800000002", "sms")
        send_one(bad)
    _, headers, body = hook.asked[0]
    proof = hmac.new(b"s3", headers["X-Pinpu-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Pinpu-Signature"] == f"sha256={proof}"
    assert json.loads(body) == {
        "id": str(good),
        "to": "13800000000",
        "text": "付款成功",
        "signature_name": "青山",
    }
    assert [ways.state(one) for one in (good, busy, bad)] == [
        ("sent", ""),
        ("queued", "busy"),
        ("failed", "http"),
    ]


def test_text_message_whose_answer_was_lost_is_not_sent_again(in_shop, ways, clock, run_jobs):
    with http_service(hangs_up=True) as hook:
        ways.use("sms", {"url": hook.url}, {"secret": "s"})
        message_id = ways.waiting("13800000000", "sms")
        send_one(message_id)
        clock.advance(hours=30)
        run_jobs()
        send_one(message_id)
    assert ways.state(message_id) == ("unknown", "lost")
    assert len(hook.asked) == 1


@pytest.mark.parametrize(("channel", "becomes"), [("email", "sent"), ("sms", "unknown")])
def test_process_that_dies_while_sending(in_shop, ways, clock, channel, becomes, run_jobs):
    with mail_server() as office, http_service() as hook:
        ways.use_mail(office.port)
        ways.use("sms", {"url": hook.url}, {"secret": "s"})
        message_id = ways.waiting("lin@example.com" if channel == "email" else "13800000000", channel)
        dead = claim_message(message_id=message_id)
        hand_over(dead)  # and it dies before it can write down what came of it
        send_one(message_id)
        assert ways.state(message_id)[0] == "sending", "nobody else may send while the first one may be alive"
        clock.advance(seconds=LEASE.total_seconds() + 1)
        run_jobs()
    assert ways.state(message_id)[0] == becomes
    assert ways.row(message_id).tries[0]["reason"] == "crashed"
    if channel == "sms":
        assert len(hook.asked) == 1
    else:
        assert len({message_from_bytes(one.content)["Message-ID"] for one in office.letters}) == 1


def test_answer_that_comes_after_all_settles_an_unknown_message(in_shop, ways, clock):
    with http_service() as hook:
        ways.use("sms", {"url": hook.url}, {"secret": "s"})
        message_id = ways.waiting("13800000000", "sms")
        slow = claim_message(message_id=message_id)
        clock.advance(seconds=LEASE.total_seconds() + 1)
        send_one(message_id)
        assert ways.state(message_id)[0] == "unknown"
        note_outcome(message_id=message_id, try_id=slow.try_id, outcome=hand_over(slow))
    assert ways.state(message_id) == ("sent", "")


@pytest.mark.race
def test_six_workers_send_one_message_once(in_shop, ways):
    with mail_server() as office:
        ways.use_mail(office.port)
        message_id = ways.waiting()
        tried = race([lambda: send_one(message_id)] * 6)
    assert [one.error for one in tried] == [None] * 6
    assert len(office.letters) == 1


def test_code_is_gone_from_here_once_it_was_sent_and_is_given_up_early(in_shop, ways, clock, run_jobs):
    clock.freeze()
    with mail_server(busy=("b@example.com",)) as office:
        ways.use_mail(office.port)
        more = {"topic": "customers.login_code", "body": "Code 204816.", "secrets": ["204816"]}
        sent, stuck = ways.waiting(**more), ways.waiting("b@example.com", **more)
        send_one(sent)
        send_one(stuck)
        for wait in URGENT_WAITS:
            clock.advance(seconds=wait.total_seconds())
            run_jobs()
    assert b"204816" in office.letters[0].content
    assert ways.state(stuck) == ("failed", "too_late")
    assert {ways.row(one).body for one in (sent, stuck)} == {"Code ••••••."}


ROBOTS = {
    "wecom": ({"errcode": 0}, lambda body: body["text"]["content"], {"errcode": 93000, "errmsg": "invalid"}),
    "dingtalk": ({"errcode": 0}, lambda body: body["text"]["content"], {"errcode": 310000, "errmsg": "sign"}),
    "feishu": ({"code": 0}, lambda body: body["content"]["text"], {"code": 19021, "msg": "sign match fail"}),
}


@pytest.mark.parametrize("kind", ROBOTS)
def test_group_robot_is_told_in_its_own_format(in_shop, kind):
    taken, text, refused = ROBOTS[kind]
    with http_service(answer=taken) as hook:
        assert tell_group(kind=kind, url=hook.url, secret="sec", text="新订单").kind == "sent"
        hook.answer = refused
        said = tell_group(kind=kind, url=hook.url, secret="", text="新订单")
        hook.answer = "<html>"
        strange = tell_group(kind=kind, url=hook.url, secret="", text="新订单")
    assert text(json.loads(hook.asked[0][2])) == "新订单"
    signed = hook.asked[0][0] + hook.asked[0][2].decode()
    assert ("sign" in signed) == (kind != "wecom")
    assert (said.kind, said.reason) == ("refused", "http")
    assert (strange.kind, strange.reason) == ("refused", "not_json")


def test_dingtalk_signature_is_the_documented_one(in_shop, clock):
    clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
    with http_service() as hook:
        tell_group(kind="dingtalk", url=hook.url, secret="this is secret", text="x")
    assert "&timestamp=1767225600000&sign=" in hook.asked[0][0]
