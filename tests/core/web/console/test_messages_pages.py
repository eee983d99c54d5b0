"""The outbox, and what a merchant decides about messages: topics, words, channels, quiet hours."""

import pytest
from sqlalchemy import select

from core.commerce.messages.actions import send_message
from core.commerce.messages.models import ChannelSetting, Message, SendingRule, TemplateText, TopicSwitch
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.testing.jobs import run_due_jobs
from core.testing.statements import count_statements
from tests.core.commerce.messages.servers import mail_server

WORDS = "/settings/messages/words/orders.paid/email/en"
MAIL = {
    "on": "1", "host": "smtp.example.com", "port": "587", "security": "starttls", "sender": "tea@example.com",
    "sender_name": "", "user": "tea", "password": "very secret",
}  # fmt: skip


@pytest.fixture(autouse=True)
def bound(platform, in_shop):
    return in_shop


def rows(model):
    with reading():
        return list(session().scalars(select(model)))


@command("system")
def keep(count, **changes):
    """So many messages; returns the id of the last."""
    values = {
        "topic": "orders.paid",
        "channel": "email",
        "recipient": "lin@example.com",
        "body": "Paid <b>1</b>.",
    }
    made = [Message(**values | changes) for _ in range(count)]
    session().add_all(made)
    session().flush()
    return made[-1].id


def test_outbox_says_that_nothing_leaves_and_shows_what_was_written(owner):
    page = owner.get("/messages/").text
    assert "Nobody has been told anything yet" in page
    message_id = keep(1)
    page = owner.get("/messages/").text
    assert "Nothing of these leaves this machine until you set it up" in page
    assert "lin@example.com" in page
    page = owner.get(f"/messages/{message_id}").text
    assert "Paid &lt;b&gt;1&lt;/b&gt;." in page
    assert "Nothing is set up to send it" in page
    assert "Send again" not in page


def test_outbox_pages_and_filters_keep_to_their_rows(owner, clock):
    for number in range(25):
        clock.advance(seconds=1)
        keep(1, recipient=f"p{number:02}@example.com", state="failed" if number == 3 else "kept")
    page = owner.get("/messages/").text
    assert "p24@example.com" in page
    assert "p04@example.com" not in page
    after = page.split("after=")[1].split('"')[0].split("&")[0]
    second = owner.get(f"/messages/?after={after}").text
    assert "p04@example.com" in second
    assert "p05@example.com" not in second
    assert "p03@example.com" in owner.get("/messages/?state=failed").text
    assert "p04@example.com" not in owner.get("/messages/?state=failed").text
    assert "p07@example.com" in owner.get("/messages/?q=P07").text
    assert "p08@example.com" not in owner.get("/messages/?q=P07").text


def test_outbox_takes_as_many_statements_for_one_message_as_for_three(owner):
    keep(1)
    owner.get("/messages/")
    with count_statements() as one:
        owner.get("/messages/")
    keep(2)
    with count_statements() as three:
        owner.get("/messages/")
    assert len(one) == len(three) <= 8


def test_failed_message_is_sent_again_once_a_channel_is_there(owner):
    message_id = keep(1, state="failed", reason="recipient")
    assert owner.post(f"/messages/{message_id}/again").status_code == 409
    owner.post("/settings/messages/channels/email", MAIL)
    assert "Send again" in owner.get(f"/messages/{message_id}").text
    assert owner.post(f"/messages/{message_id}/again").status_code == 303
    assert [row.state for row in rows(Message)] == ["queued"]
    assert owner.post(f"/messages/{message_id}/again").status_code == 409, "it is on its way already"


def test_password_is_kept_and_never_shown(owner):
    assert owner.post("/settings/messages/channels/email", MAIL).status_code == 303
    assert "very secret" not in owner.get("/settings/messages/channels/email").text
    owner.post("/settings/messages/channels/email", MAIL | {"password": "", "port": "465"})
    (row,) = rows(ChannelSetting)
    assert (row.secrets, row.settings["port"]) == ({"password": "very secret"}, 465)


@pytest.mark.parametrize(
    ("channel", "data", "said"),
    [
        ("email", MAIL | {"host": "https://smtp.example.com/"}, "Write the server&#39;s name only"),
        ("sms", {"on": "1", "url": "https://127.0.0.1/send", "secret": "s"}, "private network"),
        ("robot", {"on": "1", "kind": "wecom", "url": "http://qyapi.weixin.qq.com/x"}, "begin with https://"),
        ("robot", {"on": "1", "kind": "wecom", "url": ""}, "Fill this in."),
    ],
)
def test_channel_that_cannot_work_is_refused_in_words(owner, channel, data, said):
    answer = owner.post(f"/settings/messages/channels/{channel}", data)
    assert answer.status_code == 422
    assert said in answer.text
    assert rows(ChannelSetting) == []


def test_test_of_the_mail_server_says_exactly_what_went_wrong(owner):
    with mail_server() as office:
        owner.post(
            "/settings/messages/channels/email", MAIL | {"host": "127.0.0.1", "port": str(office.port)}
        )
        owner.post("/settings/messages/channels/email/try")
        page = owner.get("/settings/messages/channels/email").text
    assert "private network" in page


def test_words_are_saved_previewed_and_reset(owner):
    typed = {
        "subject": "Thanks {{ customer_name }}",
        "body": "Order {{order_number}}: <b>{{order_total}}</b>",
    }
    page = owner.post(f"{WORDS}/preview", typed).text
    assert "Thanks" in page
    assert "&lt;b&gt;¥128.00&lt;/b&gt;" in page
    assert owner.post(WORDS, typed).status_code == 303
    assert [row.subject for row in rows(TemplateText)] == ["Thanks {{ customer_name }}"]
    assert "Your words" in owner.get(WORDS).text
    owner.post(f"{WORDS}/reset")
    assert rows(TemplateText) == []


def test_unknown_variable_is_refused_with_its_place_and_the_nearest_name(owner):
    typed = {"subject": "Order", "body": "Hello,\norder {{oder_number}} and {{shop_name"}
    answer = owner.post(WORDS, typed)
    assert answer.status_code == 422
    assert "Line 2, sign 7: there is no variable “oder_number”. Did you mean “order_number”?" in answer.text
    assert rows(TemplateText) == []
    preview = owner.post(f"{WORDS}/preview", typed).text
    assert "Line 2, sign 27: “{{shop_name” is never closed" in preview


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_topic_can_be_opened_in_every_channel_and_language(owner, language):
    page = owner.get("/settings/messages/").text
    addresses = {one.split('"')[0] for one in page.split('href="')[1:] if "/words/" in one.split('"')[0]}
    assert len(addresses) >= 15
    for address in sorted(addresses):
        answer = owner.get(f"{address.rpartition('/')[0]}/{language}")
        assert answer.status_code == 200, address
        assert "pp-msg-body" in answer.text


@pytest.mark.parametrize(
    "address", ["orders.nothing/email/en", "orders.paid/robot/en", "orders.paid/email/fr"]
)
def test_words_of_what_does_not_exist_are_not_found(owner, address):
    assert owner.get(f"/settings/messages/words/{address}").status_code == 404


def test_switching_a_topic_off_keeps_it_from_being_written(owner):
    page = owner.get("/settings/messages/").text
    assert "orders.paid|email" in page
    owner.post("/settings/messages/", {"on": "fulfilment.shipped|email", "waits": "orders.paid"})
    assert ("orders.paid", "email", False) in {(row.topic, row.channel, row.on) for row in rows(TopicSwitch)}

    @command("system")
    def tell(topic):
        send_message(topic=topic, contact="lin@example.com", about={}, dedupe_key="1")

    tell("orders.paid")
    tell("fulfilment.shipped")
    run_due_jobs()
    assert [row.topic for row in rows(Message)] == ["fulfilment.shipped"]


def test_quiet_hours_are_kept_in_the_shops_zone(owner, clock):
    from datetime import UTC, datetime

    answer = owner.post(
        "/settings/messages/rules",
        {"quiet": "1", "quiet_from": "22:00", "quiet_until": "8：30", "merchant_emails": "boss@example.com"},
    )
    assert answer.status_code == 303
    owner.post("/settings/messages/channels/email", MAIL)
    clock.freeze(datetime(2026, 8, 6, 15, 0, tzinfo=UTC))  # 23:00 in Shanghai

    @command("system")
    def tell(topic):
        send_message(topic=topic, contact="lin@example.com", about={}, dedupe_key="1")

    tell("fulfilment.shipped")
    tell("orders.paid")
    from core.commerce.messages.actions import write_messages
    from core.commerce.messages.models import Occasion

    for one in rows(Occasion):
        write_messages(occasion_id=one.id)
    due = {row.topic: row.due_at for row in rows(Message)}
    assert due["orders.paid"] == now()
    assert due["fulfilment.shipped"] == datetime(2026, 8, 7, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes", [{"quiet_from": "25:00"}, {"quiet_until": "late"}, {"merchant_emails": "boss"}]
)
def test_rules_that_make_no_sense_are_refused(owner, changes):
    data = {"quiet": "1", "quiet_from": "22:00", "quiet_until": "08:00", "merchant_emails": ""}
    assert owner.post("/settings/messages/rules", data | changes).status_code == 422
    assert rows(SendingRule) == []


def test_whoever_may_not_change_the_shop_sees_none_of_it(hired, shop):
    clerk = hired(shop, permissions={"messages.send"})
    assert clerk.get("/messages/").status_code == 200
    assert clerk.get("/settings/messages/").status_code == 403
    assert hired(shop, permissions={"orders.note"}).get("/messages/").status_code == 403
