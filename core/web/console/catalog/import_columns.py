"""What people decide about a product file: which column is which, and what is assumed about the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from core.commerce.merchandising.product_columns import LABELS, REQUIRED, missing_columns
from core.commerce.merchandising.queries import ImportRunView
from core.commerce.shops.queries import shop_settings
from core.kernel.db import reading
from core.kernel.i18n import gettext, sentences
from core.rendering.console.formats import number
from core.web.console.file_columns import ColumnChoices, chosen_columns, column_choices


def column_rows(run: ImportRunView, mapping: Mapping[str, int]) -> ColumnChoices:
    """The form for a file under this mapping."""
    sheet = run.sheet
    return column_choices(
        sheet.get("header", []), sheet.get("samples", []), mapping,
        labels=LABELS, marked=REQUIRED, missing=missing_columns(mapping),
    )  # fmt: skip


def chosen_mapping(run: ImportRunView, form: "MultiDict[str, str]") -> dict[str, int]:
    """What somebody chose: our name → position. Raises ColumnTwice."""
    return chosen_columns(run.sheet.get("header", []), form, labels=LABELS)


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
        "Variants with the stock in the file: %(tracked)s; sold without counting: %(untracked)s.",
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
