"""Unit: what a theme may set, how a shop's settings become a look, and which files may leave the theme's folder."""

from types import MappingProxyType

import pytest

from core.rendering.theme import (
    Preset,
    Theme,
    ThemeProblem,
    asset_file,
    asset_url,
    checked_tokens,
    install_themes,
    installed_theme,
    look_of,
)


@pytest.fixture
def plain(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/theme.css").write_text("a{}")
    (tmp_path / "theme.toml").write_text("key = 'plain'")
    (tmp_path / "locales").mkdir()
    day = Preset(
        "day", {}, {"--bg": "#fff"}, {"--bg": "#000"}, {"rhythm": "cards", "header": "shop", "tabs": True}
    )
    night = Preset(
        "night", {}, {"--bg": "#111"}, {}, {"rhythm": "editorial", "header": "centred", "tabs": False}
    )
    return Theme("plain", "1", {}, tmp_path, MappingProxyType({"day": day, "night": night}))


@pytest.fixture
def installed(plain):
    from themes.catalog import installed_themes

    install_themes([plain])
    yield plain
    install_themes(installed_themes())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bg", "red;} body{display:none"),
        ("bg", "</style><script>"),
        ("bg", "url(https://evil.example/x)"),
        ("bg", "a;b"),
        ("bg", 5),
        ("BG", "#fff"),
        ("b}g", "#fff"),
        ("bg", "\\65 x"),
    ],
)
def test_tokens_that_could_break_out_are_refused(name, value):
    with pytest.raises(ThemeProblem):
        checked_tokens("plain", {name: value})


def test_look_follows_the_settings(plain):
    look = look_of(plain, {"preset": "night", "scheme": "dark"})
    assert (look.preset, look.scheme, look.rhythm, look.header, look.tabs) == (
        "night",
        "dark",
        "editorial",
        "centred",
        False,
    )
    assert str(look_of(plain, {}).css) == (
        ":root{color-scheme:light;--bg:#fff}"
        "@media(prefers-color-scheme:dark){:root:not([data-scheme=light]){color-scheme:dark;--bg:#000}}"
        ":root[data-scheme=dark]{color-scheme:dark;--bg:#000}"
    )


@pytest.mark.parametrize("settings", [{}, {"preset": "gone", "scheme": "pink"}, {"preset": None}])
def test_look_falls_back_for_unknown_settings(plain, settings):
    look = look_of(plain, settings)
    assert (look.preset, look.scheme) == ("day", "auto")


def test_unknown_theme_falls_back_to_the_first(installed):
    assert installed_theme("gone") is installed
    assert installed_theme("plain") is installed


def test_no_installed_theme_is_a_clear_error():
    from themes.catalog import installed_themes

    install_themes([])
    try:
        with pytest.raises(ThemeProblem, match="install_themes"):
            installed_theme("starter")
    finally:
        install_themes(installed_themes())


def test_asset_url_changes_with_the_content(installed, tmp_path):
    before = asset_url(installed, "theme.css")
    assert before.startswith("/theme/plain/")
    assert before.endswith("/theme.css")
    other = tmp_path / "other"
    (other / "assets").mkdir(parents=True)
    (other / "assets/theme.css").write_text("a{color:red}")
    assert asset_url(Theme("plain", "1", {}, other), "theme.css") != before


@pytest.mark.parametrize(
    "name", ["../theme.toml", "nothing.css", "", ".", "theme.css\0", "/etc/passwd", "x/../../theme.toml"]
)
def test_only_files_of_the_asset_folder_are_served(installed, name):
    assert asset_file("plain", name) is None


def test_asset_file_finds_its_file(installed):
    assert asset_file("plain", "theme.css").read_text() == "a{}"
    assert asset_file("other", "theme.css") is None
