"""Files with order numbers, carriers and tracking numbers: which columns they have, and what each row says."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from core.commerce.fulfilment.carriers import (
    OWN_DELIVERY,
    carrier_like,
    carrier_name,
    carrier_named,
    guessed_carrier,
)
from core.kernel.i18n import N_
from core.kernel.sheets import SheetLimits, SheetRefused, open_sheet

MOST_ROWS = 20_000
LIMITS = SheetLimits(megabytes=5, rows=MOST_ROWS, columns=60, cell=2_000, unpacked_megabytes=50)
# What each column may be called; the first two head the templates, in Chinese and in English.
COLUMNS = {
    "order": ("订单号", "Order", "订单编号", "订单", "商户订单号", "order number", "order no", "order id", "order #"),
    "carrier": ("快递公司", "Carrier", "物流公司", "承运商", "快递", "物流", "快递名称", "shipping company", "courier"),
    "number": ("运单号", "Tracking number", "快递单号", "物流单号", "单号", "运单编号", "tracking", "tracking no",
               "waybill", "tracking code"),
    "sku": ("商品编码", "SKU", "货号", "规格编码", "商家编码", "item", "item sku"),
    "quantity": ("数量", "Quantity", "件数", "发货数量", "qty", "units"),
}  # fmt: skip
_WRITABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-_/ ]{3,79}")
# A carrier that the list does not know, on purpose.
_OTHER = re.compile(r"(?:其他|其它|other)\s*[::]\s*(.+)", re.IGNORECASE)


class ColumnsMissing(SheetRefused):
    """A table without the two columns that it takes at least."""

    code = "fulfilment.columns_missing"
    message = N_("This table has no column for %(columns)s.")
    fix = N_(
        "Name the columns of the first row as in the template: 订单号 / Order, 快递公司 / Carrier, 运单号 / Tracking number."
    )


@dataclass(frozen=True, slots=True)
class TrackingRow:
    """A row of a file: `carrier` is a code or a name of one's own; `outcome` names what is wrong with it already."""

    line: int
    order: str
    carrier: str = ""
    number: str = ""
    sku: str = ""
    quantity: int | None = None
    outcome: str = ""
    said: dict[str, Any] = field(default_factory=dict)


def template(chinese: bool, orders: Sequence[str] = ()) -> tuple[list[str], list[list[str]]]:
    """The header of an empty file and a row for each order, to be filled in."""
    header = [names[0 if chinese else 1] for names in COLUMNS.values()]
    return header, [[number, "", "", "", ""] for number in orders]


def tracking_rows(content: BinaryIO | bytes) -> Iterator[TrackingRow]:
    """The rows of a CSV or XLSX file, one by one. Raises a SheetRefused."""
    with open_sheet(content, limits=LIMITS) as sheet:
        places = _places(sheet.header, sheet.name)
        for row in sheet.rows():
            cells = {name: row.cells[place] for name, place in places.items()}
            if any(cells.values()):
                yield _read(row.number, cells)


def _places(header: Sequence[str], sheet: str) -> dict[str, int]:
    known = {_plain(words): name for name, names in COLUMNS.items() for words in names}
    places: dict[str, int] = {}
    for place, words in enumerate(header):
        name = known.get(_plain(words))
        if name is not None:
            places.setdefault(name, place)
    missing = [COLUMNS[name] for name in ("order", "number") if name not in places]
    if missing:
        raise ColumnsMissing(sheet=sheet, columns=", ".join(f"{zh} / {en}" for zh, en, *_ in missing))
    return places


def _plain(text: str) -> str:
    return re.sub(r"[\s_\-.:*()#]+", "", unicodedata.normalize("NFKC", text).casefold())


def _read(line: int, cells: dict[str, str]) -> TrackingRow:
    order = _tidy(cells["order"]).lstrip("#")
    row = TrackingRow(line, order[:80], sku=_tidy(cells.get("sku", ""))[:200])
    if not order:
        return replace(row, outcome="no_order")
    row = with_carrier(row, cells.get("carrier", ""), cells["number"])
    quantity = _tidy(cells.get("quantity", ""))
    if row.outcome or not quantity:
        return row if row.outcome or not row.sku else replace(row, quantity=1)
    if not re.fullmatch(r"[0-9]{1,6}", quantity) or not int(quantity):
        return replace(row, outcome="bad_quantity", said={"words": quantity[:40]})
    return replace(row, quantity=int(quantity)) if row.sku else row


def with_carrier(row: TrackingRow, carrier: str, number: str) -> TrackingRow:
    """The row with a carrier that we know and a number that can be one, or with what is wrong about them."""
    words, number = _tidy(carrier), _tidy(number).upper()
    code = carrier_named(words) if words else guessed_carrier(number)
    row = replace(row, carrier=code, number=number[:80])
    if code == OWN_DELIVERY:
        return replace(row, number="")
    if not words and not number:
        return replace(row, outcome="blank")
    if not number:
        return replace(row, outcome="no_number")
    if not _WRITABLE.fullmatch(number):
        return replace(row, outcome="bad_number")
    return row if code else _unknown(row, words)


def _unknown(row: TrackingRow, words: str) -> TrackingRow:
    if not words:
        return replace(row, outcome="no_carrier")
    if own := _OTHER.fullmatch(words):
        return replace(row, carrier=own[1].strip()[:60])
    said = {"words": words[:60]}
    like = carrier_like(words)
    if not like:
        return replace(row, outcome="unknown_carrier", said=said)
    return replace(row, outcome="unknown_carrier_like", said=said | {"like": carrier_name(like)})


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).replace("\x00", "").split())
