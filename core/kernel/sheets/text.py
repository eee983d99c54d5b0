"""CSV as a table: finds out encoding and delimiter, and reads record by record."""

import codecs
import csv
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO

from core.kernel.sheets.errors import (
    CellNeverEnds,
    EncodingUnknown,
    NotASheet,
    OldExcel,
    QuotesDoNotMatch,
    SheetEmpty,
)
from core.kernel.sheets.limits import SheetLimits, unguarded

_BLOCK = 256 * 1024
_DELIMITERS = ",;\t"
# What begins like this is none of ours, and people want to know what it is.
_FOREIGN = {
    b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"\x1f\x8b": "GZIP", b"RIFF": "WebP",
    b"7z\xbc\xaf": "7z", b"Rar!": "RAR", b"{\\rtf": "RTF", b"SQLite f": "SQLite", b"<!DOCTYP": "HTML", b"<html": "HTML",
    b"<?xml": "XML", b"BM": "BMP",
}  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0"


class TextTable:
    """A CSV file that stays open while it is read."""

    name = ""

    def __init__(self, stream: BinaryIO, start: bytes, limits: SheetLimits) -> None:
        self._limits = limits
        _refuse_foreign(start)
        self._text = TextIOWrapper(stream, encoding=_encoding(stream), newline="")
        try:
            self._skipped, self._delimiter = _shape(self._text, limits)
        except BaseException:
            self.close()
            raise

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Rows as text, trimmed, blank ones included."""
        self._text.seek(0)
        for _ in range(self._skipped):
            self._text.readline()
        # The module knows one limit for everybody; it is set anew before each use that depends on it.
        csv.field_size_limit(self._limits.cell)
        reader = csv.reader(self._text, delimiter=self._delimiter, strict=True)
        number = self._skipped
        while True:
            number += 1
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise self._refusal(error, number) from error
            yield number, [unguarded(cell.strip()) for cell in record]

    def _refusal(self, error: csv.Error, number: int) -> QuotesDoNotMatch | CellNeverEnds:
        if "field limit" in str(error):
            return CellNeverEnds(row=number, limit=f"{self._limits.cell:,}")
        return QuotesDoNotMatch(row=number)

    def close(self) -> None:
        """Let the stream go; it stays open."""
        self._text.detach()


def _refuse_foreign(start: bytes) -> None:
    if start.startswith(_OLE):
        raise OldExcel
    for begins, name in _FOREIGN.items():
        if start.startswith(begins):
            raise NotASheet(format=name)


def _encoding(stream: BinaryIO) -> str:
    """The encoding in which all of the stream can be read: a byte order mark decides, else UTF-8, else GB18030."""
    start = stream.read(4)
    stream.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if _fails_at(stream, "utf-16") is not None:
            raise EncodingUnknown(row=1)
        return "utf-16"
    broken = _fails_at(stream, "utf-8-sig")
    if broken is None:
        return "utf-8-sig"
    # A cut or broken UTF-8 file would often pass as GB18030, as nonsense: with its mark it is held to its word.
    if start.startswith(codecs.BOM_UTF8) or _fails_at(stream, "gb18030") is not None:
        raise EncodingUnknown(row=broken)
    return "gb18030"


def _fails_at(stream: BinaryIO, encoding: str) -> int | None:
    """The line in which decoding fails, or None when all of the stream is in `encoding`."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    line = 1
    try:
        while block := stream.read(_BLOCK):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return line
        return None
    finally:
        stream.seek(0)


def _shape(text: TextIOWrapper, limits: SheetLimits) -> tuple[int, str]:
    """(lines to pass over, delimiter): what Excel's own "sep=;" says, else what parts the header into most cells."""
    head = text.readline(limits.cell)
    if not head:
        raise SheetEmpty
    if "\x00" in head:
        raise NotASheet(format="BIN")
    plain = head.strip()
    if plain.lower().startswith("sep=") and plain[4:] in (*_DELIMITERS, ""):
        return 1, plain[4:] or "\t"
    while head and not head.strip(_DELIMITERS + " \r\n"):
        head = text.readline(limits.cell)
    if not head:
        raise SheetEmpty
    counts = {delimiter: _cells(text, head, delimiter) for delimiter in _DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return 0, best


def _cells(text: TextIOWrapper, head: str, delimiter: str) -> int:
    """How many cells the first row has under this delimiter; a header may break lines inside quotation marks."""
    try:
        return len(next(csv.reader([head], delimiter=delimiter)))
    except csv.Error:
        return 0
