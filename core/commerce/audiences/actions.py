"""Keeping segments."""

from uuid import UUID

from sqlalchemy import delete, select

from core.commerce.audiences.errors import RuleRefused, SegmentNameTaken, UnknownAudience
from core.commerce.audiences.kinds import OPERATORS, Kind, kinds
from core.commerce.audiences.models import Segment
from core.commerce.audiences.rules import (
    LONGEST_VALUE,
    MATCHES,
    MOST_CONDITIONS,
    MOST_GROUPS,
    Condition,
    Rule,
)
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_id

LONGEST_NAME = 80
_LARGEST = {"number": 1_000_000, "money": 10**13, "days": 36_500, "percent": 100}


def rule_problems(rule: Rule) -> dict[tuple[int, int], str]:
    """What is wrong with a rule, in words, by group and place; {} for a sound one."""
    known = kinds()
    if len(rule.groups) > MOST_GROUPS or any(len(one.conditions) > MOST_CONDITIONS for one in rule.groups):
        return {(0, 0): gettext(N_("A segment has at most %(groups)s groups of %(conditions)s conditions."),
                                groups=MOST_GROUPS, conditions=MOST_CONDITIONS)}  # fmt: skip
    found = {}
    for place, group in enumerate(rule.groups):
        for number, condition in enumerate(group.conditions):
            problem = _problem(condition, known.get(condition.kind))
            if problem:
                found[place, number] = gettext(problem)
    return found


def _problem(condition: Condition, kind: Kind | None) -> str:
    if kind is None:
        return N_("This condition belongs to a plugin that is switched off.")
    if condition.operator not in dict(OPERATORS[kind.shape]):
        return N_("Choose how to compare.")
    if not condition.value or len(condition.value) > LONGEST_VALUE:
        return N_("Say what to compare with.")
    if kind.shape in _LARGEST:
        plain = condition.value.isascii() and condition.value.isdecimal() and len(condition.value) <= 14
        if not plain or int(condition.value) > _LARGEST[kind.shape]:
            return (
                N_("Enter a whole number that is not too large.")
                if kind.shape != "money"
                else N_("Enter an amount.")
            )
        least = 1 if kind.shape in ("days", "percent") else 0
        return N_("Enter 1 or more.") if int(condition.value) < least else ""
    if kind.shape == "choice" and condition.value not in dict(kind.choices()):
        return N_("Choose one of the list.")
    return ""


@command("marketing.edit")
def save_segment(*, name: str, rule: Rule, segment_id: UUID | None = None) -> UUID:
    """Keep a segment under a name of its own; returns its id.

    Raises RuleRefused, SegmentNameTaken, UnknownAudience.
    """
    problems = rule_problems(rule)
    if problems or rule.match not in MATCHES or any(group.match not in MATCHES for group in rule.groups):
        raise RuleRefused(problems)
    words = name.strip()[:LONGEST_NAME]
    same = select(Segment.id).where(Segment.name == words)
    if segment_id is not None:
        same = same.where(Segment.id != segment_id)
    if session().scalars(same).first() is not None:
        raise SegmentNameTaken
    if segment_id is None:
        made = Segment(id=new_id(), name=words, rule=rule.as_json(), changed_at=now())
        session().add(made)
        return made.id
    row = session().scalars(select(Segment).where(Segment.id == segment_id)).first()
    if row is None:
        raise UnknownAudience
    row.name, row.rule, row.changed_at = words, rule.as_json(), now()
    return row.id


@command("marketing.edit")
def delete_segment(*, segment_id: UUID) -> None:
    """Forget a segment; its customers stay. Raises UnknownAudience."""
    gone = delete(Segment).where(Segment.id == segment_id).returning(Segment.id)
    if session().execute(gone.execution_options(synchronize_session=False)).first() is None:
        raise UnknownAudience
