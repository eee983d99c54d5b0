"""Unit: a shop's own colour can be read on every ground that a theme brings."""

import pytest

from core.rendering.palettes import ACCENTS, LEAST_CONTRAST, contrast
from core.rendering.theme import look_of
from themes.catalog import installed_themes

PRESETS = [(theme, preset) for theme in installed_themes() for preset in theme.presets.values()]


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("accent", ACCENTS.values(), ids=list(ACCENTS))
def test_every_colour_is_readable_in_every_palette_by_day_and_by_night(accent):
    for _, preset in PRESETS:
        day = {**preset.light, **accent.light}
        night = {**preset.light, **preset.dark, **accent.dark}
        for tokens in (day, night):
            assert contrast(tokens["--on-brand"], tokens["--brand"]) >= LEAST_CONTRAST
            for ground in ("--bg", "--surface", "--sunken", "--brand-soft"):
                assert contrast(tokens["--brand-ink"], tokens[ground]) >= LEAST_CONTRAST, (preset.key, ground)


def test_an_unknown_colour_leaves_the_palette_as_it_is():
    theme = PRESETS[0][0]
    plain = look_of(theme, {})
    assert look_of(theme, {"accent": "red;}body{display:none"}).css == plain.css
    assert look_of(theme, {"accent": "plum"}).css != plain.css
