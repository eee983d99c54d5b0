"""From a file or a sheet to the rows of a bulk run: parcels put together, doubles found, every row judged beforehand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.fulfilment.bulk_outcomes import READY
from core.commerce.fulfilment.carriers import OWN_DELIVERY
from core.commerce.fulfilment.parcel_rules import Parcel, Verdict, judged
from core.commerce.fulfilment.queries import ShipmentView, shipments_of_orders
from core.commerce.fulfilment.tracking_files import TrackingRow
from core.commerce.orders.models import Order, OrderHold
from core.commerce.orders.queries import OrderView, orders_by_id
from core.kernel.db import session

_PART = 500


@dataclass(slots=True)
class PlannedRow:
    """A row with the order that it means and the parcel that it belongs to."""

    row: TrackingRow
    order_id: UUID | None = None
    parcel: int = -1
    outcome: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)

    def end(self, verdict: Verdict) -> None:
        """Note what becomes of it."""
        self.outcome, self.said = verdict.outcome, verdict.said


@dataclass(frozen=True, slots=True)
class OrdersNow:
    """Orders as they are now, with what left already and what holds them."""

    orders: Mapping[UUID, OrderView]
    shipments: Mapping[UUID, Sequence[ShipmentView]]
    holds: Mapping[UUID, Mapping[str, Any]]

    def judge(
        self, order_id: UUID | None, parcel: Parcel, taken: Mapping[UUID, int] | None = None
    ) -> Verdict:
        """What becomes of a parcel of this order."""
        if order_id is None:
            return judged(None, parcel, ())
        order, sent = self.orders.get(order_id), self.shipments.get(order_id, ())
        return judged(order, parcel, sent, hold=self.holds.get(order_id), taken=taken)


def orders_now(order_ids: Iterable[UUID]) -> OrdersNow:
    """Everything that decides about parcels of these orders, in five statements."""
    ids = list(dict.fromkeys(order_ids))
    sent: dict[UUID, list[ShipmentView]] = {}
    for one in shipments_of_orders(ids):
        sent.setdefault(one.order_id, []).append(one)
    waiting = select(OrderHold.order_id, OrderHold.reason).where(
        OrderHold.order_id.in_(ids), OrderHold.state == "waiting"
    )
    holds = {row.order_id: row.reason for row in session().execute(waiting)}
    return OrdersNow(orders_by_id(ids), sent, holds)


def planned_rows(rows: Iterable[TrackingRow]) -> list[PlannedRow]:
    """All rows, each with what would become of it now; rows of one parcel stand together."""
    planned = [PlannedRow(row, outcome=row.outcome, said=row.said) for row in rows]
    _find_orders(planned)
    _find_doubles([one for one in planned if not one.outcome])
    _judge([one for one in planned if not one.outcome])
    return sorted(planned, key=lambda one: (one.parcel < 0, one.parcel))


def _find_orders(planned: Sequence[PlannedRow]) -> None:
    numbers = sorted({one.row.order for one in planned} | {one.row.order.upper() for one in planned})
    known: dict[str, UUID] = {}
    for start in range(0, len(numbers), _PART):
        wanted = select(Order.number, Order.id).where(Order.number.in_(numbers[start : start + _PART]))
        known |= {row.number: row.id for row in session().execute(wanted)}
    for one in planned:
        one.order_id = known.get(one.row.order) or known.get(one.row.order.upper())
        if one.order_id is None and not one.outcome:
            one.outcome = "unknown_order"


def _find_doubles(planned: Sequence[PlannedRow]) -> None:
    """Number the parcels; mark rows that say the same twice, and numbers that two orders have."""
    seen: dict[tuple[Any, ...], PlannedRow] = {}
    numbers: dict[tuple[str, str], PlannedRow] = {}
    receivers = _receivers(planned)
    parcels: dict[tuple[Any, ...], int] = {}
    for one in planned:
        row = one.row
        key = (one.order_id, row.carrier, row.number, row.sku.casefold())
        if (first := seen.setdefault(key, one)) is not one:
            one.end(Verdict("twice", {"line": first.row.line}))
            continue
        other = numbers.setdefault((row.carrier, row.number), one) if row.number else one
        if other.order_id != one.order_id and receivers.get(other.order_id) != receivers.get(one.order_id):
            one.end(Verdict("number_twice", {"line": other.row.line, "order": other.row.order}))
            continue
        one.parcel = parcels.setdefault((one.order_id, row.carrier, row.number), len(parcels))


def _receivers(planned: Sequence[PlannedRow]) -> dict[UUID | None, str]:
    """Where orders go whose number stands in the file for more than one of them: one parcel may hold both."""
    orders: dict[tuple[str, str], set[UUID]] = {}
    for one in planned:
        if one.row.number and one.order_id:
            orders.setdefault((one.row.carrier, one.row.number), set()).add(one.order_id)
    ids = [each for found in orders.values() if len(found) > 1 for each in found]
    statement = select(Order.id, Order.address).where(Order.id.in_(ids))
    return {row.id: repr(sorted(row.address.items())) for row in session().execute(statement)} if ids else {}


def _judge(planned: Sequence[PlannedRow]) -> None:
    parcels: dict[int, list[PlannedRow]] = {}
    for one in planned:
        parcels.setdefault(one.parcel, []).append(one)
    groups = list(parcels.values())
    taken: dict[UUID, int] = {}
    lines: dict[UUID, int] = {}
    for start in range(0, len(groups), _PART):
        part = groups[start : start + _PART]
        now = orders_now(group[0].order_id for group in part if group[0].order_id)
        for group in part:
            _judge_parcel(group, now, taken, lines)
        session().expunge_all()


def _judge_parcel(
    group: Sequence[PlannedRow], now: OrdersNow, taken: dict[UUID, int], lines: dict[UUID, int]
) -> None:
    first = group[0]
    order_id = first.order_id
    assert order_id is not None
    verdict = now.judge(order_id, parcel_of([one.row for one in group]), taken)
    if verdict.outcome in ("already", "refunded") and order_id in lines and not now.shipments.get(order_id):
        verdict = Verdict("twice", {"line": lines[order_id]})
    for one in group:
        one.end(verdict)
    if verdict.outcome == READY:
        lines.setdefault(order_id, first.row.line)
        keys = {line.key: line.id for line in now.orders[order_id].lines}
        for key, units in verdict.units.items():
            taken[keys[key]] = taken.get(keys[key], 0) + units


def parcel_of(rows: Sequence[TrackingRow], *, pickup: bool = False) -> Parcel:
    """What rows of one parcel say together; a row without SKU means everything that is left."""
    if any(not row.sku for row in rows):
        return Parcel(rows[0].number, pickup=pickup)
    wanted: dict[str, int] = {}
    for row in rows:
        wanted[row.sku.casefold()] = wanted.get(row.sku.casefold(), 0) + (row.quantity or 1)
    return Parcel(rows[0].number, wanted, pickup)


def own_delivery_row(number: str) -> TrackingRow:
    """A row that says: the shop brings it itself."""
    return replace(TrackingRow(0, number), carrier=OWN_DELIVERY)
