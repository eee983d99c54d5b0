"""Rows of a list, and of a form that is still being typed: one place up or down, one more, one less."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

Tree = dict[str, Any]
_MOST = 1_000


def rearranged(typed: Tree, wish: str) -> None:
    """Change `typed` as a button wished.

    Wishes are "add:<field>", "up:<field>:<place>", "down:<field>:<place>" and "drop:<field>:<place>" for rows, and the
    same with a value in the place of a number for lists of values ("add:<field>:<value>"). Others change nothing.
    """
    verb, _, rest = wish.partition(":")
    name, _, which = rest.partition(":")
    listed = typed.get(name)
    if not isinstance(listed, list):
        return
    if verb == "add" and len(listed) < _MOST:
        _add(listed, which)
        return
    place = _place(listed, which)
    if place is None:
        return
    if verb == "drop":
        listed.pop(place)
    elif verb in ("up", "down"):
        listed.insert(max(0, place + (-1 if verb == "up" else 1)), listed.pop(place))


def _add(listed: list[Any], value: str) -> None:
    if not value:
        listed.append({})
    elif value not in listed:
        listed.append(value)


def _place(listed: list[Any], which: str) -> int | None:
    if which in listed:
        return listed.index(which)
    if (
        which.isdecimal()
        and len(which) < 5
        and int(which) < len(listed)
        and isinstance(listed[int(which)], dict)
    ):
        return int(which)
    return None


def moved(ids: Sequence[UUID], wanted: UUID, *, up: bool) -> list[UUID]:
    """`ids` with `wanted` one place further up or down; at an end it stays."""
    place = ids.index(wanted)
    other = min(max(place + (-1 if up else 1), 0), len(ids) - 1)
    order = list(ids)
    order[place], order[other] = order[other], order[place]
    return order
