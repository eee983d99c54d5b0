"""The campaigns of all plugins of the bound shop, what collides, and the ways to buy that a trial can choose."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from core.commerce.promotions.campaigns import Campaign, Collision, collisions
from core.commerce.promotions.ways import TrialWay
from core.hooks.current import shop_hooks
from core.hooks.results import PluginResult

# How far an open-ended campaign is compared into the future.
HORIZON = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class CampaignList:
    """Campaigns in the order in which they begin; `silent` are plugins that could not tell theirs."""

    campaigns: tuple[Campaign, ...]
    silent: tuple[str, ...] = ()


def campaigns_between(since: datetime, until: datetime) -> CampaignList:
    """What every plugin runs or plans from `since` to before `until` (UTC)."""
    found: list[Campaign] = []
    silent: list[str] = []
    for answer in shop_hooks().call("show_campaigns", failed="collect", since=since, until=until):
        if not isinstance(answer, PluginResult):
            silent.append(answer.plugin)
            continue
        named = (replace(one, plugin=answer.plugin) for one in answer.value)
        found += [one for one in named if one.touches(since, until)]
    order = sorted(found, key=lambda one: (one.starts_at, one.plugin, one.key))
    return CampaignList(tuple(order), tuple(silent))


def collisions_of(campaign: Campaign) -> list[Collision]:
    """What a campaign (planned or stored; `plugin` filled in) would collide with, for the last step of its wizard."""
    until = campaign.ends_at or campaign.starts_at + HORIZON
    others = campaigns_between(campaign.starts_at, until).campaigns
    same = (campaign.plugin, campaign.key)
    rest = [one for one in others if (one.plugin, one.key) != same]
    mine = [one for one in collisions([campaign, *rest]) if campaign in (one.first, one.second)]
    return [
        one if one.first == campaign else replace(one, first=one.second, second=one.first) for one in mine
    ]


def trial_ways(variant_ids: Iterable[UUID], moment: datetime) -> dict[UUID, tuple[TrialWay, ...]]:
    """How these goods can be bought besides alone, by variant; only what can be chosen."""
    wanted = tuple(variant_ids)
    found: dict[UUID, tuple[TrialWay, ...]] = {}
    for answer in shop_hooks().call("show_trial_ways", variant_ids=wanted, moment=moment) if wanted else ():
        for one in answer.value:
            named = replace(one, plugin=answer.plugin)
            found[one.variant_id] = (*found.get(one.variant_id, ()), named)
    return {variant_id: ways for variant_id, ways in found.items() if variant_id in wanted}
