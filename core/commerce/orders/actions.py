"""What happens to an order: created, paid, held, released, cancelled; every step lands on its timeline.

Functions here join the caller's transaction unless they are commands. Pools are locked before orders (kernel/locks.py).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from core.commerce.orders.draft import OrderDraft
from core.commerce.orders.errors import TooManyUnits
from core.commerce.orders.events import HoldsReleased, OrderCancelled, OrderPlaced
from core.commerce.orders.models import Order, OrderAdjustment, OrderCounter, OrderEntry, OrderHold, OrderLine
from core.commerce.orders.telling import tell_cancelled, tell_released
from core.commerce.sources.touches import current_touches
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.events import record
from core.kernel.hot_statements import HotStatement, insert_into
from core.kernel.i18n import N_, current_language
from core.kernel.ids import new_code, new_id
from core.kernel.money import Money
from core.kernel.tenancy import current_actor, current_scope

# About 38 bits: short enough to be read out, out of reach for whoever guesses.
PICKUP_CODE_LENGTH = 8
# Reasons an order was cancelled for, with the words of its timeline.
CANCEL_REASONS = {
    "unpaid": N_("The order closed because it was not paid in time."),
    "hold_expired": N_("%(reason)s: not complete in time, so the order was cancelled. The money goes back."),
    "seat_lost": N_(
        "%(reason)s: the payment came too late, so the order was cancelled. The money goes back."
    ),
    "stock_lost": N_(
        "The payment came after the goods had sold out, so the order was cancelled. The money goes back."
    ),
    "withdrawn": N_("%(reason)s: the buyer withdrew. The money goes back."),
    "not_drawn": N_("%(reason)s: the draw went to others. The money goes back."),
    "merchant": N_("The shop cancelled the order."),
    "buyer": N_("The buyer cancelled the order."),
}


_NEXT_NUMBER = HotStatement(
    update(OrderCounter)
    .where(OrderCounter.shop_id == bindparam("shop_id"))
    .values(next_number=OrderCounter.next_number + 1)
    .returning(OrderCounter.prefix, OrderCounter.next_number)
)
_NEW_ORDER, _NEW_LINE, _NEW_ADJUSTMENT, _NEW_HOLD, _NEW_ENTRY = map(
    insert_into, (Order, OrderLine, OrderAdjustment, OrderHold, OrderEntry)
)


@command("buyer")
def take_order_number() -> str:
    """The shop's next order number, in a transaction of its own so that orders do not wait for each other."""
    taken = _NEXT_NUMBER.first()
    return f"{taken.prefix}{taken.next_number - 1}"


def create_order(draft: OrderDraft) -> None:
    """Write the order with lines, adjustments and holds; unpaid."""
    shop_id, moment = current_scope().shop_id, now()
    _NEW_ORDER.run(**_order_row(draft, shop_id, moment))
    _NEW_LINE.run_all(_line_rows(draft, shop_id))
    _NEW_ADJUSTMENT.run_all(_adjustment_rows(draft, shop_id))
    _NEW_HOLD.run_all(_hold_rows(draft, shop_id, moment))
    total = Money(draft.priced.total, draft.priced.currency)
    note(order_id=draft.id, kind="placed", text=N_("Order placed for %(total)s."), params={"total": total})
    record(OrderPlaced(order_id=draft.id))


def _order_row(draft: OrderDraft, shop_id: int, moment: datetime) -> dict[str, Any]:
    priced, touches = draft.priced, current_touches()
    goods = sum(line.list_amount for line in priced.lines)
    shipping = priced.shipping.net if priced.shipping else 0
    return {
        "shop_id": shop_id,
        "id": draft.id,
        "number": draft.number,
        "code": draft.code,
        "checkout_id": draft.checkout_id,
        "customer_id": draft.customer_id,
        "lifecycle": "placed",
        "financial": "unpaid",
        "fulfilment": "unfulfilled",
        "holds_open": 0,
        "currency": priced.currency,
        "items_minor": goods,
        "discount_minor": goods - priced.goods_before_tax,
        "shipping_minor": shipping,
        "tax_minor": priced.tax_included,
        "total_minor": priced.total,
        "captured_minor": 0,
        "refunded_minor": 0,
        "refunded_shipping_minor": 0,
        "price_input": draft.price_input.as_json(),
        "priced": priced.as_json(),
        "contact": {**draft.contact, "language": current_language()},
        "address": dict(draft.address),
        "delivery": dict(draft.delivery),
        "delivery_kind": str(draft.delivery.get("kind", "")),
        "pickup_code": new_code(PICKUP_CODE_LENGTH) if draft.delivery.get("kind") == "pickup" else None,
        "marks": dict(draft.marks),
        "choices": dict(draft.choices),
        "placed_at": moment,
        "pay_by": draft.pay_by,
        "cancel_reason": "",
        "source": touches.recent.source if touches.recent else "",
        "source_touch": touches.as_json(),
        "is_test": draft.is_test,
    }


def _line_rows(draft: OrderDraft, shop_id: int) -> list[dict[str, Any]]:
    marks = {line.key: line.as_json()["marks"] for line in draft.price_input.lines}
    return [
        {
            "shop_id": shop_id,
            "id": new_id(),
            "order_id": draft.id,
            "position": position,
            "key": line.key,
            "product_id": line.product_id,
            "variant_id": line.variant_id,
            "title": line.title,
            "variant_title": draft.line_facts[line.key].variant_title,
            "sku": line.sku,
            "image": draft.line_facts[line.key].image,
            "quantity": line.quantity,
            "unit_list_minor": line.unit_price,
            "net_minor": line.net,
            "unit_nets": list(line.unit_nets),
            "unit_cuts": [],
            "shipped": 0,
            "refunded": 0,
            "marks": marks[line.key],
        }
        for position, line in enumerate(draft.priced.lines)
    ]


def _adjustment_rows(draft: OrderDraft, shop_id: int) -> list[dict[str, Any]]:
    return [
        {
            "shop_id": shop_id,
            "id": new_id(),
            "order_id": draft.id,
            "position": applied.position,
            "stage": fields["stage"],
            "plugin": fields["plugin"],
            "plugin_version": fields["plugin_version"],
            "rule_id": fields["rule_id"],
            "rule_snapshot": fields["rule_snapshot"],
            "kind": fields["kind"],
            "amount_minor": applied.amount,
            "reason": fields["reason"],
            "funding": fields["funding"],
            "allocation": dict(applied.allocations),
        }
        for applied in draft.priced.applied
        for fields in (applied.adjustment.as_json(),)
    ]


def _hold_rows(draft: OrderDraft, shop_id: int, moment: datetime) -> list[dict[str, Any]]:
    return [
        {
            "shop_id": shop_id,
            "id": new_id(),
            "order_id": draft.id,
            "pool_id": hold.pool_id,
            "plugin": hold.plugin,
            "state": "pending",
            "reason": dict(hold.reason),
            "created_at": moment,
        }
        for hold in draft.holds
    ]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """What `note` puts on an order's timeline."""

    order_id: UUID
    kind: str
    text: str
    params: Mapping[str, Any]
    plugin: str = ""
    public: bool = True


def note(
    *,
    order_id: UUID,
    kind: str,
    text: str,
    params: Mapping[str, Any] | None = None,
    plugin: str = "",
    public: bool = True,
) -> None:
    """Add an entry to the order's timeline: `text` is a message id, `params` fill it (Money is kept as money)."""
    entry = TimelineEntry(order_id, kind, text, params or {}, plugin, public)
    note_all([entry])


def note_all(entries: Sequence[TimelineEntry]) -> None:
    """Add entries to the timelines of several orders, with one statement."""
    actor, shop_id, moment = current_actor(), current_scope().shop_id, now()
    rows = [
        {
            "shop_id": shop_id,
            "id": new_id(),
            "order_id": one.order_id,
            "at": moment,
            "kind": one.kind,
            "text": one.text,
            "params": {name: _plain(value) for name, value in one.params.items()},
            "actor_kind": actor.kind,
            "actor_name": actor.name,
            "plugin": one.plugin,
            "public": one.public,
        }
        for one in entries
    ]
    _NEW_ENTRY.run_all(rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    return value.isoformat() if isinstance(value, datetime) else value


def lock_orders(order_ids: Iterable[UUID]) -> list[Order]:
    """The orders, locked in ascending id order, as they stand now."""
    statement = (
        select(Order)
        .where(Order.id.in_(list(order_ids)))
        .order_by(Order.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(session().scalars(statement))


def begin_holds(order: Order, deadlines: Mapping[UUID, datetime | None]) -> dict[UUID, Mapping[str, Any]]:
    """From payment on the order's pending holds keep it from shipping; returns their pools with the reasons.

    `deadlines` gives each pool's deadline, fixed by now.
    """
    pending = (
        session()
        .scalars(select(OrderHold).where(OrderHold.order_id == order.id, OrderHold.state == "pending"))
        .all()
    )
    for hold in pending:
        hold.state, hold.release_by = "waiting", deadlines.get(hold.pool_id)
    order.holds_open += len(pending)
    session().flush()
    return {hold.pool_id: hold.reason for hold in pending}


def release_holds(pool_id: UUID) -> tuple[UUID, ...]:
    """End the holds of a pool that is complete: what nothing else holds may ship; returns the orders.

    The pool is locked by the caller.
    """
    order_ids = end_holds(pool_id, "released")
    reason = session().scalars(select(OrderHold.reason).where(OrderHold.pool_id == pool_id).limit(1)).first()
    free = {order.id for order in lock_orders(order_ids) if not order.holds_open}
    for order_id in order_ids:
        note(
            order_id=order_id,
            kind="released",
            text=_FREE if order_id in free else _COMPLETE,
            params={"reason": reason},
        )
    tell_released(one for one in order_ids if one in free)
    record(HoldsReleased(pool_id=pool_id, order_ids=order_ids))
    return order_ids


_FREE = N_("%(reason)s: complete. The order can be shipped now.")
_COMPLETE = N_("%(reason)s: complete.")


def move_holds(pool_id: UUID, release_by: datetime) -> tuple[UUID, ...]:
    """Orders wait for this pool until `release_by` instead; returns them. The pool is locked by the caller."""
    moved = (
        update(OrderHold)
        .where(
            OrderHold.shop_id == current_scope().shop_id,
            OrderHold.pool_id == pool_id,
            OrderHold.state == "waiting",
        )
        .values(release_by=release_by)
        .returning(OrderHold.order_id)
    )
    order_ids = tuple(sorted(session().scalars(moved.execution_options(synchronize_session=False))))
    for order_id in order_ids:
        note(
            order_id=order_id,
            kind="held",
            text=N_("The shop gave more time: if not complete by %(until)s, the money goes back by itself."),
            params={"until": release_by},
        )
    return order_ids


def orders_waiting_for(pool_id: UUID) -> Sequence[UUID]:
    """The orders that this pool keeps from shipping; more may join them until the pool is locked."""
    waiting = select(OrderHold.order_id).where(OrderHold.pool_id == pool_id, OrderHold.state == "waiting")
    return session().scalars(waiting).all()


def end_holds(pool_id: UUID, state: str) -> tuple[UUID, ...]:
    """End the waiting holds of a pool ("released" or "expired") and count them down on their orders."""
    ended = (
        update(OrderHold)
        .where(
            OrderHold.shop_id == current_scope().shop_id,
            OrderHold.pool_id == pool_id,
            OrderHold.state == "waiting",
        )
        .values(state=state, ended_at=now())
        .returning(OrderHold.order_id)
    )
    order_ids = tuple(sorted(session().scalars(ended.execution_options(synchronize_session=False))))
    for order in lock_orders(order_ids):
        order.holds_open -= 1
    session().flush()
    return order_ids


def drop_holds(order: Order) -> None:
    """End every open hold of an order that is being cancelled."""
    open_holds = (
        session()
        .scalars(
            select(OrderHold).where(
                OrderHold.order_id == order.id, OrderHold.state.in_(("pending", "waiting"))
            )
        )
        .all()
    )
    for hold in open_holds:
        if hold.state == "waiting":
            order.holds_open -= 1
        hold.state, hold.ended_at = "dropped", now()
    session().flush()


def mark_cancelled(order: Order, reason: str) -> None:
    """Close a locked order; money and reservations are the caller's business."""
    order.lifecycle, order.cancelled_at, order.cancel_reason = "cancelled", now(), reason
    drop_holds(order)
    held = session().scalars(select(OrderHold.reason).where(OrderHold.order_id == order.id).limit(1)).first()
    params = {"reason": held or {"message": N_("Order"), "params": {}}}
    note(order_id=order.id, kind="cancelled", text=CANCEL_REASONS[reason], params=params)
    tell_cancelled(order.id, reason, {"message": CANCEL_REASONS[reason], "params": params})
    record(OrderCancelled(order_id=order.id, reason=reason))


def count_refunded(order: Order, *, amount: int, units: Mapping[str, int], shipping: int) -> None:
    """Book a refund on a locked order: amount in minor units, units per line key, freight in minor units.

    CHECK constraints refuse more than was captured or sold.
    """
    order.refunded_minor += amount
    order.refunded_shipping_minor += shipping
    order.financial = "refunded" if order.refunded_minor == order.captured_minor else "partly_refunded"
    lines = _lines([order.id])[order.id]
    for line in lines:
        line.refunded += units.get(line.key, 0)
    _settle_fulfilment(order, lines)


def count_shipped(parcels: Sequence[tuple[Order, Mapping[str, int]]]) -> list[dict[str, OrderLine]]:
    """Book units as sent (line key → units, each above 0) on locked orders; returns each parcel's lines by key.

    Raises NotFound for a key that an order does not have, TooManyUnits when fewer are left.
    """
    lines = _lines({order.id for order, _ in parcels})
    found = [_ship_units(lines[order.id], units) for order, units in parcels]
    for order, _ in parcels:
        order.fulfilment = _fulfilment(lines[order.id])
    session().flush()
    return found


def _ship_units(lines: Sequence[OrderLine], units: Mapping[str, int]) -> dict[str, OrderLine]:
    chosen = {line.key: line for line in lines if line.key in units}
    if chosen.keys() != units.keys():
        raise NotFound
    for key, line in chosen.items():
        left = max(line.quantity - line.shipped - line.refunded, 0)
        if units[key] > left:
            raise TooManyUnits(left=left, title=line.title)
    for key, line in chosen.items():
        line.shipped += units[key]
    return chosen


def count_unshipped(order: Order, units: Mapping[str, int]) -> None:
    """Book units (line key → units) of a shipment that was a mistake as not sent, on a locked order."""
    lines = _lines([order.id])[order.id]
    for line in lines:
        line.shipped -= units.get(line.key, 0)
    _settle_fulfilment(order, lines)


def _settle_fulfilment(order: Order, lines: Sequence[OrderLine]) -> None:
    order.fulfilment = _fulfilment(lines)
    session().flush()


def _fulfilment(lines: Sequence[OrderLine]) -> str:
    """What was refunded need not be sent any more: the last parcel, or the refund of the rest, ends it.

    `lines` are all of an order's; nobody else changes them while the order is locked.
    """
    shipped = any(line.shipped for line in lines)
    open_units = any(line.quantity > line.shipped + line.refunded for line in lines)
    return "unfulfilled" if not shipped else "partial" if open_units else "fulfilled"


def _lines(order_ids: Collection[UUID]) -> dict[UUID, list[OrderLine]]:
    found: dict[UUID, list[OrderLine]] = {order_id: [] for order_id in order_ids}
    wanted = select(OrderLine).where(OrderLine.order_id.in_(order_ids)).order_by(OrderLine.position)
    for line in session().scalars(wanted.execution_options(populate_existing=True)):
        found[line.order_id].append(line)
    return found


@command("orders.note")
def add_staff_note(*, order_id: UUID, text: str) -> None:
    """Put a staff member's own words on the timeline, not shown to the buyer."""
    note(order_id=order_id, kind="note", text="%(words)s", params={"words": text[:2000]}, public=False)
