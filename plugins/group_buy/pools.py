"""Which pools of core count what: seats of a group, one seat per buyer, pieces per buyer, pieces of the activity."""

from datetime import datetime
from uuid import UUID

from core.sdk.reservations import NewPool

OWNER = "group_buy"
SEAT, MEMBER, CUSTOMER, STOCK = "seat", "member", "customer", "stock"


def seat_pool(
    group_id: UUID,
    *,
    size: int | None = None,
    window_seconds: int | None = None,
    hard_deadline: datetime | None = None,
) -> NewPool:
    """The seats of a group: one unit per member, closed by itself when all are paid; only its maker gives the numbers."""
    return NewPool(
        OWNER,
        SEAT,
        str(group_id),
        capacity=size,
        threshold=size,
        window_seconds=window_seconds,
        hard_deadline=hard_deadline,
    )


def member_pool(group_id: UUID, customer_id: UUID) -> NewPool:
    """One seat of a group per buyer."""
    return NewPool(OWNER, MEMBER, f"{group_id}:{customer_id}", capacity=1)


def customer_pool(activity_id: UUID, customer_id: UUID, limit: int | None) -> NewPool:
    """Pieces that one buyer can have of an activity; counted even without a limit, so that one can be set later."""
    return NewPool(OWNER, CUSTOMER, f"{activity_id}:{customer_id}", capacity=limit)


def stock_pool(activity_id: UUID, cap: int | None) -> NewPool:
    """Pieces of an activity at the group price; counted even without a cap."""
    return NewPool(OWNER, STOCK, str(activity_id), capacity=cap)
