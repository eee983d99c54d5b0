"""From a product file to what an import would do with each product: create, update or skip, and why; pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from core.commerce.catalog.drafts import Fault, ProductDraft, faults, tidy
from core.commerce.merchandising.product_file import ProductFile
from core.commerce.merchandising.product_rows import ReadProduct, read_product
from core.commerce.merchandising.row_problems import RowProblem
from core.kernel.i18n import N_

Kind = Literal["create", "update", "skip"]
# Where a fault of a draft comes from, in our names of the columns.
_COLUMNS = {
    "title": "title", "handle": "handle", "body_html": "body", "vendor": "vendor", "kind": "kind", "tags": "tags",
    "status": "status", "price_minor": "price", "compare_at_minor": "compare_at", "sku": "sku", "barcode": "barcode",
    "grams": "grams", "option_values": "option1_value",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What the shop has already: product ids by handle, and by SKU the handle of the product that has it."""

    product_ids: Mapping[str, UUID] = field(default_factory=dict)
    sku_handles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """One product of the file and what becomes of it; a skipped one has at least one problem of level "error"."""

    read: ReadProduct
    kind: Kind
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: products in the order of the file, and what concerns none of them."""

    products: tuple[PlannedProduct, ...]
    problems: tuple[RowProblem, ...]

    def count(self, kind: Kind) -> int:
        """How many products would be created, updated or skipped."""
        return Counter(product.kind for product in self.products)[kind]

    @property
    def all_problems(self) -> list[RowProblem]:
        """Every problem, by line."""
        found = [*self.problems, *(problem for product in self.products for problem in product.problems)]
        return sorted(found, key=lambda problem: problem.line)


def read_products(file: ProductFile, currency: str) -> list[ReadProduct]:
    """What each product of the file says, prices in `currency`."""
    return [read_product(file, rows, currency) for rows in file.products]


def plan_import(file: ProductFile, products: Sequence[ReadProduct], known: Known) -> Plan:
    """Decide for each product; the first of two that claim the same SKU gets it."""
    planned = []
    sku_lines: dict[str, int] = {}
    for read in products:
        problems = [
            *read.problems,
            *_draft_problems(file, read),
            *_sku_problems(file, read, known, sku_lines),
        ]
        kind: Kind = "update" if read.handle in known.product_ids else "create"
        if problems:
            kind = "skip"
        else:
            sku_lines.update(_sku_places(read))
        planned.append(PlannedProduct(read, kind, tuple(problems)))
    return Plan(tuple(planned), (*file.problems, *_notes(file, products)))


def new_draft(read: ReadProduct, **more: Any) -> ProductDraft:
    """The product as the file alone describes it."""
    return ProductDraft(
        handle=read.handle,
        options=read.options,
        variants=read.variants,
        **{"status": "active", **read.fields, **more},
    )


def _draft_problems(file: ProductFile, read: ReadProduct) -> list[RowProblem]:
    said = {(problem.line, problem.column) for problem in read.problems}
    found = [_placed(file, read, fault) for fault in faults(tidy(new_draft(read)))]
    return [problem for problem in found if (problem.line, problem.column) not in said]


def _placed(file: ProductFile, read: ReadProduct, fault: Fault) -> RowProblem:
    first, *rest = fault.path
    line, column = read.line, _COLUMNS.get(str(first), "")
    if first == "options" and rest:
        column = f"option{int(rest[0]) + 1}_{'name' if rest[1] == 'name' else 'value'}"
    if first == "variants" and rest:
        line, column = read.variant_lines[int(rest[0])], _COLUMNS.get(str(rest[1]), "")
    return RowProblem(line, file.header(column), fault.message, fault.params)


def _sku_places(read: ReadProduct) -> dict[str, int]:
    return {
        variant.sku: line
        for variant, line in zip(read.variants, read.variant_lines, strict=True)
        if variant.sku
    }


def _sku_problems(
    file: ProductFile, read: ReadProduct, known: Known, sku_lines: Mapping[str, int]
) -> Iterator[RowProblem]:
    for sku, line in _sku_places(read).items():
        if sku in sku_lines:
            message = N_("Line %(line)s has this SKU already.")
            yield RowProblem(line, file.header("sku"), message, {"line": sku_lines[sku]})
        elif known.sku_handles.get(sku, read.handle) != read.handle:
            message = N_("The product “%(handle)s” has this SKU.")
            yield RowProblem(line, file.header("sku"), message, {"handle": known.sku_handles[sku]})


def _notes(file: ProductFile, products: Sequence[ReadProduct]) -> Iterator[RowProblem]:
    untracked = sum(read.untracked_count for read in products)
    if untracked:
        message = N_(
            "%(count)s quantities are not used: this column is empty there, so stock is not tracked."
        )
        yield RowProblem(0, file.header("tracker"), message, {"count": untracked}, "note")
    if file.ignored:
        message = N_("The content of these columns is not kept: %(columns)s.")
        yield RowProblem(0, "", message, {"columns": ", ".join(file.ignored[:20])}, "note")
