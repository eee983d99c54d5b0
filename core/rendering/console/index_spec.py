"""What an index page offers: its columns, saved views, filters, orders and bulk actions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from core.rendering.console.parts import Cell

# What a cell becomes on a phone, where each row is a card: title and total share the first line, wide takes a line
# of its own, state and aside share the last, fact is "label: value", extra disappears, actions close the card.
Role = Literal["title", "total", "wide", "state", "aside", "fact", "extra", "actions"]
Width = Literal["fill", "xs", "s", "m", "l", "xl"]
Align = Literal["start", "end"]

# Names in a list's address that no filter may take.
RESERVED_NAMES = frozenset({"view", "q", "sort", "page", "size", "after", "before", "select"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `label` is a msgid; `cell` turns a row into a Cell, or into text for a plain one.

    `sort` names the key under which the list can be sorted by it. Money and numbers align at the end.
    """

    key: str
    label: str
    cell: Callable[[Any], Cell]
    role: Role = "fact"
    width: Width = "m"
    align: Align = "start"
    sort: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A saved view; `hot` turns its count amber when it is not zero: somebody has to do something."""

    key: str
    label: str
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: `choices` (value → msgid), a range of days or of amounts in the shop's currency, or a few words.

    A chosen value arrives in `IndexState.filters` as the choice's value, as `(from, to)` dates or as `(least, most)`
    minor units, where either end may be None, or as the words. One of kind "given" is not offered: a link of another
    page brings it. `says` tells what such a value, or words, stand for.
    """

    key: str
    label: str
    choices: Sequence[tuple[str, str]] = ()
    kind: Literal["choice", "days", "amount", "words", "given"] = "choice"
    says: Callable[[str], str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it uses in the address."""
        ends = {"days": ("_from", "_to"), "amount": ("_min", "_max")}.get(self.kind, ("",))
        return tuple(f"{self.key}{end}" for end in ends)


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something that can be done with all chosen rows; posts `ids` (or `everything=1`) and `action` to `url`."""

    key: str
    label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """What one list offers; a module-level constant of its page. All words are msgids.

    `sorts` maps a key ("placed_at", "-placed_at") to its words; the first is the default. `noun` is the singular and
    plural of what is listed, each with %(count)s. `search` is the hint in the search field; "" leaves the field out.
    `cursor` pages by opaque cursors instead of page numbers. `most_counted`: counts above it are shown as "10,000+".
    """

    key: str
    noun: tuple[str, str]
    columns: Sequence[Column]
    sorts: Mapping[str, str]
    views: Sequence[View] = ()
    filters: Sequence[Filter] = ()
    search: str = ""
    sizes: Sequence[int] = (20, 50, 100)
    cursor: bool = False
    row_id: Callable[[Any], str] = field(default=lambda row: str(row.id))
    row_url: Callable[[Any], str] | None = None
    row_label: Callable[[Any], str] | None = None
    bulk: Sequence[BulkAction] = ()
    most_counted: int = 0

    def __post_init__(self) -> None:
        names = [name for one in self.filters for name in one.names]
        if clash := (RESERVED_NAMES & set(names)) or {name for name in names if names.count(name) > 1}:
            raise ValueError(f"list {self.key!r}: filter names {sorted(clash)} are taken")
        if not self.sorts:
            raise ValueError(f"list {self.key!r} needs at least one order")

    @property
    def default_sort(self) -> str:
        """The order of a list whose address names none."""
        return next(iter(self.sorts))
