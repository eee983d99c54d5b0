"""The table of an uploaded file as it is kept: checked once, then read again and again, quickly and row by row."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO

from core.commerce.merchandising.errors import NoProducts
from core.kernel.sheets import SheetLimits, SheetRow, open_sheet

LIMITS = SheetLimits(megabytes=50, rows=50_000)
_SAMPLES = 3
_LONGEST_SAMPLE = 120


@dataclass(frozen=True, slots=True)
class KeptTable:
    """What is known about a table: "csv" or "xlsx", its header, its first rows (shortened), how many there are."""

    kind: str
    header: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    rows: int


def copy_table(source: BinaryIO | bytes, target: BinaryIO, limits: SheetLimits = LIMITS) -> KeptTable:
    """Read a file and write its rows, numbers first, into `target`. Raises a SheetRefused, NoProducts."""
    text = TextIOWrapper(target, encoding="utf-8", errors="surrogatepass", newline="", write_through=False)
    try:
        writer = csv.writer(text)
        samples = []
        count = 0
        with open_sheet(source, limits=limits) as sheet:
            for row in sheet.rows():
                writer.writerow([row.number, *row.cells])
                count += 1
                if count <= _SAMPLES:
                    samples.append(tuple(cell[:_LONGEST_SAMPLE] for cell in row.cells))
            kind, header = sheet.kind, sheet.header
        text.flush()
    finally:
        text.detach()
    if not count:
        raise NoProducts
    return KeptTable(kind, header, tuple(samples), count)


def kept_rows(source: BinaryIO) -> Iterator[SheetRow]:
    """The rows that `copy_table` wrote, from the first on."""
    source.seek(0)
    text = TextIOWrapper(source, encoding="utf-8", errors="surrogatepass", newline="")
    csv.field_size_limit(LIMITS.cell + 1)
    try:
        for number, *cells in csv.reader(text):
            yield SheetRow(int(number), tuple(cells))
    finally:
        text.detach()
