"""From the rows of a file to products: rows of one product are put together wherever they stand; in constant memory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from core.commerce.catalog.slugs import slug_of
from core.commerce.merchandising.product_columns import FileColumns
from core.commerce.merchandising.row_problems import RowProblem
from core.kernel.i18n import N_
from core.kernel.sheets import SheetRow

LONGEST_CELL = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as spreadsheets count, and its filled cells by our names of the columns."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(slots=True)
class ProductRows:
    """All rows of one product, in the order of the file, and what is wrong with them as rows."""

    handle: str
    rows: list[Row] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


class ProductReader:
    """Puts rows together by product.

    `problems` are of rows that belong to no product, `used` the positions of other columns that have content.
    """

    def __init__(self, columns: FileColumns) -> None:
        self.columns = columns
        self.problems: list[RowProblem] = []
        self.used: set[int] = set()
        places = {name: position for position, name in columns.places.items()}
        self._handle = places.get("handle")
        self._title = places.get("title")

    def split_handles(self, rows: Iterable[SheetRow]) -> dict[str, int]:
        """The last row of each product whose rows do not stand together; `products` needs to know them."""
        last: dict[str, int] = {}
        split: set[str] = set()
        current = ""
        for row in rows:
            handle = self._key(row, current)
            if not handle:
                continue
            if handle != current and handle in last:
                split.add(handle)
            last[handle] = row.number
            current = handle
        return {handle: last[handle] for handle in split}

    def products(self, rows: Iterable[SheetRow], split: Mapping[str, int]) -> Iterator[ProductRows]:
        """Product by product, each when its last row was read."""
        parted: dict[str, ProductRows] = {}
        current: ProductRows | None = None
        for row in rows:
            handle = self._key(row, current.handle if current else "")
            read, problems = self._read(row)
            if not handle:
                self._lose(read, problems)
                continue
            if current is None or handle != current.handle:
                if current is not None and current.handle not in parted:
                    yield current
                current = parted.get(handle) or ProductRows(handle)
                if handle in split:
                    parted[handle] = current
            current.rows.append(read)
            current.problems += problems
            if split.get(handle) == row.number:
                yield parted[handle]
        if current is not None and current.handle not in parted:
            yield current

    def _key(self, row: SheetRow, current: str) -> str:
        """What tells this row's product: its handle; in a file without handles its name, or the row above."""
        if self._handle is not None:
            return slug_of(self._cell(row, self._handle))
        title = self._cell(row, self._title)
        return slug_of(title) if title else current

    def _cell(self, row: SheetRow, position: int | None) -> str:
        return row.cells[position] if position is not None and position < len(row.cells) else ""

    def _read(self, row: SheetRow) -> tuple[Row, list[RowProblem]]:
        problems = []
        self.used.update(place for place in self.columns.others if self._cell(row, place))
        if len(row.cells) > self.columns.width:
            message = N_("This row has %(cells)s cells, the first row names %(columns)s columns.")
            counted = {"cells": len(row.cells), "columns": self.columns.width}
            problems.append(RowProblem(row.number, "", message, counted))
        cells = {}
        for position, name in self.columns.places.items():
            cell = self._cell(row, position)
            if not cell:
                continue
            if wrong := _wrong(cell):
                problems.append(RowProblem(row.number, self.columns.headers[name], *wrong))
            else:
                cells[name] = cell
        return Row(row.number, cells), problems

    def _lose(self, row: Row, problems: list[RowProblem]) -> None:
        self.problems += problems
        column = "handle" if self._handle is not None else "title"
        if row[column]:
            message = N_("There are no letters or digits here to tell the product by; the row is skipped.")
        elif self._handle is not None:
            message = N_("The handle is missing; the row is skipped.")
        else:
            message = N_("The product's name is missing; the row is skipped.")
        self.problems.append(RowProblem(row.line, self.columns.header(column), message))


def _wrong(cell: str) -> tuple[str, dict[str, int]] | None:
    if len(cell) > LONGEST_CELL:
        message = N_("At most %(most)s characters, please; these are %(count)s.")
        return message, {"most": LONGEST_CELL, "count": len(cell)}
    if "\x00" in cell:
        return N_("This text contains characters that cannot be kept."), {}
    return None
