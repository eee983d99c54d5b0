"""What can be asked for about an order now, unit by unit; pure: it follows from the order, its parcels and its cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.states import KINDS
from core.commerce.fulfilment.queries import ShipmentView
from core.commerce.orders.queries import OrderLineView, OrderView


@dataclass(frozen=True, slots=True)
class LineChance:
    """One line: how many units each kind can have, since when they are away, and until when something can be asked.

    `busy`: units of it are in an open case. A line with units that have not left is about these first.
    """

    line: OrderLineView
    units: Mapping[str, int] = field(default_factory=dict)
    sent_at: datetime | None = None
    until: datetime | None = None
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Chances:
    """What can be asked for: `cancel` the whole order (`at_once` without an answer), and what each line allows.

    `over_since` is when the time to return ended, if that is what stands in the way of everything.
    """

    lines: tuple[LineChance, ...]
    cancel: bool = False
    at_once: bool = False
    over_since: datetime | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that can be asked for."""
        found = {kind for one in self.lines for kind, units in one.units.items() if units}
        return tuple(kind for kind in KINDS if kind in found or (kind == "cancel" and self.cancel))

    def of_kind(self, kind: str) -> tuple[LineChance, ...]:
        """The lines that have units for it."""
        return tuple(one for one in self.lines if one.units.get(kind))

    def unit_limits(self, kind: str) -> dict[str, int]:
        """Line key → how many units a case of this kind can have."""
        return {one.line.key: one.units.get(kind, 0) for one in self.lines}


def chances(
    order: OrderView,
    promises: Promises,
    *,
    shipments: Iterable[ShipmentView],
    exchanged: Mapping[UUID, int],
    busy: Iterable[UUID],
    moment: datetime,
) -> Chances:
    """What a buyer can ask for at `moment`.

    Args:
        order: the order with its lines.
        promises: the shop's rules.
        shipments: what left, and when.
        exchanged: order line id → units that were exchanged.
        busy: order lines with units in an open case.
        moment: now, in UTC.
    """
    away = _away(shipments)
    taken = set(busy)
    window = timedelta(days=promises.return_days)
    looked = [
        _line(order, line, exchanged.get(line.id, 0), away.get(line.id), line.id in taken, window, moment)
        for line in order.lines
    ]
    if not _alive(order):
        return Chances(tuple(LineChance(line) for line in order.lines))
    unsent = order.lifecycle == "placed" and order.fulfilment == "unfulfilled"
    cancel = unsent and not taken
    at_once = cancel and (promises.cancel_at_once or order.holds_open > 0 or order.must_be_paid)
    over = None
    ends = [one.until for one in looked if one.until is not None]
    if ends and max(ends) <= moment:
        over = max(ends)
    return Chances(tuple(looked), cancel, at_once, over)


def _alive(order: OrderView) -> bool:
    return order.lifecycle != "cancelled" and order.financial != "refunded"


def _away(shipments: Iterable[ShipmentView]) -> dict[UUID, datetime]:
    """Order line → when the last of its units left."""
    found: dict[UUID, datetime] = {}
    for shipment in shipments:
        if shipment.kind == "replacement":
            continue
        for line_id in shipment.units:
            found[line_id] = max(found.get(line_id, shipment.shipped_at), shipment.shipped_at)
    return found


def _line(
    order: OrderView,
    line: OrderLineView,
    exchanged: int,
    sent_at: datetime | None,
    busy: bool,
    window: timedelta,
    moment: datetime,
) -> LineChance:
    left = max(line.quantity - line.refunded - exchanged, 0)
    until = sent_at + window if sent_at else None
    if busy or not left or order.must_be_paid:
        return LineChance(line, {}, sent_at, until, busy)
    unsent = max(line.to_ship, 0)
    if unsent:
        units = {} if order.holds_open else {"refund": min(unsent, left)}
        return LineChance(line, units, sent_at, None, busy)
    if until is None or until <= moment:
        return LineChance(line, {}, sent_at, until, busy)
    return LineChance(line, dict.fromkeys(("refund", "return", "exchange"), left), sent_at, until, busy)
