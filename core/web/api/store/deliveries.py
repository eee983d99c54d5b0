"""How the goods of a checkout can come: methods with their fees, places to fetch them, times to choose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from core.commerce.checkout.actions import Quoted
from core.commerce.shipping.delivery_words import slot_words
from core.commerce.shipping.offers import (
    Measures,
    MethodOffer,
    destination_of,
    method_offers,
    position_of,
)
from core.commerce.shipping.queries import pickup_points, shipping_methods
from core.commerce.shipping.slots import slot_dates
from core.commerce.shops.opening import Opening
from core.commerce.shops.opening_words import week_words
from core.kernel.clock import now
from core.kernel.money import Money
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class DeliveryWish:
    """How the goods shall come.

    Args:
        kind: method is sent to the address, pickup is fetched.
        id: of a way to get them, as a checkout names it.
        slot: the key of one of the way's times, where it has some.
        day: for pickup, the day (2026-11-30) on which somebody comes, or "".
        position: "30.23,120.12", for ways that depend on how far it is.
    """

    kind: Literal["method", "pickup"]
    id: UUID
    slot: str = ""
    day: str = ""
    position: str = ""

    def as_kept(self) -> dict[str, str]:
        """As the checkout keeps it."""
        more = {"slot": self.slot[:60], "day": self.day[:60], "position": self.position[:60]}
        return {"kind": self.kind, "id": str(self.id), **{name: text for name, text in more.items() if text}}


@dataclass(frozen=True, slots=True)
class DeliveryTime:
    """A time that can be chosen, and how many more orders fit."""

    key: str
    text: str
    left: int


@dataclass(frozen=True, slots=True)
class WayToGet:
    """A way to get the goods.

    Args:
        fee: for these goods and this address; null where it cannot be said or the way is not offered.
        unavailable: why it cannot be chosen, or "".
        hint: what is missing to say the fee, or "".
        times: among which one must be chosen; none for ways without.
    """

    kind: Literal["method", "pickup"]
    id: UUID
    name: str
    detail: str
    fee: Money | None
    unavailable: str
    hint: str
    times: tuple[DeliveryTime, ...]


def ways_to_get(
    quoted: Quoted, address: Mapping[str, Any], position: str, hours: Opening
) -> tuple[WayToGet, ...]:
    """Every way of the shop, for the goods of a checkout and what is known of the address."""
    offers = method_offers(
        shipping_methods(),
        destination_of(address),
        Measures.of(quoted.basket.price_input, quoted.priced.goods_before_tax),
        position_of(position),
    )
    return (*(_sent(offer, quoted.priced.currency, hours) for offer in offers), *_fetched(quoted))


def _sent(offer: MethodOffer, currency: str, hours: Opening) -> WayToGet:
    method = offer.method
    fee = Money(offer.fee, currency) if offer.fee is not None else None
    times: tuple[DeliveryTime, ...] = ()
    if method.slots and offer.can_be_chosen:
        dates = slot_dates(method.slots, now(), current_scope().zone, hours)
        times = tuple(DeliveryTime(one.key, slot_words(one), one.left) for one in dates if one.left > 0)
    return WayToGet(
        kind="method",
        id=method.id,
        name=method.name,
        detail=method.note,
        fee=fee,
        unavailable="" if offer.can_be_chosen else offer.words,
        hint=offer.words if offer.pending else "",
        times=times,
    )


def _fetched(quoted: Quoted) -> Iterator[WayToGet]:
    for point in pickup_points():
        detail = " · ".join(filter(None, (point.address, week_words(point.opening), point.hours)))
        free = Money.zero(quoted.priced.currency)
        yield WayToGet("pickup", point.id, point.name, detail, free, "", "", ())
