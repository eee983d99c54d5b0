"""Jobs of group-buy: safe to run twice."""

from uuid import UUID

from core.sdk.jobs import job
from core.sdk.words import N_
from plugins.group_buy.actions.groups import end_group


@job("group_buy.end_group", queue="money", says=N_("ending a group of a closed activity"))
def end(group_id: str) -> None:
    """End one group of an activity that was closed with refunds."""
    end_group(group_id=UUID(group_id))
