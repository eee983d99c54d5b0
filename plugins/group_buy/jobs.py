"""Jobs of group-buy: safe to run twice."""

from uuid import UUID

from core.sdk.jobs import job
from core.sdk.words import N_
from plugins.group_buy.actions.deciding import complete_group, end_group
from plugins.group_buy.actions.perks import look_at_perk
from plugins.group_buy.actions.settling import settle_group


@job("group_buy.end_group", queue="money", says=N_("ending a group of a closed activity"))
def end(group_id: str) -> None:
    """End one group of an activity that was closed with refunds."""
    end_group(group_id=UUID(group_id))


@job("group_buy.complete_group", queue="money", says=N_("completing a group of a closed activity"))
def complete(group_id: str) -> None:
    """Declare one group of an activity successful that was closed so."""
    complete_group(group_id=UUID(group_id))


@job("group_buy.settle_group", queue="money", says=N_("doing what follows from a group's success"))
def settle(group_id: str) -> None:
    """Send differences back, draw winners, note the leader's perk."""
    settle_group(group_id=UUID(group_id))


@job("group_buy.look_at_perk", queue="money", says=N_("looking whether a leader's perk is due"))
def look(perk_id: str) -> None:
    """Give one leader's perk, refuse it, or look again later."""
    look_at_perk(perk_id=UUID(perk_id))
