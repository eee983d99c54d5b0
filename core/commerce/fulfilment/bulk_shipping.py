"""The parcels of one part of a bulk run: sent together, and one by one when something is in the way of one of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from core.commerce.fulfilment.actions import Sending, send_parcels
from core.commerce.fulfilment.bulk_outcomes import READY
from core.commerce.fulfilment.bulk_planning import OrdersNow, orders_now, parcel_of
from core.commerce.fulfilment.carriers import OWN_DELIVERY
from core.commerce.fulfilment.models import BulkRow, BulkRun
from core.commerce.fulfilment.tracking_files import TrackingRow
from core.commerce.orders.actions import lock_orders
from core.kernel.db import savepoint
from core.kernel.errors import InputRefused, PinpuError

_Parcel = Sequence[BulkRow]


def ship_rows(run: BulkRun, rows: Sequence[BulkRow]) -> None:
    """Send the parcels of these rows and write down what became of each; what is in the way of one keeps no other."""
    ids = {row.order_id for row in rows if row.order_id}
    lock_orders(ids)
    known = orders_now(ids)
    first, later = _by_turn(rows)
    ready = [(parcel, sending) for parcel in first if (sending := _sending(run, parcel, known))]
    if ready:
        _send_together(run, ready)
    for parcel in later:
        # The order's first parcel has left, so it is looked at again.
        if sending := _sending(run, parcel, orders_now([_order_id(parcel)])):
            _send_alone(run, parcel, sending)


def _by_turn(rows: Sequence[BulkRow]) -> tuple[list[_Parcel], list[_Parcel]]:
    """The parcels: the first of each order, and those that follow on it."""
    parcels: dict[int, list[BulkRow]] = {}
    for row in rows:
        parcels.setdefault(row.parcel, []).append(row)
    seen: set[UUID] = set()
    turns: tuple[list[_Parcel], list[_Parcel]] = ([], [])
    for parcel in parcels.values():
        turns[_order_id(parcel) in seen].append(parcel)
        seen.add(_order_id(parcel))
    return turns


def _order_id(parcel: _Parcel) -> UUID:
    order_id = parcel[0].order_id
    assert order_id is not None
    return order_id


def _sending(run: BulkRun, parcel: _Parcel, known: OrdersNow) -> Sending | None:
    """What is sent; None when something is in the way, which is written down."""
    first, pickup = parcel[0], run.kind == "hand_over"
    wanted = [
        TrackingRow(0, "", number=row.tracking_number, sku=row.sku, quantity=row.quantity) for row in parcel
    ]
    verdict = known.judge(_order_id(parcel), parcel_of(wanted, pickup=pickup))
    if verdict.outcome != READY:
        _end(parcel, verdict.outcome, verdict.said)
        return None
    return Sending(
        order_id=_order_id(parcel),
        units=verdict.units,
        carrier=OWN_DELIVERY if run.kind == "own_delivery" else first.carrier,
        tracking_number=first.tracking_number,
        pickup=pickup,
        shipment_id=uuid5(run.id, str(first.parcel)),
    )


def _send_together(run: BulkRun, ready: Sequence[tuple[_Parcel, Sending]]) -> None:
    try:
        with savepoint():
            send_parcels(sendings=[sending for _, sending in ready])
    except PinpuError:
        for parcel, sending in ready:
            _send_alone(run, parcel, sending)
    else:
        for parcel, _ in ready:
            _end(parcel, _done(run))


def _send_alone(run: BulkRun, parcel: _Parcel, sending: Sending) -> None:
    try:
        with savepoint():
            send_parcels(sendings=[sending])
    except InputRefused as refused:
        words = next((one for found in refused.fields.values() for one in found), refused.message)
        _end(parcel, "refused", {"reason": words})
    except PinpuError as refused:
        plain = {name: str(value) for name, value in refused.params.items()}
        _end(parcel, "refused", {"reason": {"message": refused.message, "params": plain}})
    else:
        _end(parcel, _done(run))


def _done(run: BulkRun) -> str:
    return "handed_over" if run.kind == "hand_over" else "shipped"


def _end(parcel: _Parcel, outcome: str, said: Mapping[str, Any] | None = None) -> None:
    for row in parcel:
        row.outcome, row.said = outcome, dict(said or {})
