"""The hooks of bundles: translators only; the rules are in domain.py."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from core.sdk.api import PartOfApi
from core.sdk.campaigns import Campaign
from core.sdk.console import console_path
from core.sdk.demo import DemoSeed
from core.sdk.extensions import MenuEntry, Pages, Permission
from core.sdk.hooks import PurgePlan, hookimpl
from core.sdk.storefront import SlotBlock, SlotRequest
from core.sdk.values import Adjustment, PriceInput, RunningTotals, Stage, Unapplied
from core.sdk.words import N_
from plugins.bundle.actions import purge
from plugins.bundle.api import API
from plugins.bundle.blocks import product_blocks
from plugins.bundle.demo import demo_seed
from plugins.bundle.domain import adjustments
from plugins.bundle.queries import campaigns, price_facts
from plugins.bundle.web import console, storefront


@hookimpl
def enrich_price_input(price_input: PriceInput) -> dict[str, Any]:
    """The terms of bundles that run."""
    return price_facts(price_input)


@hookimpl
def adjust_prices(
    stage: Stage, price_input: PriceInput, running: RunningTotals
) -> list[Adjustment | Unapplied]:
    """What comes off full sets, and what is missing."""
    return adjustments(stage, price_input, running)


@hookimpl
def show_campaigns(since: datetime, until: datetime) -> list[Campaign]:
    """Published bundles."""
    return [replace(one, url=console_path(f"/x/bundle/{one.key}")) for one in campaigns(since, until)]


@hookimpl
def show_slots(request: SlotRequest) -> list[SlotBlock]:
    """What a product belongs to."""
    return product_blocks(request) if request.page == "product" else []


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
            key="bundle", label=N_("Bundles"), icon="stack-2", endpoint="index", permission="bundle.view"
        )
    ]


@hookimpl
def declare_permissions() -> list[Permission]:
    """Looking and changing are two rights."""
    return [
        Permission(name="bundle.view", label=N_("See bundles")),
        Permission(name="bundle.manage", label=N_("Set up and end bundles")),
    ]


@hookimpl
def switch_purge(dry_run: bool) -> PurgePlan:
    """Delete the bundles."""
    return purge(dry_run=dry_run)


@hookimpl
def declare_demo() -> DemoSeed:
    """An example bundle."""
    return demo_seed()
