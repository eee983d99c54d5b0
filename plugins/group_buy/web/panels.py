"""The cards of groups on the console's pages of an order and of a customer."""

from collections.abc import Iterable
from uuid import UUID

from core.sdk.console import Action, console_path
from core.sdk.extensions import CustomerPanel, OrderPanel
from core.sdk.words import _
from plugins.group_buy.queries.groups import GroupView, MyGroup, group_of_order, groups_of
from plugins.group_buy.web.listings import standing_badge


def order_panels(order_ids: Iterable[UUID]) -> list[OrderPanel]:
    """A panel for each order that belongs to a group."""
    found = ((order_id, group_of_order(order_id)) for order_id in order_ids)
    return [_panel(order_id, group) for order_id, group in found if group is not None]


def _panel(order_id: UUID, group: GroupView) -> OrderPanel:
    paid = [seat.name for seat in group.seats if seat.state == "paid"]
    held = sum(seat.state == "reserved" for seat in group.seats)
    context = {
        "badge": standing_badge(group.standing),
        "link": Action(_("Open the group"), console_path(f"/x/group-buy/groups/{group.id}")),
        "words": _("%(paid)s of %(size)s paid", paid=group.paid, size=group.size),
        "names": paid[:12],
        "held": held,
        "free": max(0, min(12, group.size) - len(paid) - held),
    }
    return OrderPanel(order_id=order_id, template="group_buy/order_panel.html", context=context)


_MOST_GROUPS = 8


def customer_panels(customer_ids: Iterable[UUID]) -> list[CustomerPanel]:
    """A panel for each customer who has or had a place in a group."""
    found = ((customer_id, groups_of(customer_id, limit=_MOST_GROUPS)) for customer_id in customer_ids)
    return [
        CustomerPanel(
            customer_id=customer_id,
            template="group_buy/customer_panel.html",
            context={"rows": [_group_line(group) for group in groups]},
        )
        for customer_id, groups in found
        if groups
    ]


def _group_line(group: MyGroup) -> dict[str, object]:
    part = _("Leader") if group.leader else _("Member")
    words = _("%(paid)s of %(size)s paid", paid=group.paid, size=group.size)
    return {
        "url": console_path(f"/x/group-buy/groups/{group.id}"),
        "title": f"{group.title} {group.variant}".strip(),
        "text": f"{part} · {words}" if group.left_at is None else _("Left the group"),
        "badge": standing_badge(group.standing),
    }
