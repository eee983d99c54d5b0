"""Reads the theme folders beside this module and refuses, with the reason, those that could not show a shop."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.rendering.contexts import PAGES
from core.rendering.holes import DRAWN
from core.rendering.theme import Preset, Theme, ThemeProblem, checked_tokens

FOLDER = Path(__file__).resolve().parent

_SECTIONS = (
    "announcement", "hero", "icon_nav", "goods", "rich_text", "image_text", "promises", "faq", "contact",
    "collection_list", "divider",
)  # fmt: skip
REQUIRED = (
    *(f"templates/{page}.html" for page in PAGES),
    "templates/kit.html",
    *(f"templates/holes/{hole}.html" for hole in DRAWN),
    *(f"sections/{section}.html" for section in _SECTIONS),
    "assets/icons.svg",
)
_RHYTHMS = ("cards", "editorial")
_HEADERS = ("shop", "centred")


def installed_themes(folder: Path = FOLDER) -> tuple[Theme, ...]:
    """All themes below `folder`, `starter` first. Raises ThemeProblem, naming the theme and the file."""
    found = [theme_in(path.parent) for path in sorted(folder.glob("*/theme.toml"))]
    return tuple(sorted(found, key=lambda theme: (theme.key != "starter", theme.key)))


def theme_in(folder: Path) -> Theme:
    """The theme in `folder`, checked. Raises ThemeProblem."""
    about = _toml(folder, "theme.toml")
    key = about.get("key")
    if key != folder.name:
        raise ThemeProblem(f"theme {folder.name}: theme.toml says it is called {key!r}")
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if missing:
        raise ThemeProblem(f"theme {key}: {', '.join(missing)} missing")
    presets = {name: _preset(folder, str(name)) for name in about.get("presets", ())}
    if not presets:
        raise ThemeProblem(f"theme {key}: theme.toml names no presets")
    return Theme(
        key=key,
        version=str(about.get("version", "")),
        title=_title(key, about),
        folder=folder,
        presets=MappingProxyType(presets),
    )


def _preset(folder: Path, name: str) -> Preset:
    values = _toml(folder, f"presets/{name}.toml")
    layout = values.get("layout", {})
    if layout.get("rhythm") not in _RHYTHMS or layout.get("header") not in _HEADERS:
        raise ThemeProblem(f"theme {folder.name}: preset {name} needs a known rhythm and header in [layout]")
    return Preset(
        key=name,
        title=_title(f"{folder.name}/{name}", values),
        light=MappingProxyType(checked_tokens(folder.name, values.get("light", {}))),
        dark=MappingProxyType(checked_tokens(folder.name, values.get("dark", {}))),
        layout=MappingProxyType(dict(layout)),
    )


def _title(what: str, values: Mapping[str, Any]) -> Mapping[str, str]:
    title = values.get("title", {})
    if not title.get("en") or not title.get("zh"):
        raise ThemeProblem(f"theme {what}: [title] needs en and zh")
    return MappingProxyType({"en": title["en"], "zh": title["zh"]})


def _toml(folder: Path, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ThemeProblem(f"theme {folder.name}: {name} cannot be read: {error}") from error
