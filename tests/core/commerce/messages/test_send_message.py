"""Telling people something: once, in the transaction that made it true, to whoever wants to hear it."""

import pytest
from sqlalchemy import select

from core.commerce.customers.actions import log_in, send_login_code
from core.commerce.messages.actions import send_message
from core.commerce.messages.known_topics import TopicUnknown
from core.commerce.messages.models import Message, Occasion, OptOut, TemplateText
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.jobs import run_due_jobs
from core.testing.races import race

PARCEL = {
    "order_number": "10086",
    "order_link": "/orders/abc",
    "carrier": "SF",
    "tracking_number": "SF1",
    "tracking_link": "https://carrier.example/SF1",
}


@command("buyer")
def tell(key="a", contact="lin@example.com", about=PARCEL, topic="fulfilment.shipped", fail=False):
    """One occasion in a transaction of its own."""
    first = send_message(topic=topic, contact=contact, about=about, dedupe_key=key)
    if fail:
        raise ZeroDivisionError
    return first


def written():
    """Every message of the bound shop, oldest first."""
    run_due_jobs()
    with reading():
        return list(session().scalars(select(Message).order_by(Message.id)))


def reasons():
    with reading():
        return [(row.state, row.reason) for row in session().scalars(select(Occasion).order_by(Occasion.id))]


@command("system")
def add(*rows):
    session().add_all(rows)


def test_message_is_written_once_for_a_key(in_shop):
    assert tell()
    assert not tell()
    assert tell(key="b")
    assert [message.recipient for message in written()] == ["lin@example.com"] * 2


def test_message_of_a_transaction_that_failed_is_never_written(in_shop):
    with pytest.raises(ZeroDivisionError):
        tell(fail=True)
    assert written() == []
    assert tell(), "the key is free again"


@pytest.mark.race
def test_eight_who_tell_the_same_at_once_are_one(in_shop):
    told = race([tell] * 8)
    assert sorted(attempt.value for attempt in told) == [False] * 7 + [True]
    assert len(written()) == 1


def test_same_key_in_another_shop_is_another_message(platform, shop, other_shop):
    for one in (shop, other_shop):
        with shop_bound(one, SYSTEM):
            assert tell()
            (message,) = written()
            assert one.name in message.body
    with shop_bound(other_shop, SYSTEM):
        assert "is on its way" in message.subject


def test_words_are_the_receivers_language_and_the_merchants_own(in_shop):
    tell(contact={"email": "a@example.com", "language": "en"})
    tell(contact={"email": "b@example.com"}, key="b")
    written()
    add(
        TemplateText(
            topic="fulfilment.shipped", channel="email", language="en", subject="S", body="{{carrier}}!"
        )
    )
    tell(contact={"email": "c@example.com", "language": "en"}, key="c")
    english, chinese, own = written()
    assert english.subject == "Order 10086 is on its way"
    assert chinese.subject == "订单 10086 已发货"
    assert own.body.startswith("SF!\n")


def test_text_message_stands_in_where_there_is_no_address_for_e_mail(in_shop):
    tell(contact={"phone": "13800000000"})
    tell(contact={"phone": "13800000000", "email": "lin@example.com"}, key="b")
    assert [(message.channel, message.recipient) for message in written()] == [
        ("sms", "13800000000"),
        ("email", "lin@example.com"),
    ]


def test_receiver_who_opted_out_of_the_group_hears_nothing_and_the_reason_is_kept(in_shop):
    add(OptOut(contact="lin@example.com", topic_group="orders"))
    tell()
    tell(topic="payments.refund_done", about={"amount": 500})
    assert [message.topic for message in written()] == ["payments.refund_done"]
    assert reasons() == [("skipped", "opted_out"), ("written", "")]


def test_nobody_to_reach_is_said(in_shop):
    tell(contact=None)
    assert written() == []
    assert reasons() == [("skipped", "nobody_to_reach")]


def test_log_in_code_goes_at_once_whatever_was_refused_and_is_not_kept_as_a_fact(in_shop):
    add(OptOut(contact="lin@example.com", topic_group="account"))
    send_login_code(contact="lin@example.com")
    with reading():
        (message,) = session().scalars(select(Message))
        (occasion,) = session().scalars(select(Occasion))
    (code,) = message.secrets
    assert code in message.body
    assert occasion.about == {}
    assert log_in(contact="lin@example.com", code=code).first_time


def test_unknown_topic_is_refused_where_it_is_sent(in_shop):
    with pytest.raises(TopicUnknown):
        tell(topic="fulfilment.shiped")
