"""Docs and code say the same: generated pages have no drift, hooks are tested, named files and words exist (unit)."""

import ast
import dataclasses
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from core.app import plugin_registry
from core.cli.docs import FOLDER, drifted_pages
from core.cli.reference_pages import load_all_modules, product_errors, product_events, reference_pages
from core.cli.reference_settings import field_meanings, variables
from core.hooks.families import FAMILIES
from core.hooks.reference import reference_gaps
from core.kernel.db import Base
from core.rendering.contexts import PAGES, Page
from core.settings import Settings
from tenants.models import PlatformBase

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES_BY_HAND = sorted(
    path
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    if path.parent.name not in ("reference", "pictures")
)
ALL_PAGES = [*PAGES_BY_HAND, *sorted((DOCS / "reference").glob("*.md"))]
SETTINGS = Settings.from_environment({"PINPU_SECRET_KEY": "no secret is made for these tests"})


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module", autouse=True)
def everything_loaded():
    load_all_modules()


@pytest.fixture(scope="module")
def registry():
    return plugin_registry(SETTINGS)


def test_generated_pages_fit_the_code():
    assert drifted_pages(FOLDER, reference_pages()) == [], "run `pinpu docs`"


# Hooks, events, errors


def test_every_hook_says_what_it_and_its_arguments_are(registry):
    assert reference_gaps(registry) == ()


def test_every_hook_is_tested(registry):
    tests = [
        *ROOT.glob("tests/core/**/*.py"),
        *ROOT.glob("tests/tenants/**/*.py"),
        *ROOT.glob("plugins/*/tests/**/*.py"),
    ]
    said = "\n".join(path.read_text() for path in tests)
    assert [hook for hook in sorted(registry.specs) if not re.search(rf"\b{hook}\b", said)] == []


def test_every_event_has_words_and_a_hook(registry):
    silent = [kind.name for kind in product_events() if not (kind.__dict__.get("__doc__") or "").strip()]
    unheard = [
        kind.name for kind in product_events() if "on_" + kind.name.split(".", 1)[1] not in registry.specs
    ]
    assert (silent, unheard) == ([], [])


def test_every_on_hook_has_an_event(registry):
    events = {"on_" + kind.name.split(".", 1)[1] for kind in product_events()}
    listening = {name for name, spec in registry.specs.items() if spec.family is FAMILIES["on"]}
    assert listening == events


def test_every_error_has_words():
    assert [kind.code for kind in product_errors() if not (kind.__dict__.get("__doc__") or "").strip()] == []


def test_every_setting_has_words():
    assert sorted(field_meanings()) == sorted(Settings.__dataclass_fields__)
    assert sorted(variables(SETTINGS).values()) == sorted(Settings.__dataclass_fields__)


def test_every_field_of_a_page_has_words():
    silent = [
        f"{kind.__name__}.{field.name}"
        for kind in {Page, *PAGES.values()}
        for field in dataclasses.fields(kind)
        if not field.metadata.get("help")
    ]
    assert silent == []


# The three stories

ROW = re.compile(r"^\| (\d+) \| `([^`]+)` \| `([^`]+)` \| (.+) \| (business|plumbing) \|$", re.MULTILINE)


def stories():
    told = (DOCS / "architecture.md").read_text().partition("## 12. ")[2]
    return {part.partition("\n")[0]: part for part in told.split("\n### ")[1:]}


def steps():
    for title, told in stories().items():
        for number, path, name, _words, _kind in ROW.findall(told):
            yield pytest.param(path, name, id=f"{title[:1]}{number}")


def defined_names(path):
    """Top-level names of a module, and `Class.method`."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield node.name
            yield from (f"{node.name}.{sub.name}" for sub in node.body if isinstance(sub, ast.FunctionDef))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_three_stories_are_told_and_short():
    told = stories()
    assert [title[:2] for title in told] == ["A.", "B.", "C."]
    for title, story in told.items():
        rows = ROW.findall(story)
        lines = [line for line in story.splitlines() if re.match(r"\| \d", line)]
        assert len(rows) == len(lines), f"{title}: a row does not have the shape of a step"
        assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1)), title
        business = {row[1] for row in rows if row[4] == "business"}
        assert len(business) <= 8, f"{title}: more than eight files that are not plumbing"


@pytest.mark.parametrize(("path", "name"), list(steps()))
def test_step_of_a_story_exists(path, name):
    file = ROOT / path
    assert file.is_file(), path
    if file.suffix == ".py":
        assert name in set(defined_names(file)), f"{path} does not define {name}"
    else:
        assert name in file.read_text()


# Words, links, names in running text


def test_glossary_explains_every_table():
    said = (DOCS / "glossary.md").read_text()
    tables = [*Base.metadata.tables.values(), *PlatformBase.metadata.tables.values()]
    assert sorted(table.fullname for table in tables if f"`{table.name}`" not in said) == []


def test_glossary_explains_every_room_and_plugin_noun():
    said = (DOCS / "glossary.md").read_text()
    rooms = sorted(path.parent.name for path in (ROOT / "core/commerce").glob("*/__init__.py"))
    assert [room for room in rooms if f"\n### {room} " not in said] == []
    nouns = [
        f"{path.parent.name}.{node.name}"
        for path in sorted(ROOT.glob("plugins/*/models.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and f"`{node.name}`" not in said
    ]
    assert nouns == []


def anchors(path):
    """What links may point at in a Markdown page, as its readers' sites make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (document.parent / path) if path else document
        if "pictures" in file.parts and not (DOCS / "pictures").is_dir():
            continue
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            yield target


@pytest.mark.parametrize("document", ALL_PAGES, ids=name_of)
def test_links_lead_somewhere(document):
    assert list(broken_links(document)) == []


# A path of the tree in running text, perhaps with a name: `core/app.py`, `core/app.py: boot`.
PLACE = re.compile(
    r"`((?:core|tenants|plugins|themes|tests|migrations|docs|bench)/[\w./<>-]*)(?:: (\w+(?:\.\w+)?))?`"
)


def missing_places(document):
    for path, name in PLACE.findall(document.read_text()):
        file = ROOT / path
        if "<" in path:
            continue
        if not file.exists() or (name and name not in set(defined_names(file))):
            yield f"{path}: {name}" if name else path


@pytest.mark.parametrize("document", PAGES_BY_HAND, ids=name_of)
def test_places_named_in_a_page_exist(document):
    assert list(missing_places(document)) == []


def test_page_names_no_machine():
    private = re.compile(r"/(?:root|work)/|/(?:Users|home)/\w")
    assert [name_of(page) for page in ALL_PAGES if private.search(page.read_text())] == []


# Decisions and changes


def decisions():
    return sorted((DOCS / "decisions").glob("*.md"))


@pytest.mark.parametrize("document", decisions(), ids=lambda path: path.name)
def test_decision_says_context_choice_and_cost(document):
    text = document.read_text()
    assert text.startswith(f"# {document.name[:4]} · ")
    assert [part for part in ("**Context.**", "**Choice.**", "**What it costs.**") if part not in text] == []


def test_decisions_are_numbered_once_each():
    numbers = [int(page.name[:4]) for page in decisions()]
    assert numbers == list(range(1, len(numbers) + 1))
