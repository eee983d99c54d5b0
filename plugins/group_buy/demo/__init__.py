"""Example group-buys of every kind and some weeks of groups, played with the real actions; again changes nothing."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.commands import Actor, acting_as, reading
from core.sdk.data import session
from core.sdk.demo import (
    DemoSeed,
    Opening,
    Rehearsal,
    addresses_of,
    place_order,
    quote_checkout,
    ship_order,
    shipping_methods,
)
from core.sdk.shop import current_scope, shops_with, storefront_url
from core.sdk.storefront import order_url
from core.sdk.tables import CUSTOMER, ORDER, ORDER_LINE, PRODUCT, VARIANT
from plugins.group_buy.actions.activities import publish_activity, save_activity
from plugins.group_buy.actions.buying import join_group, start_group
from plugins.group_buy.domain import Plan
from plugins.group_buy.domain.kinds import KINDS, Ladder
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.models import Activity, Group
from plugins.group_buy.queries.groups import group_of_order

Say = Callable[[str], None]
Entry = Mapping[str, Any]
_EXAMPLE = Path(__file__).resolve().parent / "example.toml"


def demo_seed() -> DemoSeed:
    """After the shops of the example exist."""
    return DemoSeed(name="group_buy", order=20, run=_run)


def _run(settings: Any, say: Say) -> Sequence[Opening]:
    example = tomllib.loads(_EXAMPLE.read_text(encoding="utf-8"))
    for scope in shops_with("group_buy"):
        story = Story(example, Rehearsal(settings.clock_file), now())
        if story.is_untold:
            say(f"{scope.name}: group-buys")
            story.play()
    return ()


@dataclass(frozen=True, slots=True, order=True)
class _Moment:
    """Something that happens at `at`; `place` keeps the order of what is written down."""

    at: datetime
    place: int
    act: Callable[[], None] = field(compare=False)


@dataclass(slots=True)
class _Played:
    """A group as far as it has been played."""

    code: str = ""
    orders: list[UUID] = field(default_factory=list)


class Story:
    """The example in the bound shop, as seen from `today`; a shop that has groups already is left alone."""

    def __init__(self, example: Mapping[str, Any], rehearsal: Rehearsal, today: datetime) -> None:
        self.rehearsal, self.today = rehearsal, today
        with reading():
            self.variants = _variants()
            self.customers = _customers(before=today - timedelta(days=21))
            has_groups = session().scalars(select(Group.id).limit(1)).first() is not None
            self.known = {row.title: row.id for row in session().scalars(select(Activity))}
            methods = shipping_methods()
        self.delivery = {"kind": "method", "id": str(methods[0].id)} if methods else {}
        self.activities = [one for one in example["activity"] if _skus(one) & self.variants.keys()]
        codes = {one["code"] for one in self.activities}
        self.groups = [
            one for one in example["group"] if one["activity"] in codes and one["sku"] in self.variants
        ]
        self.ids: dict[str, UUID] = {}
        self.is_untold = bool(self.activities) and not has_groups

    def play(self) -> None:
        """Set up what is missing, and let the groups happen in order of time."""
        earliest = self.today - timedelta(days=max(one["starts_days_ago"] for one in self.activities))
        self.rehearsal.begin_at(earliest)
        for one in self.activities:
            self.ids[one["code"]] = self.known.get(one["title"]) or self._set_up(one)
        if self.delivery and len(self.customers) > 1:
            for moment in sorted(self._moments()):
                self.rehearsal.reach(moment.at)
                moment.act()
        self.rehearsal.reach(self.today)

    def _set_up(self, one: Entry) -> UUID:
        ladders = {
            self.variants[sku][1]: Ladder.from_json(
                price if isinstance(price, list) else [[one["size"], price]]
            )
            for sku, price in one["prices"].items()
            if sku in self.variants
        }
        product_id = next(self.variants[sku][0] for sku in one["prices"] if sku in self.variants)
        starts_at = self.today - timedelta(days=one["starts_days_ago"])
        ends_at = starts_at + timedelta(days=one["lasts_days"])
        window = timedelta(hours=one["hours"])
        rules = Rules.from_json(one.get("rules", {}))
        plan = Plan(
            title=one["title"],
            size=one["size"],
            window=window,
            starts_at=starts_at,
            ends_at=ends_at,
            hard_end_at=ends_at + window,
            limit_per_customer=one["limit_per_customer"],
            stock_cap=one["stock_cap"],
            prices={kind: ladder.first.price for kind, ladder in ladders.items()},
            ladders=ladders if KINDS[rules.kind].climbs else {},
            rules=rules,
        )
        activity_id = save_activity(product_id=product_id, plan=plan)
        publish_activity(activity_id=activity_id)
        return activity_id

    def _moments(self) -> Iterator[_Moment]:
        buyer = 0
        for place, one in enumerate(self.groups):
            played = _Played()
            begins = self.today - timedelta(hours=one["ago_hours"])
            people = [self.customers[(buyer + n) % len(self.customers)] for n in range(len(one["joins"]) + 1)]
            buyer += len(people)
            yield _Moment(begins, place, partial(self._open, one, people[0], played))
            at = begins
            for minutes, who in zip(one["joins"], people[1:], strict=True):
                at = begins + timedelta(minutes=minutes)
                yield _Moment(at, place, partial(self._join, who, played))
            if "ships_after_hours" in one:
                sent = at + timedelta(hours=one["ships_after_hours"])
                yield _Moment(sent, place, partial(self._ship, played))

    def _open(self, one: Entry, who: "_Buyer", played: _Played) -> None:
        with acting_as(who.actor):
            checkout = start_group(
                activity_id=self.ids[one["activity"]], variant_id=self.variants[one["sku"]][1], quantity=1
            )
        order_id = self._buy(checkout, who)
        played.orders.append(order_id)
        with reading():
            group = group_of_order(order_id)
        played.code = group.code if group else ""

    def _join(self, who: "_Buyer", played: _Played) -> None:
        with acting_as(who.actor):
            checkout = join_group(code=played.code, quantity=1)
        played.orders.append(self._buy(checkout, who))

    def _buy(self, checkout: str, who: "_Buyer") -> UUID:
        with acting_as(who.actor):
            quoted = quote_checkout(code=checkout, delivery=self.delivery, address=who.address)
            placed = place_order(
                code=checkout,
                quote=quoted.token,
                contact=who.contact,
                address=who.address,
                delivery=self.delivery,
                choices={"group_buy.if_full": "join_other"},
            )
        self.rehearsal.pay(placed.order_id, return_url=storefront_url(order_url(placed.code)))
        return placed.order_id

    def _ship(self, played: _Played) -> None:
        for number, order_id in enumerate(played.orders):
            with reading():
                units = _units_to_ship(order_id)
            if units:
                tracking = f"SF14{80_000_000_000 + (order_id.int + number) % 10_000_000_000}"
                ship_order(order_id=order_id, units=units, carrier="sf", tracking_number=tracking)


@dataclass(frozen=True, slots=True)
class _Buyer:
    """A customer of the shop with what the checkout asks for."""

    id: UUID
    name: str
    contact: dict[str, str]
    address: dict[str, str]

    @property
    def actor(self) -> Actor:
        """Acts as this customer."""
        return Actor("customer", self.id, self.name)


def _skus(one: Entry) -> set[str]:
    return set(one["prices"])


def _variants() -> dict[str, tuple[UUID, UUID]]:
    """(product, variant) by SKU of what is on sale."""
    statement = (
        select(VARIANT.c.sku, VARIANT.c.product_id, VARIANT.c.id)
        .join(PRODUCT, (PRODUCT.c.shop_id == VARIANT.c.shop_id) & (PRODUCT.c.id == VARIANT.c.product_id))
        .where(
            VARIANT.c.shop_id == current_scope().shop_id,
            VARIANT.c.archived.is_(False),
            PRODUCT.c.status == "active",
        )
    )
    return {row.sku: (row.product_id, row.id) for row in session().execute(statement)}


def _customers(*, before: datetime) -> list[_Buyer]:
    """Customers who had an account by then and a kept address."""
    statement = (
        select(CUSTOMER.c.id, CUSTOMER.c.name, CUSTOMER.c.phone, CUSTOMER.c.email)
        .where(CUSTOMER.c.shop_id == current_scope().shop_id, CUSTOMER.c.created_at < before)
        .order_by(CUSTOMER.c.created_at, CUSTOMER.c.id)
        .limit(40)
    )
    found = []
    for row in session().execute(statement).all():
        kept = addresses_of(row.id)
        if kept:
            names = ("country", "region", "city", "line1", "line2", "postcode")
            contact = {"name": row.name or kept[0].name, "phone": kept[0].phone}
            if row.email:
                contact["email"] = row.email
            found.append(_Buyer(row.id, row.name, contact, {name: getattr(kept[0], name) for name in names}))
    return found


def _units_to_ship(order_id: UUID) -> dict[str, int]:
    """Units by line key of an order that nothing keeps from shipping; empty for others."""
    statement = (
        select(ORDER_LINE.c.key, ORDER_LINE.c.quantity)
        .join(ORDER, (ORDER.c.shop_id == ORDER_LINE.c.shop_id) & (ORDER.c.id == ORDER_LINE.c.order_id))
        .where(
            ORDER_LINE.c.shop_id == current_scope().shop_id,
            ORDER_LINE.c.order_id == order_id,
            ORDER.c.lifecycle == "placed",
            ORDER.c.holds_open == 0,
        )
    )
    return {row.key: row.quantity for row in session().execute(statement)}
