"""From the rows of one product to what it shall be: fields, variants, stock, pictures; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from core.commerce.catalog.drafts import Option, VariantDraft, tidy_text
from core.commerce.merchandising import cell_values
from core.commerce.merchandising.cell_values import CellRefused
from core.commerce.merchandising.product_columns import PROVENANCE, FileColumns
from core.commerce.merchandising.product_file import ProductRows, Row
from core.commerce.merchandising.row_problems import RowProblem
from core.commerce.merchandising.values import LEAVE, StockWish
from core.kernel.i18n import N_

T = TypeVar("T")
_NO_OPTIONS = ("title", "default title")
_VARIANT_CELLS = ("option1_value", "option2_value", "option3_value", "price", "sku", "barcode")
_PLACES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class PictureWish:
    """A picture to be fetched, what it shows, and where the file asks for it."""

    url: str
    alt: str
    line: int
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProduct:
    """A product as its rows say.

    `fields` are those of a ProductDraft whose columns the file has, `provenance` those of a Provenance; `variant_fields`
    names those of a VariantDraft.
    `variant_pictures` holds an address (or "") for each variant, `variant_lines` the line each comes from.
    """

    handle: str
    line: int
    title: str
    fields: dict[str, Any]
    options: tuple[Option, ...]
    variants: tuple[VariantDraft, ...]
    variant_fields: frozenset[str]
    variant_lines: tuple[int, ...]
    variant_pictures: tuple[str, ...]
    stock: tuple[StockWish, ...]
    untracked_count: int
    pictures: tuple[PictureWish, ...]
    has_picture_column: bool
    provenance: Mapping[str, Any]
    problems: tuple[RowProblem, ...]


@dataclass(slots=True)
class _Rows:
    """One product while it is read."""

    columns: FileColumns
    rows: ProductRows
    currency: str
    problems: list[RowProblem] = field(default_factory=list)

    def value(self, row: Row, column: str, read: Callable[[str], T], default: T) -> T:
        """What a cell means; `default` when it is empty or means nothing (which becomes a problem)."""
        text = row[column]
        if not text:
            return default
        try:
            return read(text)
        except CellRefused as refused:
            self.refuse(row, column, refused.message, **refused.params)
            return default

    def refuse(self, row: Row, column: str, message: str, **params: Any) -> None:
        """This place makes the product unusable."""
        self.problems.append(RowProblem(row.line, self.columns.header(column), message, params))

    def has(self, *columns: str) -> bool:
        """Whether the file has one of these columns."""
        return any(column in self.columns.headers for column in columns)


def read_product(columns: FileColumns, rows: ProductRows, currency: str) -> ReadProduct:
    """What the rows of one product say; everything wrong with them is in `problems`."""
    one = _Rows(columns, rows, currency, list(rows.problems))
    first = rows.rows[0]
    title = tidy_text(first["title"])
    if not title:
        one.refuse(first, "title", N_("The first row of a product needs its title."))
    if one.value(first, "gift_card", cell_values.yes, default=False):
        one.refuse(first, "gift_card", N_("Gift cards cannot be imported."))
    names = _option_names(one, first)
    variant_rows = [first, *(row for row in rows.rows[1:] if any(row[column] for column in _VARIANT_CELLS))]
    stock = tuple(_stock(one, row) for row in variant_rows)
    values = [_option_values(one, row, names) for row in variant_rows]
    return ReadProduct(
        handle=rows.handle, line=first.line, title=title, fields=_fields(one, first, title),
        options=_options(names, values),
        variants=tuple(_variant(one, row, own) for row, own in zip(variant_rows, values, strict=True)),
        variant_fields=frozenset(_variant_fields(one)),
        variant_lines=tuple(row.line for row in variant_rows),
        variant_pictures=tuple(row["variant_image"] for row in variant_rows),
        stock=stock, untracked_count=_untracked(one, variant_rows, stock),
        pictures=_pictures(one, variant_rows), has_picture_column=one.has("image", "variant_image"),
        provenance=_provenance(one, first),
        problems=tuple(one.problems),
    )  # fmt: skip


def _fields(one: _Rows, first: Row, title: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"title": title}
    for column, name in (("body", "body_html"), ("vendor", "vendor"), ("kind", "kind")):
        if one.has(column):
            fields[name] = first[column]
    if one.has("tags"):
        fields["tags"] = cell_values.tags(first["tags"])
    if one.has("published", "status"):
        shown = one.value(first, "published", cell_values.yes, default=True)
        said = one.value(first, "status", cell_values.status, default="active")
        fields["status"] = "draft" if said == "active" and not shown else said
    if one.has("tax_class"):
        fields["tax_class"] = one.value(first, "tax_class", cell_values.tax_class, default="standard")
    return fields


def _provenance(one: _Rows, first: Row) -> dict[str, Any]:
    """Where the product comes from, as far as the file has columns for it; an empty cell says that nothing is known."""
    known: dict[str, Any] = {name: first[name] for name in PROVENANCE if one.has(name) and name != "made_on"}
    if one.has("made_on"):
        made_on: date | None = one.value(first, "made_on", cell_values.day, default=None)
        known["made_on"] = made_on
    return known


def _option_names(one: _Rows, first: Row) -> list[str]:
    """Names of the options; none for the single variant of a product without any."""
    alone = (
        first["option1_name"].casefold() == _NO_OPTIONS[0]
        and first["option1_value"].casefold() == _NO_OPTIONS[1]
    )
    if alone:
        return []
    names = [_option_name(one, first, place) for place in _PLACES]
    while names and not names[-1]:
        names.pop()
    for place, name in zip(_PLACES, names, strict=False):
        if not name:
            one.refuse(first, f"option{place}_name", N_("This option needs a name."))
    return [tidy_text(name) for name in names]


def _option_name(one: _Rows, first: Row, place: int) -> str:
    """What the first row says; a file without a column for it calls the option like the column of its values."""
    if one.has(f"option{place}_name"):
        return first[f"option{place}_name"]
    filled = any(row[f"option{place}_value"] for row in one.rows.rows)
    return one.columns.header(f"option{place}_value") if filled else ""


def _option_values(one: _Rows, row: Row, names: Sequence[str]) -> tuple[str, ...]:
    values = []
    for place in _PLACES:
        column = f"option{place}_value"
        value = tidy_text(row[column])
        if place <= len(names):
            if not value:
                one.refuse(
                    row, column, N_("The value of the option “%(name)s” is missing."), name=names[place - 1]
                )
            values.append(value)
        elif value and value.casefold() != _NO_OPTIONS[1]:
            one.refuse(row, column, N_("This value belongs to an option that the first row does not name."))
        said = tidy_text(row[f"option{place}_name"])
        if names[place - 1 : place] and said and said.casefold() != names[place - 1].casefold():
            message = N_("The first row of this product calls the option “%(name)s”.")
            one.refuse(row, f"option{place}_name", message, name=names[place - 1])
    return tuple(values)


def _options(names: Sequence[str], values: Sequence[tuple[str, ...]]) -> tuple[Option, ...]:
    return tuple(
        Option(name, tuple(dict.fromkeys(own[place] for own in values))) for place, name in enumerate(names)
    )


def _variant(one: _Rows, row: Row, values: tuple[str, ...]) -> VariantDraft:
    if not row["price"]:
        one.refuse(row, "price", N_("Enter an amount."))

    def amount(text: str) -> int:
        return cell_values.amount(text, one.currency)

    return VariantDraft(
        option_values=values,
        price_minor=one.value(row, "price", amount, 0),
        compare_at_minor=one.value(row, "compare_at", amount, 0) or None,
        cost_minor=one.value(row, "cost", amount, 0) or None,
        sku=row["sku"].removeprefix("'"),
        barcode=row["barcode"].removeprefix("'"),
        grams=one.value(row, "grams", cell_values.grams, 0),
    )


def _variant_fields(one: _Rows) -> list[str]:
    columns = {
        "compare_at": "compare_at_minor",
        "cost": "cost_minor",
        "sku": "sku",
        "barcode": "barcode",
        "grams": "grams",
    }
    return [name for column, name in columns.items() if one.has(column)]


def _stock(one: _Rows, row: Row) -> StockWish:
    """Units on hand where stock is tracked and ends the selling; untracked otherwise."""
    units = one.value(row, "quantity", cell_values.count, 0)
    endless = one.value(row, "policy", cell_values.sells_without_stock, default=False)
    if not one.has("quantity"):
        return LEAVE
    if endless or (one.has("tracker") and not row["tracker"]):
        return None
    return max(0, units)


def _untracked(one: _Rows, rows: Sequence[Row], stock: Sequence[StockWish]) -> int:
    """How many variants have a quantity in the file that is not used, because nothing tracks it."""
    return sum(
        wish is None and one.has("tracker") and not row["tracker"] and row["quantity"] not in ("", "0")
        for row, wish in zip(rows, stock, strict=True)
    )


def _pictures(one: _Rows, variant_rows: Sequence[Row]) -> tuple[PictureWish, ...]:
    """Pictures in the order that the file gives them, those of variants behind the product's own; each once."""
    placed: list[tuple[int, PictureWish]] = []
    for index, row in enumerate(row for row in one.rows.rows if row["image"]):
        try:
            place = cell_values.count(row["image_position"]) if row["image_position"] else index + 1
        except CellRefused:
            place = index + 1
        wish = PictureWish(row["image"], tidy_text(row["image_alt"]), row.line, one.columns.header("image"))
        placed.append((place, wish))
    wishes = [wish for _, wish in sorted(placed, key=lambda pair: pair[0])]
    wishes += [
        PictureWish(row["variant_image"], "", row.line, one.columns.header("variant_image"))
        for row in variant_rows
        if row["variant_image"]
    ]
    by_url: dict[str, PictureWish] = {}
    for wish in wishes:
        by_url.setdefault(wish.url, wish)
    return tuple(by_url.values())
