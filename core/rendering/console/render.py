"""The console's template environment and the one function that renders a console page."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import BaseLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from core.kernel import clock
from core.kernel.i18n import LANGUAGES, current_language, gettext, ngettext
from core.rendering.console import charts, formats, navigation, words
from core.rendering.console.assets import static_url
from core.rendering.console.icons import ICONS
from core.rendering.console.navigation import NavItem
from core.rendering.console.parts import Action, Toast

Theme = Literal["auto", "light", "dark"]
# The cookie that the theme menu writes; the shell builder reads it.
THEME_COOKIE = "pinpu_theme"
# In their own words, in every language the same.
LANGUAGE_NAMES = {"zh-CN": ("中文", "中文"), "en": ("EN", "English")}

_KIT = Path(__file__).resolve().parent / "templates" / "console"


@dataclass(frozen=True, slots=True)
class ShopLink:
    """A shop in the switcher: its name, a quiet line under it (plan, host), and its console's address."""

    name: str
    url: str
    sub: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds a page. The web layer builds one per request.

    `path` is the request's path (for the current nav entry, unless a page sets `active`). `search_url` answers
    `?q=` with JSON for the command palette: `{"groups": [{"label", "items": [{"label", "sub", "url", "icon"}]}]}`;
    "" leaves the palette with pages only. `language_url` and `logout_url` take a POST (`language`, `next`).
    `test_mode`: what buyers of the shop pay is no money; `payments_url` is where that is changed, "" for who may not.
    """

    staff_name: str = ""
    nav: tuple[NavItem, ...] = ()
    path: str = "/"
    shops: tuple[ShopLink, ...] = ()
    home_url: str = "/console/"
    storefront_url: str = ""
    search_url: str = ""
    language_url: str = ""
    logout_url: str = ""
    csrf_token: str = ""
    nonce: str = ""
    theme: Theme = "auto"
    toasts: tuple[Toast, ...] = ()
    test_mode: bool = False
    payments_url: str = ""
    menu: tuple[Action, ...] = field(default=())

    @property
    def shop(self) -> ShopLink | None:
        """The shop that the page is about."""
        return next((shop for shop in self.shops if shop.current), None)

    def section(self, name: navigation.Section) -> list[NavItem]:
        """The nav entries of one section."""
        return [item for item in self.nav if item.section == name]


_shell: ContextVar[Shell | None] = ContextVar("console_shell", default=None)
_builder: ContextVar[Callable[[], Shell]] = ContextVar("console_shell_builder", default=Shell)
_folders: dict[str, BaseLoader] = {"console": FileSystemLoader(_KIT)}


@contextmanager
def shells_by(build: Callable[[], Shell]) -> Iterator[None]:
    """Let `build` make the shell of the pages rendered within; the web layer enters it around each request."""
    token = _builder.set(build)
    try:
        yield
    finally:
        _builder.reset(token)


def add_templates(namespace: str, folder: Path) -> None:
    """Make the templates below `folder` known as "<namespace>/…"; a room, tenants or a plugin calls it at boot.

    Raises ValueError when another folder has the namespace.
    """
    known = _folders.get(namespace)
    if isinstance(known, FileSystemLoader) and known.searchpath != [str(folder)]:
        raise ValueError(f"console templates {namespace!r} are already read from {known.searchpath[0]}")
    _folders[namespace] = FileSystemLoader(folder)


def icon(name: str, size: Literal["", "s", "xs", "l"] = "") -> Markup:
    """The drawing of an icon; KeyError for a name that the sprite does not hold."""
    if name not in ICONS:
        raise KeyError(f"there is no icon {name!r}; choose from core.rendering.console.icons.ICONS")
    return _drawn(name, f"ic ic-{size}" if size else "ic", static_url("vendor/icons.svg"))


@lru_cache(maxsize=1024)
def _drawn(name: str, classes: str, sprite: str) -> Markup:
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>').format(
        classes, sprite, name
    )


def csrf_field() -> Markup:
    """The hidden input that every posting form carries, where the web layer gives a token."""
    token = current_shell().csrf_token
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token) if token else Markup()


def current_shell() -> Shell:
    """The shell of the page being rendered."""
    return _shell.get() or _builder.get()()


@lru_cache(maxsize=1)
def console_environment() -> Environment:
    """The environment of all console templates: autoescaped, strict about names, with the kit's filters."""
    environment = Environment(
        loader=PrefixLoader(_folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=gettext,
        gettext=gettext,
        ngettext=ngettext,
        icon=icon,
        static_url=static_url,
        csrf_field=csrf_field,
        current_shell=current_shell,
        current_language=current_language,
        current_nav=navigation.current,
        nav_tabs=navigation.tabs,
        nav_titles=navigation.SECTION_TITLES,
        languages=LANGUAGE_NAMES,
        script_words=words.for_scripts,
        now=clock.now,
        line_points=charts.points,
    )
    environment.filters.update(
        money=formats.money,
        number=formats.number,
        percent=formats.percent,
        compact=formats.compact,
        datetime=formats.moment,
        day=formats.day,
        hour=formats.hour,
        ago=formats.ago,
        instant=formats.instant,
        initial=formats.initial,
    )
    assert set(LANGUAGE_NAMES) == set(LANGUAGES)
    return environment


def render_console(template: str, *, shell: Shell | None = None, **context: Any) -> str:
    """The HTML of a console page.

    `template` is "<namespace>/<file>.html"; pages extend "console/layout.html" (or "console/bare.html" before
    log-in). `shell` overrides the builder, for tests.
    """
    around = shell or _builder.get()()
    token = _shell.set(around)
    try:
        return console_environment().get_template(template).render(shell=around, **context)
    finally:
        _shell.reset(token)


def toast_headers(toast: Toast) -> Mapping[str, str]:
    """The response headers that make htmx show `toast` on the page that sent the request."""
    return {"HX-Trigger": words.ascii_json({"pp-toast": {
        "text": toast.text, "undo": toast.undo_url, "seconds": toast.seconds, "tone": toast.tone,
        "fields": dict(toast.fields or {}),
    }})}  # fmt: skip
