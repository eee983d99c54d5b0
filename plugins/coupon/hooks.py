"""Coupons' hooks: translators only; the rules are in domain.py, the work in actions and queries."""

from datetime import datetime
from typing import Any

from marshmallow import Schema

from core.sdk.api import PartOfApi
from core.sdk.campaigns import Campaign
from core.sdk.checkout import Claim, OrderClaimed
from core.sdk.customers import CustomerRegistered, RewardEarned
from core.sdk.demo import DemoSeed
from core.sdk.extensions import HomeTask, MenuEntry, Pages, Permission
from core.sdk.hooks import DrainReport, PurgePlan, hookimpl
from core.sdk.insights import CampaignResult, Period
from core.sdk.messages import MessageTopics
from core.sdk.orders import OrderCancelled, OrderPaid, OrderPlaced, RefundDone
from core.sdk.storefront import BlockType, SlotBlock, SlotRequest
from core.sdk.values import Adjustment, PriceInput, RunningTotals, Stage, Unapplied
from core.sdk.words import N_
from plugins.coupon import jobs as jobs  # importing declares them
from plugins.coupon.actions.giving import give_after_payment, give_for
from plugins.coupon.actions.returning import return_after_refund, take_back_lock
from plugins.coupon.actions.spending import claim_for, forget_choice
from plugins.coupon.actions.switching import drain_report, purge
from plugins.coupon.answering import answers
from plugins.coupon.api import API
from plugins.coupon.blocks import blocks_for
from plugins.coupon.blocks.sections import COUPONS
from plugins.coupon.demo import demo_seed
from plugins.coupon.messages import TOPICS
from plugins.coupon.queries.facts import price_facts
from plugins.coupon.queries.results import calendar_campaigns, campaign_results
from plugins.coupon.schemas import CouponSettings
from plugins.coupon.web.console import home_tasks
from plugins.coupon.web.pages import console
from plugins.coupon.web.storefront import storefront


@hookimpl
def enrich_price_input(price_input: PriceInput) -> dict[str, Any]:
    """The coupons that the buyer has, and which they want."""
    return price_facts(price_input)


@hookimpl
def adjust_prices(
    stage: Stage, price_input: PriceInput, running: RunningTotals
) -> list[Adjustment | Unapplied]:
    """The best combination, and why not the others."""
    return answers(stage, price_input, running.applied)


@hookimpl
def claim_order(order: OrderClaimed) -> Claim | None:
    """One use of each coupon, and its part of the budgets."""
    return claim_for(order)


@hookimpl
def on_order_placed(event: OrderPlaced) -> None:
    """What was chosen for this basket is done with."""
    forget_choice(event.order_id)


@hookimpl
def on_order_cancelled(event: OrderCancelled) -> None:
    """Coupons come back as their terms say."""
    take_back_lock(event.order_id)


@hookimpl
def on_refund_done(event: RefundDone) -> None:
    """An order that was sent came back as a whole."""
    return_after_refund(event.order_id)


@hookimpl
def show_slots(request: SlotRequest) -> list[SlotBlock]:
    """Blocks of pages about buying."""
    return blocks_for(request)


@hookimpl
def show_kept_slots(request: SlotRequest) -> list[SlotBlock]:
    """Blocks of pages about orders that exist."""
    return blocks_for(request)


@hookimpl
def declare_blocks() -> list[BlockType]:
    """The section "Coupons"."""
    return [COUPONS]


@hookimpl
def declare_api() -> PartOfApi:
    """What programs may read and do."""
    return API


@hookimpl
def declare_pages() -> Pages:
    """Pages for buyers and for merchants."""
    return Pages(storefront=storefront, console=console)


@hookimpl
def declare_menu() -> list[MenuEntry]:
    """One place in the menu."""
    return [
        MenuEntry(
            key="coupon", label=N_("Coupons"), icon="ticket", endpoint="index", permission="coupon.view"
        )
    ]


@hookimpl
def on_customer_registered(event: CustomerRegistered) -> None:
    """Somebody joined the shop."""
    give_for("signup", event.customer_id, key=f"signup:{event.customer_id}")


@hookimpl
def on_order_paid(event: OrderPaid) -> None:
    """What is given after payment."""
    give_after_payment(event.order_id)


@hookimpl
def declare_message_topics() -> MessageTopics:
    """A coupon arrived, a coupon runs out."""
    return TOPICS


@hookimpl
def switch_off() -> DrainReport:
    """Unpaid orders that carry coupons."""
    return drain_report()


@hookimpl
def switch_purge(dry_run: bool) -> PurgePlan:
    """Delete what coupons keep."""
    return purge(dry_run=dry_run)


@hookimpl
def declare_settings() -> type[Schema]:
    """The merchant's settings."""
    return CouponSettings


@hookimpl
def declare_permissions() -> list[Permission]:
    """Looking and changing are two rights."""
    return [
        Permission(name="coupon.view", label=N_("See coupons and how they are used")),
        Permission(name="coupon.manage", label=N_("Set up, give out and take back coupons")),
    ]


@hookimpl
def on_reward_earned(event: RewardEarned) -> None:
    """Another plugin says that somebody earned something."""
    give_for(event.occasion, event.customer_id, key=f"reward:{event.source}")


@hookimpl
def show_home_tasks() -> list[HomeTask]:
    """Alerts that nobody has looked at."""
    return home_tasks()


@hookimpl
def show_campaigns(since: datetime, until: datetime) -> list[Campaign]:
    """Campaigns for the marketing calendar."""
    return calendar_campaigns(since, until)


@hookimpl
def show_campaign_results(period: Period) -> list[CampaignResult]:
    """What campaigns brought."""
    return campaign_results(period)


@hookimpl
def declare_demo() -> DemoSeed:
    """Example campaigns."""
    return demo_seed()
