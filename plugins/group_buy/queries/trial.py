"""An activity as a backtest needs it: had everybody who bought these goods bought them in a full group."""

from typing import Any

from core.sdk.campaigns import TrialRules
from core.sdk.values import PriceInput
from plugins.group_buy.domain import Offer, adjustments
from plugins.group_buy.queries.activities import ActivityView


def trial_of(activity: ActivityView) -> TrialRules:
    """The lowest group price for all goods of the activity; lines that were bought in a group keep their own.

    It is the most that it could have cost: the same baskets, each line in a group that filled.
    """

    def facts(given: PriceInput) -> dict[str, Any]:
        stored = given.facts["group_buy"].get("lines", {})
        offered = {
            line.key: Offer(
                activity=str(activity.id),
                version=activity.version,
                size=activity.size,
                price=activity.ladder(line.variant_id).top.price,
                state="published",
                starts_at=activity.starts_at,
                ends_at=activity.ends_at,
                kind=activity.rules.kind,
                coupons=activity.rules.coupons,
            ).as_json()
            for line in given.lines
            if line.variant_id in activity.prices
        }
        return {"lines": {**offered, **stored}}

    return TrialRules(
        plugin="group_buy",
        facts=facts,
        adjust=lambda stage, given, _running: adjustments(stage, given),
        besides=True,
    )
