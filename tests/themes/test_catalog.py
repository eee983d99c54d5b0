"""Unit: themes are read from their folders, and an unusable one is refused by name."""

import shutil

import pytest

from core.rendering.theme import ThemeProblem
from themes.catalog import FOLDER, installed_themes, theme_in

PRESET = '[title]\nen = "T"\nzh = "T"\n[layout]\nrhythm = "cards"\nheader = "shop"\n'


@pytest.fixture
def copy(tmp_path):
    """A copy of the starter theme to break."""
    return shutil.copytree(FOLDER / "starter", tmp_path / "starter")


def test_starter_is_installed_with_both_presets():
    (starter,) = installed_themes()
    assert (starter.key, starter.default_preset, list(starter.presets)) == (
        "starter",
        "tea",
        ["tea", "harbor"],
    )
    assert [preset.title["en"] for preset in starter.presets.values()] == ["Tea", "Harbor"]


def test_catalogue_names_starter_first(copy):
    other = shutil.copytree(copy, copy.parent / "another")
    (other / "theme.toml").write_text((other / "theme.toml").read_text().replace('"starter"', '"another"'))
    assert [theme.key for theme in installed_themes(copy.parent)] == ["starter", "another"]


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("templates/product.html", None, "templates/product.html missing"),
        ("sections/hero.html", None, "sections/hero.html missing"),
        ("presets/harbor.toml", None, "presets/harbor.toml cannot be read"),
        ("theme.toml", 'key = "other"', "says it is called 'other'"),
        ("theme.toml", "key = starter", "cannot be read"),
        ("theme.toml", 'key = "starter"\n[title]\nen = "S"\nzh = "S"', "names no presets"),
        ("theme.toml", 'key = "starter"\npresets = ["tea"]\n[title]\nen = "S"', "needs en and zh"),
        ("presets/tea.toml", '[title]\nen = "T"\nzh = "T"\n[layout]\nrhythm = "waltz"\nheader = "shop"', "known rhythm"),
        ("presets/tea.toml", PRESET + '[light]\nbg = "url(x)"', "plain value"),
    ],
)  # fmt: skip
def test_unusable_theme_is_refused_with_the_reason(copy, file, text, reason):
    if text is None:
        (copy / file).unlink()
    else:
        (copy / file).write_text(text)
    with pytest.raises(ThemeProblem, match="starter") as caught:
        theme_in(copy)
    assert reason in str(caught.value)
