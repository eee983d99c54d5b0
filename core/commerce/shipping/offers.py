"""Which ways to send are offered for a basket and a destination, at which fee, and why the others are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.commerce.pricing.freight import NOWHERE_YET, Destination, Why
from core.commerce.pricing.price_input import PriceInput
from core.commerce.shipping.distances import Point, distance_m, read_point
from core.commerce.shipping.queries import MethodView
from core.kernel.i18n import N_, gettext
from core.kernel.money import Money, format_money
from core.kernel.regions import place_name, place_of
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class Measures:
    """What fees depend on besides the destination: weight in grams, pieces, goods value in minor units."""

    grams: int
    pieces: int
    goods: int

    @classmethod
    def of(cls, price_input: PriceInput, goods: int) -> "Measures":
        """Those of a basket whose goods cost `goods` after all offers."""
        return cls(price_input.grams, price_input.pieces, goods)


@dataclass(frozen=True, slots=True)
class MethodOffer:
    """A method for one basket: `fee` in minor units, None where it is not offered, for the reason in `words`.

    `pending`: it is offered if the buyer says where exactly; the words say what is missing.
    """

    method: MethodView
    fee: int | None
    words: str = ""
    why: Why | None = None

    @property
    def pending(self) -> bool:
        """Whether only the buyer's position or district is missing."""
        return self.why == "position_unknown"

    @property
    def can_be_chosen(self) -> bool:
        """Whether the buyer may choose it now."""
        return self.why is None or self.pending


def method_offers(
    methods: Iterable[MethodView], destination: Destination, measures: Measures, position: Point | None = None
) -> list[MethodOffer]:
    """Every method with its fee or the reason against it, in the merchant's order."""
    return [method_offer(method, destination, measures, position) for method in methods]


def method_offer(
    method: MethodView, destination: Destination, measures: Measures, position: Point | None = None
) -> MethodOffer:
    """One method with its fee, or the reason against it."""
    rules = method.rules
    there = located(method, destination, position)
    why = rules.refusal(there, goods=measures.goods)
    words = refusal_words(method, why, there, measures.goods) if why else ""
    rate = rules.charged(there.place, grams=measures.grams, pieces=measures.pieces)
    if rate is None:
        return MethodOffer(method, None, words, why)
    free = rate.free_from is not None and measures.goods >= rate.free_from
    return MethodOffer(method, 0 if free else rate.fee, words, why)


def located(method: MethodView, destination: Destination, position: Point | None) -> Destination:
    """The destination with its distance from the method's point, where both are known."""
    if position is None or method.point is None:
        return destination
    return Destination(
        place=destination.place,
        postcode=destination.postcode,
        district=destination.district,
        distance_m=distance_m(method.point, position),
    )


def destination_of(address: Mapping[str, Any]) -> Destination:
    """Where an address lies, as far as fees depend on it; nowhere yet for an empty one.

    An address without a country lies in China where the shop's money is China's.
    """
    if not address:
        return NOWHERE_YET

    def part(name: str) -> str:
        return str(address.get(name) or "")

    home = "CN" if current_scope().currency == "CNY" else ""
    place = place_of(part("country") or home, part("region"), part("city"))
    return Destination(
        place=place, postcode=part("postcode"), district=f"{part('city')} {part('line1')}".strip()
    )


def position_of(text: str) -> Point | None:
    """The position that a buyer shared, as a form carries it."""
    return read_point(text) if text else None


def refusal_words(method: MethodView, why: Why, destination: Destination, goods: int) -> str:
    """Why a method is not offered, for buyer and merchant."""
    reach, name = method.rules.reach, method.name
    if why in ("excluded", "not_listed"):
        return gettext(
            N_("%(place)s is not delivered to by “%(method)s”."),
            place=place_name(destination.place),
            method=name,
        )
    if why == "below_minimum" and reach is not None:
        currency = current_scope().currency
        return gettext(
            N_("“%(method)s” comes from %(minimum)s on; %(missing)s are missing."),
            method=name,
            minimum=format_money(Money(reach.minimum, currency)),
            missing=format_money(Money(reach.minimum - goods, currency)),
        )
    if why == "out_of_reach" and reach is not None and destination.distance_m is not None:
        return gettext(
            N_("You are %(distance)s km away; “%(method)s” comes as far as %(radius)s km."),
            distance=kilometres(destination.distance_m),
            method=name,
            radius=kilometres(reach.radius_m or 0),
        )
    if why == "out_of_reach":
        return gettext(N_("“%(method)s” does not come to this district."), method=name)
    if reach is not None and reach.radius_m is None:
        return gettext(N_("Fill in the address to see whether “%(method)s” comes to you."), method=name)
    return gettext(N_("Share your position to see whether “%(method)s” comes to you."), method=name)


def kilometres(metres: int) -> str:
    """Metres as kilometres with one digit after the point, rounded to the nearest: 3.2."""
    tenths = (metres + 50) // 100
    return f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
