"""What a theme is: templates, assets, words and presets in one folder, and its settings for one shop."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from core.kernel.i18n import add_catalogue_root
from core.rendering.contexts import Look
from core.rendering.palettes import ACCENTS

# A custom property and its value, as presets may set them: nothing that could end the style element or load a file.
_TOKEN = re.compile(r"--[a-z][a-z0-9-]{0,40}")
_VALUE = re.compile(r"[^{}<>;@\\]{1,300}")
SCHEMES = ("auto", "light", "dark")


class ThemeProblem(ValueError):
    """A theme folder that cannot be used; the message names the theme and what is wrong."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One set of values for a theme.

    Args:
        key: its name, such as `harbor`.
        title: its name for people, by language tag.
        light: custom properties of the light scheme, with those of shape and type.
        dark: custom properties that differ in the dark scheme.
        layout: `rhythm`, `header` and `tabs`, see `Look`.
    """

    key: str
    title: Mapping[str, str]
    light: Mapping[str, str]
    dark: Mapping[str, str]
    layout: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Theme:
    """An installed theme; `themes.catalog` makes it from a folder."""

    key: str
    version: str
    title: Mapping[str, str]
    folder: Path
    presets: Mapping[str, Preset] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def default_preset(self) -> str:
        """The preset of a shop that chose none: the first."""
        return next(iter(self.presets))


def checked_tokens(theme: str, tokens: Mapping[str, Any]) -> dict[str, str]:
    """`tokens` as custom properties; raises ThemeProblem for a name or value that could break out of a style."""
    checked = {}
    for name, value in tokens.items():
        prop = f"--{name}"
        if (
            not isinstance(value, str)
            or not _TOKEN.fullmatch(prop)
            or not _VALUE.fullmatch(value)
            or "url(" in value
        ):
            raise ThemeProblem(f"theme {theme}: token {name} = {value!r} is not a plain value")
        checked[prop] = value
    return checked


def look_of(theme: Theme, settings: Mapping[str, Any]) -> Look:
    """The look of a shop from its theme settings `{"preset": …, "scheme": …}`; unknown values fall back."""
    preset = theme.presets.get(str(settings.get("preset"))) or theme.presets[theme.default_preset]
    scheme = settings.get("scheme")
    accent = ACCENTS.get(str(settings.get("accent") or ""))
    light = {**preset.light, **(accent.light if accent else {})}
    dark = {**preset.dark, **(accent.dark if accent else {})}
    return Look(
        preset=preset.key,
        scheme=scheme if scheme in SCHEMES else "auto",
        rhythm=preset.layout.get("rhythm", "cards"),
        header=preset.layout.get("header", "shop"),
        tabs=bool(preset.layout.get("tabs", True)),
        css=_css(tuple(light.items()), tuple(dark.items())),
    )


@lru_cache(maxsize=64)
def _css(light: tuple[tuple[str, str], ...], dark: tuple[tuple[str, str], ...]) -> Markup:
    """Custom properties of a preset; dark ones apply by the visitor's system unless the shop fixed a scheme."""
    day = ";".join(f"{name}:{value}" for name, value in light)
    night = ";".join(f"{name}:{value}" for name, value in dark)
    dark_rules = "color-scheme:dark;" + night
    return Markup(  # noqa: S704 - tokens were checked when the theme was read
        f":root{{color-scheme:light;{day}}}"
        f"@media(prefers-color-scheme:dark){{:root:not([data-scheme=light]){{{dark_rules}}}}}"
        f":root[data-scheme=dark]{{{dark_rules}}}"
    )


_themes: dict[str, Theme] = {}


def install_themes(themes: Iterable[Theme]) -> None:
    """Use `themes` in this process and read their words; done once at boot."""
    _themes.clear()
    for theme in themes:
        _themes[theme.key] = theme
        add_catalogue_root(theme.folder / "locales")


def installed_theme(key: str) -> Theme:
    """The theme called `key`, or the first one where it is not installed any more."""
    if not _themes:
        raise ThemeProblem("no theme is installed: core.rendering.theme.install_themes has not been called")
    return _themes.get(key) or next(iter(_themes.values()))


def asset_url(theme: Theme, name: str) -> str:
    """Address of a file of the theme, marked with the content of all its files: it may be kept for ever."""
    return f"/theme/{theme.key}/{_digest(theme.folder / 'assets')}/{name}"


def asset_file(key: str, name: str) -> Path | None:
    """The file behind an asset's address, or None; never one outside the theme's assets."""
    theme = _themes.get(key)
    if theme is None:
        return None
    root = (theme.folder / "assets").resolve()
    path = (root / name).resolve() if "\0" not in name else root
    return path if path.is_file() and path.is_relative_to(root) else None


@lru_cache(maxsize=16)
def _digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = hashlib.sha256()
    for path in files:
        content.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:12]
