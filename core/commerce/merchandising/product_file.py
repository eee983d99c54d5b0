"""Reads a product file: from bytes to rows, grouped by product; pure, and safe with anything that is thrown at it."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.commerce.catalog.slugs import slug_of
from core.commerce.merchandising.errors import (
    ColumnsMissing,
    FileTooHeavy,
    NoProducts,
    NotCsv,
    NotUtf8,
    QuotesDoNotMatch,
    TooManyRows,
)
from core.commerce.merchandising.product_columns import NAMES, REQUIRED, known_columns, other_columns
from core.commerce.merchandising.row_problems import RowProblem
from core.kernel.i18n import N_

MAXIMUM_BYTES = 50 * 1024 * 1024
MAXIMUM_ROWS = 100_000
LONGEST_CELL = 100_000
_DELIMITERS = (",", ";", "\t")
_FOREIGN_STARTS = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
)
# A cell may be as long as its file: how long is too long we judge ourselves, and say so by line.
csv.field_size_limit(MAXIMUM_BYTES)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins in, and its filled cells by our names of the columns."""

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


@dataclass(frozen=True, slots=True)
class ProductFile:
    """A file that was read: its products, problems of rows that belong to none, and its columns.

    `headers` are the file's own names by our names; `ignored` are columns that have content we do not keep.
    """

    products: tuple[ProductRows, ...]
    problems: tuple[RowProblem, ...]
    headers: dict[str, str]
    ignored: tuple[str, ...]

    def header(self, column: str) -> str:
        """What the file calls a column (or would, if it had it)."""
        return self.headers.get(column) or (NAMES[column][0] if column in NAMES else "")


def read_product_file(content: bytes, *, most_rows: int = MAXIMUM_ROWS) -> ProductFile:
    """Read a product file in Shopify's CSV format; raises a FileRefused when it is none, or not readable as a whole."""
    text = _text(content)
    delimiter = _delimiter(text)
    records = _records(text, delimiter)
    _, header = next(records)
    known, others = known_columns(header), other_columns(header)
    reader = _Reader({name: header[position].strip() for position, name in known.items()})
    used: set[int] = set()
    for count, (line, record) in enumerate(records, 1):
        if count > most_rows:
            raise TooManyRows(limit=f"{most_rows:,}")
        used.update(position for position in others if position < len(record) and record[position].strip())
        reader.take(line, record, known, len(header))
    if not reader.products and not reader.problems:
        raise NoProducts
    ignored = tuple(others[position] for position in sorted(used))
    return ProductFile(tuple(reader.products.values()), tuple(reader.problems), reader.headers, ignored)


def _text(content: bytes) -> str:
    if len(content) > MAXIMUM_BYTES:
        raise FileTooHeavy(limit=MAXIMUM_BYTES // 1024 // 1024)
    if content.startswith(_FOREIGN_STARTS):
        raise NotCsv
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotUtf8(line=content.count(b"\n", 0, error.start) + 1) from error
    if not text.strip():
        raise NoProducts
    return text


def _delimiter(text: str) -> str:
    """The delimiter under which the first row names the required columns."""
    missing: Sequence[str] = REQUIRED
    broken: QuotesDoNotMatch | None = None
    for delimiter in _DELIMITERS:
        try:
            _, header = next(_records(text, delimiter), (1, []))
        except QuotesDoNotMatch as error:
            broken = error
            continue
        known = set(known_columns(header).values())
        absent = [name for name in REQUIRED if name not in known]
        if not absent:
            return delimiter
        missing = min(missing, absent, key=len)
    if "\x00" in text[:4096]:
        raise NotCsv
    raise broken or ColumnsMissing(columns=_listed(missing))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(NAMES[name][0] for name in names)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line it begins in, cells) of each row that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise QuotesDoNotMatch(line=begins) from error
        if any(cell.strip() for cell in record):
            yield begins, record
        begins = reader.line_num + 1


class _Reader:
    """Collects rows by product."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers
        self.products: dict[str, ProductRows] = {}
        self.problems: list[RowProblem] = []

    def take(self, line: int, record: list[str], known: dict[int, str], width: int) -> None:
        problems = []
        if any(cell.strip() for cell in record[width:]):
            message = N_("This row has %(cells)s cells, the first row names %(columns)s columns.")
            problems.append(RowProblem(line, "", message, {"cells": len(record), "columns": width}))
        cells = {}
        for position, name in known.items():
            cell = record[position].strip() if position < len(record) else ""
            if len(cell) > LONGEST_CELL:
                message = N_("At most %(most)s characters, please; these are %(count)s.")
                problems.append(
                    RowProblem(line, self.headers[name], message, {"most": LONGEST_CELL, "count": len(cell)})
                )
                cell = ""
            if "\x00" in cell:
                message = N_("This text contains characters that cannot be kept.")
                problems.append(RowProblem(line, self.headers[name], message))
                cell = ""
            if cell:
                cells[name] = cell
        self._file(Row(line, cells), problems)

    def _file(self, row: Row, problems: list[RowProblem]) -> None:
        handle = slug_of(row["handle"])
        if not handle:
            self.problems += problems
            message = (
                N_("This handle has no letters or digits; the row is skipped.")
                if row["handle"]
                else N_("The handle is missing; the row is skipped.")
            )
            self.problems.append(RowProblem(row.line, self.headers["handle"], message))
            return
        product = self.products.setdefault(handle, ProductRows(handle))
        product.rows.append(row)
        product.problems += problems
