"""What the messages room's tests share: leave to talk to this machine, and messages that wait to be sent."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from core.commerce.messages.models import ChannelSetting, Message
from core.commerce.messages.outside import install_outside, outside
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session


@pytest.fixture
def own_machine(platform):
    """Servers on this machine may be used, as a merchant's may not."""
    told = outside()
    install_outside(replace(told, private_addresses=True))
    yield
    install_outside(told)


@pytest.fixture
def ways():
    """What tests do with channels and messages."""
    return Ways


class Ways:
    """Channels that are set up, messages that wait, and how they stand."""

    @staticmethod
    @command("system")
    def use_mail(port, **more):
        """Send e-mail through a server on this machine."""
        settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "tea@shop.example"}
        session().add(
            ChannelSetting(channel="email", settings=settings | more, secrets={"password": "secret"})
        )

    @staticmethod
    @command("system")
    def use(channel, settings, secrets):
        """Set a channel up."""
        session().add(ChannelSetting(channel=channel, settings=settings, secrets=secrets))

    @staticmethod
    @command("system")
    def waiting(recipient="lin@example.com", channel="email", topic="orders.paid", body="Paid.", **more):
        """A message that is due now; returns its id."""
        row = Message(
            topic=topic,
            channel=channel,
            recipient=recipient,
            subject="Order 7",
            body=body,
            state="queued",
            due_at=now(),
            **more,
        )
        session().add(row)
        session().flush()
        return row.id

    @staticmethod
    def state(message_id):
        """(state, reason) of a message."""
        row = Ways.row(message_id)
        return row.state, row.reason

    @staticmethod
    def row(message_id):
        with reading():
            return session().scalars(select(Message).where(Message.id == message_id)).one()
