"""The text of every page below docs/reference, from the code alone: the same tree always gives the same pages."""

import importlib
from collections.abc import Iterable, Iterator

from core.app import add_catalogues, plugin_registry
from core.cli.reference_commands import commands_page
from core.cli.reference_contexts import contexts_page
from core.cli.reference_settings import settings_page
from core.cli.reference_text import field_rows, first_sentence, in_cell, table
from core.hooks.reference import render_hook_reference
from core.hooks.registry import HookRegistry
from core.kernel.errors import PinpuError
from core.kernel.events import Event, event_types
from core.kernel.i18n import gettext, speaking
from core.settings import ROOT, Settings

_PARTS = ("core", "tenants", "plugins")
# Tests and what tests use are no part of the product.
_LEFT_OUT = frozenset({"tests", "testing", "migrations", "__main__"})

_EVENTS_HEAD = """# Events

Generated from the rooms' `events.py`; edit the docstrings there and run `pinpu docs`.

A command records its event in its own transaction. After the commit, each plugin that listens and is on or draining in
the shop hears of it through the hook named here: at least once, in no promised order, in a transaction of its own. An
event holds ids and plain values; read what you need, it may have moved on.
"""

_ERRORS_HEAD = """# Errors

Generated from the subclasses of `core.kernel.errors.PinpuError`; edit the classes and run `pinpu docs`.

An expected refusal has a code that never changes, an HTTP status, words in the reader's language and, where there is
one, a way out. `%(name)s` stands for a value that the error carries. “Retry” says that the same request may work in a
moment.
"""


def reference_pages() -> dict[str, str]:
    """Every generated page by file name; needs no database."""
    load_all_modules()
    settings = _settings()
    add_catalogues(settings.plugin_folder)
    registry = plugin_registry(settings)
    return {
        "hooks.md": render_hook_reference(registry),
        "events.md": events_page(registry),
        "errors.md": errors_page(),
        "contexts.md": contexts_page(),
        "settings.md": settings_page(settings),
        "commands.md": commands_page(registry),
    }


def _settings() -> Settings:
    """What an empty environment gives: pages must not depend on the machine that writes them."""
    return Settings.from_environment({"PINPU_SECRET_KEY": "no secret is made for writing pages"})


def load_all_modules() -> None:
    """Import every module of the product, so that each event and error is known."""
    for part in _PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            names = path.relative_to(ROOT).with_suffix("").parts
            if not _LEFT_OUT & set(names):
                name = ".".join(one for one in names if one != "__init__")
                importlib.import_module(name)  # noqa: TID251 - a reference leaves no module out


def product_events() -> list[type[Event]]:
    """Every event of the product, by name."""
    return [kind for _, kind in sorted(event_types().items()) if _is_product(kind)]


def product_errors() -> list[type[PinpuError]]:
    """Every error of the product that has a code of its own, by code."""
    found = {kind for kind in _subclasses(PinpuError) if "code" in kind.__dict__ and _is_product(kind)}
    return sorted(found, key=lambda kind: kind.code)


def _subclasses(kind: type[PinpuError]) -> Iterator[type[PinpuError]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _is_product(kind: type) -> bool:
    names = kind.__module__.split(".")
    return names[0] in _PARTS and not _LEFT_OUT & set(names)


def events_page(registry: HookRegistry) -> str:
    """`events.md`: each event with its hook, its fields and who listens here."""
    kinds = product_events()
    rows = (
        (f"[`{kind.name}`](#{_anchor(kind.name)})", f"`{_hook(kind)}`", first_sentence(kind))
        for kind in kinds
    )
    parts = [_EVENTS_HEAD, table(("event", "hook", "what happened"), rows)]
    return "\n".join([*parts, *(_event_section(kind, registry) for kind in kinds)]).rstrip() + "\n"


def _hook(kind: type[Event]) -> str:
    return "on_" + kind.name.split(".", 1)[1]


def _anchor(title: str) -> str:
    return title.lower().replace(".", "")


def _event_section(kind: type[Event], registry: HookRegistry) -> str:
    listeners = [f"`{one.plugin}`" for one in registry.implementations(_hook(kind))]
    facts = [
        f"- **Class**: `{kind.__name__}` in `{kind.__module__}`",
        f"- **Hook**: [`{_hook(kind)}`](hooks.md#{_hook(kind)})",
        f"- **Heard by**: {', '.join(listeners) or 'nobody here'}",
    ]
    parts = [f"## {kind.name}\n", f"{' '.join((kind.__doc__ or '').split())}\n", "\n".join(facts) + "\n"]
    fields = [(name, kind_of) for name, kind_of, _ in field_rows(kind)]
    return "\n".join([*parts, table(("field", "type"), fields)] if fields else parts)


def errors_page() -> str:
    """`errors.md`: each code with its status, when it comes, and its words in both languages."""
    kinds = product_errors()
    rooms = sorted({kind.code.split(".")[0] for kind in kinds})
    parts = [_ERRORS_HEAD]
    for room in rooms:
        own = [kind for kind in kinds if kind.code.split(".")[0] == room]
        heads = ("code", "status", "when", "words", "文字")
        parts += [f"## {room}\n", table(heads, map(_error_row, own))]
    return "\n".join(parts).rstrip() + "\n"


def _error_row(kind: type[PinpuError]) -> Iterable[str]:
    status = f"{kind.status}, retry" if kind.retry else str(kind.status)
    when = first_sentence(kind)
    return (
        f"`{kind.code}`",
        status,
        "" if when == kind.message else when,
        _spoken(kind, "en"),
        _spoken(kind, "zh-CN"),
    )


def _spoken(kind: type[PinpuError], language: str) -> str:
    with speaking(language):
        return "<br>".join(in_cell(gettext(text)) for text in (kind.message, kind.fix) if text)
