"""Starting and joining a group as the price simulator offers them: the very marks that a checkout's line would carry."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.sdk.campaigns import TrialWay
from core.sdk.shop import current_scope
from core.sdk.tables import PRODUCT, VARIANT
from core.sdk.words import _
from plugins.group_buy.blocks.kinds import people_words
from plugins.group_buy.models import Activity
from plugins.group_buy.queries.activities import ActivityView, views_of
from plugins.group_buy.queries.facts import Mark
from plugins.group_buy.queries.groups import OpenGroup, open_groups

_MOST_GROUPS = 40
# Of each variant so many open groups are offered.
_MOST_JOINED = 3


def trial_ways(variant_ids: Iterable[UUID], moment: datetime) -> list[TrialWay]:
    """Starting a group of the activity that runs at `moment`, and joining groups that are open now; three statements."""
    wanted = set(variant_ids)
    running = [one for one in _running(wanted, moment) if wanted & one.prices.keys()]
    ways = [_start(one, kind) for one in running for kind in one.prices if kind in wanted]
    groups = open_groups(activity_ids=[one.id for one in running], limit=_MOST_GROUPS) if running else []
    for kind in sorted(wanted):
        mine = [group for group in groups if group.variant_id == kind]
        ways += [_join(group) for group in mine[:_MOST_JOINED]]
    return ways


def _running(variant_ids: set[UUID], moment: datetime) -> list[ActivityView]:
    products = select(VARIANT.c.product_id).where(
        VARIANT.c.shop_id == current_scope().shop_id, VARIANT.c.id.in_(variant_ids)
    )
    return views_of(
        select(Activity)
        .join(PRODUCT, (PRODUCT.c.shop_id == Activity.shop_id) & (PRODUCT.c.id == Activity.product_id))
        .where(
            Activity.product_id.in_(products),
            Activity.state.in_(("published", "paused")),
            Activity.starts_at <= moment,
            Activity.ends_at > moment,
        )
        .order_by(Activity.ends_at, Activity.id)
    )


def _start(one: ActivityView, variant_id: UUID) -> TrialWay:
    return TrialWay(
        variant_id=variant_id,
        key=f"start-{one.id}",
        label=_("Starting a group: %(people)s", people=people_words(one.ladder(variant_id))),
        mark=Mark(one.id, None).as_json(),
    )


def _join(group: OpenGroup) -> TrialWay:
    taken = _("%(taken)s of %(size)s seats taken", taken=group.size - group.left, size=group.size)
    return TrialWay(
        variant_id=group.variant_id,
        key=f"join-{group.code}",
        label=_("Joining %(name)s's group: %(taken)s", name=group.leader, taken=taken),
        mark=Mark(group.activity_id, group.id).as_json(),
    )
