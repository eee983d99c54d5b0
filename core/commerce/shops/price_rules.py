"""How a shop guards its prices: the least margin of a promotion, and whether a return counts thresholds again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PriceRules:
    """`margin_floor`: basis points of the price that shall be left over the cost, None: nobody is warned.

    `claw_back`: a return that breaks the threshold of a discount keeps back what the rest is not entitled to; orders
    keep the rule under which they were placed.
    """

    margin_floor: int | None = None
    claw_back: bool = False

    def as_json(self) -> dict[str, Any]:
        """What the shop's row keeps."""
        return {"margin_floor": self.margin_floor, "claw_back": self.claw_back}

    @classmethod
    def stored(cls, data: Mapping[str, Any]) -> "PriceRules":
        """The rules of a shop's row; {} guards nothing."""
        return cls(data.get("margin_floor"), data.get("claw_back") is True)
