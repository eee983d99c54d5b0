"""The written beginnings of a shop, as they stand in industries.toml beside this module."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tenants.demo.content import FOLDER as EXAMPLES

_HERE = Path(__file__).resolve().parent
DEFAULT = "general"

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Good:
    """A sample: `prices` in minor units for "cny" and "other", `shelf` 1 or 2."""

    drawing: str
    tile: str
    prices: Mapping[str, int]
    shelf: int
    title: Said
    subtitle: Said


@dataclass(frozen=True, slots=True)
class Industry:
    """A line of business: its look, the words of its home page, its two shelves and its samples."""

    key: str
    palette: str
    accent: str
    hero: str
    hero_ink: str
    label: Said
    hint: Said
    title: Said
    text: Said
    shelves: tuple[Said, Said]
    goods: tuple[Good, ...]


def said(words: Said, language: str) -> Any:
    """A text in a shop's language; every language that is not Chinese reads English."""
    return words["zh" if language.startswith("zh") else "en"]


def price(entry: Mapping[str, int], currency: str) -> int:
    """An amount in minor units of `currency`."""
    return entry["cny" if currency == "CNY" else "other"]


@cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads((_HERE / "industries.toml").read_text(encoding="utf-8"))


@cache
def industries() -> Mapping[str, Industry]:
    """Every line of business by key, in order."""
    return {one["key"]: _industry(one) for one in _file()["industry"]}


def _industry(one: Mapping[str, Any]) -> Industry:
    named = ("key", "palette", "accent", "hero", "hero_ink", "label", "hint", "title", "text")
    goods = tuple(
        Good(
            good["drawing"],
            good["tile"],
            {"cny": good["cny"], "other": good["other"]},
            good["shelf"],
            good["title"],
            good["subtitle"],
        )
        for good in one["goods"]
    )
    return Industry(
        **{name: one[name] for name in named}, shelves=(one["shelf"], one["second_shelf"]), goods=goods
    )


def delivery() -> Mapping[str, Any]:
    """The way to send that a new shop has."""
    found: Mapping[str, Any] = _file()["delivery"]
    return found


def policies() -> tuple[Mapping[str, Any], ...]:
    """The pages of rules that a new shop has."""
    return tuple(_file()["policy"])


@cache
def drawing(name: str) -> bytes:
    """The bytes of a drawing: one of our own, or "<example shop>/<file>"."""
    shop, _, file = name.rpartition("/")
    folder = EXAMPLES / shop / "illustrations" if shop else _HERE / "drawings"
    return (folder / file).read_bytes()
