"""What happens after an order is paid, in tests: goods leave, go to other people, a pool's time runs out."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, update

from core.commerce.fulfilment.actions import ship_order
from core.commerce.orders.models import Order
from core.commerce.orders.queries import order
from core.commerce.payments.actions.deadlines import end_pool as end_pool
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.events import EventRow


def ship_all(order_id: UUID) -> None:
    """Send everything of an order that has not left."""
    with reading():
        found = order(order_id)
    assert found is not None
    units = {line.key: line.to_ship for line in found.lines}
    ship_order(order_id=order_id, units=units, carrier="sf", tracking_number=f"SF{order_id.int % 10**12}")


@command("system")
def sent_elsewhere(order_id: UUID, number: int) -> None:
    """As if this order had been placed with another address and phone number."""
    address = {"region": "浙江省", "city": "杭州市", "line1": f"{number} 号"}
    contact = {"name": "A", "phone": f"1380000000{number}"}
    session().execute(update(Order).where(Order.id == order_id).values(address=address, contact=contact))


@command("system")
def lives_at(order_id: UUID, address: Mapping[str, str]) -> None:
    """As if this order had been placed with this address."""
    session().execute(update(Order).where(Order.id == order_id).values(address=dict(address)))


def told(event: str) -> list[dict[str, object]]:
    """The bodies of all events of this name in the bound shop, oldest first."""
    with reading():
        rows = session().scalars(
            select(EventRow.body).where(EventRow.name == event).order_by(EventRow.created_at)
        )
        return [dict(body) for body in rows]
