"""Group-buy's hooks: translators only; the rules are in domain.py, the work in actions and queries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema

from core.sdk.api import PartOfApi
from core.sdk.audiences import AudienceCondition
from core.sdk.campaigns import Campaign, PromiseFigures, TrialWay
from core.sdk.checkout import Claim, OrderClaimed
from core.sdk.demo import DemoSeed
from core.sdk.extensions import (
    CustomerPanel,
    GrowthPlay,
    HomeTask,
    MenuEntry,
    OrderPanel,
    Pages,
    Permission,
)
from core.sdk.hooks import DrainReport, PurgePlan, Refusal, hookimpl
from core.sdk.insights import CampaignResult, Period
from core.sdk.messages import MessageTopics
from core.sdk.orders import HoldsExpired, HoldsReleased, OrderCancelled, OrderPaid, PaidOrder, Replacement
from core.sdk.storefront import BlockType, ShareFacts, SlotBlock, SlotRequest
from core.sdk.values import Adjustment, PriceInput, Stage
from core.sdk.words import N_
from plugins.group_buy import jobs as jobs  # importing declares them
from plugins.group_buy.actions.buying import claim_for
from plugins.group_buy.actions.groups import give_up_seat, replacement_for, seats_given_up
from plugins.group_buy.actions.holding import seat_paid
from plugins.group_buy.actions.prizes import give_back_prizes_of
from plugins.group_buy.actions.settling import settle_later
from plugins.group_buy.actions.switching import drain_report, purge
from plugins.group_buy.actions.waiting import pieces_came_back
from plugins.group_buy.api import API
from plugins.group_buy.blocks import blocks_for
from plugins.group_buy.blocks.sections import DEALS
from plugins.group_buy.demo import demo_seed
from plugins.group_buy.domain import adjustments, objections
from plugins.group_buy.errors import refusal_for
from plugins.group_buy.messages import FAILED, SUCCEEDED, TOPICS, tell_end, tell_progress
from plugins.group_buy.plays import PLAY
from plugins.group_buy.queries.audience import conditions
from plugins.group_buy.queries.facts import price_facts
from plugins.group_buy.queries.results import calendar_campaigns, promise_figures
from plugins.group_buy.schemas import GroupBuySettings
from plugins.group_buy.shares import share_facts
from plugins.group_buy.trials import trial_ways
from plugins.group_buy.web import group_pages as group_pages  # importing adds its pages
from plugins.group_buy.web.console import console
from plugins.group_buy.web.panels import customer_panels, order_panels
from plugins.group_buy.web.results import campaign_results, home_tasks
from plugins.group_buy.web.storefront import storefront


@hookimpl
def enrich_price_input(price_input: PriceInput) -> dict[str, Any]:
    """Activities, groups and what the buyer has used up, for marked lines."""
    return price_facts(price_input)


@hookimpl
def adjust_prices(stage: Stage, price_input: PriceInput) -> list[Adjustment]:
    """The group price."""
    return adjustments(stage, price_input)


@hookimpl
def check_cart(price_input: PriceInput) -> list[Refusal]:
    """Refuse marked lines that cannot be had like this."""
    return [refusal_for(found, UUID(key)) for key, found in objections(price_input).items()]


@hookimpl
def claim_order(order: OrderClaimed) -> Claim | None:
    """A seat, and pieces within the limits."""
    return claim_for(order)


@hookimpl
def claim_replacement(order: PaidOrder, lost: tuple[UUID, ...]) -> Replacement | None:
    """What the buyer chose for a payment that comes too late."""
    return replacement_for(order, lost)


@hookimpl
def claim_capture(order: PaidOrder) -> tuple[UUID, ...] | None:
    """The seat of a newcomer who is none any more."""
    return seats_given_up(order) or None


@hookimpl
def on_order_cancelled(event: OrderCancelled) -> None:
    """A member is gone: pass the leader's role on, or end the group."""
    give_up_seat(event.order_id, event.reason)
    pieces_came_back(event.order_id)


@hookimpl
def on_order_paid(event: OrderPaid) -> None:
    """A seat was paid: tell the members how far their group is."""
    seat_paid(event.order_id)
    tell_progress(event.order_id)


@hookimpl
def on_holds_released(event: HoldsReleased) -> None:
    """A group succeeded: tell its members, and do what follows."""
    tell_end(event.pool_id, event.order_ids, SUCCEEDED)
    settle_later(event.pool_id)


@hookimpl
def on_holds_expired(event: HoldsExpired) -> None:
    """A group failed: tell those whose money goes back."""
    tell_end(event.pool_id, event.order_ids, FAILED)
    give_back_prizes_of(event.order_ids)


@hookimpl
def declare_message_topics() -> MessageTopics:
    """What members are told."""
    return TOPICS


@hookimpl
def show_slots(request: SlotRequest) -> list[SlotBlock]:
    """Blocks of pages about buying."""
    return blocks_for(request)


@hookimpl
def show_kept_slots(request: SlotRequest) -> list[SlotBlock]:
    """Blocks of pages about orders that exist."""
    return blocks_for(request)


@hookimpl
def enrich_shares(paths: tuple[str, ...]) -> dict[str, ShareFacts]:
    """What a group, or goods that can be had in one, say when they are shared."""
    return share_facts(paths)


@hookimpl
def declare_blocks() -> list[BlockType]:
    """The section "Group-buys"."""
    return [DEALS]


@hookimpl
def declare_api() -> PartOfApi:
    """What programs may read and do."""
    return API


@hookimpl
def declare_pages() -> Pages:
    """Pages for buyers and for merchants."""
    return Pages(storefront=storefront, console=console)


@hookimpl
def switch_off() -> DrainReport:
    """What is still open."""
    return drain_report()


@hookimpl
def switch_purge(dry_run: bool) -> PurgePlan:
    """Delete what group-buy keeps."""
    return purge(dry_run=dry_run)


@hookimpl
def declare_menu() -> list[MenuEntry]:
    """One place in the menu."""
    return [
        MenuEntry(
            key="group_buy",
            label=N_("Group-buys"),
            icon="users-group",
            endpoint="index",
            permission="group_buy.view",
        )
    ]


@hookimpl
def declare_growth_plays() -> list[GrowthPlay]:
    """A group-buy for two, ready made."""
    return [PLAY]


@hookimpl
def show_order_panels(order_ids: tuple[UUID, ...]) -> list[OrderPanel]:
    """The group of an order, on the merchant's page of it."""
    return order_panels(order_ids)


@hookimpl
def show_customer_panels(customer_ids: tuple[UUID, ...]) -> list[CustomerPanel]:
    """The groups of a customer, on the merchant's page of them."""
    return customer_panels(customer_ids)


@hookimpl
def show_home_tasks() -> list[HomeTask]:
    """Groups that end soon."""
    return home_tasks()


@hookimpl
def show_campaign_results(period: Period) -> list[CampaignResult]:
    """What activities brought."""
    return campaign_results(period)


@hookimpl
def show_campaigns(since: datetime, until: datetime) -> list[Campaign]:
    """Activities in the marketing calendar."""
    return calendar_campaigns(since, until)


@hookimpl
def show_promise_figures(since: datetime, until: datetime) -> PromiseFigures | None:
    """How groups ended, in the public record."""
    return promise_figures(since, until)


@hookimpl
def show_trial_ways(variant_ids: tuple[UUID, ...], moment: datetime) -> list[TrialWay]:
    """Starting and joining, in the price simulator."""
    return trial_ways(variant_ids, moment)


@hookimpl
def declare_audience_conditions() -> list[AudienceCondition]:
    """Members, leaders, and those whose group failed."""
    return conditions()


@hookimpl
def declare_settings() -> type[Schema]:
    """The merchant's settings."""
    return GroupBuySettings


@hookimpl
def declare_permissions() -> list[Permission]:
    """Looking and changing are two rights."""
    return [
        Permission(name="group_buy.view", label=N_("See group-buys and their groups")),
        Permission(name="group_buy.manage", label=N_("Set up group-buys and end groups")),
    ]


@hookimpl
def declare_demo() -> DemoSeed:
    """Example activities and groups."""
    return demo_seed()
