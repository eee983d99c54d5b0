"""What programs may read and do of group-buy: activities, their groups, and what staff decide."""

from uuid import UUID

from core.sdk.api import ApiPage, ApiRoom, Get, PageAsked, PartOfApi, Send, newest
from core.sdk.words import N_
from plugins.group_buy.actions.activities import (
    close_activity,
    delete_draft,
    pause_activity,
    publish_activity,
    save_activity,
)
from plugins.group_buy.actions.deciding import cancel_group, declare_success, extend_group
from plugins.group_buy.actions.writing import write_to_members
from plugins.group_buy.models import Activity, Group
from plugins.group_buy.queries.activities import ActivityView, activity
from plugins.group_buy.queries.groups import GroupView, group_by_id
from plugins.group_buy.queries.listings import MemberRow, members_of
from plugins.group_buy.store_api import ROOM

READ = "group_buy.view"


def list_activities(*, page: PageAsked, product_id: UUID | None = None) -> ApiPage[ActivityView]:
    """The shop's activities, newest first.

    Args:
        product_id: only those with this product.
    """
    ids, after = newest(Activity, page, product_id=product_id)
    return ApiPage([found for one in ids if (found := activity(one))], after)


def list_groups(*, page: PageAsked, activity_id: UUID | None = None) -> ApiPage[GroupView]:
    """Groups that buyers opened, newest first.

    Args:
        activity_id: only those of this activity.
    """
    ids, after = newest(Group, page, activity_id=activity_id)
    return ApiPage([found for one in ids if (found := group_by_id(one))], after)


def list_members(group_id: UUID) -> list[MemberRow]:
    """Who is in a group."""
    return members_of(group_id)


API = PartOfApi(
    admin=ApiRoom(
        name="group_buy",
        title=N_("Group-buy"),
        about=N_("Activities, the groups that buyers opened, and what staff decide about them."),
        routes=(
            Get("/activities", list_activities, READ),
            Get("/activities/<uuid:activity_id>", activity, READ, row=Activity),
            Send("POST", "/activities", save_activity, fixed={"activity_id": None, "version": None}),
            Send("PUT", "/activities/<uuid:activity_id>", save_activity),
            Send("DELETE", "/activities/<uuid:activity_id>", delete_draft),
            Send("POST", "/activities/<uuid:activity_id>/publish", publish_activity),
            Send("POST", "/activities/<uuid:activity_id>/pause", pause_activity),
            Send("POST", "/activities/<uuid:activity_id>/close", close_activity, moves_money=True),
            Get("/groups", list_groups, READ),
            Get("/groups/<uuid:group_id>", group_by_id, READ, row=Group),
            Get("/groups/<uuid:group_id>/members", list_members, READ),
            Send("POST", "/groups/<uuid:group_id>/cancel", cancel_group, moves_money=True),
            Send("POST", "/groups/<uuid:group_id>/declare-success", declare_success),
            Send("POST", "/groups/<uuid:group_id>/extend", extend_group, answer="ends_at"),
            Send("POST", "/groups/<uuid:group_id>/message", write_to_members),
        ),
    ),
    storefront=ROOM,
)
