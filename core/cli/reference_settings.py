"""The page of settings: every variable with its default and meaning, from the docstring of `Settings`."""

import re
from pathlib import Path

from core.cli.reference_text import in_cell, table
from core.settings import ROOT, Settings

_HEAD = """# Settings

Generated from `core/settings.py`; edit the docstring of `Settings` there and run `pinpu docs`.

Everything is read once, at start, from environment variables. A value that makes no sense ends the program with one
sentence that names the variable.
"""
_ENTRY = re.compile(r"^\s+(\w+): (.+)$")
# What an empty environment cannot tell.
_DEFAULTS = {
    "database_url": "empty: the embedded database",
    "database_owner_url": "empty: the embedded database",
    "database_platform_url": "the value of `DATABASE_OWNER_URL`",
    "secret_key": "made at the first start, kept in `PINPU_HOME/secret_key`",
    "secret_keys": "made at the first start, kept in `PINPU_HOME/sealing_key`; with a database of your own: none",
    "gateway_port": "`PINPU_PORT` + 1",
    "test_gateway_url": "the gateway that is started on `PINPU_GATEWAY_PORT`",
}


def settings_page(settings: Settings) -> str:
    """`settings.md`; `settings` are those of an empty environment."""
    meanings = field_meanings()
    rows = (
        (f"`{variable}`", _default(field, settings), in_cell(meanings[field]))
        for variable, field in variables(settings).items()
    )
    return "\n".join([_HEAD, table(("variable", "default", "meaning"), rows)]).rstrip() + "\n"


def variables(settings: Settings) -> dict[str, str]:
    """Environment variable → field of `Settings`."""
    return {name: name.removeprefix("PINPU_").lower() for name in settings.environment()}


def field_meanings() -> dict[str, str]:
    """Field → its words in the docstring."""
    entries = map(_ENTRY.match, (Settings.__doc__ or "").splitlines())
    return {entry[1]: entry[2] for entry in entries if entry}


def _default(field: str, settings: Settings) -> str:
    if field in _DEFAULTS:
        return _DEFAULTS[field]
    value = getattr(settings, field)
    if isinstance(value, Path):
        near = next((base for base in (ROOT, Path.cwd()) if value.is_relative_to(base)), None)
        return f"`{value.relative_to(near) if near else value}`"
    if isinstance(value, bool):
        return f"`{int(value)}`"
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return "empty" if value in ("", None) else f"`{value}`"
