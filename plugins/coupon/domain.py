"""The rules of coupons, pure: what one is worth in a basket, which are used, and why the others are not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import local
from typing import Any

from core.sdk.values import Applied, Money, PriceInput, Stage
from plugins.coupon.combining import Candidate, Freight, best_combination
from plugins.coupon.terms import GRACE, Basis, Kind, Terms

PLUGIN = "coupon"


class Standing(StrEnum):
    """How an issued coupon stands."""

    PENDING = "pending"
    AVAILABLE = "available"
    LOCKED = "locked"
    USED = "used"
    EXPIRED = "expired"
    OFFERED = "offered"
    GIVEN = "given"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A coupon that the buyer has: `value` is its own random value, `budget` what its campaign can still spend.

    `obstacle` is why it cannot be used whatever is in the basket: "locked", "paused", "budget", "resting".
    """

    id: str
    campaign: str
    version: int
    terms: Terms
    value: int
    valid_from: datetime
    valid_to: datetime
    budget: int | None = None
    obstacle: str = ""

    @property
    def key(self) -> str:
        """Its name among the candidates; they are in the order in which core applies them: by campaign."""
        return f"{self.campaign}/{self.id}"

    def as_json(self) -> dict[str, Any]:
        """JSON-able, as it is frozen into the price input."""
        return {
            "id": self.id,
            "campaign": self.campaign,
            "version": self.version,
            "terms": self.terms.as_told(),
            "value": self.value,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat(),
            "budget": self.budget,
            "obstacle": self.obstacle,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Held":
        """The inverse of `as_json`."""
        plain = dict(data)
        plain["terms"] = Terms.from_json(plain["terms"])
        for name in ("valid_from", "valid_to"):
            plain[name] = datetime.fromisoformat(plain[name])
        return cls(**plain)


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line as it stands before coupons: `net` minor units for all of it, `activity` says that it has such a price.

    `closed`: whoever made that price lets no coupon come off it.
    """

    key: str
    product: str
    quantity: int
    net: int
    activity: bool
    closed: bool = False

    @property
    def units(self) -> list[int]:
        """What each piece costs, the odd cents on the first."""
        each, odd = divmod(self.net, self.quantity)
        return [each + 1] * odd + [each] * (self.quantity - odd)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a coupon is not used: a reason of `errors.py`, what fills its words, and what would come off otherwise."""

    reason: str
    params: Mapping[str, Any] = field(default_factory=dict)
    would_save: int = 0


@dataclass(frozen=True, slots=True)
class Basket:
    """What coupons look at: lines before coupons, memberships of collections, the fee, and the shop's ceiling."""

    currency: str
    moment: datetime
    lines: tuple[LineNow, ...]
    inside: Mapping[str, frozenset[str]]
    freight: Freight | None
    most_points: int = 10_000
    # Terms by their identity → the lines that count: asked several times for each coupon.
    _eligible: dict[int, tuple[Terms, tuple[LineNow, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def goods(self) -> int:
        """All lines together."""
        return sum(line.net for line in self.lines)

    @property
    def nets(self) -> dict[str, int]:
        """What each line costs before coupons."""
        return {line.key: line.net for line in self.lines}

    @property
    def ceiling(self) -> int:
        """What all coupons together may take off the goods."""
        return self.goods * self.most_points // 10_000

    def spread_over(self, terms: Terms) -> tuple[LineNow, ...]:
        """The lines on which a coupon's amount falls: those that count, or for a present all that may have one."""
        if not terms.is_present:
            return self.eligible(terms)
        return tuple(line for line in self.lines if not line.closed)

    def eligible(self, terms: Terms) -> tuple[LineNow, ...]:
        """The lines that count for a coupon."""
        known = self._eligible.get(id(terms))
        if known is None:
            found = tuple(
                line
                for line in self.lines
                if terms.scope.covers(line.product, self.inside.get(line.product, frozenset()))
                and not line.closed
                and (terms.with_activity or not line.activity)
            )
            # The terms are kept, so that their identity stays theirs.
            known = self._eligible[id(terms)] = terms, found
        return known[1]


def basket_of(price_input: PriceInput, applied: Iterable[Applied]) -> Basket:
    """The basket as the stages before coupons left it; `applied` is what was applied so far, or in the end."""
    earlier = [one for one in applied if _is_before_coupons(one.adjustment.stage)]
    off: dict[str, int] = {}
    activities: set[str] = set()
    closed: set[str] = set()
    for one in earlier:
        sign = -1 if one.adjustment.kind == "fee" else 1
        for key, amount in one.allocations.items():
            off[key] = off.get(key, 0) + sign * amount
        if one.adjustment.stage is Stage.CAMPAIGN:
            activities.update(one.allocations)
            if one.adjustment.rule_snapshot.get("coupons") is False:
                closed.update(one.allocations)
    facts: Mapping[str, Any] = price_input.facts.get(PLUGIN, {})
    lines = tuple(
        LineNow(
            line.key,
            str(line.product_id),
            line.quantity,
            line.list_amount - off.get(line.key, 0),
            line.key in activities or bool(line.marks),
            line.key in closed,
        )
        for line in price_input.lines
    )
    inside = {product: frozenset(ids) for product, ids in facts.get("inside", {}).items()}
    most = facts.get("most_points", 10_000)
    return Basket(price_input.currency, price_input.moment, lines, inside, _freight(price_input), most)


def _is_before_coupons(stage: Stage) -> bool:
    order = list(Stage)
    return order.index(stage) < order.index(Stage.COUPONS)


def _freight(price_input: PriceInput) -> Freight | None:
    option = price_input.shipping
    if option is None:
        return None
    if option.freight is None:
        return Freight(option.fee, option.free_from)
    place = price_input.destination.place
    rate = option.freight.charged(place, grams=price_input.grams, pieces=price_input.pieces)
    return Freight(rate.fee, rate.free_from) if rate is not None else None


# The coupons of the basket that this thread priced last: they are asked for several times in each of its stages.
_last = local()


def held_coupons(price_input: PriceInput) -> list[Held]:
    """The coupons that were looked up for this basket."""
    stored = price_input.facts.get(PLUGIN, {}).get("coupons", ())
    # Facts are frozen: the same tuple holds the same coupons for ever.
    if type(stored) is not tuple or getattr(_last, "stored", None) is not stored:
        _last.stored, _last.held = stored, [Held.from_json(data) for data in stored]
    return list(_last.held)


def amount_off(terms: Terms, value: int, lines: Sequence[LineNow], currency: str) -> int:
    """What a coupon takes off these lines on its own, its threshold being reached; never more than they cost."""
    base = sum(line.net for line in lines)
    off = _plain_amount(terms, value, lines, base, currency)
    capped = off if terms.cap is None else min(off, terms.cap)
    return max(0, min(capped, base))


def _plain_amount(terms: Terms, value: int, lines: Sequence[LineNow], base: int, currency: str) -> int:
    match terms.kind:
        case Kind.AMOUNT:
            return terms.value
        case Kind.RANDOM:
            return value
        case Kind.PERCENT:
            return base - Money(base, currency).basis_points(10_000 - terms.points).minor
        case Kind.TIERS:
            return max((off for start, off in terms.tiers if base >= start), default=0)
        case Kind.EXCHANGE:
            return _dearest(lines) - terms.value
        case Kind.NTH:
            units = sorted((unit for line in lines for unit in line.units), reverse=True)
            cheaper = sum(units[terms.nth - 1 :: terms.nth])
            return Money(cheaper, currency).basis_points(terms.points).minor
        case Kind.SHIPPING:
            return 0


def _dearest(lines: Sequence[LineNow]) -> int:
    """What the dearest piece costs."""
    return max((unit for line in lines for unit in line.units), default=0)


def missing(terms: Terms, basket: Basket, lines: Sequence[LineNow]) -> int:
    """How much is missing to the threshold, in its own basis: minor units or pieces; 0 when it is reached."""
    if terms.basis is Basis.PIECES:
        have = sum(line.quantity for line in lines)
    elif terms.basis is Basis.GOODS:
        # A present does not count towards what it is a present to.
        have = basket.goods - (_dearest(lines) if terms.is_present else 0)
    else:
        have = sum(line.net for line in lines)
    wanted = terms.threshold
    if terms.kind is Kind.TIERS and terms.tiers:
        wanted = max(wanted, terms.tiers[0][0])
    if terms.kind is Kind.NTH:
        short = terms.nth - sum(line.quantity for line in lines)
        return max(short, 0) if terms.basis is Basis.PIECES or have >= wanted else wanted - have
    return max(0, wanted - have)


def objection_to(held: Held, basket: Basket) -> Objection | None:
    """Why a coupon cannot be used in this basket, other coupons aside."""
    if held.obstacle:
        return Objection(held.obstacle)
    if held.terms.currency not in ("", basket.currency):
        return Objection("currency", {"currency": held.terms.currency})
    if basket.moment < held.valid_from:
        return Objection("not_begun", {"time": held.valid_from})
    if basket.moment >= held.valid_to + GRACE:
        return Objection("expired", {"time": held.valid_to})
    lines = basket.eligible(held.terms)
    if not lines:
        everywhere = Basket(basket.currency, basket.moment, tuple(_plain(basket)), basket.inside, None)
        return Objection("activity_price" if everywhere.eligible(held.terms) else "no_goods")
    short = missing(held.terms, basket, lines)
    if short:
        return _threshold_objection(held, basket, lines, short)
    if held.terms.kind is Kind.SHIPPING:
        return None if basket.freight is not None else Objection("at_checkout")
    off = amount_off(held.terms, held.value, lines, basket.currency)
    if held.budget is not None and off > held.budget:
        return Objection("budget")
    return None if off else Objection("saves_nothing")


def _plain(basket: Basket) -> Iterable[LineNow]:
    return (LineNow(line.key, line.product, line.quantity, line.net, activity=False) for line in basket.lines)


def _threshold_objection(held: Held, basket: Basket, lines: Sequence[LineNow], short: int) -> Objection:
    terms = held.terms
    by_pieces = terms.basis is Basis.PIECES or (
        terms.kind is Kind.NTH and sum(one.net for one in lines) >= terms.threshold
    )
    if by_pieces:
        return Objection("few_pieces", {"missing": short})
    more = Money(short, basket.currency)
    # Whoever adds so much can have this: the coupon on goods that are worth the threshold.
    raised = LineNow("", "", 1, sum(line.net for line in lines) + short, activity=False)
    saves = amount_off(terms, held.value, [raised], basket.currency)
    if terms.kind in (Kind.SHIPPING, Kind.EXCHANGE, Kind.NTH) or not saves:
        return Objection("too_little", {"missing": more})
    params = {"missing": more, "off": Money(saves, basket.currency)}
    return Objection("add_to_save", params, would_save=saves)


def candidates(held: Iterable[Held], basket: Basket) -> list[Candidate]:
    """The coupons that can be used in this basket, each with what it takes off on its own."""
    found = []
    for one in held:
        if objection_to(one, basket) is not None:
            continue
        lines = basket.eligible(one.terms)
        freight = one.terms.kind is Kind.SHIPPING
        found.append(
            Candidate(
                id=one.key,
                group=one.terms.group,
                exclusive=one.terms.exclusive,
                amount=0 if freight else amount_off(one.terms, one.value, lines, basket.currency),
                keys=() if freight else tuple(line.key for line in basket.spread_over(one.terms)),
                freight=_freight_off(one.terms) if freight else 0,
                until=one.valid_to.timestamp(),
            )
        )
    return found


def _freight_off(terms: Terms) -> int:
    return terms.cap if terms.cap is not None else 2**53


def chosen_coupons(price_input: PriceInput, basket: Basket) -> tuple[Candidate, ...]:
    """The coupons that apply: what the buyer chose as far as it can be combined, or else what saves most."""
    known = getattr(_last, "chosen", None)
    # The stage of the freight asks again for what the stage of the goods decided.
    if known is not None and known[0] is price_input and known[1].lines == basket.lines:
        decided: tuple[Candidate, ...] = known[2]
        return decided
    chosen = _decided(price_input, basket)
    _last.chosen = price_input, basket, chosen
    return chosen


def _decided(price_input: PriceInput, basket: Basket) -> tuple[Candidate, ...]:
    usable = candidates(held_coupons(price_input), basket)
    wanted = price_input.facts.get(PLUGIN, {}).get("chosen")
    if wanted is None:
        return best_combination(usable, basket.nets, ceiling=basket.ceiling, freight=basket.freight)
    by_id = {one.id.rpartition("/")[2]: one for one in usable}
    picked: list[Candidate] = []
    for key in wanted:
        one = by_id.get(key)
        if one is not None and _fits(one, picked):
            picked.append(one)
    return tuple(picked)


def _fits(one: Candidate, picked: Sequence[Candidate]) -> bool:
    if not picked:
        return True
    return not one.exclusive and all(not other.exclusive and other.group != one.group for other in picked)


def unused_coupons(
    price_input: PriceInput, basket: Basket, chosen: Sequence[Candidate]
) -> dict[str, Objection]:
    """For each coupon that the buyer has and that is not among `chosen`, why not, by its key."""
    held = held_coupons(price_input)
    titles = {one.key: one.terms.title for one in held}
    own_choice = price_input.facts.get(PLUGIN, {}).get("chosen") is not None
    taken = {one.id for one in chosen}
    found = {}
    for one in held:
        if one.key in taken:
            continue
        rival = next((other for other in chosen if _excludes(other, one.terms)), None)
        beaten = Objection("not_combined", {"other": titles[rival.id]}) if rival else Objection("no_gain")
        found[one.key] = objection_to(one, basket) or (Objection("not_chosen") if own_choice else beaten)
    return found


def _excludes(chosen: Candidate, terms: Terms) -> bool:
    return chosen.exclusive or terms.exclusive or chosen.group == terms.group
