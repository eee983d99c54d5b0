"""Pieces that generated pages share: tables, cells, the fields of a dataclass, the first sentence of a docstring."""

import dataclasses
import inspect
import re
from collections.abc import Iterable, Sequence
from typing import get_type_hints

from core.hooks.returns import annotation_text


def table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table with an empty line after it; cells are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def in_cell(text: str) -> str:
    """`text` on one line, with nothing that would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def type_text(annotation: object) -> str:
    """An annotation for a cell."""
    return f"`{annotation_text(annotation)}`".replace("|", "\\|")


def field_rows(kind: type) -> list[tuple[str, str, str]]:
    """Name, type and words of each field; words are the field's metadata "help", if it has them."""
    hints = get_type_hints(kind)
    return [
        (f"`{field.name}`", type_text(hints[field.name]), in_cell(field.metadata.get("help", "")))
        for field in dataclasses.fields(kind)
    ]


def first_sentence(kind: type) -> str:
    """The first sentence of a class's own docstring; empty when it has none."""
    written = inspect.cleandoc(kind.__dict__.get("__doc__") or "")
    summary = in_cell(written.partition("\n\n")[0])
    return re.split(r"(?<=[.。])\s", summary, maxsplit=1)[0]
