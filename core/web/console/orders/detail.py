"""Everything that the page of one order shows, gathered before a template sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for

from core.commerce.fulfilment.order_lists import OPEN_REFUNDS
from core.commerce.fulfilment.queries import ShipmentView, shipments_of
from core.commerce.fulfilment.shipment_corrections import UNDO_MINUTES
from core.commerce.ledger.queries import transfers_of_order
from core.commerce.media.queries import pictures_at
from core.commerce.orders.console_queries import BuyerHistory, buyer_history
from core.commerce.orders.queries import (
    EntryView,
    OrderHoldView,
    OrderView,
    holds_of,
    in_words,
    order,
    priced_cart_of,
    timeline,
)
from core.commerce.orders.tags import TagView, shop_tags, tags_of_orders
from core.commerce.payments.queries import PaymentView, RefundView, payments_of, refunds_of
from core.commerce.payments.reconciliation_queries import disputes_of
from core.commerce.pricing.explanation import WhyNot
from core.commerce.pricing.priced import PricedCart
from core.commerce.reservations.queries import PoolView, pools
from core.commerce.shipping.delivery_words import delivery_distance, delivery_time
from core.commerce.shipping.queries import PickupView, pickup_point
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.console import formats
from core.rendering.console.parts import Action, Badge, Entry, Fact, Source
from core.rendering.console.visits import may
from core.web.console.media import picture_url
from core.web.console.orders.money import (
    LedgerLine,
    LineCard,
    funding_notes,
    ledger_lines,
    line_cards,
    not_used,
    total_facts,
)
from core.web.console.orders.refunding import REASONS
from core.web.console.orders.states import payment_badge, refund_badge, sending_badge, waiting_badge
from core.web.console.panels import DrawnPanel, order_panels
from core.web.console.payments.words import METHODS, dispute_said, gateway_name
from core.web.console.sources import plugin_title, source_of

_GATEWAYS = {"test": N_("Test payment service")}
_REFUND_STATES = {
    "pending": N_("About to be sent"),
    "sent": N_("Sent to the payment service"),
    "done": N_("Paid out"),
    "failed": N_("Refused by the payment service"),
}
_PAYMENT_STATES = {
    "created": (N_("Not begun"), "", "ring"),
    "pending": (N_("Waiting for the buyer"), "", "ring"),
    "captured": (N_("Received"), "ok", "dot"),
    "failed": (N_("Did not go through"), "bad", "dot"),
    "cancelled": (N_("Cancelled"), "", "dot"),
}
# Why an attempt to pay came to nothing; a code of a provider that is not known here is shown as it came.
_FAILURES = {
    "card_declined": N_("The bank said no"),
    "expired": N_("Nobody paid in time"),
    "cancelled_by_merchant": N_("The shop closed it"),
    "never_begun": N_("The buyer never got to the payment page"),
}
# What makes money go back by itself, in words; a person's own reason is shown as it was written.
_CAUSES = {
    "hold_expired": N_("The group did not fill in time"),
    "hold_cancelled": N_("The shop ended the group before it was full"),
    "seat_lost": N_("The payment came after the group had closed"),
    "stock_lost": N_("The payment came after the goods had sold out"),
    "surplus": N_("A payment too many"),
    "cancel:merchant": N_("The shop cancelled the order"),
    "cancel:withdrawn": N_("The buyer withdrew"),
    "cancel:buyer": N_("The buyer cancelled the order"),
}


@dataclass(frozen=True, slots=True)
class HoldCard:
    """What keeps a paid order from shipping: until when, how full its pool is, and why in words."""

    hold: OrderHoldView
    pool: PoolView | None
    source: Source
    reason: str
    refund: Money

    @property
    def title(self) -> str:
        """What is waited for, with numbers where there are some."""
        return waiting_badge(self.confirmed, self.threshold).label

    @property
    def confirmed(self) -> int:
        """Paid places."""
        return self.pool.confirmed if self.pool else 0

    @property
    def reserved(self) -> int:
        """Places that are kept for somebody who has not paid yet."""
        return self.pool.reserved if self.pool else 0

    @property
    def threshold(self) -> int | None:
        """How many it takes."""
        return self.pool.threshold if self.pool else None


@dataclass(frozen=True, slots=True)
class RefundCard:
    """A refund with its steps."""

    view: RefundView
    reason: str
    badge: Badge
    steps: Sequence[Entry]

    @property
    def refused(self) -> bool:
        """Whether a person has to look at it."""
        return self.view.state == "failed"


@dataclass(frozen=True, slots=True)
class PaymentCard:
    """An attempt to pay, in words."""

    view: PaymentView
    gateway: str
    badge: Badge
    failure: str


@dataclass(frozen=True, slots=True)
class DisputeNote:
    """A dispute over a payment, in words."""

    status: str
    said: str


@dataclass(frozen=True, slots=True)
class OrderLineName:
    """How a line is called in a parcel."""

    title: str
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetail:
    """The page of one order."""

    order: OrderView
    priced: PricedCart
    lines: Sequence[LineCard]
    totals: Sequence[Fact]
    funding: Sequence[str]
    not_used: Sequence[WhyNot]
    holds: Sequence[HoldCard]
    payments: Sequence[PaymentCard]
    refunds: Sequence[RefundCard]
    shipments: Sequence[ShipmentView]
    ledger: Sequence[LedgerLine]
    history: BuyerHistory | None
    pickup: PickupView | None
    panels: Sequence[DrawnPanel]
    timeline: Sequence[Entry]
    tags: Sequence[TagView] = ()
    other_tags: Sequence[TagView] = ()
    disputes: Sequence[DisputeNote] = ()

    @property
    def arrives(self) -> str:
        """The slot or day that the buyer chose, and how far a local delivery goes; empty where nothing is fixed."""
        said = delivery_time(self.order.delivery), delivery_distance(self.order.delivery)
        return " · ".join(filter(None, said))

    @property
    def is_pickup(self) -> bool:
        """Whether the buyer fetches the goods."""
        return self.order.delivery.get("kind") == "pickup"

    @property
    def can_readdress(self) -> bool:
        """Whether where it goes can still be changed."""
        return self.can_cancel and not self.is_pickup

    def can_undo(self, shipment: ShipmentView) -> bool:
        """Whether a shipment is so fresh that it can be taken back."""
        return self.order.lifecycle == "placed" and shipment.shipped_at > now() - timedelta(
            minutes=UNDO_MINUTES
        )

    @property
    def units(self) -> int:
        """Units in all lines."""
        return sum(line.quantity for line in self.order.lines)

    @property
    def badges(self) -> list[Badge]:
        """Money, what is waited for, goods; refunds that are not over."""
        if self.order.lifecycle == "cancelled":
            found = [Badge(gettext(N_("Cancelled"))), payment_badge(self.order)]
        else:
            found = [payment_badge(self.order)]
            found += [waiting_badge(card.confirmed, card.threshold) for card in self.holds]
            found.append(sending_badge(self.order, pickup=self.is_pickup))
        refund = refund_badge([one.view.state for one in self.refunds if one.view.state in OPEN_REFUNDS])
        return [*found, refund] if refund else found

    @property
    def money_left(self) -> Money:
        """What was received and has not gone back."""
        return Money(self.order.captured_minor - self.order.refunded_minor, self.order.currency)

    @property
    def can_refund(self) -> bool:
        """Whether there is money that can still go back."""
        return self.order.captured_minor > self.order.refunded_minor

    @property
    def can_cancel(self) -> bool:
        """Whether the order can still be closed as a whole."""
        return self.order.lifecycle == "placed" and self.order.fulfilment == "unfulfilled"

    @property
    def units_by_line(self) -> dict[UUID, OrderLineName]:
        """Names of lines by their id, for parcels."""
        return {line.id: OrderLineName(line.title, line.variant_title) for line in self.order.lines}


def order_detail(order_id: UUID) -> OrderDetail:
    """Read everything about an order of the bound shop. Raises NotFound."""
    found = order(order_id)
    if found is None:
        raise NotFound
    priced = priced_cart_of(order_id)
    pictures = pictures_at(line.image for line in found.lines)
    images = {path: picture_url(shown) for path, shown in pictures.items()}
    own, known = tags_of_orders([order_id]).get(order_id, ()), shop_tags()
    payments, told = payments_of(order_id), timeline(order_id)
    return OrderDetail(
        # Each dispute is told on the timeline, so that orders without one ask for none.
        disputes=_disputes(order_id) if any(one.kind == "dispute" for one in told) else (),
        tags=own,
        other_tags=[one for one in known if one.id not in {tag.id for tag in own}],
        order=found,
        priced=priced,
        lines=line_cards(found, priced, images),
        totals=total_facts(found, priced),
        funding=funding_notes(found, priced),
        not_used=not_used(priced),
        holds=_hold_cards(found),
        payments=[_payment_card(one) for one in reversed(payments)],
        refunds=[_refund_card(one) for one in reversed(refunds_of(order_id))],
        shipments=shipments_of(order_id),
        ledger=ledger_lines(transfers_of_order(order_id)),
        history=buyer_history(found.customer_id) if found.customer_id else None,
        pickup=_pickup(found.delivery),
        panels=order_panels(order_id),
        timeline=_entries(told),
    )


def _hold_cards(found: OrderView) -> list[HoldCard]:
    waiting = [hold for hold in holds_of(found.id) if hold.state == "waiting"]
    by_id = pools(hold.pool_id for hold in waiting)
    left = Money(found.captured_minor - found.refunded_minor, found.currency)
    return [
        HoldCard(
            hold,
            by_id.get(hold.pool_id),
            source_of(hold.plugin),
            in_words(str(hold.reason.get("message", "")), hold.reason.get("params", {})),
            left,
        )
        for hold in waiting
    ]


def _pickup(delivery: Mapping[str, Any]) -> PickupView | None:
    return pickup_point(str(delivery.get("id", ""))) if delivery.get("kind") == "pickup" else None


def _payment_card(view: PaymentView) -> PaymentCard:
    words, tone, mark = _PAYMENT_STATES[view.state]
    badge = Badge(gettext(words), tone, mark)  # type: ignore[arg-type]
    failure = gettext(_FAILURES.get(view.failure_code, view.failure_code))
    return PaymentCard(view, _way(view), badge, failure)


def _disputes(order_id: UUID) -> list[DisputeNote]:
    return [DisputeNote(one.status, dispute_said(one)) for one in disputes_of(order_id)]


def _way(view: PaymentView) -> str:
    """How it is paid, and through whom."""
    if not view.gateway:
        return gettext(N_("Way not chosen yet"))
    if view.gateway in _GATEWAYS:
        return gettext(_GATEWAYS[view.gateway])
    method = gettext(METHODS[view.method]) if view.method in METHODS and view.method != "page" else ""
    return " · ".join(filter(None, (method, gateway_name(view.gateway))))


def _refund_card(view: RefundView) -> RefundCard:
    tone = {"done": "", "failed": "bad"}.get(view.state, "accent")
    mark = "dot" if view.state in ("done", "failed") else "ring"
    badge = Badge(gettext(_REFUND_STATES[view.state]), tone, mark)  # type: ignore[arg-type]
    cause = _CAUSES.get(view.cause) or REASONS.get(view.reason, view.reason)
    return RefundCard(view, gettext(cause), badge, _refund_steps(view))


def _refund_steps(view: RefundView) -> list[Entry]:
    sent, done = _REFUND_STATES["sent"], _REFUND_STATES["done"]
    steps = [Entry(gettext(N_("Decided")), view.created_at)]
    if view.sent_at is not None:
        tries = gettext(N_("attempt %(n)s"), n=view.attempts) if view.attempts > 1 else ""
        steps.append(Entry(gettext(sent), view.sent_at, by=tries))
    if view.done_at is not None:
        steps.append(Entry(gettext(done), view.done_at))
    return list(reversed(steps))


def _entries(entries: Sequence[EntryView]) -> list[Entry]:
    """Newest first."""
    return [
        Entry(one.text, one.at, by=_who(one), current=place == 0, detail="" if one.public else _private(one))
        for place, one in enumerate(reversed(entries))
    ]


def _private(entry: EntryView) -> str:
    return gettext(N_("Seen by staff only")) if entry.kind == "note" else ""


def _who(entry: EntryView) -> str:
    if entry.plugin:
        return plugin_title(entry.plugin)
    if entry.actor_name and entry.actor_kind in ("staff", "system"):
        return entry.actor_name
    return gettext(N_("Buyer")) if entry.actor_kind in ("customer", "guest") else gettext(N_("automatic"))


def address_lines(address: Mapping[str, Any]) -> list[str]:
    """A postal address in the order of its country: the large before the small in China, the other way elsewhere."""
    part = {name: str(address.get(name) or "").strip() for name in _ADDRESS}
    country = part["country"] or ("CN" if current_scope().language.startswith("zh") else "")
    if country == "CN":
        lines = ["".join((part["region"], part["city"], part["district"])), f"{part['line1']}{part['line2']}"]
        lines.append(part["postcode"])
    else:
        town = " ".join(filter(None, (part["city"], part["region"], part["postcode"])))
        lines = [part["line1"], part["line2"], town, part["country"]]
    return [line for line in lines if line]


_ADDRESS = ("country", "region", "city", "district", "line1", "line2", "postcode")


def head_actions(detail: OrderDetail) -> list[Action]:
    """What can be done with the order, the next step last; a step that cannot be done says why in its own label."""
    ref = detail.order.id
    actions = []
    if detail.can_refund and may("orders.refund"):
        actions.append(
            Action(gettext(N_("Refund")), url_for("console_orders.refund", ref=ref), icon="receipt-refund")
        )
    if detail.can_cancel and may("orders.refund"):
        actions.append(Action(gettext(N_("Cancel order")), dialog="cancel", icon="x", tone="bad"))
    ship = _ship_action(detail)
    return [*actions, ship] if ship else actions


def _ship_action(detail: OrderDetail) -> Action | None:
    found, pickup = detail.order, detail.is_pickup
    if found.lifecycle == "cancelled" or found.fulfilment == "fulfilled" or not may("orders.ship"):
        return None
    label = gettext(N_("Hand over")) if pickup else gettext(N_("Ship"))
    return Action(
        label,
        url_for("console_orders.ship", ref=found.id),
        icon="package" if pickup else "truck",
        primary=True,
        why_not=why_not_shippable(detail),
    )


def why_not_shippable(detail: OrderDetail) -> str:
    """Why the goods cannot leave now, as the label of the button; "" when they can."""
    found, pickup = detail.order, detail.is_pickup
    if found.financial == "unpaid":
        return gettext(N_("Hand over after payment")) if pickup else gettext(N_("Ships after payment"))
    if found.holds_open:
        return (
            gettext(N_("Hand over once the group is complete"))
            if pickup
            else gettext(N_("Ships once the group is complete"))
        )
    return "" if found.can_ship else gettext(N_("Nothing left to send"))


def placed_fact(at: datetime) -> str:
    """When the order was placed: "Placed Today 14:28"."""
    return gettext(N_("Placed %(when)s"), when=formats.moment(at))
