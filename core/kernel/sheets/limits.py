"""How much of a table file is read, and what a formula begins with."""

from dataclasses import dataclass

# A cell that begins so is run by spreadsheets (the wide ones by some in East Asia), or hides such a beginning.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """What is read at most.

    `megabytes` of the file as handed in; `rows` with content below the header; `columns`; characters of a `cell`;
    `unpacked_megabytes` and `entries` of an XLSX file's archive, and how many times smaller than its content it may be.
    """

    megabytes: int = 20
    rows: int = 100_000
    columns: int = 300
    cell: int = 500_000
    unpacked_megabytes: int = 200
    entries: int = 2_000
    ratio: int = 200


def unguarded(text: str) -> str:
    """`text` without the apostrophe that a writer put before a formula character."""
    if text.startswith("'"):
        bare = text.lstrip("' \n\t\r")
        if bare.startswith(FORMULA_STARTS):
            return text[1:].strip()
    return text
