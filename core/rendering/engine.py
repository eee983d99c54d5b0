"""One template environment per theme and process: where templates come from and what they may call."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader, Undefined
from markupsafe import Markup, escape

from core.rendering import formats
from core.rendering.contexts import SectionView
from core.rendering.holes import hole
from core.rendering.sandbox import SafeEnvironment
from core.rendering.theme import Theme, asset_url

Show = Callable[[str, Mapping[str, Any]], Markup]


@dataclass(slots=True)
class PageRun:
    """One page on its way: what its template gets from `slot`, `section`, `body` and `asset`."""

    theme: Theme
    before: Mapping[str, Markup] = field(default_factory=dict)
    after: Mapping[str, Markup] = field(default_factory=dict)
    instead: Mapping[str, Markup] = field(default_factory=dict)
    sections: Mapping[str, Markup] = field(default_factory=dict)
    body: Markup = field(default_factory=Markup)


page_run: ContextVar[PageRun] = ContextVar("page_run")

_plugin_roots: dict[str, Path] = {}
_strict = False
_reload = False


def configure(*, strict: bool = False, reload: bool = False) -> None:
    """Set how templates are read: `strict` makes unknown names errors, `reload` notices changed files."""
    global _strict, _reload
    _strict, _reload = strict, reload
    environment_of.cache_clear()


def add_plugin_templates(plugin: str, folder: Path) -> None:
    """Find templates called `<plugin>/…` in `folder / <plugin>`; done once at boot for each plugin that has some."""
    _plugin_roots[plugin] = folder / plugin
    environment_of.cache_clear()


def _slot(name: str, caller: Callable[[], str] | None = None) -> Markup:
    """The blocks of slot `name`; what stands inside `{% call slot(name) %}` unless a block replaces it."""
    run = page_run.get()
    own = run.instead.get(name)
    if own is None:
        own = Markup(caller()) if caller else Markup()  # noqa: S704 - rendered by the engine itself
    return run.before.get(name, Markup()) + own + run.after.get(name, Markup())


def _section(section: SectionView) -> Markup:
    """A section of the page, rendered on its own."""
    return page_run.get().sections.get(section.id, Markup())


def _body() -> Markup:
    """The middle of a plugin's page."""
    return page_run.get().body


def _asset(name: str) -> str:
    return asset_url(page_run.get().theme, name)


def _attributes(**values: Any) -> Markup:
    """HTML attributes: true prints the name alone, none, false and empty text print nothing."""
    parts = []
    for name, value in values.items():
        if value is True:
            parts.append(Markup(" {}").format(name.replace("_", "-")))
        elif not isinstance(value, Undefined) and value not in (None, False, ""):
            parts.append(Markup(' {}="{}"').format(name.replace("_", "-"), escape(str(value))))
    return Markup("").join(parts)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_": formats.translated,
    "ngettext": formats.translated_number,
    "asset": _asset,
    "attrs": _attributes,
    "body": _body,
    "hole": hole,
    "section": _section,
    "slot": _slot,
}


@lru_cache(maxsize=16)
def environment_of(key: str, folder: Path) -> SafeEnvironment:
    """The environment of the theme in `folder`, with its compiled templates, kept for the process."""
    sources: list[BaseLoader] = [
        FileSystemLoader(folder / "templates"),
        PrefixLoader({"sections": FileSystemLoader(folder / "sections")}),
    ]
    if _plugin_roots:
        sources.append(PrefixLoader({name: FileSystemLoader(root) for name, root in _plugin_roots.items()}))
    del key
    return SafeEnvironment(
        loader=ChoiceLoader(sources),
        strict=_strict,
        reload=_reload,
        functions=FUNCTIONS,
        filters=formats.FILTERS,
    )
