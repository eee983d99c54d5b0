"""Checkout and payment: the seat that is kept, what happens if the group fills first, and when money returns."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.data import as_id, session
from core.sdk.reservations import reservations_of
from core.sdk.shop import current_scope, settings, takes_new_business
from core.sdk.storefront import SlotBlock, SlotRequest
from core.sdk.tables import CHECKOUT
from core.sdk.words import N_, _
from plugins.group_buy.blocks.kinds import notes
from plugins.group_buy.blocks.views import in_words
from plugins.group_buy.domain import CHOICES, Standing, stage
from plugins.group_buy.models import Activity
from plugins.group_buy.pools import seat_pool
from plugins.group_buy.queries.activities import views_of
from plugins.group_buy.queries.groups import GroupView, group_by_id, group_of_order
from plugins.group_buy.schemas import GroupBuySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSeat:
    """A seat that is kept for this buyer, in the shape of core's own `ReservationView`."""

    text: str
    until: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to the question what happens if the group is full by the time the payment comes."""

    value: str
    label: str
    detail: str
    selected: bool


_ANSWERS = {
    "join_other": (
        N_("Move to another group that is nearly full"),
        N_("Same price, same kind; if there is none, the money goes back."),
    ),
    "start_new": (
        N_("Start a new group"),
        N_("You lead it; %(window)s to bring %(size)s people together."),
    ),
    "refund": (N_("Send the money back"), N_("At once, the whole amount.")),
}


def checkout_blocks(request: SlotRequest) -> list[SlotBlock]:
    """What the checkout of a group-buy shows."""
    row = _checkout(request.checkout_id) if request.checkout_id else None
    mark = _mark(row)
    activity_id = as_id(str(mark.get("activity"))) if mark else None
    activity = session().get(Activity, (current_scope().shop_id, activity_id)) if activity_id else None
    if row is None or mark is None or activity is None:
        return []
    group_id = as_id(str(mark.get("group")))
    group = group_by_id(group_id) if group_id else None
    if group is None:
        return [_starting(activity)]
    return [_kept(row.id, group), _question(group, activity, request.params.get("group_buy.if_full", ""))]


def _checkout(checkout_id: UUID) -> Any:
    statement = select(CHECKOUT.c.id, CHECKOUT.c.lines).where(
        CHECKOUT.c.shop_id == current_scope().shop_id, CHECKOUT.c.id == checkout_id
    )
    return session().execute(statement).first()


def _mark(row: Any) -> dict[str, Any] | None:
    marks = [line["marks"].get("group_buy") for line in row.lines] if row is not None else []
    return next((mark for mark in marks if isinstance(mark, dict)), None)


def _starting(activity: Activity) -> SlotBlock:
    view = views_of(select(Activity).where(Activity.id == activity.id))[0]
    ladder = view.ladder(next(iter(view.prices)))
    context = {
        "size": ladder.first.size,
        "window": in_words(timedelta(minutes=activity.window_minutes)),
        "notes": notes(view.rules, ladder),
    }
    return SlotBlock("checkout.top", "group_buy/blocks/starting.html", context)


def _kept(checkout_id: UUID, group: GroupView) -> SlotBlock:
    seat = kept_seat("checkout", checkout_id, group)
    context = {
        "kept": seat,
        "open": group.standing is Standing.FORMING,
        "left": group.left,
        "notes": notes(group.rules, group.ladder),
    }
    return SlotBlock("checkout.top", "group_buy/blocks/kept.html", context)


def kept_seat(holder: str, holder_id: UUID, group: GroupView) -> KeptSeat | None:
    """The seat that a checkout or an unpaid order keeps in this group, while it does."""
    pool = seat_pool(group.id).id
    for held in reservations_of(holder, holder_id):
        if held.pool_id == pool and held.state == "held":
            number = group.size - group.left
            return KeptSeat(
                text=_("Seat %(number)s is kept for you", number=number),
                until=held.expires_at,
                detail=_("Group of %(leader)s · it is yours once you have paid", leader=group.leader),
            )
    return None


def _question(group: GroupView, activity: Activity, said: str) -> SlotBlock:
    """What is to happen if the group is full or over; a new group is offered only where one may begin today."""
    life = stage(activity.state, activity.starts_at, activity.ends_at, now())
    begins = takes_new_business("group_buy") and life == "running"
    # Every ticket of a draw belongs to its own group: a payment that comes too late goes back.
    kinds = ("refund",) if group.rules.of_kind.draws else CHOICES
    offered = [value for value in kinds if begins or value != "start_new"]
    wanted = (said, settings(GroupBuySettings, "group_buy")["if_full"], *offered)
    chosen = next(value for value in wanted if value in offered)
    window = in_words(timedelta(minutes=activity.window_minutes))
    answers = tuple(
        Answer(
            value=value,
            label=_(_ANSWERS[value][0]),
            detail=_(_ANSWERS[value][1], window=window, size=activity.size),
            selected=value == chosen,
        )
        for value in offered
    )
    context = {"answers": answers, "deadline": group.deadline, "size": group.ladder.first.size}
    return SlotBlock("checkout.choices", "group_buy/blocks/if_full.html", context)


def payment_blocks(request: SlotRequest) -> list[SlotBlock]:
    """While an order waits for its payment: until when its seat is kept."""
    blocks = []
    for order_id in request.subject_ids:
        group = group_of_order(order_id, viewer_id=request.customer_id)
        if group is not None:
            context = {"kept": kept_seat("order", order_id, group), "now": now()}
            blocks.append(SlotBlock("payment.status", "group_buy/blocks/kept_line.html", context))
    return blocks
