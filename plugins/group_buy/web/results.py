"""Results of activities for the page of insights, and groups that need a hand for the first page."""

from datetime import timedelta
from urllib.parse import urlencode

from core.sdk.console import console_path, may
from core.sdk.extensions import HomeTask
from core.sdk.insights import CampaignFigure, CampaignResult, Period
from core.sdk.words import _, ngettext
from plugins.group_buy.queries.listings import SOON, groups_ending_soon
from plugins.group_buy.queries.results import ActivityResult, activity_results
from plugins.group_buy.web.listings import money, stage_badge


def campaign_results(period: Period) -> list[CampaignResult]:
    """What each activity brought in a period."""
    return [_result(one, period) for one in activity_results(period)] if may("group_buy.view") else []


def _result(one: ActivityResult, period: Period) -> CampaignResult:
    opened, over = _days("opened", period), _days("ended", period)
    page = console_path(f"/x/group-buy/activities/{one.activity.id}")
    figures = [
        CampaignFigure(label=_("Groups opened"), value=one.opened, url=f"{page}?view=all&{opened}"),
        CampaignFigure(label=_("Group complete"), value=one.succeeded, url=f"{page}?view=succeeded&{over}"),
        CampaignFigure(label=_("Did not fill"), value=one.failed, url=f"{page}?view=failed&{over}"),
    ]
    if one.declared:
        url = f"{page}?view=declared&{over}"
        figures.insert(2, CampaignFigure(label=_("of these by the shop"), value=one.declared, url=url))
    return CampaignResult(
        key=str(one.activity.id),
        title=one.activity.title,
        note=stage_badge(one.activity.stage).label,
        url=page,
        orders=one.orders,
        taken=money(one.taken),
        discount=money(one.discount),
        new_buyers=one.new_buyers,
        figures=figures,
    )


def _days(name: str, period: Period) -> str:
    return urlencode({f"{name}_from": period.first.isoformat(), f"{name}_to": period.last.isoformat()})


def home_tasks() -> list[HomeTask]:
    """Groups that end soon and are not full: somebody may still share them."""
    if not may("group_buy.view"):
        return []
    found = groups_ending_soon()
    if not found.groups:
        return []
    hours = SOON // timedelta(hours=1)
    return [
        HomeTask(
            label=ngettext(
                "Group ends within %(hours)s hours",
                "Groups end within %(hours)s hours",
                found.groups,
                hours=hours,
            ),
            count=found.groups,
            url=console_path("/x/group-buy/groups?view=soon"),
            icon="users-group",
            detail=ngettext(
                "%(n)s seat is free: share it", "%(n)s seats are free: share them", found.free_seats
            ),
            tone="bad",
            due=found.first,
        )
    ]
