"""XLSX as a table: looks at the archive before anything is unpacked, then reads row by row what people see in its cells."""

import datetime as dt
import re
import warnings
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils import get_column_letter

from core.kernel.sheets.errors import (
    CellTooLong,
    NotASheet,
    SheetBomb,
    SheetEmpty,
    SheetIncomplete,
    SheetRefused,
)
from core.kernel.sheets.limits import SheetLimits, unguarded

_MEGABYTE = 1024 * 1024
# Below this a high ratio is harmless: a sheet of equal cells packs very well.
_RATIO_COUNTS_FROM = 20 * _MEGABYTE
_LAST_ROW = 1_048_576
_ZEROS = re.compile(r"0{2,20}")
_DIGITS_KEPT = 15
# What an archive is when it is no XLSX, by an entry that it has.
_OTHERS = {
    "xl/workbook.bin": "XLSB", "word/document.xml": "Word", "ppt/presentation.xml": "PowerPoint",
    "Index/Document.iwa": "Apple Numbers / Pages", "content.xml": "OpenDocument",
}  # fmt: skip


class WorkbookTable:
    """The first visible sheet of a workbook."""

    def __init__(self, stream: BinaryIO, limits: SheetLimits) -> None:
        self._limits = limits
        _look_at_archive(stream, limits)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._book = load_workbook(
                    stream, read_only=True, data_only=True, keep_links=False, keep_vba=False
                )
        except Exception as error:
            raise SheetIncomplete from error
        visible = [sheet for sheet in self._book.worksheets if sheet.sheet_state == "visible"]
        if not visible:
            self.close()
            raise SheetEmpty
        self._sheet = visible[0]
        self.name = str(self._sheet.title)

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Rows as text, trimmed, blank ones included."""
        # One column more than allowed, so that somebody notices; never the width that the file claims.
        rows = self._sheet.iter_rows(max_row=_LAST_ROW, max_col=self._limits.columns + 1)
        number = 0
        while True:
            number += 1
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    row = next(rows, None)
                if row is None:
                    return
                texts = [self._text(cell, number, column) for column, cell in enumerate(_filled(row), 1)]
            except SheetRefused:
                raise
            except Exception as error:
                raise SheetIncomplete(sheet=self.name, row=number) from error
            yield number, texts

    def _text(self, cell: Any, number: int, column: int) -> str:
        value = cell.value
        if value is None:
            return ""
        text = value if type(value) is str else _shown(cell, value)
        if len(text) > self._limits.cell:
            raise CellTooLong(
                sheet=self.name,
                row=number,
                column=get_column_letter(column),
                limit=f"{self._limits.cell:,}",
            )
        return unguarded(text.strip())

    def close(self) -> None:
        """Let the archive go; the stream stays open."""
        self._book.close()


def _filled(row: Any) -> list[Any]:
    """The cells up to the last one that has something."""
    last = len(row)
    while last and (row[last - 1] is EMPTY_CELL or row[last - 1].value is None):
        last -= 1
    return list(row[:last])


def _look_at_archive(stream: BinaryIO, limits: SheetLimits) -> None:
    """Refuse archives that are none, are something else, or would fill memory; reads the directory only."""
    try:
        with ZipFile(stream) as archive:
            entries = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SheetIncomplete from error
    finally:
        stream.seek(0)
    names = {entry.filename for entry in entries}
    for entry, name in _OTHERS.items():
        if entry in names:
            raise NotASheet(format=name)
    if "[Content_Types].xml" not in names:
        raise NotASheet(format="ZIP")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    bomb = (
        len(entries) > limits.entries
        or unpacked > limits.unpacked_megabytes * _MEGABYTE
        or (unpacked > _RATIO_COUNTS_FROM and unpacked / packed > limits.ratio)
    )
    if bomb:
        raise SheetBomb(limit=limits.unpacked_megabytes)


def _shown(cell: Any, value: object) -> str:
    """A value as people see it in its cell."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "")
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _number(value: float, pattern: str) -> str:
    """Plain digits: whole numbers without a point, never an exponent, percent and leading zeros as the format says."""
    exact = Decimal(value) if isinstance(value, int) else Decimal(format(value, f".{_DIGITS_KEPT}g"))
    if "%" in pattern:
        return f"{_plain(exact * 100)}%"
    plain = _plain(exact)
    if _ZEROS.fullmatch(pattern) and plain.isdigit():
        return plain.zfill(len(pattern))
    return plain


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
