"""What the address of an index page asks for: read against an allow-list, and written with one thing changed."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_
from core.kernel.money import MoneyInputError, parse_amount
from core.kernel.tenancy import current_scope
from core.rendering.console.index_spec import Filter, IndexSpec
from core.rendering.console.submission import Submitted

_LONGEST_SEARCH = 100
_LAST_PAGE = 10_000
_CURSOR = re.compile(r"[A-Za-z0-9_\-=.:~]{1,200}")
_NUMBER = re.compile(r"[0-9]{1,7}")


class ListAddressError(PinpuError):
    """The address of a list asks for something that the list does not have."""

    code = "console.bad_list_address"
    status = 400
    message = N_("This list has no “%(name)s” like that.")
    fix = N_("Open the list again from the menu and choose once more.")


@dataclass(frozen=True, slots=True)
class IndexState:
    """What the address of a list asks for; everything in it is one of the things that its spec allows.

    `select` is "1" while rows are being chosen on a phone, where cards have no room for check boxes otherwise.
    """

    spec: IndexSpec
    view: str = ""
    q: str = ""
    sort: str = ""
    page: int = 1
    size: int = 20
    after: str = ""
    before: str = ""
    select: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_args(cls, args: Submitted, spec: IndexSpec) -> "IndexState":
        """Read an address. Raises ListAddressError for a name or value that `spec` does not offer."""
        reader = _Arguments(args)
        filters, chosen = _filters(reader, spec)
        default_view = spec.views[0].key if spec.views else ""
        state = cls(
            spec=spec,
            view=reader.one_of("view", [view.key for view in spec.views], default_view),
            q=reader.search() if spec.search else "",
            sort=reader.one_of("sort", list(spec.sorts), spec.default_sort),
            page=1 if spec.cursor else reader.number("page", 1, _LAST_PAGE, 1),
            size=int(reader.one_of("size", [str(size) for size in spec.sizes], str(spec.sizes[0]))),
            after=reader.cursor("after") if spec.cursor else "",
            before=reader.cursor("before") if spec.cursor else "",
            select=reader.one_of("select", ["1"], ""),
            filters=filters,
            chosen=chosen,
        )
        reader.refuse_the_rest()
        return state

    @property
    def offset(self) -> int:
        """How many rows stand before this page."""
        return (self.page - 1) * self.size

    @property
    def narrowed(self) -> bool:
        """True when a search or a filter hides rows."""
        return bool(self.q or self.chosen)

    def query(self, **changes: Any) -> str:
        """The query string with `changes` made and everything else kept; None or "" takes a name away.

        Anything but paging, and choosing rows, goes back to the first page.
        """
        now: dict[str, Any] = {
            "view": self.view,
            "q": self.q,
            **self.chosen,
            "sort": self.sort,
            "size": self.size,
            "select": self.select,
        }
        now |= changes
        if not set(changes) - {"select"} or {"page", "after", "before"} & set(changes):
            now = {"page": self.page, "after": self.after, "before": self.before} | now
        usual = {
            "view": self.spec.views[0].key if self.spec.views else "",
            "sort": self.spec.default_sort,
            "size": self.spec.sizes[0],
            "page": 1,
        }
        kept = {
            name: value for name, value in now.items() if value not in (None, "") and usual.get(name) != value
        }
        return f"?{urlencode(kept)}" if kept else "?"

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """The state as hidden inputs of a form that changes the names in `without`."""
        now = {
            "view": self.view,
            "q": self.q,
            **self.chosen,
            "sort": self.sort,
            "size": str(self.size),
            "select": self.select,
        }
        return [(name, value) for name, value in now.items() if value and name not in without]


class _Arguments:
    def __init__(self, args: Submitted) -> None:
        self.args = args
        self.read: set[str] = set()

    def text(self, name: str) -> str:
        self.read.add(name)
        given = self.args.getlist(name)
        if len(given) > 1:
            raise ListAddressError(name=name)
        return given[0] if given else ""

    def one_of(self, name: str, allowed: Sequence[str], usual: str) -> str:
        given = self.text(name)
        if given and given not in allowed:
            raise ListAddressError(name=name)
        return given or usual

    def number(self, name: str, least: int, most: int, usual: int) -> int:
        given = self.text(name)
        if not given:
            return usual
        if not _NUMBER.fullmatch(given) or not least <= int(given) <= most:
            raise ListAddressError(name=name)
        return int(given)

    def cursor(self, name: str) -> str:
        given = self.text(name)
        if given and not _CURSOR.fullmatch(given):
            raise ListAddressError(name=name)
        return given

    def search(self) -> str:
        given = unicodedata.normalize("NFC", self.text("q")).strip()
        if len(given) > _LONGEST_SEARCH or any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in given):
            raise ListAddressError(name="q")
        return given

    def refuse_the_rest(self) -> None:
        for name in self.args.keys():  # noqa: SIM118 - a MultiDict yields pairs of another kind otherwise
            if name not in self.read:
                raise ListAddressError(name=name[:40])


def _filters(reader: _Arguments, spec: IndexSpec) -> tuple[dict[str, Any], dict[str, str]]:
    found: dict[str, Any] = {}
    chosen: dict[str, str] = {}
    for one in spec.filters:
        given = {name: text for name in one.names if (text := reader.text(name))}
        if given:
            found[one.key] = _filter_value(one, given)
            chosen |= given
    return found, chosen


def _filter_value(one: Filter, given: Mapping[str, str]) -> Any:
    if one.kind == "choice":
        if given[one.key] not in {value for value, _ in one.choices}:
            raise ListAddressError(name=one.key)
        return given[one.key]
    if one.kind in ("words", "given"):
        return _words(one.key, given[one.key])
    read = _day if one.kind == "days" else _amount
    low, high = (read(name, given[name]) if name in given else None for name in one.names)
    return low, high


def _words(name: str, text: str) -> str:
    if len(text) > _LONGEST_SEARCH or any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise ListAddressError(name=name)
    return unicodedata.normalize("NFC", text).strip()


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ListAddressError(name=name) from error


def _amount(name: str, text: str) -> int:
    try:
        return parse_amount(text, current_scope().currency)
    except MoneyInputError as error:
        raise ListAddressError(name=name) from error
