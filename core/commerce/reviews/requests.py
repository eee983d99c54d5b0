"""What happens by itself: buyers are asked for a review once, and reviews that nobody decided on are shown."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.fulfilment.models import Shipment
from core.commerce.messages.actions import send_message
from core.commerce.orders.models import Order
from core.commerce.reviews.models import AskedOrder, Review, ReviewRules
from core.commerce.reviews.rules import UNDECIDED_DAYS
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

_BATCH = 500


@command("system")
def ask_for_reviews() -> int:
    """Ask the buyers of orders whose last parcel left long enough ago; returns how many were asked now.

    Shipments are gone through in the order they left, each once; an order that is still to be sent in part waits for its
    last parcel. Two at a time do the same work once.
    """
    rules = session().scalars(
        select(ReviewRules).where(ReviewRules.shop_id == current_scope().shop_id).with_for_update()
    ).first()  # fmt: skip
    if rules is None or not rules.ask or rules.asked_until is None:
        return 0
    until = now() - timedelta(days=rules.ask_after_days)
    sent = _sent_between(rules.asked_until, until)
    if not sent:
        return 0
    rules.asked_until = max(sent.values())
    return sum(_ask(order_id) for order_id in _askable(list(sent)))


def _sent_between(after: datetime, until: datetime) -> dict[UUID, datetime]:
    """Orders whose parcels left then, with when the last one did: a batch of them, and all of its last moment."""
    window = (Shipment.shop_id == current_scope().shop_id, Shipment.shipped_at > after)
    first = (
        select(Shipment.shipped_at)
        .where(*window, Shipment.shipped_at <= until)
        .order_by(Shipment.shipped_at)
        .limit(_BATCH)
        .subquery()
    )
    last = session().scalar(select(func.max(first.c.shipped_at)))
    if last is None:
        return {}
    rows = session().execute(
        select(Shipment.order_id, func.max(Shipment.shipped_at))
        .where(*window, Shipment.shipped_at <= last)
        .group_by(Shipment.order_id)
    )
    return {row[0]: row[1] for row in rows}


def _askable(order_ids: list[UUID]) -> list[UUID]:
    """Orders that were sent whole, whose money was kept, and of which nothing was reviewed yet; no test orders."""
    reviewed = select(Review.id).where(Review.shop_id == Order.shop_id, Review.order_id == Order.id).exists()
    statement = select(Order.id).where(
        Order.shop_id == current_scope().shop_id,
        Order.id.in_(order_ids),
        Order.fulfilment == "fulfilled",
        Order.lifecycle != "cancelled",
        Order.financial.in_(("paid", "partly_refunded")),
        ~Order.is_test,
        ~reviewed,
    )
    return list(session().scalars(statement.order_by(Order.id)))


def _ask(order_id: UUID) -> bool:
    once = insert(AskedOrder).values(
        shop_id=current_scope().shop_id, id=new_id(), order_id=order_id, created_at=now()
    )
    asked = session().execute(once.on_conflict_do_nothing().returning(AskedOrder.id)).scalar()
    if asked is None:
        return False
    return send_message(topic="reviews.request", about={"order_id": order_id}, dedupe_key=str(order_id))


@command("system")
def show_undecided_reviews() -> int:
    """Show reviews that waited for UNDECIDED_DAYS; returns how many."""
    since = now() - timedelta(days=UNDECIDED_DAYS)
    statement = (
        update(Review)
        .where(
            Review.shop_id == current_scope().shop_id,
            Review.state == "waiting",
            Review.created_at <= since,
            (Review.edited_at.is_(None)) | (Review.edited_at <= since),
        )
        .values(state="shown", decided_at=now())
        .execution_options(synchronize_session=False)
        .returning(Review.id)
    )
    return len(session().scalars(statement).all())
