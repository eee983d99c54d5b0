"""The rules of bundles, pure: which units make sets, what comes off, and what is missing for the next set."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from core.sdk.values import N_, Adjustment, Money, Need, PriceInput, Reason, RunningTotals, Stage, Unapplied

ANY, ADDON = "any", "addon"
MOST_PIECES = 20
# Of so many bundles that want the same goods every order is tried: 24 at the most.
MOST_TRIED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A bundle as it is frozen into a basket; amounts in minor units.

    "any": `pieces` of `product_ids` cost `price` together. "addon": with each unit of `product_ids` one unit of
    `addon_ids` costs `price`.
    """

    id: str
    version: int
    title: str
    kind: str
    pieces: int
    price: int
    product_ids: tuple[str, ...]
    addon_ids: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """JSON-able, as it is frozen into the price input."""
        return {
            "id": self.id,
            "version": self.version,
            "title": self.title,
            "kind": self.kind,
            "pieces": self.pieces,
            "price": self.price,
            "product_ids": list(self.product_ids),
            "addon_ids": list(self.addon_ids),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Terms":
        """The inverse of `as_json`."""
        plain = {**data, "product_ids": tuple(data["product_ids"]), "addon_ids": tuple(data["addon_ids"])}
        return cls(**plain)


# Units of one line that are still free: key, how many, what one costs now.
@dataclass(frozen=True, slots=True)
class Units:
    """Free units of one line: what one costs before bundles."""

    key: str
    product_id: str
    count: int
    price: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bundle takes: units by line key, and what comes off."""

    terms: Terms
    units: Mapping[str, int]
    off: int


def adjustments(
    stage: Stage, price_input: PriceInput, running: RunningTotals
) -> list[Adjustment | Unapplied]:
    """What comes off for every bundle that the basket holds, and what is missing for others."""
    facts: Any = price_input.facts.get("bundle", {}).get("bundles", ())
    if stage is not Stage.LINE_PROMOTIONS or not facts:
        return []
    free = [
        Units(line.key, str(line.product_id), line.quantity, running.lines[line.key].unit_price)
        for line in price_input.lines
    ]
    terms = [Terms.from_json(one) for one in facts]
    taken, rest = settled(terms, free)
    currency = price_input.currency
    applied: list[Adjustment | Unapplied] = [_adjustment(one, currency) for one in taken]
    used = {one.terms.id for one in taken}
    lacking = (_unapplied(one, rest, currency) for one in terms if one.id not in used)
    return applied + [one for one in lacking if one]


def settled(terms: Sequence[Terms], free: Sequence[Units]) -> tuple[list[Taken], list[Units]]:
    """Which bundles apply, no unit twice, and the units that are left.

    The one that saves most goes first; where few bundles want the same goods, every order is tried and the one that
    saves most in all is kept.
    """
    units = {one.key: one for one in free}
    found: list[Taken] = []
    for rivals in _rivals(terms, free):
        taken = _best_order(rivals, units) if len(rivals) <= MOST_TRIED else _greedy(rivals, units)
        for one in taken:
            units = _without(units, one)
        found += taken
    found.sort(key=lambda one: (-one.off, one.terms.id))
    return found, list(units.values())


def _rivals(terms: Sequence[Terms], free: Sequence[Units]) -> list[list[Terms]]:
    """The bundles that could apply, in groups that share no goods of this basket."""
    inside = {one.product_id for one in free}
    groups: list[tuple[set[str], list[Terms]]] = []
    for one in sorted(terms, key=lambda each: each.id):
        goods = inside.intersection((*one.product_ids, *one.addon_ids))
        if not goods:
            continue
        members = [one]
        apart = []
        for known, others in groups:
            if known & goods:
                goods, members = known | goods, others + members
            else:
                apart.append((known, others))
        groups = [*apart, (goods, members)]
    return [members for _goods, members in groups]


def _greedy(rivals: Sequence[Terms], units: Mapping[str, Units]) -> list[Taken]:
    """The bundle that saves most first, then the best one on what is left; only what lost units is worked out again."""
    offers = {one.id: (one, offered(one, units.values())) for one in rivals}
    found: list[Taken] = []
    while True:
        best = min(
            (offer for _one, offer in offers.values() if offer),
            key=lambda one: (-one.off, one.terms.id),
            default=None,
        )
        if best is None:
            return found
        found.append(best)
        units = _without(units, best)
        del offers[best.terms.id]
        touched = {units[key].product_id for key in best.units}
        for name, (one, offer) in offers.items():
            if offer and not touched.isdisjoint((*one.product_ids, *one.addon_ids)):
                offers[name] = one, offered(one, units.values())


def _best_order(rivals: Sequence[Terms], units: Mapping[str, Units]) -> list[Taken]:
    """What saves most of all orders in which these bundles can take their units; of equals, the greedy one."""
    best = _greedy(rivals, units)
    most = sum(one.off for one in best)
    # With all units to itself none saves more: if each one got that, no order does better.
    alone = (offered(one, units.values()) for one in rivals)
    if most == sum(offer.off for offer in alone if offer):
        return best
    for order in permutations(rivals):
        left, found = units, []
        for one in order:
            offer = offered(one, left.values())
            if offer:
                found.append(offer)
                left = _without(left, offer)
        saved = sum(one.off for one in found)
        if saved > most:
            best, most = found, saved
    return best


def _without(units: Mapping[str, Units], taken: Taken) -> dict[str, Units]:
    left = dict(units)
    for key, count in taken.units.items():
        one = left[key]
        left[key] = Units(one.key, one.product_id, one.count - count, one.price)
    return left


def offered(terms: Terms, free: Collection[Units]) -> Taken | None:
    """What this bundle would take of the free units, or None when it saves nothing."""
    return _any_of(terms, free) if terms.kind == ANY else _with_main(terms, free)


def _dearest(free: Collection[Units], product_ids: Sequence[str]) -> list[Units]:
    wanted = frozenset(product_ids)
    mine = [one for one in free if one.count and one.product_id in wanted]
    return sorted(mine, key=lambda one: (-one.price, one.key))


def _take(units: Sequence[Units], wanted: int) -> dict[str, int]:
    taken: dict[str, int] = {}
    for one in units:
        if wanted > 0:
            taken[one.key] = min(one.count, wanted)
            wanted -= taken[one.key]
    return taken


def _any_of(terms: Terms, free: Collection[Units]) -> Taken | None:
    """As many full sets as there are, of the dearest units; a set that would not save is left."""
    mine = _dearest(free, terms.product_ids)
    off = sets = begun = worth = 0
    for one in mine:
        left = one.count
        if begun:
            more = min(terms.pieces - begun, left)
            begun, worth, left = begun + more, worth + more * one.price, left - more
            if begun < terms.pieces:
                continue
            if worth <= terms.price:
                break
            off, sets, begun = off + worth - terms.price, sets + 1, 0
        full, begun = divmod(left, terms.pieces)
        worth = begun * one.price
        each = terms.pieces * one.price - terms.price
        if full and each <= 0:
            break
        off, sets = off + full * each, sets + full
    return Taken(terms, _take(mine, sets * terms.pieces), off) if sets else None


def _with_main(terms: Terms, free: Collection[Units]) -> Taken | None:
    """For each main unit one add-on, the dearest first; only add-ons that become cheaper."""
    mains = _dearest(free, terms.product_ids)
    extra = [one for one in _dearest(free, terms.addon_ids) if one.price > terms.price]
    pairs = min(sum(one.count for one in mains), sum(one.count for one in extra))
    if not pairs:
        return None
    addons = _take(extra, pairs)
    prices = {one.key: one.price for one in extra}
    off = sum((prices[key] - terms.price) * count for key, count in addons.items())
    return Taken(terms, {**_take(mains, pairs), **addons}, off)


def _adjustment(taken: Taken, currency: str) -> Adjustment:
    terms = taken.terms
    lowered = [key for key, count in taken.units.items() if count]
    return Adjustment(
        stage=Stage.LINE_PROMOTIONS,
        rule_id=terms.id,
        rule_snapshot={**terms.as_json(), "units": dict(taken.units)},
        target=tuple(lowered),
        amount=taken.off,
        reason=reason_of(terms, currency),
    )


def reason_of(terms: Terms, currency: str) -> Reason:
    """What a bundle is, as buyers read it."""
    price = Money(terms.price, currency)
    if terms.kind == ANY:
        said = N_("%(title)s: any %(pieces)s for %(price)s")
        return Reason(said, {"title": terms.title, "pieces": terms.pieces, "price": price})
    return Reason(N_("%(title)s: add-on for %(price)s"), {"title": terms.title, "price": price})


def _unapplied(terms: Terms, free: Sequence[Units], currency: str) -> Unapplied | None:
    """What is missing, said only to somebody who has begun."""
    mine = [one for one in free if one.count and one.product_id in terms.product_ids]
    if not mine:
        return None
    missing, said = 1, N_("Put one of its add-ons in too and it costs %(price)s.")
    if terms.kind == ANY:
        missing = terms.pieces - sum(one.count for one in mine)
        said = N_("%(missing)s more of these and %(pieces)s cost %(price)s together.")
        if missing <= 0:
            return None
    elif any(one.count and one.product_id in terms.addon_ids for one in free):
        return None
    words: dict[str, int | Money] = {
        "missing": missing,
        "pieces": terms.pieces,
        "price": Money(terms.price, currency),
    }
    return Unapplied(
        stage=Stage.LINE_PROMOTIONS,
        rule_id=terms.id,
        title=reason_of(terms, currency),
        because=Reason(said, words),
        code="pieces",
        need=Need(pieces=missing),
        lines=tuple(one.key for one in mine),
        url=f"/x/bundle/{terms.id}",
        action=Reason(N_("See what belongs to it")),
        rule_snapshot=terms.as_json(),
    )
