"""A file of customers, read row by row: which column is what, and what each row says or why it cannot be taken."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from core.commerce.customers.contacts import normal_contact
from core.commerce.customers.errors import NoContactColumn
from core.commerce.customers.staff_actions import LONGEST_NAME, LONGEST_NOTE, clean_tags
from core.kernel.i18n import N_
from core.kernel.sheets import SheetLimits, open_sheet

LIMITS = SheetLimits(megabytes=10, rows=50_000, columns=60, cell=20_000)
# What a column may be called, in either language; the first is what the template writes.
COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "full name", "customer", "姓名", "名字", "顾客", "客户", "昵称"),
    "phone": ("phone", "mobile", "telephone", "phone number", "手机", "手机号", "电话", "联系电话"),
    "email": ("e-mail", "email", "mail", "邮箱", "电子邮箱", "电子邮件"),
    "tags": ("tags", "tag", "标签"),
    "note": ("note", "notes", "备注"),
    "consent": (
        "offers by message",
        "marketing consent",
        "accepts marketing",
        "consent",
        "营销同意",
        "接收营销消息",
    ),
}
# What they are called on our pages.
LABELS: dict[str, str] = {
    "name": N_("Name"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "tags": N_("Tags"),
    "note": N_("Note"),
    "consent": N_("Offers by message"),
}
CONTACTS = frozenset({"phone", "email"})
_SAMPLES = 3
_YES = frozenset({"yes", "y", "true", "1", "是", "同意", "agreed", "ok"})


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that is skipped, and why: a message id with its params."""

    line: int
    message: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileRow:
    """What a row says; "" and () for what it leaves out, so that nothing known is overwritten with nothing."""

    line: int
    name: str = ""
    phone: str = ""
    email: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    # Only a clear yes agrees; a blank or anything else says nothing.
    consent: bool = False


def read_rows(content: bytes, mapping: Mapping[str, int]) -> Iterator[FileRow | RowProblem]:
    """Every row of the file as what it says or why not; `mapping` is our name → position.

    Raises a SheetRefused, NoContactColumn.
    """
    if not CONTACTS & set(mapping):
        raise NoContactColumn
    with open_sheet(content, limits=LIMITS) as sheet:
        width = len(sheet.header)
        places = {name: place for name, place in mapping.items() if 0 <= place < width}
        for row in sheet.rows():
            yield _read(row.number, {name: row.cells[place] for name, place in places.items()})


def first_look(content: bytes) -> tuple[list[str], list[list[str]]]:
    """The header of a file and the cells of its first rows. Raises a SheetRefused."""
    samples: list[list[str]] = []
    with open_sheet(content, limits=LIMITS) as sheet:
        rows = sheet.rows()
        with suppress(StopIteration):
            while len(samples) < _SAMPLES:
                samples.append([cell[:80] for cell in next(rows).cells])
        return list(sheet.header), samples


def is_understood(header: Sequence[str], mapping: Mapping[str, int]) -> bool:
    """Whether nobody needs to be asked: people can be told apart, and no column is left over."""
    taken = set(mapping.values())
    others = [title for place, title in enumerate(header) if title.strip() and place not in taken]
    return bool(CONTACTS & set(mapping)) and not others


def detected_mapping(header: Sequence[str]) -> dict[str, int]:
    """Our name → position, for the columns that we know by name; of two with the same meaning the first counts."""
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        plain = title.strip().casefold()
        name = next((one for one, titles in COLUMNS.items() if plain in titles), None)
        if name is not None:
            found.setdefault(name, place)
    return found


def _read(line: int, cells: dict[str, str]) -> FileRow | RowProblem:
    contacts = {"phone": "", "email": ""}
    for name, kind in (("phone", "sms"), ("email", "email")):
        text = cells.get(name, "")
        normal = normal_contact(text) if text else None
        if text and (normal is None or normal[0] != kind):
            message = (
                N_("“%(text)s” is not a phone number.")
                if name == "phone"
                else N_("“%(text)s” is not an e-mail address.")
            )
            return RowProblem(line, message, {"text": text[:60]})
        contacts[name] = normal[1] if normal else ""
    if not any(contacts.values()):
        return RowProblem(line, N_("There is neither a phone number nor an e-mail address."))
    return FileRow(
        line,
        name=" ".join(cells.get("name", "").split())[:LONGEST_NAME].replace("\x00", ""),
        **contacts,
        tags=tuple(
            clean_tags(
                cells.get("tags", "").replace("，", ",").replace("、", ",").replace(";", ",").split(",")
            )
        ),
        note=cells.get("note", "")[:LONGEST_NOTE].replace("\x00", ""),
        consent=cells.get("consent", "").strip().casefold() in _YES,
    )
