"""What people decide about a product file: which column is which, and what is assumed about the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from core.commerce.merchandising.errors import ColumnTwice
from core.commerce.merchandising.product_columns import LABELS, REQUIRED
from core.commerce.merchandising.queries import ImportRunView
from core.commerce.shops.queries import shop_settings
from core.kernel.db import reading
from core.kernel.i18n import gettext, sentences
from core.rendering.console.formats import number


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the file: its name, its first cells, and which of ours it is ("" for none)."""

    position: int
    header: str
    samples: tuple[str, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class ColumnChoices:
    """The form: the file's columns, what may be chosen for each, and what is needed but not chosen yet."""

    rows: tuple[ColumnRow, ...]
    options: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]


def column_rows(run: ImportRunView, mapping: Mapping[str, int]) -> ColumnChoices:
    """The form for a file under this mapping."""
    by_position = {position: name for name, position in mapping.items()}
    samples = run.sheet.get("samples", [])
    rows = tuple(
        ColumnRow(
            position,
            header,
            tuple(filter(None, (row[position] for row in samples if position < len(row)))),
            by_position.get(position, ""),
        )
        for position, header in enumerate(run.sheet.get("header", []))
    )
    options = tuple((name, gettext(label)) for name, label in LABELS.items())
    missing = tuple(gettext(LABELS[name]) for name in REQUIRED if name not in mapping)
    return ColumnChoices(rows, options, missing)


def chosen_mapping(run: ImportRunView, form: "MultiDict[str, str]") -> dict[str, int]:
    """What somebody chose: our name → position. Raises ColumnTwice."""
    mapping: dict[str, int] = {}
    for position in range(len(run.sheet.get("header", []))):
        name = form.get(f"column-{position}", "")
        if name not in LABELS:
            continue
        if name in mapping:
            raise ColumnTwice(column=gettext(LABELS[name]))
        mapping[name] = position
    return mapping


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What an import takes for granted, in words; `pictures` is empty when none came with the file."""

    prices: str
    stock: str
    pictures: str


def assumptions(run: ImportRunView) -> Assumptions:
    """What a checked import would take for granted."""
    return Assumptions(_prices(run.currency), _stock(run.plan.get("stock", {})), _pictures(run.pictures))


def _prices(currency: str) -> str:
    with reading():
        added = shop_settings().tax_rules.mode == "added"
    tax = (
        gettext("tax is added to them at checkout")
        if added
        else gettext("they are what buyers pay, tax included")
    )
    return gettext(
        "Prices are taken as %(currency)s, as they stand in the file; %(tax)s.", currency=currency, tax=tax
    )


def _stock(counts: Mapping[str, int]) -> str:
    if counts.get("left") and not counts.get("tracked") and not counts.get("untracked"):
        return gettext(
            "The file has no column for stock: stock stays as it is, new products are sold without counting."
        )
    return gettext(
        "Stock: %(tracked)s variants get the number in the file, %(untracked)s are sold without counting.",
        tracked=number(counts.get("tracked", 0)),
        untracked=number(counts.get("untracked", 0)),
    )


def _pictures(found: Mapping[str, Any]) -> str:
    if not found:
        return ""
    said = gettext(
        "Pictures: %(matched)s of %(count)s in the ZIP file have a product.",
        matched=number(found["count"] - found.get("unmatched", 0)),
        count=number(found["count"]),
    )
    names = found.get("unmatched_names", [])
    without = gettext("Without one: %(names)s.", names=gettext(", ").join(names[:10])) if names else ""
    unfit = [str(one["column"]) for one in found.get("unfit", [])]
    bad = gettext("Not usable as pictures: %(names)s.", names=gettext(", ").join(unfit[:10])) if unfit else ""
    return sentences(said, without, bad)
