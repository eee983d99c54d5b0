"""Hook declarations: what is read from them, and what stops the boot by name."""

import pytest

from core.hooks.errors import SpecError
from core.hooks.families import FAMILIES, family_of
from core.hooks.registry import HookRegistry
from core.hooks.specs import specs_of

MARKED = "from core.hooks.markers import hookspec\n"


def problems_of(written, source, *more):
    with pytest.raises(SpecError) as refused:
        specs_of([written(MARKED + source, "room_a"), *more])
    return refused.value.problems


def test_every_family_of_the_design_has_its_prefix():
    assert list(FAMILIES) == [
        "declare", "enrich", "adjust", "check", "choose", "claim", "on", "switch", "answer", "show",
    ]  # fmt: skip
    assert family_of("check_cart").name == "check"
    assert family_of("switch_purge").name == "switch"


@pytest.mark.parametrize(
    "name", ["check", "check_", "checks_cart", "onward", "switch_over", "_check_cart", ""]
)
def test_family_of_a_name_without_known_prefix_is_none(name):
    assert family_of(name) is None


def test_spec_is_read_with_all_it_says(room):
    spec = specs_of([room])["enrich_books"]
    assert spec.signature == "enrich_books(book_ids: tuple[UUID, …], language: str) -> dict[UUID, str]"
    assert spec.doc.summary == "Add a badge to books."
    assert spec.doc.text == "Badges are short."
    assert spec.doc.arguments == {"book_ids": "the books in view.", "language": "what the reader reads."}
    assert spec.doc.sections == {"when": "on every shelf.", "returns": "a badge by book."}
    assert (spec.activation, spec.since, spec.budget_ms) == ("offer", "0.1", 5)
    assert spec.module == "bookshop"


def test_activation_follows_the_family_unless_the_spec_chooses(room):
    specs = specs_of([room])
    chosen = {
        name: specs[name].activation for name in ("on_book_sold", "show_shelf", "show_receipt", "switch_off")
    }
    assert chosen == {
        "on_book_sold": "obligation",
        "show_shelf": "offer",
        "show_receipt": "obligation",
        "switch_off": "named",
    }


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "@hookspec\ndef paint_cart() -> None:\n    'Paint.'",
            "hook paint_cart in room_a belongs to no family",
        ),
        ("@hookspec\ndef switch_over() -> None:\n    'Do.'", "switch_purge"),
        ("@hookspec\ndef check_cart() -> list[str]: ...", "hook check_cart in room_a has no docstring"),
        ("@hookspec\ndef check_cart() -> list[str]:\n    '  '", "has no docstring"),
        ("@hookspec\ndef check_cart(total) -> list[str]:\n    'C.'", "argument total has no annotation"),
        (
            "@hookspec\ndef check_cart(total: int):\n    'C.'",
            "hook check_cart in room_a has no return annotation",
        ),
        ("@hookspec\ndef check_cart(total: int = 1) -> list[str]:\n    'C.'", "argument total must be plain"),
        ("@hookspec\ndef check_cart(*, total: int) -> list[str]:\n    'C.'", "argument total must be plain"),
        ("@hookspec\ndef check_cart(**more: int) -> list[str]:\n    'C.'", "argument more must be plain"),
        (
            "@hookspec\ndef check_cart(failed: int) -> list[str]:\n    'C.'",
            "keeps the name failed for itself",
        ),
        ("@hookspec\ndef check_cart(lines: list[int]) -> list[str]:\n    'C.'", "hand over tuple[X, ...]"),
        ("@hookspec\ndef check_cart(lines: dict) -> list[str]:\n    'C.'", "hand over Mapping[K, V]"),
        ("@hookspec\nasync def check_cart() -> list[str]:\n    'C.'", "must be a plain function"),
        ("@hookspec\ndef check_cart(cart: 'Cart') -> list[str]:\n    'C.'", "name 'Cart' is not defined"),
        ("@hookspec\ndef declare_blocks(app: str) -> list[str]:\n    'C.'", "takes no arguments"),
        ("@hookspec\ndef on_paid() -> int:\n    'C.'", "annotate None"),
        ("@hookspec(budget_ms=0)\ndef check_cart() -> list[str]:\n    'C.'", "budget_ms must be above 0"),
        ("@hookspec(stages=())\ndef check_cart() -> list[str]:\n    'C.'", "stages must be named"),
        ("@hookspec(activation='some')\ndef check_cart() -> list[str]:\n    'C.'", "'some' is not offer"),
        ("@hookspec(activation='offer')\ndef switch_on() -> None:\n    'C.'", "cannot be chosen"),
        ("@hookspec(activation='offer')\ndef answer_who() -> int:\n    'C.'", "cannot be chosen"),
        ("def check_cart() -> list[str]:\n    'C.'", "hook check_cart in room_a lacks @hookspec"),
        (
            (
                "from typing import TypedDict\nclass T(TypedDict): ...\n"
                "@hookspec\ndef check_cart() -> list[T]:\n    'C.'"
            ),
            "values of T cannot be checked",
        ),
    ],
)
def test_bad_spec_stops_the_boot_by_name(written, source, said):
    assert any(said in problem for problem in problems_of(written, source))


def test_all_bad_specs_are_named_at_once(written):
    source = "@hookspec\ndef paint_cart() -> None:\n    'P.'\n@hookspec\ndef check_cart(): ...\n"
    problems = problems_of(written, source)
    assert {problem.split()[1] for problem in problems} == {"paint_cart", "check_cart"}


def test_same_hook_in_two_rooms_is_refused(written):
    source = "@hookspec\ndef check_cart() -> list[str]:\n    'C.'\n"
    other = written(MARKED + source, "room_b")
    assert problems_of(written, source, other) == ("hook check_cart is declared twice: room_a and room_b",)


def test_helpers_and_imports_beside_specs_are_left_alone(written):
    source = "from os.path import join as check_join\ndef _check_it(): ...\ndef tidy(): ...\n"
    assert specs_of([written(MARKED + source)]) == {}


def test_room_without_hooks_boots(written):
    registry = HookRegistry.boot([written(MARKED)], entry_point_group=None)
    assert registry.hooks() == ()
    assert registry.report() == "0 plugins loaded"
