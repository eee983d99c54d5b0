"""Reads tables that people hand in: CSV or XLSX, known by content and not by name, row by row and within limits.

    with open_sheet(stream) as sheet:
        sheet.header                    # ("Name", "Price")
        for row in sheet.rows():        # SheetRow(number=2, cells=("Tea", "12.50"))
            ...

Whatever is wrong with a file as a whole is a SheetRefused (`errors.py`) with place and fix. Rows come
one by one: memory does not grow with the file. Writing is in `writing.py`.
"""

from collections.abc import Iterator
from io import BytesIO
from types import TracebackType
from typing import BinaryIO, Literal, NamedTuple, Protocol, Self

from core.kernel.sheets.errors import SheetEmpty, SheetTooHeavy, TooManyColumns, TooManyRows
from core.kernel.sheets.limits import SheetLimits
from core.kernel.sheets.text import TextTable
from core.kernel.sheets.workbook import WorkbookTable

DEFAULT_LIMITS = SheetLimits()
_PACKED = b"PK"


class SheetRow(NamedTuple):
    """One row: its number as spreadsheets count (the header's is usually 1), and its cells as text without margins.

    There is a cell for every column of the header; more when the row is wider.
    """

    number: int
    cells: tuple[str, ...]


class Table(Protocol):
    """What a format has to offer: its rows from the first on, blank ones included, as (number, cells)."""

    name: str

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Rows as text, trimmed; raises SheetRefused."""

    def close(self) -> None:
        """Let the file go."""


class Sheet:
    """An opened table; a context manager. `kind` is "csv" or "xlsx", `name` that of the sheet ("" for CSV)."""

    def __init__(self, table: Table, kind: Literal["csv", "xlsx"], limits: SheetLimits) -> None:
        self.kind = kind
        self.name = table.name
        self._table = table
        self._limits = limits
        self._records = (one for one in table.records() if any(one[1]))
        first = next(self._records, None)
        if first is None:
            raise SheetEmpty(sheet=self.name)
        self.header_row, cells = first
        self.header = tuple(self._within(self.header_row, cells))

    def rows(self) -> Iterator[SheetRow]:
        """The rows with content below the header, once. Raises a SheetRefused where reading ends."""
        width = len(self.header)
        for count, (number, cells) in enumerate(self._records, 1):
            if count > self._limits.rows:
                raise TooManyRows(sheet=self.name, row=number, limit=f"{self._limits.rows:,}")
            kept = self._within(number, cells)
            if len(kept) < width:
                kept += [""] * (width - len(kept))
            yield SheetRow(number, tuple(kept))

    def _within(self, number: int, cells: list[str]) -> list[str]:
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > self._limits.columns:
            raise TooManyColumns(sheet=self.name, row=number, limit=self._limits.columns)
        return cells

    def close(self) -> None:
        """Let the file go; the caller's stream stays open."""
        self._table.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_sheet(source: BinaryIO | bytes, *, limits: SheetLimits = DEFAULT_LIMITS) -> Sheet:
    """Open a table: CSV in UTF-8, UTF-16 or GB18030 with commas, semicolons or tabs, or the first visible XLSX sheet.

    `source` is a seekable binary stream (read from its beginning) or bytes. The first row with content is the header.
    Numbers of XLSX come as people see them (12, not 12.0; a barcode with all its digits; 0042 where the format says so),
    dates as 2026-01-31 or 2026-01-31 13:05:00. A leading apostrophe that only guards a formula character is taken off.
    Raises a SheetRefused; `SheetTooHeavy`, `SheetBomb` and formats that are not tables before anything is unpacked.
    """
    stream = BytesIO(source) if isinstance(source, bytes) else source
    if stream.seek(0, 2) > limits.megabytes * 1024 * 1024:
        raise SheetTooHeavy(limit=limits.megabytes)
    stream.seek(0)
    start = stream.read(8)
    stream.seek(0)
    packed = start.startswith(_PACKED)
    table: Table = WorkbookTable(stream, limits) if packed else TextTable(stream, start, limits)
    try:
        return Sheet(table, "xlsx" if packed else "csv", limits)
    except BaseException:
        table.close()
        raise
