"""What stands in the console's sidebar: entries of core, tenants and plugins, merged, permitted and counted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from core.kernel.i18n import LANGUAGES, N_, gettext, speaking
from core.rendering.console.icons import ICONS

Section = Literal["main", "plugins", "settings"]
SECTION_TITLES: dict[Section, str] = {"main": "", "plugins": N_("Extend"), "settings": ""}
# Places in the bar at the bottom of a phone, beside "More".
TAB_PLACES = 4


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry. `label` is an English msgid; `url` a console path; `permission` "" shows it to all staff.

    `order` sorts within the section (then key). `tab` wants a place in the phone's bottom bar. `count` is a number of
    things that wait for a person; None shows nothing. `external` opens in a new tab.
    """

    key: str
    label: str
    icon: str
    url: str
    section: Section = "main"
    order: int = 100
    permission: str = ""
    count: int | None = None
    tab: bool = False
    external: bool = False

    def __post_init__(self) -> None:
        if self.icon not in ICONS:
            raise ValueError(
                f"nav item {self.key!r}: there is no icon {self.icon!r}; choose from icons.ICONS"
            )

    @property
    def words(self) -> str:
        """The label in every language, for the command palette: "orders" finds 订单 and the other way round."""
        found = []
        for language in LANGUAGES:
            with speaking(language):
                found.append(gettext(self.label))
        return " ".join(dict.fromkeys(found)).lower()


def merged(
    *sources: Iterable[NavItem], may: Callable[[str], bool], counts: Mapping[str, int] | None = None
) -> tuple[NavItem, ...]:
    """The entries of all `sources` that `may` permits, in order, with `counts` by key.

    Raises ValueError when two sources use one key.
    """
    found: dict[str, NavItem] = {}
    for item in (item for source in sources for item in source):
        if item.key in found:
            raise ValueError(f"two nav items are called {item.key!r}")
        if not item.permission or may(item.permission):
            found[item.key] = replace(item, count=(counts or {}).get(item.key, item.count))
    rank = list(SECTION_TITLES)
    return tuple(sorted(found.values(), key=lambda item: (rank.index(item.section), item.order, item.key)))


def current(items: Iterable[NavItem], path: str) -> str:
    """The key of the entry whose address is the longest beginning of `path`; "" for none."""
    fitting = [
        item
        for item in items
        if not item.external and f"{path.rstrip('/')}/".startswith(f"{item.url.rstrip('/')}/")
    ]
    return max(fitting, key=lambda item: len(item.url)).key if fitting else ""


def tabs(items: Iterable[NavItem]) -> list[NavItem]:
    """The entries of the phone's bottom bar, at most TAB_PLACES."""
    return [item for item in items if item.tab][:TAB_PLACES]
