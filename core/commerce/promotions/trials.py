"""The price simulator: any basket, customer, code, moment and way to send, priced by all plugins; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from core.commerce.checkout.basket import BasketLine, basket
from core.commerce.pricing.adjustments import SHIPPING, Kind
from core.commerce.pricing.plugin_prices import LivePrice, cart_refusals, price_with_plugins
from core.commerce.pricing.price_input import CustomerFacts
from core.commerce.pricing.priced import Applied, PricedCart
from core.commerce.promotions.campaigns import Campaign, Collision, State, collisions
from core.commerce.promotions.queries import campaigns_between
from core.commerce.promotions.ways import TrialWay
from core.hooks.results import Refusal
from core.kernel.ids import new_id

Who = Literal["guest", "new", "known"]
# Campaigns that begin within this time after the moment are listed as scheduled.
AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialWish:
    """What is tried: (variant, quantity) pairs at `moment` (aware UTC).

    `who`: "guest", "new" (somebody who never bought), or "known" with `customer_id`. `delivery` and `address` as a
    checkout keeps them; None: no way to send. `ways`: by variant, how it is bought if not alone.
    """

    lines: Sequence[tuple[UUID, int]]
    moment: datetime
    who: Who = "guest"
    customer_id: UUID | None = None
    codes: tuple[str, ...] = ()
    delivery: Mapping[str, Any] | None = None
    address: Mapping[str, Any] | None = None
    ways: Mapping[UUID, TrialWay] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One change of the total: who, why, by how much, what is paid from here on, and on which lines."""

    applied: Applied
    change: int
    after: int
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenCampaign:
    """A campaign at the moment of the trial; `applied` says that it changed the price."""

    campaign: Campaign
    state: State
    applied: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """The answer: the price, its steps beginning at `list_total`, refusals, failures by plugin, campaigns and clashes."""

    live: LivePrice
    steps: tuple[TrialStep, ...]
    refusals: tuple[Refusal, ...]
    failed: tuple[str, ...]
    campaigns: tuple[SeenCampaign, ...]
    collisions: tuple[Collision, ...]

    @property
    def priced(self) -> PricedCart:
        """What the basket costs."""
        return self.live.priced


def tried(wish: TrialWish) -> Trial:
    """Price a basket as it would be at that moment, with all plugins of the bound shop. Reads only.

    Prices of goods are today's. Raises GoodsUnavailable, what a delivery raises, TotalTooLarge.
    """
    lines = [
        BasketLine(str(new_id()), variant, quantity, _marks(wish.ways.get(variant)))
        for variant, quantity in wish.lines
    ]
    known = wish.customer_id if wish.who == "known" else None
    made = basket(
        lines, customer_id=known, delivery=wish.delivery, address=wish.address, codes=wish.codes
    ).price_input
    somebody = CustomerFacts(customer_id=new_id()) if wish.who == "new" else made.customer
    given = replace(made, moment=wish.moment, customer=somebody)
    live = price_with_plugins(given, failed="collect")
    refusals = cart_refusals(live.price_input, live.priced, at_checkout=True)
    listed = campaigns_between(wish.moment, wish.moment + AHEAD)
    applied = {entry.adjustment.rule for entry in live.priced.applied}
    products = {line.product_id for line in given.lines}
    mine = [one for one in listed.campaigns if one.product_ids is None or one.product_ids & products]
    seen = [SeenCampaign(one, one.state(wish.moment), (one.plugin, one.key) in applied) for one in mine]
    running = [one.campaign for one in seen if one.state == "running"]
    failed = dict.fromkeys([*(failure.plugin for failure in live.failures), *listed.silent])
    return Trial(
        live,
        tuple(_steps(live.priced)),
        tuple(refusals),
        tuple(failed),
        tuple(seen),
        tuple(collisions(running)),
    )


def _marks(way: TrialWay | None) -> dict[str, Any]:
    return {way.plugin: dict(way.mark)} if way else {}


def _steps(priced: PricedCart) -> Sequence[TrialStep]:
    after = priced.list_total + (priced.shipping.fee if priced.shipping else 0)
    titles = {line.key: line.title for line in priced.lines}
    found = []
    for entry in priced.applied:
        change = entry.amount if entry.adjustment.kind is Kind.FEE else -entry.amount
        after += change
        named = [titles[key] for key in entry.allocations if key != SHIPPING]
        touched = named if len(named) < len(titles) or SHIPPING in entry.allocations else []
        found.append(TrialStep(entry, change, after, tuple(dict.fromkeys(touched))))
    return found
