"""Kinds of group-buys, each named by what is different about it, and the ladder of prices that a group climbs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is different about a kind of group-buy.

    climbs     the price falls with the number of members, and the difference goes back
    newcomers  whoever joins has never bought in this shop; whoever starts may have
    draws      only some members get the goods, by a draw that everybody can check; the others are refunded
    """

    key: str
    climbs: bool = False
    newcomers: bool = False
    draws: bool = False


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(key="normal"),
        Kind(key="tiered", climbs=True),
        Kind(key="new_joiner", newcomers=True),
        Kind(key="lottery", draws=True),
    )
}


@dataclass(frozen=True, slots=True)
class Step:
    """From `size` paid members on, a piece costs `price` minor units."""

    size: int
    price: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps of one variant, from the smallest group to the full one; all but tiered groups have a single one."""

    steps: tuple[Step, ...]

    @classmethod
    def of(cls, size: int, price: int) -> "Ladder":
        """A single step."""
        return cls((Step(size, price),))

    @property
    def first(self) -> Step:
        """The smallest group that succeeds, and what it pays."""
        return self.steps[0]

    @property
    def top(self) -> Step:
        """The full group, and what it pays."""
        return self.steps[-1]

    @property
    def least(self) -> int | None:
        """How many are enough at the deadline; None where only a full group succeeds."""
        return self.first.size if len(self.steps) > 1 else None

    def reached(self, paid: int) -> Step:
        """The step that `paid` members have reached; below the first it is the first."""
        return max((step for step in self.steps if step.size <= paid), default=self.first, key=_size)

    def after(self, paid: int) -> Step | None:
        """The next step above `paid` members that changes something, or None on the last."""
        return min((step for step in self.steps if step.size > paid), default=None, key=_size)

    def problem(self) -> str:
        """Why these steps are no ladder: "" when sizes grow and prices fall."""
        pairs = list(zip(self.steps, self.steps[1:], strict=False))
        if any(low.size >= high.size for low, high in pairs):
            return "bad_steps"
        return "" if all(low.price > high.price for low, high in pairs) else "bad_step_prices"

    def as_json(self) -> list[list[int]]:
        """[[size, price], …]."""
        return [[step.size, step.price] for step in self.steps]

    @classmethod
    def from_json(cls, data: Iterable[Sequence[int]]) -> "Ladder":
        """The inverse of `as_json`."""
        return cls(tuple(Step(size, price) for size, price in data))


def _size(step: Step) -> int:
    return step.size


def unit_cut(paid_price: int, final_price: int) -> int:
    """What goes back for each piece when the group ended at `final_price`; nobody ever pays more afterwards."""
    return max(0, paid_price - final_price)
