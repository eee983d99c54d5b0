"""What an activity lays down besides prices and dates: its kind, limits, who may take part, and the leader's perk."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from plugins.group_buy.domain.kinds import KINDS, Kind

# How an audience says that it is a tag.
TAG = "tag:"
PERKS = ("price", "percent", "free", "coupon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Perk:
    """What the leader of a group gets when it succeeded and nobody can return anything any more.

    kind        "price": `value` minor units less for each piece; "percent": `value` basis points of what the own goods
                cost; "free": all they cost; "coupon": another plugin gives it. Freight never counts.
    payers      different people (account, address, phone) who must have paid and kept their goods
    per_person  perks that one buyer can have in an activity; `in_all` that the activity gives (None: no cap)
    """

    kind: str
    value: int = 0
    payers: int = 2
    per_person: int | None = 1
    in_all: int | None = None

    def cuts(self, unit_nets: Sequence[int]) -> list[int]:
        """What goes back of each piece, given what each cost after all discounts (minor units)."""
        if self.kind == "free":
            return list(unit_nets)
        if self.kind == "price":
            return [min(self.value, net) for net in unit_nets]
        if self.kind == "percent":
            return [(net * self.value * 2 + 10_000) // 20_000 for net in unit_nets]
        return [0 for _ in unit_nets]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of an activity; numbers of pieces, None meaning no limit.

    per_order, per_day, per_address, per_payer  of one order, of one buyer in a day (the shop's), sent to one address,
                paid with one phone number
    per_product  of one buyer for this product, over all activities
    audience    key of a segment, or TAG and a tag; "" for everybody
    coupons, commission  whether coupons may be used, and whether distributors earn something
    winners     of a lottery group
    """

    kind: str = "normal"
    per_order: int | None = None
    per_day: int | None = None
    per_address: int | None = None
    per_payer: int | None = None
    per_product: int | None = None
    audience: str = ""
    coupons: bool = False
    commission: bool = False
    winners: int = 1
    perk: Perk | None = None

    @property
    def of_kind(self) -> Kind:
        """What is different about its kind."""
        return KINDS[self.kind]

    def as_json(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Rules":
        """The inverse of `as_json`; what is missing is as for an activity without such a rule."""
        perk = data.get("perk")
        return replace(cls(**{**data, "perk": None}), perk=Perk(**perk) if perk else None)


def distinct_payers(people: Sequence[Mapping[str, str]]) -> int:
    """How many different people these can be at the most: whatever repeats (account, address, phone) counts once."""
    if not people:
        return 0
    names = {name for person in people for name in person}
    return min(len({person.get(name, "") for person in people}) for name in names)


def tag_of(audience: str) -> str:
    """The tag that an audience means, or "" for a segment or everybody."""
    return audience.removeprefix(TAG) if audience.startswith(TAG) else ""
