"""Frozen values that hooks of several rooms return, and the envelopes in which the dispatcher hands them on."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

_CODE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def _require_code(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is not a code like 'coupon.already_used' (<plugin or room>.<reason>)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A plugin says no to one line, or to the whole when `line` is None.

    Args:
        code: `<plugin>.<reason>`, stable, for tests and the API.
        message: what is wrong, one sentence, in the reader's language.
        line: the id of the line it concerns.
        fix: what the reader can do about it, in the reader's language.
    """

    code: str
    message: str
    line: UUID | None = None
    fix: str | None = None

    def __post_init__(self) -> None:
        _require_code(self.code)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that stands in the way of a switch: a code, words for the merchant and the way out.

    Args:
        code: `<plugin>.<reason>`.
        message: what is in the way, in the merchant's language.
        fix: what to do first, in the merchant's language.
    """

    code: str
    message: str
    fix: str | None = None

    def __post_init__(self) -> None:
        _require_code(self.code)


@dataclass(frozen=True, slots=True)
class DrainItem:
    """One kind of open business that a switched-off plugin will still finish.

    Args:
        what: its name in the plural, in the merchant's language ("open groups").
        count: how many there are, ≥ 0.
        until: when the last of them ends (aware, UTC); None when nobody can know.
    """

    what: str
    count: int
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"a drain report cannot count {self.count} {self.what}")


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What switching off leaves to be finished; the merchant reads it before deciding.

    Args:
        counts: one `DrainItem` per kind of open business.
        notes: further sentences in the merchant's language ("Refunds go on as promised.").
    """

    counts: tuple[DrainItem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """How many things are still open; 0 means that the plugin may go straight to off."""
        return sum(item.count for item in self.counts)


@dataclass(frozen=True, slots=True)
class PurgeItem:
    """One kind of data that a purge deletes for good.

    Args:
        what: its name in the plural, in the merchant's language.
        count: how many rows, ≥ 0.
    """

    what: str
    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"a purge plan cannot count {self.count} {self.what}")


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What a purge would delete and what it keeps, as sentences and counts for the merchant.

    Args:
        deletes: one `PurgeItem` per kind of data that goes.
        keeps: what stays and why ("Orders and refunds: the law asks for them.").
    """

    deletes: tuple[PurgeItem, ...] = ()
    keeps: tuple[str, ...] = ()


class PluginResult(NamedTuple):
    """What one plugin returned; unpacks as `plugin, value`."""

    plugin: str
    value: Any


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """One plugin failed in one hook; `cause` is what it raised, or a WrongReturnError."""

    plugin: str
    hook: str
    cause: Exception = field(compare=False)

    @property
    def error(self) -> str:
        """The cause as one line, for logs and the console."""
        return f"{type(self.cause).__name__}: {self.cause}"
