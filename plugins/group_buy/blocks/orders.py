"""The order page and the account: how the group stands, how to leave it, and what to do after it failed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.sdk.catalog import sold_variants
from core.sdk.data import session
from core.sdk.shop import current_scope, takes_new_business
from core.sdk.storefront import SlotBlock, SlotRequest
from core.sdk.tables import ORDER
from core.sdk.words import _, ngettext
from plugins.group_buy.blocks.kinds import Climb, climb_of, declared_words
from plugins.group_buy.blocks.views import HOME, Place, deal_of, goods_of, group_url, places_of
from plugins.group_buy.domain import Standing
from plugins.group_buy.queries.activities import running_activities
from plugins.group_buy.queries.groups import GroupView, group_of_order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderGroup:
    """The group of an order, in words for its buyer; `leave_url` is "" when there is nothing to leave."""

    headline: str
    detail: str
    standing: str
    url: str
    size: int
    paid: int
    deadline: datetime | None
    places: tuple[Place, ...]
    leave_url: str
    leads: bool
    climb: Climb | None
    declared: str
    draw_url: str


def order_blocks(request: SlotRequest) -> list[SlotBlock]:
    """What an order's page shows of its group."""
    blocks: list[SlotBlock] = []
    for order_id in request.subject_ids:
        group = group_of_order(order_id, viewer_id=request.customer_id)
        if group is not None:
            blocks += _blocks(order_id, group, request.customer_id)
    return blocks


def _blocks(order_id: UUID, group: GroupView, viewer_id: UUID | None) -> list[SlotBlock]:
    order = _order(order_id)
    view = _view(group, order, viewer_id)
    if order.lifecycle == "cancelled":
        again = _again(group)
        return [SlotBlock("order.after", "group_buy/blocks/again.html", again)] if again else []
    blocks = [SlotBlock("order.status", "group_buy/blocks/order.html", {"group": view})]
    if view.leave_url:
        blocks.append(SlotBlock("order.after", "group_buy/blocks/leave.html", {"group": view}))
    return blocks


@dataclass(frozen=True, slots=True)
class _Order:
    lifecycle: str
    financial: str
    customer_id: UUID | None
    price: int | None


def _order(order_id: UUID) -> _Order:
    row = (
        session()
        .execute(
            select(
                ORDER.c.lifecycle,
                ORDER.c.financial,
                ORDER.c.customer_id,
                ORDER.c.marks["group_buy"]["price"].as_integer().label("price"),
            ).where(ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == order_id)
        )
        .one()
    )
    return _Order(row.lifecycle, row.financial, row.customer_id, row.price)


def _view(group: GroupView, order: _Order, viewer_id: UUID | None) -> OrderGroup:
    headline, detail = _words(group, paid=order.financial != "unpaid")
    mine = viewer_id is not None and order.customer_id == viewer_id
    may_leave = mine and group.standing is Standing.FORMING and order.financial == "paid"
    url = group_url(group.code)
    return OrderGroup(
        headline=headline,
        detail=detail,
        standing=group.standing.value,
        url=url,
        size=group.size,
        paid=group.paid,
        deadline=group.deadline,
        places=places_of(group),
        leave_url=f"{url}/leave" if may_leave else "",
        leads=any(seat.mine and seat.leader for seat in group.seats),
        climb=climb_of(group, order.price),
        declared=declared_words(group),
        draw_url=f"{url}/draw" if group.rules.of_kind.draws else "",
    )


def _words(group: GroupView, *, paid: bool) -> tuple[str, str]:
    missing = group.missing
    if group.standing is Standing.SUCCEEDED:
        return _("The group is complete"), _success_words(group)
    if group.standing is Standing.FORMING and not missing:
        return _("This group succeeds"), _("It goes on until its time is over; the more join, the cheaper.")
    if group.standing is Standing.FORMING:
        return (
            ngettext("%(n)s more has to pay", "%(n)s more have to pay", missing),
            _("If the group is not complete by then, the whole amount goes back by itself."),
        )
    if group.standing is Standing.WAITING and not paid:
        return _("The group begins when you pay"), _("Then its link can be shared.")
    return _("The group did not fill"), _("The money goes back by itself.")


def _success_words(group: GroupView) -> str:
    if group.rules.of_kind.draws:
        return (
            _("You were drawn. The order ships now.")
            if group.settled_at
            else _("The draw is made in a moment.")
        )
    if group.declared_paid is not None:
        return _("The order ships now.")
    return _("All %(size)s have paid. The order ships now.", size=group.paid)


def _again(group: GroupView) -> dict[str, object]:
    """Both prices of the same goods today, for somebody whose group failed."""
    variant = sold_variants([group.variant_id]).get(group.variant_id)
    if variant is None or not variant.for_sale:
        return {}
    goods = goods_of(variant)
    running = running_activities([variant.product_id], limit=1) if takes_new_business("group_buy") else []
    deal = deal_of(running[0], variant.id, variant.price_minor) if running else None
    return {"goods": goods, "deal": deal}


def account_blocks(request: SlotRequest) -> list[SlotBlock]:
    """A door to the buyer's own groups."""
    if request.customer_id is None:
        return []
    return [SlotBlock("account.links", "group_buy/blocks/account_link.html", {"url": f"{HOME}mine"})]
