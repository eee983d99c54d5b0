"""The form on which people say which column of their file is which; imports of every kind share it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from core.commerce.merchandising.errors import ColumnTwice
from core.kernel.i18n import gettext


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the file: its name, its first cells, and which of ours it is ("" for none)."""

    position: int
    header: str
    samples: tuple[str, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class ColumnOption:
    """One of our columns, by its name in forms and in words; `marked` when a file should have it."""

    name: str
    label: str
    marked: bool


@dataclass(frozen=True, slots=True)
class ColumnChoices:
    """The form: the file's columns, what may be chosen for each, and what is needed but not chosen yet, in words."""

    rows: tuple[ColumnRow, ...]
    options: tuple[ColumnOption, ...]
    missing: tuple[str, ...]


def column_choices(
    header: Sequence[str],
    samples: Sequence[Sequence[str]],
    mapping: Mapping[str, int],
    *,
    labels: Mapping[str, str],
    marked: Collection[str],
    missing: Sequence[str],
) -> ColumnChoices:
    """The form for a file with this header under `mapping` (our name → position); `labels` are our names' msgids."""
    by_position = {position: name for name, position in mapping.items()}
    rows = tuple(
        ColumnRow(
            position,
            title,
            tuple(filter(None, (row[position] for row in samples if position < len(row)))),
            by_position.get(position, ""),
        )
        for position, title in enumerate(header)
    )
    options = tuple(ColumnOption(name, gettext(label), name in marked) for name, label in labels.items())
    return ColumnChoices(rows, options, tuple(missing))


def chosen_columns(
    header: Sequence[str], form: "MultiDict[str, str]", *, labels: Mapping[str, str]
) -> dict[str, int]:
    """What somebody chose: our name → position. Raises ColumnTwice."""
    mapping: dict[str, int] = {}
    for position in range(len(header)):
        name = form.get(f"column-{position}", "")
        if name not in labels:
            continue
        if name in mapping:
            raise ColumnTwice(column=gettext(labels[name]))
        mapping[name] = position
    return mapping
