"""Index pages for page authors: the spec, the state of the address, and the page that the macro `index` draws."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.console import formats
from core.rendering.console.index_spec import BulkAction, Column, Filter, IndexSpec, View
from core.rendering.console.index_state import IndexState, ListAddressError
from core.rendering.console.parts import Cell

__all__ = [
    "BulkAction",
    "Column",
    "Filter",
    "IndexPage",
    "IndexSpec",
    "IndexState",
    "ListAddressError",
    "View",
]


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter in words, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One page of a list, ready for the macro `index`.

    `total` is the number of rows that match (None when nobody counted), counted to `most_counted` if that is not the
    spec's. `counts` are rows by view key. With cursors,
    `next_cursor` and `previous_cursor` say whether there is more. `busy` draws skeleton rows.
    """

    spec: IndexSpec
    state: IndexState
    rows: Sequence[Any]
    total: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    next_cursor: str = ""
    previous_cursor: str = ""
    chosen_ids: frozenset[str] = frozenset()
    busy: bool = False
    most_counted: int = 0

    def url(self, **changes: Any) -> str:
        """The address of this list with `changes` (see IndexState.query)."""
        return self.state.query(**changes)

    @property
    def chips(self) -> list[Chip]:
        """The active filters."""
        return [
            Chip(_chip_words(one, self.state), self.url(**dict.fromkeys(one.names)))
            for one in self.spec.filters
            if one.key in self.state.filters
        ]

    @property
    def without_filters(self) -> str:
        """The address that shows everything in this view."""
        names = [name for one in self.spec.filters for name in one.names]
        return self.url(q=None, **dict.fromkeys(names))

    @property
    def choosing(self) -> bool:
        """True while rows are being chosen on a phone."""
        return bool(self.state.select and self.spec.bulk)

    def sort_url(self, column: Column) -> str:
        """The address sorted by `column`, turned round when it already is."""
        turned = f"-{column.sort}" if self.state.sort == column.sort else column.sort
        usual = turned if turned in self.spec.sorts else column.sort
        return self.url(sort=usual if usual in self.spec.sorts else f"-{column.sort}")

    def sorted_how(self, column: Column) -> str:
        """The value of `aria-sort`."""
        if not column.sort or self.state.sort.removeprefix("-") != column.sort:
            return "none"
        return "descending" if self.state.sort.startswith("-") else "ascending"

    @property
    def previous_url(self) -> str:
        """The page before; "" on the first."""
        if self.spec.cursor:
            return self.url(before=self.previous_cursor, after=None) if self.previous_cursor else ""
        return self.url(page=self.state.page - 1) if self.state.page > 1 else ""

    @property
    def next_url(self) -> str:
        """The page after; "" on the last."""
        if self.spec.cursor:
            return self.url(after=self.next_cursor, before=None) if self.next_cursor else ""
        # Beyond what is counted there is more as long as pages are full.
        full = self._uncounted and len(self.rows) == self.state.size
        more = self.total is not None and (full or self.state.offset + len(self.rows) < self.total)
        return self.url(page=self.state.page + 1) if more else ""

    @property
    def said_total(self) -> str:
        """ "214 orders", or "" when nobody counted."""
        if self.total is None:
            return ""
        if self._uncounted:
            return ngettext(*self.spec.noun, self.total, count=f"{formats.number(self._most)}+")
        return self.nouns(self.total)

    @property
    def _most(self) -> int:
        return self.most_counted or self.spec.most_counted

    @property
    def _uncounted(self) -> bool:
        return bool(self._most and self.total is not None and self.total > self._most)

    @property
    def said_range(self) -> str:
        """ "1–20 of 214 orders"; "7 orders" where one page shows all of them."""
        if self.total is None or not self.rows:
            return self.nouns(self.total if self.total is not None else len(self.rows))
        if self.spec.cursor or len(self.rows) == self.total:
            return self.said_total
        first = self.state.offset + 1
        return gettext(
            N_("%(first)s–%(last)s of %(things)s"),
            first=formats.number(first),
            last=formats.number(first + len(self.rows) - 1),
            things=self.said_total,
        )

    def nouns(self, count: int) -> str:
        """`count` with the list's noun."""
        return ngettext(*self.spec.noun, count, count=self.said_count(count))

    def said_count(self, count: int) -> str:
        """ "214", or "10,000+" beyond what is counted."""
        most = self.spec.most_counted
        return f"{formats.number(most)}+" if most and count > most else formats.number(count)

    def cells(self, row: Any) -> Iterator[tuple[Column, Cell]]:
        """The cells of one row."""
        for column in self.spec.columns:
            yield column, column.cell(row)


def _chip_words(one: Filter, state: IndexState) -> str:
    value = state.filters[one.key]
    label = gettext(one.label)
    if one.kind == "choice":
        said = next(words for chosen, words in one.choices if chosen == value)
        return gettext(N_("%(label)s: %(value)s"), label=label, value=gettext(said))
    if one.kind in ("words", "given"):
        return gettext(N_("%(label)s: %(value)s"), label=label, value=one.says(value) if one.says else value)
    low, high = (None if end is None else _end_words(end) for end in value)
    if low is None:
        return f"{label} ≤ {high}"
    return f"{label} ≥ {low}" if high is None else f"{label} {low} – {high}"


def _end_words(end: date | int) -> str:
    if isinstance(end, date):
        return end.isoformat()
    return formats.money(Money(end, current_scope().currency))
