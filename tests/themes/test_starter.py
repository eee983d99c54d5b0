"""Unit: the starter theme as a whole: slots, words, icons, contrast, weight, and HTML that browsers can trust."""

import gzip
import re
import tomllib
from itertools import pairwise

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from core.rendering.section_settings import ICONS
from core.rendering.sections import CORE_BLOCKS
from core.rendering.slots import SLOTS
from tests.core.rendering.conftest import rendered_samples, still, theme
from tests.core.rendering.html_outline import Outline
from themes.catalog import FOLDER

__all__ = ["rendered_samples", "still", "theme"]

STARTER = FOLDER / "starter"
TEMPLATES = sorted(STARTER.rglob("*.html"))
KEYWORDS = {"_": None, "ngettext": (1, 2)}
LANGUAGES = ("zh-CN", "en")


def source_of(page):
    """A page's template with the parts that every page includes."""
    parts = sorted((STARTER / "templates/parts").glob("*.html"))
    return "".join(path.read_text() for path in (STARTER / f"templates/{page}.html", *parts))


@pytest.mark.parametrize(("page", "slot"), [(page, slot) for page, slots in SLOTS.items() for slot in slots])
def test_every_slot_has_its_place(page, slot):
    assert f"slot('{slot}')" in source_of("home" if page == "*" else page)


def test_every_core_section_has_its_template():
    names = {f"sections/{path.name}" for path in (STARTER / "sections").glob("*.html")}
    assert {block.template for block in CORE_BLOCKS} == names


def test_every_message_is_translated():
    used = set()
    for path in TEMPLATES:
        for _, message, *_ in extract_from_file("jinja2.ext:babel_extract", path, KEYWORDS):
            used.add(message if isinstance(message, str) else message[0])
    known = set()
    for path in (STARTER / "locales/zh_Hans").glob("*.po"):
        with path.open("rb") as source:
            for message in read_po(source, locale="zh_Hans"):
                if message.id and all(
                    message.string if isinstance(message.string, tuple) else [message.string]
                ):
                    known.add(message.id if isinstance(message.id, str) else message.id[0])
    assert used == known


def test_chinese_pages_hold_no_english_words_of_the_theme(rendered_samples):
    left = {}
    for (language, name), (_, html) in rendered_samples.items():
        if language == "zh-CN":
            words = {
                element.text for element in Outline(html).all("button", "h1", "h2", "label", "legend", "dt")
            }
            english = {text for text in words if re.search(r"[a-z]{3,}", text)}
            if english:
                left[name] = english
    assert left == {}


def test_every_icon_that_is_used_is_drawn(rendered_samples):
    drawn = re.findall(r'id="i-([a-z]+)"', (STARTER / "assets/icons.svg").read_text())
    used = {
        name for _, html in rendered_samples.values() for name in re.findall(r"icons\.svg#i-([a-z]+)", html)
    }
    assert sorted(set(drawn)) == sorted(drawn)
    assert (used | set(ICONS)) - set(drawn) == set()


# Text on its ground, and edges of controls on theirs: WCAG 2.2 AA.
TEXT = [
    ("ink", "bg"), ("ink", "surface"), ("ink", "sunken"), ("ink-2", "bg"), ("ink-2", "surface"), ("ink-2", "sunken"),
    ("ink-3", "bg"), ("ink-3", "surface"), ("ink-3", "sunken"), ("brand-ink", "bg"), ("brand-ink", "surface"),
    ("brand-ink", "brand-soft"), ("deal-ink", "surface"), ("deal-ink", "bg"), ("deal-ink", "deal-soft"),
    ("on-brand", "brand"), ("on-deal", "deal"), ("warn-ink", "warn-soft"), ("warn-ink", "surface"), ("ok-ink", "surface"),
    ("ok-ink", "bg"), ("ok-ink", "brand-soft"), ("ink", "tile-apricot"), ("ink", "tile-celadon"), ("ink", "tile-mist"),
    ("ink", "tile-rose"), ("bg", "ink"),
]  # fmt: skip
EDGES = [("line-strong", "surface"), ("line-strong", "bg"), ("brand-ink", "surface")]


def palettes():
    for name in ("tea", "harbor"):
        values = tomllib.loads((STARTER / f"presets/{name}.toml").read_text())
        yield pytest.param(values["light"], id=f"{name}, light")
        yield pytest.param({**values["light"], **values["dark"]}, id=f"{name}, dark")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", list(palettes()))
def test_words_stand_out_from_their_ground(palette):
    weak = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in TEXT}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 4.5} == {}
    weak = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in EDGES}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 3} == {}


def test_both_presets_set_the_same_tokens():
    tea, harbor = (
        tomllib.loads((STARTER / f"presets/{name}.toml").read_text()) for name in ("tea", "harbor")
    )
    own = {"sea", "on-sea"}
    assert (set(tea["light"]) ^ set(harbor["light"])) - own == set()
    # A colour that a preset sets by day needs its own value by night.
    for preset in (tea, harbor):
        colours = {name for name, value in preset["light"].items() if value.startswith("#")} - {"on-sea"}
        assert colours - set(preset["dark"]) - {"on-brand", "on-deal"} == set()


def packed(text):
    return len(gzip.compress(text.encode(), 9))


def test_files_stay_within_the_budget():
    assets = STARTER / "assets"
    styles = "".join((assets / name).read_text() for name in ("starter.css", "editorial.css"))
    assert packed(styles) <= 15_000
    assert packed((assets / "starter.js").read_text()) <= 10_000
    assert packed((assets / "icons.svg").read_text()) <= 5_000


def test_pages_stay_within_the_budget(rendered_samples):
    weights = {key: packed(html) for key, (_, html) in rendered_samples.items()}
    assert {key: weight for key, weight in weights.items() if weight > 20_000} == {}


def test_no_style_or_script_stands_inside_the_html(rendered_samples):
    found = []
    for key, (_, html) in rendered_samples.items():
        for element in Outline(html).elements:
            if element.get("style") or any(name.startswith("on") for name in element.attributes):
                found.append((key, element.tag))
            if (
                element.tag in ("style", "script")
                and not element.get("src")
                and element.get("nonce") != "n0nce"
            ):
                found.append((key, element.tag))
    assert found == []


def test_every_picture_has_words_and_a_reserved_place(rendered_samples):
    bad = [
        (key, image.get("src"))
        for key, (_, html) in rendered_samples.items()
        for image in Outline(html).all("img")
        if not {"alt", "width", "height"} <= set(image.attributes)
    ]
    assert bad == []


def test_ids_are_unique_and_references_lead_somewhere(rendered_samples):
    bad = []
    for key, (_, html) in rendered_samples.items():
        page = Outline(html)
        ids = [element.get("id") for element in page.elements if element.get("id")]
        bad += [(key, one) for one in set(ids) if ids.count(one) > 1]
        for element in page.elements:
            wanted = [element.get("for"), element.get("form"), *element.get("aria-describedby").split()]
            wanted += [element.get("href")[1:]] if element.get("href").startswith("#") else []
            bad += [(key, element.tag, one) for one in wanted if one and one not in ids]
    assert bad == []


def test_every_field_and_button_has_a_name(rendered_samples):
    bad = []
    for key, (_, html) in rendered_samples.items():
        page = Outline(html)
        labelled = {label.get("for") for label in page.all("label")}
        for element in page.all("input", "select", "textarea"):
            if element.get("type") == "hidden" or element.get("aria-label") or element.inside("label"):
                continue
            if element.get("id") not in labelled:
                bad.append((key, element.get("name")))
        bad += [
            (key, one.tag, one.get("href"))
            for one in page.all("button", "a")
            if not (one.text or one.get("aria-label") or one.get("aria-hidden"))
        ]
    assert bad == []


def test_pages_have_one_heading_of_the_first_level_and_skip_none(rendered_samples):
    bad = {}
    for key, (_, html) in rendered_samples.items():
        levels = [
            int(element.get("aria-level") or element.tag[1])
            for element in Outline(html).elements
            if element.tag in ("h1", "h2", "h3", "h4") or element.get("role") == "heading"
        ]
        jumps = [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1]
        if levels.count(1) != 1 or jumps:
            bad[key] = (levels.count(1), jumps)
    assert bad == {}


def test_every_page_has_its_landmarks(rendered_samples):
    for _, html in rendered_samples.values():
        page = Outline(html)
        assert [element.get("id") for element in page.all("main")] == ["main"]
        assert page.all("a")[0].get("href") == "#main"
        assert page.all("html")[0].get("lang") in LANGUAGES
