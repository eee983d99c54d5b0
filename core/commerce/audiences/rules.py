"""A segment's rule as data: groups of conditions, of which all or any must hold; two levels and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MATCHES = ("all", "any")
MOST_GROUPS, MOST_CONDITIONS, LONGEST_VALUE = 5, 8, 120


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked of a customer: `kind` names it, `operator` compares with `value`.

    Amounts are minor units in digits, days are whole numbers; a plugin's kind is "<plugin>.<key>".
    """

    kind: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """Conditions of which all, or any one, must hold."""

    match: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Groups of which all, or any one, must hold; without a group everybody fits."""

    match: str
    groups: tuple[ConditionGroup, ...]

    def as_json(self) -> dict[str, Any]:
        """As stored."""
        return {
            "match": self.match,
            "groups": [
                {
                    "match": group.match,
                    "conditions": [[one.kind, one.operator, one.value] for one in group.conditions],
                }
                for group in self.groups
            ],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Rule":
        """What `as_json` wrote."""
        return cls(
            stored["match"],
            tuple(
                ConditionGroup(group["match"], tuple(Condition(*one) for one in group["conditions"]))
                for group in stored["groups"]
            ),
        )


def all_of(*conditions: Condition) -> Rule:
    """A rule of one group in which all conditions must hold."""
    return Rule("all", (ConditionGroup("all", conditions),))
