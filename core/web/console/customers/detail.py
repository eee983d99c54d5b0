"""Everything that the page of one customer shows, gathered before a template sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for

from core.commerce.customers.correspondence import opted_out
from core.commerce.customers.queries import (
    AddressView,
    CustomerView,
    NoteView,
    addresses_of,
    customer,
    notes_of,
)
from core.commerce.messages.outbox import OutboxMessage, outbox_page
from core.commerce.orders.customer_lists import CustomerOrders, customer_orders
from core.commerce.orders.queries import OrderView
from core.commerce.sources.queries import LinkView
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, gettext
from core.rendering.console import formats
from core.rendering.console.parts import Badge, Entry, Source, Stat
from core.rendering.console.visits import may
from core.web.console.customers.origins import known_links, origin
from core.web.console.messages.outbox import PERMISSION as MESSAGES_PERMISSION
from core.web.console.messages.outbox import first_line, topic_label
from core.web.console.messages.outbox import state_badge as message_badge
from core.web.console.orders.detail import address_lines
from core.web.console.orders.states import list_badges
from core.web.console.panels import DrawnPanel, customer_panels

_MOST_MESSAGES, _MOST_ENTRIES = 6, 14
_CHANNELS = {"email": "mail", "sms": "device-mobile", "robot": "message"}


@dataclass(frozen=True, slots=True)
class OrderLineOfCustomer:
    """An order in the customer's list."""

    order: OrderView
    title: str
    badges: Sequence[Badge]


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message with its channel's icon, how far it got, and its page for who may read it."""

    text: str
    topic: str
    at: datetime
    icon: str
    badge: Badge
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetail:
    """The page of one customer."""

    customer: CustomerView
    stats: Sequence[Stat]
    orders: CustomerOrders
    order_lines: Sequence[OrderLineOfCustomer]
    panels: Sequence[DrawnPanel]
    messages: Sequence[ShownMessage]
    all_messages_url: str
    opted_out: Sequence[str]
    addresses: Sequence[tuple[AddressView, Sequence[str]]]
    first: "ShownTouch | None"
    last: "ShownTouch | None"
    timeline: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class ShownTouch:
    """Where somebody came from, and when."""

    source: Source
    campaign: str
    at: datetime
    url: str


def customer_detail(customer_id: UUID, *, page: int = 1) -> CustomerDetail:
    """Read everything about a customer of the bound shop. Raises NotFound."""
    found = customer(customer_id)
    if found is None:
        raise NotFound
    orders = customer_orders(customer_id, page=page)
    links = known_links([found.source, *_sources(found)])
    return CustomerDetail(
        customer=found,
        stats=_stats(found),
        orders=orders,
        order_lines=[_order_line(one) for one in orders.orders],
        panels=customer_panels(customer_id),
        messages=[_message(one) for one in outbox_page(customer_id=customer_id, size=_MOST_MESSAGES).rows],
        all_messages_url=url_for("console_messages.index", customer=customer_id)
        if may(MESSAGES_PERMISSION)
        else "",
        opted_out=opted_out([found.email, found.phone]),
        addresses=[(one, address_lines(_as_mapping(one))) for one in addresses_of(customer_id)],
        first=_touch(found.first_touch, links),
        last=_touch(found.last_touch, links),
        timeline=_timeline(found, orders, notes_of(customer_id), links),
    )


def _sources(found: CustomerView) -> list[str]:
    return [_key(touch) for touch in (found.first_touch, found.last_touch) if touch]


def _key(touch: Mapping[str, Any]) -> str:
    return f"{touch.get('kind', '')}:{touch.get('name', '')}"


def _touch(touch: Mapping[str, Any], links: Mapping[str, LinkView]) -> ShownTouch | None:
    if not touch:
        return None
    link = links.get(str(touch.get("name", ""))) if touch.get("kind") == "link" else None
    url = url_for("console_links.link", ref=link.id) if link else ""
    at = datetime.fromisoformat(str(touch["at"]))
    return ShownTouch(origin(_key(touch), links), str(touch.get("campaign", "")), at, url)


def _as_mapping(address: AddressView) -> dict[str, Any]:
    return {
        name: getattr(address, name) for name in ("country", "region", "city", "line1", "line2", "postcode")
    }


def _stats(found: CustomerView) -> list[Stat]:
    unpaid = found.orders_placed - found.orders_paid
    average = found.average
    last = formats.ago(found.last_order_at) if found.last_order_at else gettext(N_("no order yet"))
    refunded = gettext(N_("%(amount)s went back"), amount=formats.money(found.refunded))
    return [
        Stat(gettext(N_("Spent")), found.spent, note=refunded if found.refunded.minor else ""),
        Stat(
            gettext(N_("Paid orders")),
            formats.number(found.orders_paid),
            note=gettext(N_("%(n)s not paid"), n=unpaid) if unpaid else "",
        ),
        Stat(gettext(N_("Average order")), average if average is not None else "–"),
        Stat(gettext(N_("Last order")), last),
    ]


def _order_line(order: OrderView) -> OrderLineOfCustomer:
    first = order.lines[0] if order.lines else None
    title = f"{first.title} {first.variant_title}".strip() if first else ""
    more = len(order.lines) - 1
    if more > 0:
        title = gettext(N_("%(title)s and %(n)s more"), title=title, n=more)
    pickup = order.delivery.get("kind") == "pickup"
    return OrderLineOfCustomer(order, title, list_badges(order, pickup=pickup))


def _message(one: OutboxMessage) -> ShownMessage:
    url = url_for("console_messages.message", ref=one.id) if may(MESSAGES_PERMISSION) else ""
    icon = _CHANNELS.get(one.channel, "message")
    return ShownMessage(
        first_line(one), topic_label(one.topic), one.created_at, icon, message_badge(one), url
    )


def _timeline(
    found: CustomerView, orders: CustomerOrders, notes: Sequence[NoteView], links: Mapping[str, LinkView]
) -> list[Entry]:
    """What happened, newest first: notes, the orders on this page of the list, and how it began."""
    entries = [
        Entry(note.text, note.at, by=note.author, detail=gettext(N_("Note, seen by staff only")))
        for note in notes
    ]
    for order in orders.orders:
        url = url_for("console_orders.order", ref=order.id)
        number, total = order.number, formats.money(order.total)
        entries.append(
            Entry(
                gettext(N_("Ordered %(number)s for %(total)s"), number=number, total=total),
                order.placed_at,
                url=url,
            )
        )
        if order.paid_at is not None:
            entries.append(Entry(gettext(N_("Paid %(number)s"), number=number), order.paid_at, url=url))
        if order.cancelled_at is not None:
            entries.append(
                Entry(gettext(N_("%(number)s was cancelled"), number=number), order.cancelled_at, url=url)
            )
    if found.consent_at is not None:
        said = (
            N_("Agreed to offers by message") if found.marketing_consent else N_("Wants no offers by message")
        )
        entries.append(Entry(gettext(said), found.consent_at))
    came = origin(found.source, links).label if found.source else ""
    newest = sorted(entries, key=lambda one: one.at, reverse=True)[:_MOST_ENTRIES]
    return [*newest, Entry(gettext(N_("Became a customer")), found.created_at, detail=came)]
