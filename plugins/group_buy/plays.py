"""The campaign that a merchant begins with one press: two buy together, a fifth cheaper, with a day to find each other."""

from datetime import timedelta
from uuid import UUID

from core.sdk.clock import now
from core.sdk.console import console_path
from core.sdk.errors import NotFound
from core.sdk.extensions import GrowthPlay
from core.sdk.words import N_
from plugins.group_buy.actions.activities import publish_activity, save_activity
from plugins.group_buy.domain import Plan
from plugins.group_buy.queries.activities import running_activities, sold_product

SIZE = 2
OFF_PERCENT = 20
WINDOW = timedelta(hours=24)
# How long new groups can be started.
_RUNS = timedelta(days=14)
_LONGEST_TITLE = 60


def begin(product_id: UUID) -> str:
    """Publish a group-buy on a product, or find the one that runs; returns the address of its page."""
    running = running_activities([product_id])
    activity_id = running[0].id if running else _published(product_id)
    return console_path(f"/x/group-buy/activities/{activity_id}")


def _published(product_id: UUID) -> UUID:
    product = sold_product(product_id)
    if product is None:
        raise NotFound
    starts = now().replace(second=0, microsecond=0)
    plan = Plan(
        title=product.title[:_LONGEST_TITLE],
        size=SIZE,
        window=WINDOW,
        starts_at=starts,
        ends_at=starts + _RUNS,
        hard_end_at=starts + _RUNS + WINDOW,
        limit_per_customer=None,
        stock_cap=None,
        prices={kind.id: kind.price_minor * (100 - OFF_PERCENT) // 100 for kind in product.variants},
    )
    activity_id = save_activity(product_id=product_id, plan=plan)
    publish_activity(activity_id=activity_id)
    return activity_id


PLAY = GrowthPlay(
    key="pair",
    label=N_("Group-buy for two"),
    text=N_(
        "Two people who buy together pay 20% less. One starts, sends the link to a friend, and both have 24 hours; "
        "if nobody comes, the money goes back by itself."
    ),
    icon="users-group",
    permission="group_buy.manage",
    start=begin,
)
