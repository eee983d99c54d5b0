"""The campaigns of all plugins of the bound shop, and what collides."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.commerce.promotions.campaigns import Campaign, Collision, collisions
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
