"""What a case would give back, for those who look before they decide; changes nothing."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from core.commerce.aftersale.locking import exchanged_of
from core.commerce.aftersale.money import Offer, case_offer
from core.commerce.aftersale.promises import Promises
from core.commerce.orders.models import Order
from core.kernel.db import session
from core.kernel.errors import NotFound


def offer_now(order_id: UUID, rules: Promises, *, kind: str, fault: bool, units: Mapping[str, int]) -> Offer:
    """What these units (line key → units) of an order give back now. Raises NotFound, RefundRefused, RefundEmpty."""
    found = select(Order).where(Order.id == order_id).execution_options(populate_existing=True)
    order = session().scalars(found).first()
    if order is None:
        raise NotFound
    return case_offer(order, rules, kind=kind, fault=fault, units=units, exchanged=exchanged_of(order_id))
