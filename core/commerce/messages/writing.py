"""From an occasion to messages: who is reached how, in whose language, with which words, now or in the morning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.customers.contacts import normal_contact
from core.commerce.customers.models import Customer
from core.commerce.messages import jobs_named
from core.commerce.messages.facts import all_facts, written
from core.commerce.messages.known_topics import topic_or_none
from core.commerce.messages.models import Message, Occasion, OptOut
from core.commerce.messages.policy import Policy, policy_for
from core.commerce.messages.templates import filled
from core.commerce.messages.topics import Channel, Topic, Words
from core.commerce.messages.unsubscribing import offers_unsubscribing, unsubscribe_path
from core.commerce.shops.queries import shop_settings
from core.hooks.current import answer
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.i18n import N_, gettext, known_language, speaking
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

LONGEST_BODY, LONGEST_SUBJECT = 10_000, 200


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a message is for: an address per channel, a language, a name."""

    addresses: Mapping[Channel, tuple[str, ...]]
    language: str
    name: str = ""
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A message as its receiver gets it."""

    subject: str
    body: str
    secrets: tuple[str, ...] = ()


def known_contact(contact: str | Mapping[str, Any] | None) -> dict[str, str]:
    """A contact as it is stored: {"email", "sms", "name", "language"}, normalised, as far as known."""
    if contact is None:
        return {}
    given = {"any": contact} if isinstance(contact, str) else contact
    found: dict[str, str] = {}
    for name in ("any", "email", "phone", "sms"):
        normal = normal_contact(str(given.get(name) or ""))
        if normal is not None:
            found.setdefault(*normal)
    language = known_language(str(given.get("language") or ""))
    return (
        found
        | {name: str(given[name]) for name in ("name",) if given.get(name)}
        | ({"language": language} if language else {})
    )


def write_occasion(occasion_id: UUID) -> int:
    """Write the messages of an occasion that has none yet, in the caller's transaction; returns how many."""
    taken = (
        update(Occasion)
        .where(
            Occasion.shop_id == current_scope().shop_id, Occasion.id == occasion_id, Occasion.state == "new"
        )
        .values(state="written")
        .returning(
            Occasion.topic, Occasion.customer_id, Occasion.contact, Occasion.about, Occasion.created_at
        )
    )
    row = session().execute(taken.execution_options(synchronize_session=False)).first()
    if row is None:
        return 0
    topic = topic_or_none(row.topic)
    if topic is None:
        return _skip(occasion_id, "topic_gone")
    facts = all_facts(row.about)
    policy = policy_for(topic)
    receiver = _receiver(topic, policy, row.customer_id or facts.get("customer_id"), row.contact, facts)
    happened = (occasion_id, row.created_at)
    count = sum(_write(happened, policy, receiver, facts, one) for one in _ways(policy, receiver))
    if topic.kind == "security":
        _set(occasion_id, about={})
    return count or _skip(occasion_id, _why_nothing(policy, receiver))


def _set(occasion_id: UUID, **values: Any) -> None:
    statement = (
        update(Occasion)
        .where(Occasion.shop_id == current_scope().shop_id, Occasion.id == occasion_id)
        .values(**values)
    )
    session().execute(statement.execution_options(synchronize_session=False))


def _skip(occasion_id: UUID, reason: str) -> int:
    _set(occasion_id, state="skipped", reason=reason)
    return 0


def _receiver(
    topic: Topic,
    policy: Policy,
    customer_id: UUID | str | None,
    contact: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> Receiver:
    scope = current_scope()
    known = {**known_contact(facts.get("contact")), **contact}
    name = str(known.get("name") or "")
    if topic.audience == "merchant":
        channels: dict[Channel, tuple[str, ...]] = {"email": _merchants_emails(policy)}
        if policy.is_configured("robot"):
            channels["robot"] = ("robot",)
        return Receiver(channels, scope.language, name)
    customer = _customer(customer_id)
    if customer is not None:
        known = {"email": customer.email, "sms": customer.phone, **known}
    addresses: dict[Channel, tuple[str, ...]] = {
        channel: (str(known[channel]),) for channel in ("email", "sms") if known.get(channel)
    }
    language = (customer and known_language(customer.language)) or known.get("language") or scope.language
    return Receiver(
        addresses, language, name or (customer.name if customer else ""), customer.id if customer else None
    )


def _merchants_emails(policy: Policy) -> tuple[str, ...]:
    """Whom the merchant named; until then the address under which buyers reach the shop."""
    public = known_contact(str(shop_settings().contact.get("email") or "")).get("email")
    return tuple(policy.rule.merchant_emails) or ((public,) if public else ())


def _customer(customer_id: UUID | str | None) -> Customer | None:
    if customer_id is None:
        return None
    return session().scalars(select(Customer).where(Customer.id == UUID(str(customer_id)))).first()


def _ways(policy: Policy, receiver: Receiver) -> Iterator[tuple[Channel, str]]:
    """Each (channel, address) to write to. Text messages cost money: they stand in where there is no e-mail address."""
    refused = _refusals(policy.topic, receiver)
    by_email = "email" in receiver.addresses and policy.is_on("email")
    for channel, addresses in receiver.addresses.items():
        if not policy.is_on(channel) or (channel == "sms" and by_email and not policy.rule.sms_always):
            continue
        yield from ((channel, address) for address in addresses if address not in refused)


def _refusals(topic: Topic, receiver: Receiver) -> set[str]:
    every = [address for addresses in receiver.addresses.values() for address in addresses]
    if not topic.refusable or not every:
        return set()
    statement = select(OptOut.contact).where(OptOut.contact.in_(every), OptOut.topic_group == topic.group)
    return set(session().scalars(statement))


def _why_nothing(policy: Policy, receiver: Receiver) -> str:
    if not receiver.addresses or not any(receiver.addresses.values()):
        return "nobody_to_reach"
    if not any(policy.is_on(channel) for channel in receiver.addresses):
        return "topic_off"
    return "opted_out"


def _write(
    happened: tuple[UUID, datetime],
    policy: Policy,
    receiver: Receiver,
    facts: Mapping[str, Any],
    way: tuple[Channel, str],
) -> int:
    channel, address = way
    moment = now()
    with speaking(receiver.language):
        text = composed(policy.topic, channel, policy.words(channel, receiver.language), facts, receiver.name)
        if offers_unsubscribing(policy.topic, channel):
            text = with_unsubscribing(text, channel, address, policy.topic.group)
    queued = policy.is_configured(channel)
    due_at = policy.due_at(moment, current_scope().zone) if queued else None
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "topic": policy.topic.key,
        "channel": channel,
        "recipient": address,
        "subject": text.subject,
        "body": text.body,
        "occasion_id": happened[0],
        "customer_id": receiver.customer_id,
        "language": receiver.language,
        "state": "queued" if queued else "kept",
        "reason": "quiet" if due_at is not None and due_at > moment else "",
        "due_at": due_at,
        "attempts": 0,
        "tries": [],
        "secrets": list(text.secrets),
        "created_at": happened[1],
    }
    session().execute(insert(Message), [values])
    if due_at is not None:
        jobs.defer(jobs_named.send(), at=due_at if due_at > moment else None, message_id=str(values["id"]))
    return 1


def composed(topic: Topic, channel: Channel, words: Words, facts: Mapping[str, Any], name: str = "") -> Text:
    """A template with its variables filled in, in the current language."""
    given = {
        "shop_name": current_scope().name,
        "customer_name": name or gettext(N_("customer")),
        "shop_link": "/",
        **facts,
    }
    values = {one.name: written(one, given.get(one.name)) for one in topic.all_variables}
    secrets = tuple(values[one.name] for one in topic.all_variables if one.secret and values[one.name])
    subject = " ".join(filled(words.subject, values).split())[:LONGEST_SUBJECT] if channel == "email" else ""
    return Text(subject, filled(words.body, values).strip()[:LONGEST_BODY], secrets)


def with_unsubscribing(text: Text, channel: Channel, address: str, group: str) -> Text:
    """`text` with the way out below it."""
    home = answer("answer_storefront_address", shop_id=current_scope().shop_id)
    link = f"{home}{unsubscribe_path(address, group)}"
    if channel == "sms":
        return Text(text.subject, f"{text.body} {gettext('Stop: %(link)s', link=link)}", text.secrets)
    last = gettext("No more messages like this: %(link)s", link=link)
    return Text(text.subject, f"{text.body}\n\n—\n{last}", text.secrets)
