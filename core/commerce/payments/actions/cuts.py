"""A price that falls after it was paid: the difference of each unit goes back, and the buyer keeps the goods."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from core.commerce.orders import actions as orders
from core.commerce.orders.models import OrderLine
from core.commerce.payments.actions.refund import kept_payment, write_refund
from core.commerce.payments.models import Refund
from core.kernel.db import session


def lower_price(
    *, order_id: UUID, cuts: Mapping[str, Sequence[int]], source: str, reason: str = ""
) -> UUID | None:
    """Send back `cuts` (line key → minor units of each unit, in order) of an order's captured payment.

    A unit that was refunded before gets nothing, and no unit more than it cost; a later refund of a unit gives back only
    what is left of its price. Once per (payment, `source`): told again, it answers the refund that exists. Returns the
    refund's id, or None when nothing is to go back. Joins the caller's transaction; the caller checked the permission.
    """
    found = orders.lock_orders([order_id])
    payment = kept_payment(order_id) if found else None
    if payment is None or found[0].lifecycle == "cancelled":
        return None
    order, cause = found[0], f"cut:{source}"
    known = select(Refund.id).where(Refund.payment_id == payment.id, Refund.cause == cause)
    if (earlier := session().scalars(known).first()) is not None:
        return earlier
    lines = session().scalars(
        select(OrderLine)
        .where(OrderLine.order_id == order_id, OrderLine.key.in_(list(cuts)))
        .execution_options(populate_existing=True)
    )
    fallen = {line: _cut_units(line, cuts[line.key]) for line in lines}
    amount = sum(sum(units) for units in fallen.values())
    if not amount:
        return None
    for line, units in fallen.items():
        before = line.unit_cuts or [0] * line.quantity
        line.unit_cuts = [was + off for was, off in zip(before, units, strict=True)]
    refund = write_refund(order=order, payment=payment, amount=amount, cause=cause, reason=reason, lines={})
    return refund.id


def _cut_units(line: OrderLine, wanted: Sequence[int]) -> list[int]:
    before = line.unit_cuts or [0] * line.quantity
    return [
        min(off, net - was) if place >= line.refunded else 0
        for place, (net, was, off) in enumerate(zip(line.unit_nets, before, wanted, strict=True))
    ]
