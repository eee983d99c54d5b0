"""From a product file to what an import would do with each product: create, update or skip, and why; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from core.commerce.catalog.drafts import Fault, ProductDraft, faults, tidy
from core.commerce.catalog.provenance import Provenance
from core.commerce.merchandising.product_columns import FileColumns
from core.commerce.merchandising.product_file import ProductRows
from core.commerce.merchandising.product_rows import ReadProduct, read_product
from core.commerce.merchandising.row_problems import RowProblem
from core.kernel.i18n import N_

Kind = Literal["create", "update", "skip"]
# Where a fault of a draft comes from, in our names of the columns.
_COLUMNS = {
    "title": "title", "handle": "handle", "body_html": "body", "vendor": "vendor", "kind": "kind", "tags": "tags",
    "status": "status", "tax_class": "tax_class", "price_minor": "price", "compare_at_minor": "compare_at",
    "cost_minor": "cost", "sku": "sku", "barcode": "barcode",
    "grams": "grams", "option_values": "option1_value",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What the shop has already: product ids by handle, and by SKU the handle of the product that has it."""

    product_ids: Mapping[str, UUID] = field(default_factory=dict)
    sku_handles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """One product of the file and what becomes of it; a skipped one has at least one problem of level "error".

    `draft` is the product as the file alone describes it, tidied.
    """

    read: ReadProduct
    draft: ProductDraft
    kind: Kind
    problems: tuple[RowProblem, ...]


class Planner:
    """Decides product by product, in the order of the file; the first of two that claim the same SKU gets it.

    `untracked` counts quantities that are not used, `stocks` the variants whose stock is set.
    """

    def __init__(self, columns: FileColumns, currency: str) -> None:
        self.columns = columns
        self.untracked = 0
        self._currency = currency
        self._sku_lines: dict[str, int] = {}

    def read(self, rows: Sequence[ProductRows]) -> list[ReadProduct]:
        """What each product of the file says."""
        return [read_product(self.columns, one, self._currency) for one in rows]

    def plan(self, products: Sequence[ReadProduct], known: Known) -> list[PlannedProduct]:
        """What becomes of each of them."""
        return [self._planned(read, known) for read in products]

    def _planned(self, read: ReadProduct, known: Known) -> PlannedProduct:
        draft = tidy(new_draft(read))
        problems = [
            *read.problems,
            *_draft_problems(self.columns, read, draft),
            *self._sku_problems(read, known),
        ]
        kind: Kind = "update" if read.handle in known.product_ids else "create"
        if problems:
            kind = "skip"
        else:
            self._sku_lines.update(_sku_places(read))
        self.untracked += read.untracked_count
        return PlannedProduct(read, draft, kind, tuple(problems))

    def _sku_problems(self, read: ReadProduct, known: Known) -> Iterator[RowProblem]:
        for sku, line in _sku_places(read).items():
            if sku in self._sku_lines:
                message = N_("Row %(line)s has this SKU already.")
                yield RowProblem(line, self.columns.header("sku"), message, {"line": self._sku_lines[sku]})
            elif known.sku_handles.get(sku, read.handle) != read.handle:
                message = N_("The product “%(handle)s” has this SKU.")
                yield RowProblem(
                    line, self.columns.header("sku"), message, {"handle": known.sku_handles[sku]}
                )

    def notes(self, used: Iterable[int]) -> Iterator[RowProblem]:
        """What is said about the file as a whole; `used` are positions of other columns that have content."""
        if self.untracked:
            message = N_(
                "%(count)s quantities are not used: this column is empty there, so stock is not tracked."
            )
            yield RowProblem(0, self.columns.header("tracker"), message, {"count": self.untracked}, "note")
        ignored = [self.columns.others[position] for position in sorted(used)]
        if ignored:
            message = N_("The content of these columns is not kept: %(columns)s.")
            yield RowProblem(0, "", message, {"columns": ", ".join(ignored[:20])}, "note")


def new_draft(read: ReadProduct, **more: Any) -> ProductDraft:
    """The product as the file alone describes it."""
    return ProductDraft(
        handle=read.handle,
        options=read.options,
        variants=read.variants,
        provenance=Provenance(**read.provenance) if read.provenance else None,
        **{"status": "active", **read.fields, **more},
    )


def _draft_problems(columns: FileColumns, read: ReadProduct, draft: ProductDraft) -> list[RowProblem]:
    said = {(problem.line, problem.column) for problem in read.problems}
    found = [_placed(columns, read, fault) for fault in faults(draft)]
    return [problem for problem in found if (problem.line, problem.column) not in said]


def _placed(columns: FileColumns, read: ReadProduct, fault: Fault) -> RowProblem:
    first, *rest = fault.path
    line, column = read.line, _COLUMNS.get(str(first), "")
    if first == "options" and rest:
        column = f"option{int(rest[0]) + 1}_{'name' if rest[1] == 'name' else 'value'}"
    if first == "provenance" and rest:
        column = str(rest[0])
    if first == "variants" and rest:
        line, column = read.variant_lines[int(rest[0])], _COLUMNS.get(str(rest[1]), "")
    return RowProblem(line, columns.header(column), fault.message, fault.params)


def _sku_places(read: ReadProduct) -> dict[str, int]:
    return {
        variant.sku: line
        for variant, line in zip(read.variants, read.variant_lines, strict=True)
        if variant.sku
    }
