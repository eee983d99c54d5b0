"""Return checks: what each annotation accepts, and the words for what it does not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NewType, Optional, Protocol, TypeVar
from uuid import UUID, uuid4

import pytest

from core.hooks.errors import SpecError
from core.hooks.results import Problem, Refusal
from core.hooks.returns import annotation_text, check_for

Cents = NewType("Cents", int)
REFUSAL = Refusal("shop.no", "No.")
ID = uuid4()


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (None, None),
        (Any, object()),
        (object, 3),
        (int, 3),
        (float, 3),
        (bool, True),
        (Cents, 3),
        (Annotated[int, "cents"], 3),
        (list[Refusal], []),
        (list[Refusal], [REFUSAL, REFUSAL]),
        (list, [1, "a"]),
        (Sequence[int], (1, 2)),
        (frozenset[str], frozenset("ab")),
        (tuple[int, ...], ()),
        (tuple[int, str], (1, "a")),
        (dict[UUID, Refusal], {ID: REFUSAL}),
        (Mapping[str, tuple[int, ...]], {"a": (1,)}),
        (Refusal | None, None),
        (Refusal | None, REFUSAL),
        (Optional[int], None),  # noqa: UP045
        (list[int | str], [1, "a"]),
        (Literal["on", "off"], "on"),
        (Callable[[int], str], str),
        (Callable, len),
        (type[Exception], ValueError),
    ],
)
def test_promised_value_is_accepted(annotation, value):
    assert check_for(annotation)(value) is None


@pytest.mark.parametrize(
    ("annotation", "value", "said"),
    [
        (None, [], "returned list [] where nothing (None) is promised"),
        (int, True, "returned bool True where int is promised"),
        (int, "3", "returned str '3' where int is promised"),
        (float, False, "returned bool False where float is promised"),
        (list[Refusal], None, "returned None where list[Refusal] is promised"),
        (list[Refusal], (REFUSAL,), "where list[Refusal] is promised"),
        (list[Refusal], ["no"], "an element of list[Refusal]: returned str 'no' where Refusal is promised"),
        (list[Refusal], [REFUSAL, Problem("shop.no", "No.")], "where Refusal is promised"),
        (dict[UUID, str], {"a": "b"}, "key 'a' of dict[UUID, str]: returned str 'a' where UUID is promised"),
        (dict[UUID, str], {ID: 3}, "returned int 3 where str is promised"),
        (dict[UUID, str], [ID], "where dict[UUID, str] is promised"),
        (Refusal | None, "no", "returned str 'no' where Refusal | None is promised"),
        (list[int] | None, ["a"], "an element of list[int]: returned str 'a' where int is promised"),
        (tuple[int, str], (1,), "where tuple[int, str] is promised"),
        (tuple[int, str], (1, 2), "in tuple[int, str]: returned int 2 where str is promised"),
        (tuple[int, ...], [1], "where tuple[int, …] is promised"),
        (Literal[1], True, "returned True where one of 1 is promised"),
        (Callable[[int], str], 3, "where a function is promised"),
        (type[Exception], int, "where type[Exception] is promised"),
        (str, "x" * 500, None),
        (int, "x" * 500, "…"),
    ],
)
def test_other_value_is_refused_in_words(annotation, value, said):
    wrong = check_for(annotation)(value)
    assert (wrong is None) if said is None else (said in wrong)
    assert wrong is None or len(wrong) < 160


class Shape(Protocol):
    def area(self) -> int: ...


@pytest.mark.parametrize("annotation", [Shape, TypeVar("T"), list[TypeVar("T")], 3])
def test_annotation_that_cannot_be_checked_is_refused(annotation):
    with pytest.raises(SpecError, match="cannot be checked"):
        check_for(annotation)


def test_annotation_text_leaves_module_names_out():
    assert annotation_text(dict[UUID, list[Refusal] | None]) == "dict[UUID, list[Refusal] | None]"
    assert annotation_text(Callable[[int], str]) == "Callable[[int], str]"
    assert annotation_text(Literal["a", 1]) == "Literal['a', 1]"
    assert annotation_text(Annotated[int, "cents"]) == "int"
