"""Writes tables that spreadsheets open and never run: CSV as a stream, XLSX into a file, from rows that come one by one."""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core.kernel.sheets.errors import TooManyRowsForXlsx
from core.kernel.sheets.limits import FORMULA_STARTS

# A datetime is written as it reads on its own clock: turn it into the shop's zone first.
Cell = str | int | float | Decimal | bool | dt.date | dt.datetime | None
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BLOCK = 200
_MOST_ROWS = 1_048_576
_LONGEST_CELL = 32_767
# Beyond this many digits spreadsheets forget the last ones; such a number is written as text.
_DIGITS_KEPT = 15
_NUMBER = re.compile(r"-\d{1,15}(\.\d{1,10})?")
# XML has no words for these.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of a workbook: its name (at most 31 characters), the names of its columns, its rows, widths of columns."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as CSV in blocks of bytes: UTF-8 with the mark that Excel asks for, CRLF, cells that cannot run.

    Text that begins like a formula gets an apostrophe in front; numbers, and text that is a negative number, do not.
    Memory does not grow with the rows.
    """
    lines = _Lines()
    writer = csv.writer(lines)
    writer.writerow([_guarded(name) for name in header])
    yield b"\xef\xbb\xbf" + lines.taken()
    for count, row in enumerate(rows, 1):
        writer.writerow([_csv_text(cell) for cell in row])
        if count % _BLOCK == 0:
            yield lines.taken()
    if rest := lines.taken():
        yield rest


class _Lines:
    """What a csv writer wrote since somebody took it."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, line: str) -> int:
        self._lines.append(line)
        return len(line)

    def taken(self) -> bytes:
        text = "".join(self._lines)
        self._lines.clear()
        return text.encode("utf-8", errors="replace")


def _guarded(text: str) -> str:
    if text.lstrip(" '\n").startswith(FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def _csv_text(value: Cell) -> str:
    if isinstance(value, str):
        return _guarded(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def write_xlsx(target: BinaryIO, *pages: Page) -> None:
    """Write a workbook with these sheets into `target`; the first rows are bold and stay in view.

    Text is stored as text, whatever it begins with. Rows go through a temporary file, memory does not grow with them.
    Texts are cut at 32,767 characters, as spreadsheets do. Raises TooManyRowsForXlsx.
    """
    book = Workbook(write_only=True)
    try:
        for page in pages:
            _write_page(book, page)
        book.save(target)
    finally:
        book.close()


def _write_page(book: Any, page: Page) -> None:
    sheet = book.create_sheet(page.name[:31])
    sheet.freeze_panes = "A2"
    for position, width in enumerate(page.widths, 1):
        sheet.column_dimensions[get_column_letter(position)].width = width
    bold = Font(bold=True)
    heads = [_text_cell(sheet, name) for name in page.header]
    for head in heads:
        head.font = bold
    sheet.append(heads)
    for count, row in enumerate(page.rows, 2):
        if count > _MOST_ROWS:
            raise TooManyRowsForXlsx(sheet=page.name, limit=f"{_MOST_ROWS - 1:,}")
        sheet.append([_xlsx_value(sheet, cell) for cell in row])


def _text_cell(sheet: Any, text: str) -> Any:
    plain = _UNWRITABLE.sub("", text)[:_LONGEST_CELL]
    cell = WriteOnlyCell(sheet, value=plain)
    if cell.data_type != "s" or plain.startswith(FORMULA_STARTS):
        cell.data_type = "s"
        # Or editing the cell in Excel would make it a formula after all.
        cell.quotePrefix = True
    return cell


def _xlsx_value(sheet: Any, value: Cell) -> Any:
    if isinstance(value, str):
        # A WriteOnlyCell costs; plain words need none.
        if value[:1].isalnum() and value.isprintable() and len(value) < _LONGEST_CELL:
            return value
        return _text_cell(sheet, value)
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, int) and abs(value) >= 10**_DIGITS_KEPT:
        return str(value)
    return value
