"""What a coupon promises: its terms, fixed when it is issued, and what is wrong with terms as a merchant wrote them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

MOST_USES = 100
# The group of coupons for which nobody chose another.
ORDINARY = "coupon"
LONGEST = timedelta(days=3_660)
# A page that is open when a coupon runs out can still be paid for so long.
GRACE = timedelta(minutes=5)


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(made: type) -> tuple[str, ...]:
    """The fields of a dataclass; asked for each coupon of each basket."""
    known = _NAMES.get(made)
    if known is None:
        known = _NAMES[made] = tuple(one.name for one in fields(made))
    return known


class Kind(StrEnum):
    """What a coupon takes off."""

    AMOUNT = "amount"
    PERCENT = "percent"
    SHIPPING = "shipping"
    EXCHANGE = "exchange"
    RANDOM = "random"
    NTH = "nth"
    TIERS = "tiers"


class Basis(StrEnum):
    """What a threshold is compared with, always before any coupon: the goods it is for, all goods, or pieces."""

    ELIGIBLE = "eligible"
    GOODS = "goods"
    PIECES = "pieces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For which goods: ids as text; nothing included means everything. What is excluded wins."""

    products: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    not_products: tuple[str, ...] = ()
    not_collections: tuple[str, ...] = ()

    def covers(self, product: str, inside: frozenset[str]) -> bool:
        """Whether a product that is in the collections `inside` is among the goods."""
        if product in self.not_products or inside & set(self.not_collections):
            return False
        return self.is_open or product in self.products or bool(inside & set(self.collections))

    @property
    def is_open(self) -> bool:
        """Nothing is named: everything is included."""
        return not self.products and not self.collections


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything that decides about a coupon once somebody has it. Money is minor units, shares are basis points.

    `value`      what an amount coupon takes off; what an exchange coupon leaves to pay for its piece.
    `points`     the share that a percent coupon takes off the goods, an "Nth piece" coupon off that piece.
    `cap`        no more than this is taken off.
    `nth`        every so many pieces one is cheaper.
    `tiers`      (from, off) pairs, rising; the highest one that is reached counts.
    `least`, `most`: the range of a random value, which is fixed when the coupon is claimed.
    `threshold`  in `basis`: minor units or pieces.
    `with_activity`: whether goods at an activity price (group-buy, flash sale) count.
    `group`      at most one coupon of a group is used in an order; `exclusive`: no other coupon at all.
    `starts_at`, `ends_at`: a fixed period; or `hours` after the claim (from the next day on with `next_day`).
    `uses`       how often; `interval_hours`: the time between two uses.
    `returns`    whether it comes back when a paid order is cancelled or refunded as a whole.
    `breaks`     what a return does that leaves less than the minimum: "keep" leaves the discount on the rest, "rerate"
                 keeps back what the rest is not entitled to (and gives the coupon back where nothing of it is left),
                 "shop" does as the shop's rule says.
    `gift`       whether it can be given to somebody else, once.
    `funder`     who pays for it: merchant, supplier, distributor or platform.
    `currency`   the currency that its amounts are in; nothing is converted.
    """

    title: str
    kind: Kind
    value: int = 0
    points: int = 0
    cap: int | None = None
    nth: int = 2
    tiers: tuple[tuple[int, int], ...] = ()
    least: int = 0
    most: int = 0
    threshold: int = 0
    basis: Basis = Basis.ELIGIBLE
    scope: Scope = Scope()
    with_activity: bool = False
    group: str = ORDINARY
    exclusive: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    hours: int | None = None
    next_day: bool = False
    uses: int = 1
    interval_hours: int = 0
    returns: bool = True
    breaks: str = "shop"
    gift: bool = False
    funder: str = "merchant"
    currency: str = ""

    @property
    def is_present(self) -> bool:
        """One of the chosen goods is a present to other goods: what it is worth is spread over all of them."""
        return self.kind is Kind.EXCHANGE and self.basis is Basis.GOODS and self.threshold > 0

    def as_json(self) -> dict[str, Any]:
        """JSON-able, as it is kept with the template and frozen into baskets."""
        plain = {name: getattr(self, name) for name in _names(Terms)}
        plain["kind"], plain["basis"] = self.kind.value, self.basis.value
        plain["tiers"] = [list(tier) for tier in self.tiers]
        plain["scope"] = {name: list(ids) for name in _names(Scope) if (ids := getattr(self.scope, name))}
        for name in ("starts_at", "ends_at"):
            plain[name] = plain[name].isoformat() if plain[name] else None
        return plain

    def as_told(self) -> dict[str, Any]:
        """`as_json` without what every coupon says unless it says otherwise: baskets carry it, and some hold many."""
        return {name: value for name, value in self.as_json().items() if value != _PLAIN.get(name, _SAID)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Terms":
        """The inverse of `as_json` and of `as_told`; what an older version did not know has its default."""
        plain = {name: value for name, value in data.items() if name in _DEFAULTS}
        plain["kind"], plain["basis"] = (
            _KINDS[plain["kind"]],
            _BASES[plain.get("basis", Basis.ELIGIBLE.value)],
        )
        if plain.get("tiers"):
            plain["tiers"] = tuple((tier[0], tier[1]) for tier in plain["tiers"])
        else:
            plain.pop("tiers", None)
        plain["scope"] = (
            Scope(**{name: tuple(ids) for name, ids in plain["scope"].items()})
            if plain.get("scope")
            else _DEFAULTS["scope"]
        )
        for name in ("starts_at", "ends_at"):
            plain[name] = datetime.fromisoformat(plain[name]) if plain.get(name) else None
        return cls(**plain)

    def valid_from(self, claimed: datetime, next_midnight: datetime) -> datetime:
        """From when a coupon claimed then can be used; `next_midnight` is the shop's."""
        if self.starts_at is not None and self.ends_at is not None:
            return max(claimed, self.starts_at)
        return next_midnight if self.next_day else claimed

    def valid_to(self, begins: datetime) -> datetime:
        """Until when a coupon that begins then can be used."""
        if self.ends_at is not None:
            return self.ends_at
        return begins + timedelta(hours=self.hours or 24)


_KINDS: dict[str, Kind] = {one.value: one for one in Kind}
_BASES: dict[str, Basis] = {one.value: one for one in Basis}
_SAID = object()
_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(Terms)}
# The defaults as they stand in JSON; title and kind are always said.
_PLAIN = Terms(title="", kind=Kind.AMOUNT).as_json()
del _PLAIN["title"], _PLAIN["kind"]


def terms_problems(terms: Terms, moment: datetime) -> dict[str, str]:
    """What is wrong with terms that somebody wrote down at `moment`: field → reason of an error in `errors.py`."""
    problems: dict[str, str] = {}
    if terms.kind is Kind.AMOUNT and terms.value <= 0:
        problems["value"] = "no_value"
    if terms.kind is Kind.AMOUNT and terms.basis is not Basis.PIECES and 0 < terms.threshold < terms.value:
        problems["threshold"] = "above_threshold"
    if terms.kind in (Kind.PERCENT, Kind.NTH) and not 0 < terms.points <= 10_000:
        problems["points"] = "no_points"
    if terms.kind is Kind.NTH and not 2 <= terms.nth <= 99:
        problems["nth"] = "bad_nth"
    if terms.kind is Kind.EXCHANGE and terms.scope.is_open:
        problems["products"] = "exchange_for_what"
    if terms.kind is Kind.TIERS and not _rising(terms.tiers):
        problems["tiers"] = "bad_tiers"
    if terms.kind is Kind.RANDOM and not 0 < terms.least < terms.most:
        problems["most"] = "bad_range"
    problems.update(_period_problems(terms, moment))
    if not 1 <= terms.uses <= MOST_USES:
        problems["uses"] = "bad_uses"
    return problems


def _rising(tiers: tuple[tuple[int, int], ...]) -> bool:
    if not tiers or any(off <= 0 or off > start for start, off in tiers):
        return False
    return all(one[0] < other[0] and one[1] < other[1] for one, other in pairwise(tiers))


def _period_problems(terms: Terms, moment: datetime) -> dict[str, str]:
    if terms.hours is not None:
        return {} if 1 <= terms.hours <= LONGEST.total_seconds() // 3_600 else {"hours": "bad_hours"}
    if terms.ends_at is None:
        return {"ends_at": "no_period"}
    if terms.ends_at <= (terms.starts_at or moment):
        return {"ends_at": "bad_period"}
    return {} if terms.ends_at > moment else {"ends_at": "in_the_past"}
