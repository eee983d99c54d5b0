"""Telling people something: one row and one job in the transaction that made it true; words and sending come later."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from core.commerce.messages import jobs_named
from core.commerce.messages.facts import plain_facts
from core.commerce.messages.known_topics import topic_of
from core.commerce.messages.models import Occasion
from core.commerce.messages.writing import known_contact, write_occasion
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

_KEEP = insert(Occasion).on_conflict_do_nothing().returning(Occasion.id)


def send_message(
    *,
    topic: str,
    about: Mapping[str, Any],
    dedupe_key: str,
    customer_id: UUID | None = None,
    contact: str | Mapping[str, Any] | None = None,
) -> bool:
    """Tell somebody something, in the caller's transaction: rolled back, nobody hears of it. Cheap on a hot path.

    Which channels, words and language, whether the receiver opted out and whether it waits for the morning is decided
    in a job after the commit. Exactly once: a second call with the same topic and key in this shop does nothing.

    Args:
        topic: key of a declared topic (`core_topics`, or a plugin's `declare_message_topics`).
        about: the facts that its variables are made of, plain values and ids; {"order_id": …} stands for number, link,
            total and goods of the order, and for whom it belongs to.
        dedupe_key: names the fact, for example the order's id, or "<order>:<shipment>".
        customer_id: the customer who is told; not needed with an order_id, nor for topics that the merchant hears of.
        contact: where to send when the customer is not known or says less: an e-mail address or phone number, or a
            mapping with "email", "phone", "name" and "language".
    Returns: False when it was told before.
    Raises: TopicUnknown.
    """
    return bool(_keep(topic, [_occasion(topic, about, dedupe_key, customer_id, contact)]))


def send_messages(*, topic: str, facts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Tell of several facts (dedupe key, about) under one topic as `send_message` tells of one, with one statement."""
    if facts:
        _keep(topic, [_occasion(topic, about, key) for key, about in facts])


def _occasion(
    topic: str,
    about: Mapping[str, Any],
    dedupe_key: str,
    customer_id: UUID | None = None,
    contact: str | Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "topic": topic,
        "dedupe_key": dedupe_key,
        "customer_id": customer_id,
        "contact": known_contact(contact),
        "about": plain_facts(about),
        "state": "new",
        "reason": "",
        "created_at": now(),
    }


def _keep(topic: str, rows: Sequence[dict[str, Any]]) -> Sequence[UUID]:
    """Write down what was not told before, and what follows from it."""
    known = topic_of(topic)
    kept = session().scalars(_KEEP, list(rows)).all()
    for occasion_id in kept:
        if known.kind == "security":
            write_occasion(occasion_id)  # somebody is waiting for it
        else:
            jobs.defer(jobs_named.write(), occasion_id=str(occasion_id))
    return kept


@command("system")
def write_messages(*, occasion_id: UUID) -> int:
    """Choose channels and words for an occasion that has none yet; returns how many messages there are now."""
    return write_occasion(occasion_id)
