"""A segment's rule as a form: what was typed becomes a rule, and a rule becomes rows that can be changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.commerce.audiences.kinds import OPERATORS, Kind, kinds
from core.commerce.audiences.rules import (
    LONGEST_VALUE,
    MATCHES,
    MOST_CONDITIONS,
    MOST_GROUPS,
    Condition,
    ConditionGroup,
    Rule,
)
from core.kernel.i18n import gettext
from core.kernel.money import Money, MoneyInputError, parse_amount, plain_amount
from core.kernel.tenancy import current_scope

# What an amount that is none becomes: nothing that a rule accepts, and still what was typed.
_NO_AMOUNT = "?"
_NEW = Condition("orders", "at_least", "1")


@dataclass(frozen=True, slots=True)
class ShownCondition:
    """One row of the builder: its inputs' names begin with `name`, `value` is as a person types it."""

    name: str
    kind: str
    operator: str
    value: str
    shape: str
    operators: Sequence[tuple[str, str]]
    choices: Sequence[tuple[str, str]]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A box of rows."""

    name: str
    match: str
    rows: Sequence[ShownCondition]
    full: bool


def typed_rule(form: Mapping[str, str]) -> Rule:
    """The rule that the form's fields spell; anything that is no rule comes out as conditions with problems."""
    known, groups = kinds(), []
    for group in range(MOST_GROUPS):
        found = [
            one for number in range(MOST_CONDITIONS) if (one := _typed(form, f"g{group}-c{number}", known))
        ]
        if found:
            groups.append(ConditionGroup(_match(form.get(f"g{group}-match")), tuple(found)))
    return Rule(_match(form.get("match")), tuple(groups))


def _match(text: str | None) -> str:
    return text if text in MATCHES else MATCHES[0]


def _typed(form: Mapping[str, str], name: str, known: Mapping[str, Kind]) -> Condition | None:
    kind = known.get(form.get(f"{name}-kind", ""))
    if kind is None:
        return None
    operators = dict(OPERATORS[kind.shape])
    operator = form.get(f"{name}-operator", "")
    value = form.get(f"{name}-value", "").strip()[:LONGEST_VALUE].replace("\x00", "")
    if form.get(f"{name}-was", kind.key) != kind.key:
        # Another kind was chosen: what was typed belongs to the one before.
        value = ""
    if kind.shape == "money" and value:
        value = _minor(value)
    return Condition(kind.key, operator if operator in operators else next(iter(operators)), value)


def _minor(value: str) -> str:
    try:
        return str(parse_amount(value, current_scope().currency))
    except MoneyInputError:
        return f"{_NO_AMOUNT}{value}"


def changed_rule(rule: Rule, wish: str) -> Rule:
    """The rule after "add:<group>", "group" or "drop:<group>:<place>"; other wishes change nothing."""
    action, _, rest = wish.partition(":")
    groups = list(rule.groups)
    place, _, number = rest.partition(":")
    if action == "group" and len(groups) < MOST_GROUPS:
        groups.append(ConditionGroup("all", (_NEW,)))
    if not place.isdecimal() or int(place) >= len(groups):
        return replace(rule, groups=tuple(groups))
    group = groups[int(place)]
    if action == "add" and len(group.conditions) < MOST_CONDITIONS:
        groups[int(place)] = replace(group, conditions=(*group.conditions, _NEW))
    if action == "drop" and number.isdecimal():
        left = tuple(one for at, one in enumerate(group.conditions) if at != int(number))
        groups[int(place)] = replace(group, conditions=left)
    return replace(rule, groups=tuple(one for one in groups if one.conditions))


def shown_groups(rule: Rule, problems: Mapping[tuple[int, int], str]) -> list[ShownGroup]:
    """The rule as boxes of rows."""
    known = kinds()
    return [
        ShownGroup(
            f"g{place}",
            group.match,
            [
                _shown(f"g{place}-c{number}", one, known.get(one.kind), problems.get((place, number), ""))
                for number, one in enumerate(group.conditions)
            ],
            len(group.conditions) >= MOST_CONDITIONS,
        )
        for place, group in enumerate(rule.groups)
    ]


def _shown(name: str, one: Condition, kind: Kind | None, problem: str) -> ShownCondition:
    if kind is None:
        return ShownCondition(name, one.kind, one.operator, one.value, "gone", (), (), problem)
    value = one.value
    if kind.shape == "money" and value:
        known = value.isdecimal()
        value = (
            plain_amount(Money(int(value), current_scope().currency))
            if known
            else value.removeprefix(_NO_AMOUNT)
        )
    operators = [(key, gettext(words)) for key, words in OPERATORS[kind.shape]]
    choices = list(kind.choices()) if kind.shape == "choice" else []
    return ShownCondition(name, one.kind, one.operator, value, kind.shape, operators, choices, problem)


def kind_choices() -> list[tuple[str, str]]:
    """Every kind of condition as (key, words)."""
    return [(kind.key, gettext(kind.label)) for kind in kinds().values()]
