"""What sending costs, as a pure function of frozen facts: flat, by weight or pieces, with zones and exclusions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.commerce.pricing.errors import PriceInputError
from core.kernel.money import MAXIMUM_AMOUNT
from core.kernel.regions import wider

By = Literal["order", "weight", "pieces"]
HEAVIEST = 10**9


def _check(condition: bool, problem: str) -> None:
    if not condition:
        raise PriceInputError(f"freight: {problem}")


def _is_whole(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


@dataclass(frozen=True, slots=True)
class Rate:
    """`fee` minor units for the first grams or pieces, `step_fee` for each further step, free from `free_from` on."""

    fee: int
    step_fee: int = 0
    free_from: int | None = None

    def __post_init__(self) -> None:
        _check(_is_whole(self.fee, MAXIMUM_AMOUNT), "fee is whole minor units")
        _check(_is_whole(self.step_fee, MAXIMUM_AMOUNT), "step_fee is whole minor units")
        free = self.free_from is None or _is_whole(self.free_from, MAXIMUM_AMOUNT)
        _check(free, "free_from is whole minor units or None")

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able."""
        return {"fee": self.fee, "step_fee": self.step_fee, "free_from": self.free_from}


@dataclass(frozen=True, slots=True)
class Zone:
    """Places (countries or provinces, by code) with a rate of their own."""

    places: tuple[str, ...]
    rate: Rate

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able."""
        return {"places": list(self.places), **self.rate.as_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where the shop delivers itself: within `radius_m` metres, or to a postcode or district that begins as listed.

    `minimum`: the goods value in minor units from which on it comes.
    """

    radius_m: int | None = None
    districts: tuple[str, ...] = ()
    minimum: int = 0

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able."""
        return {"radius_m": self.radius_m, "districts": list(self.districts), "minimum": self.minimum}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where goods go, as far as fees may know: a place ("" unknown yet), the words of the district, a distance.

    `distance_m` is metres from the shop's own point; None where the buyer has not shared a position.
    """

    place: str = ""
    postcode: str = ""
    district: str = ""
    distance_m: int | None = None

    def as_json(self) -> dict[str, Any]:
        """What is known, JSON-able."""
        found: dict[str, Any] = {
            name: value for name in ("place", "postcode", "district") if (value := getattr(self, name))
        }
        return found if self.distance_m is None else {**found, "distance_m": self.distance_m}


NOWHERE_YET = Destination()
# Why a way to send is not offered, for whoever puts it into words.
Why = Literal["excluded", "not_listed", "out_of_reach", "position_unknown", "below_minimum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """The rules of one way to send.

    Args:
        by: what fees grow with; "order" never grows.
        first: grams or pieces that the first fee covers; `step` how many each further `step_fee` covers.
        rate: where no zone says otherwise.
        zones: rates of their own; see `rate_at` for which one counts.
        excluded: places that are not served.
        listed_only: nothing is sent outside of the zones.
        reach: for local delivery, where the shop comes itself.
    """

    rate: Rate
    by: By = "order"
    first: int = 0
    step: int = 1
    zones: tuple[Zone, ...] = ()
    excluded: tuple[str, ...] = ()
    listed_only: bool = False
    reach: Reach | None = field(default=None)

    def __post_init__(self) -> None:
        _check(self.by in ("order", "weight", "pieces"), "by is order, weight or pieces")
        _check(_is_whole(self.first, HEAVIEST), "first is a whole number")
        _check(_is_whole(self.step, HEAVIEST) and self.step > 0, "step is at least 1")

    def rate_at(self, place: str) -> Rate | None:
        """The rate for a place, None where nothing is sent.

        The narrowest mention decides: a province before its country. On the same level an exclusion comes before the
        zones, and of two zones the first. A place that is not known yet has the rate of everywhere else.
        """
        for mentioned in wider(place):
            if mentioned in self.excluded:
                return None
            for zone in self.zones:
                if mentioned in zone.places:
                    return zone.rate
        return None if self.listed_only and place else self.rate

    def steps(self, *, grams: int, pieces: int) -> int:
        """How many further steps this basket is beyond the first grams or pieces."""
        if self.by == "order":
            return 0
        measured = grams if self.by == "weight" else pieces
        return -(-max(0, measured - self.first) // self.step)

    def charged(self, place: str, *, grams: int, pieces: int) -> Rate | None:
        """The rate at `place` with its fee for this basket; None where nothing is sent."""
        rate = self.rate_at(place)
        if rate is None:
            return None
        fee = rate.fee + self.steps(grams=grams, pieces=pieces) * rate.step_fee
        return Rate(min(fee, MAXIMUM_AMOUNT), 0, rate.free_from)

    def refusal(self, destination: Destination, *, goods: int | None = None) -> Why | None:
        """Why it is not offered there, or for goods of so little value; None when it is."""
        if self.rate_at(destination.place) is None:
            mentioned = any(one in self.excluded for one in wider(destination.place))
            return "excluded" if mentioned or not self.listed_only else "not_listed"
        if self.reach is None:
            return None
        return self._beyond(self.reach, destination) or (
            "below_minimum" if goods is not None and goods < self.reach.minimum else None
        )

    @staticmethod
    def _beyond(reach: Reach, destination: Destination) -> Why | None:
        said = [text.casefold() for text in (destination.postcode, destination.district) if text]
        if any(listed.casefold() in text for listed in reach.districts for text in said):
            return None
        if reach.radius_m is None:
            return "out_of_reach" if said else "position_unknown"
        if destination.distance_m is None:
            return "position_unknown"
        return None if destination.distance_m <= reach.radius_m else "out_of_reach"

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able; `from_json` gives back equal rules."""
        return {
            "by": self.by,
            "first": self.first,
            "step": self.step,
            "rate": self.rate.as_json(),
            "zones": [zone.as_json() for zone in self.zones],
            "excluded": list(self.excluded),
            "listed_only": self.listed_only,
            "reach": self.reach.as_json() if self.reach else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Freight":
        """The inverse of `as_json`; missing keys have their defaults."""
        reach = data.get("reach")
        return cls(
            by=data.get("by", "order"),
            first=data.get("first", 0),
            step=data.get("step", 1),
            rate=Rate(**data["rate"]),
            zones=tuple(
                Zone(tuple(one["places"]), Rate(one["fee"], one["step_fee"], one["free_from"]))
                for one in data.get("zones", ())
            ),
            excluded=tuple(data.get("excluded", ())),
            listed_only=bool(data.get("listed_only", False)),
            reach=Reach(
                radius_m=reach["radius_m"], districts=tuple(reach["districts"]), minimum=reach["minimum"]
            )
            if reach
            else None,
        )
