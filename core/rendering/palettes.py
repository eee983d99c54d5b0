"""Six colours that a shop can make its own; each is readable on every ground that a theme's preset brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.kernel.i18n import N_

# What WCAG asks of words against their ground.
LEAST_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class Accent:
    """One colour: `light` and `dark` are the custom properties that it sets in either scheme."""

    key: str
    label: str
    light: Mapping[str, str]
    dark: Mapping[str, str]


def _accent(key: str, label: str, deep: str, soft: str, bright: str, night: str, night_soft: str) -> Accent:
    """`deep` carries white words by day; `night` carries them by night, when `bright` is for words themselves."""
    light = {"--brand": deep, "--on-brand": "#ffffff", "--brand-ink": deep, "--brand-soft": soft}
    dark = {"--brand": night, "--on-brand": "#ffffff", "--brand-ink": bright, "--brand-soft": night_soft}
    return Accent(key, label, MappingProxyType(light), MappingProxyType(dark))


ACCENTS: dict[str, Accent] = {
    one.key: one
    for one in (
        _accent("pine", N_("Pine green"), "#1e5142", "#e3eee7", "#8fcdb4", "#2c6f5b", "#1c332a"),
        _accent("sea", N_("Sea blue"), "#1b4f72", "#e2edf4", "#8cc4ea", "#2a6a95", "#18303f"),
        _accent("plum", N_("Plum"), "#5b2a6b", "#f0e6f3", "#d3a8e2", "#7c4190", "#33203a"),
        _accent("brick", N_("Brick red"), "#8a2f1d", "#f7e7e2", "#f0a892", "#a5452f", "#3a211a"),
        _accent("walnut", N_("Walnut"), "#5c4123", "#f1eadf", "#dcbd94", "#7d5c37", "#332919"),
        _accent("graphite", N_("Graphite"), "#2f3a40", "#e7ebed", "#bccad1", "#4d5d66", "#242d32"),
    )
}


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" as WCAG defines it, 0 to 1."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours "#rrggbb", 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
