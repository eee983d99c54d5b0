"""The card of a group on the console's page of an order."""

from collections.abc import Iterable
from uuid import UUID

from core.sdk.console import Action, console_path
from core.sdk.extensions import OrderPanel
from core.sdk.words import _
from plugins.group_buy.queries.groups import GroupView, group_of_order
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
