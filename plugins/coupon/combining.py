"""Which coupons together save most: an exact search for up to twelve candidates, bounded beyond. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.sdk.values import allocate

# Up to so many candidates the answer is exact; with more, the search stops after so many steps with the best it has.
EXACT = 12
MOST_STEPS = 600


@dataclass(frozen=True, slots=True)
class Freight:
    """The fee of the chosen way to send, and from which goods value on it is free."""

    fee: int
    free_from: int | None = None

    def charged(self, goods: int) -> int:
        """The fee for goods that cost so much in the end."""
        return 0 if self.free_from is not None and goods >= self.free_from else self.fee


@dataclass(frozen=True, slots=True)
class Candidate:
    """A coupon that can be used: what it takes off the lines `keys` on its own, or at most `freight` off the fee.

    At most one of a `group` is used, and an `exclusive` one only alone. `until` orders equals: the soonest goes first.
    """

    id: str
    group: str
    exclusive: bool
    amount: int
    keys: tuple[str, ...]
    freight: int = 0
    until: float = 0.0


def cut_amounts(chosen: Iterable[Candidate], nets: Mapping[str, int], ceiling: int) -> dict[str, int]:
    """What each coupon really takes off beside the others, in the order in which core applies them: by id."""
    together = list(chosen)
    if _nothing_is_cut(together, nets, ceiling):
        return {one.id: one.amount for one in together}
    left, amounts = dict(nets), {}
    for one in sorted(together, key=lambda one: one.id):
        caps = [left[key] for key in one.keys]
        amount = min(one.amount, sum(caps), ceiling)
        amounts[one.id] = amount
        ceiling -= amount
        for key, share in zip(one.keys, allocate(amount, caps, caps), strict=True):
            left[key] -= share
    return amounts


def _nothing_is_cut(chosen: Sequence[Candidate], nets: Mapping[str, int], ceiling: int) -> bool:
    """Whether every coupon finds all its amount, however the others that share a line with it fall."""
    if sum(one.amount for one in chosen) > ceiling:
        return False
    sets = {one.id: frozenset(one.keys) for one in chosen}
    for one in chosen:
        mine = sets[one.id]
        claimed = sum(other.amount for other in chosen if not mine.isdisjoint(sets[other.id]))
        if claimed > sum(nets[key] for key in mine):
            return False
    return True


def to_pay(
    chosen: Sequence[Candidate], nets: Mapping[str, int], *, ceiling: int, freight: Freight | None
) -> int:
    """What is left to pay with these coupons: goods and fee, minor units."""
    goods = sum(nets.values())
    goods -= sum(cut_amounts((one for one in chosen if one.amount), nets, ceiling).values())
    return goods + _fee(freight, goods, sum(one.freight for one in chosen))


def _fee(freight: Freight | None, goods: int, off: int) -> int:
    return max(0, freight.charged(goods) - off) if freight else 0


def best_combination(
    usable: Sequence[Candidate], nets: Mapping[str, int], *, ceiling: int, freight: Freight | None
) -> tuple[Candidate, ...]:
    """The coupons with which least is left to pay; none that takes nothing off beside the others.

    Exact for up to EXACT candidates, after equal ones were counted once; with more, bounded.
    """
    distinct = _distinct(usable)
    search = _Search(nets, ceiling, freight, len(distinct) <= EXACT)
    search.run([one for one in distinct if not one.exclusive])
    for one in distinct:
        if one.exclusive:
            search.try_it((one,))
    return search.without_idle()


def _distinct(usable: Iterable[Candidate]) -> list[Candidate]:
    """Of coupons that do the same, the one that runs out first."""
    found: dict[object, Candidate] = {}
    for one in sorted(usable, key=lambda one: (one.until, one.id)):
        found.setdefault((one.group, one.exclusive, one.amount, one.keys, one.freight), one)
    return list(found.values())


class _Search:
    """Branch and bound over the groups, largest first; a branch that cannot beat the best so far is left."""

    def __init__(self, nets: Mapping[str, int], ceiling: int, freight: Freight | None, exact: bool) -> None:
        self.nets, self.ceiling, self.freight = nets, ceiling, freight
        self.steps = None if exact else MOST_STEPS
        self.goods = sum(nets.values())
        self.best: tuple[Candidate, ...] = ()
        self.least = to_pay((), nets, ceiling=ceiling, freight=freight)
        self.groups: list[list[Candidate]] = []

    def run(self, free: Sequence[Candidate]) -> None:
        by_group: dict[str, list[Candidate]] = {}
        for one in sorted(free, key=lambda one: (-one.amount, -one.freight, one.until, one.id)):
            by_group.setdefault(one.group, []).append(one)
        self.groups = sorted(by_group.values(), key=lambda group: (-group[0].amount, -group[0].freight))
        self._descend(0, ())

    def try_it(self, chosen: tuple[Candidate, ...]) -> None:
        left = to_pay(chosen, self.nets, ceiling=self.ceiling, freight=self.freight)
        if left < self.least:
            self.least, self.best = left, chosen

    def _descend(self, depth: int, chosen: tuple[Candidate, ...]) -> None:
        if self.steps is not None:
            if not self.steps:
                return
            self.steps -= 1
        if depth == len(self.groups):
            self.try_it(chosen)
            return
        if self._bound(depth, chosen) >= self.least:
            return
        for one in self.groups[depth]:
            self._descend(depth + 1, (*chosen, one))
        self._descend(depth + 1, chosen)

    def _bound(self, depth: int, chosen: tuple[Candidate, ...]) -> int:
        """Less than this cannot be left to pay, whatever is added from `depth` on."""
        on: dict[tuple[str, ...], int] = {}
        for one in chosen:
            on[one.keys] = on.get(one.keys, 0) + one.amount
        for group in self.groups[depth:]:
            # Which of the group comes is open, so its best may fall on any of its lines.
            keys = group[0].keys if len({one.keys for one in group}) == 1 else tuple(self.nets)
            on[keys] = on.get(keys, 0) + max(one.amount for one in group)
        off = sum(min(amount, sum(self.nets[key] for key in keys)) for keys, amount in on.items())
        goods = self.goods - min(off, self.ceiling, self.goods)
        rest = sum(max(one.freight for one in group) for group in self.groups[depth:])
        lowered = sum(one.freight for one in chosen) + rest
        bound = goods + _fee(self.freight, goods, lowered)
        if (
            self.freight
            and self.freight.free_from is not None
            and goods < self.freight.free_from <= self.goods
        ):
            # Taking less off may be cheaper, where it keeps the goods above the value from which sending is free.
            bound = min(bound, self.freight.free_from)
        return bound

    def without_idle(self) -> tuple[Candidate, ...]:
        """The best combination without coupons that change nothing, so that none is spent for nothing."""
        amounts = self._amounts(self.best)
        # Whoever finds nothing left to take is missed by nobody.
        kept = [one for one in self.best if one.freight or amounts.get(one.id, 0)]
        while (idle := self._idle(kept, amounts)) is not None:
            kept = [one for one in kept if one is not idle]
            amounts = self._amounts(kept)
        return tuple(kept)

    def _amounts(self, kept: Iterable[Candidate]) -> dict[str, int]:
        return cut_amounts((one for one in kept if one.amount), self.nets, self.ceiling)

    def _idle(self, kept: Sequence[Candidate], amounts: Mapping[str, int]) -> Candidate | None:
        """The smallest without which no more is to pay. Only those are tried whose share the others could make up for:

        by what they lack themselves, or by a fee that falls away.
        """
        lack = {one.id: one.amount - amounts.get(one.id, 0) for one in kept}
        fee = _fee(self.freight, self.goods - sum(amounts.values()), sum(one.freight for one in kept))
        most = sum(lack.values()) + fee
        doubtful = [one for one in kept if amounts.get(one.id, 0) <= most - lack[one.id]]
        smallest_first = sorted(doubtful, key=lambda one: (one.amount + one.freight, -one.until))
        return next((one for one in smallest_first if self._is_idle(one, kept)), None)

    def _is_idle(self, one: Candidate, kept: Sequence[Candidate]) -> bool:
        fewer = [other for other in kept if other is not one]
        return to_pay(fewer, self.nets, ceiling=self.ceiling, freight=self.freight) <= self.least
