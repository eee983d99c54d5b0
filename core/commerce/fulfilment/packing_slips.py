"""Packing slips as PDF: for each order what goes into the parcel and where to, with its number as a QR code."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import segno
from fpdf import FPDF

from core.commerce.orders.queries import OrderLineView, OrderView
from core.kernel.fonts import cjk_font
from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import current_scope

# Millimetres: width, height, margin, and the size of plain text in points.
PAPERS: Mapping[str, tuple[float, float, float, float]] = {
    "a6": (105, 148, 7, 8.5),
    "a4": (210, 297, 16, 11),
}
# A document of its own after so many slips: a PDF is put together in memory.
SLIPS_PER_FILE = 500
_GREY, _BLACK = 110, 0


@dataclass(frozen=True, slots=True)
class Slip:
    """An order to be packed: units that are left by line, where it goes (or is fetched), how."""

    order: OrderView
    delivery: str
    lines: tuple[OrderLineView, ...]


class SlipPrinter:
    """Draws slips of one shop on one kind of paper."""

    def __init__(self, shop_name: str, paper: str) -> None:
        self.shop_name = shop_name
        self.width, self.height, self.margin, self.size = PAPERS[paper]
        self.pdf = FPDF(unit="mm", format=(self.width, self.height))
        self.pdf.set_auto_page_break(auto=False)
        self.pdf.set_margin(self.margin)
        self.pdf.c_margin = 0
        for style, bold in (("", False), ("B", True)):
            font = cjk_font(bold=bold)
            self.pdf.add_font("cjk", style, font.path, collection_font_number=font.index)

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.width - 2 * self.margin

    @property
    def line_height(self) -> float:
        """The height of a line of plain text, in millimetres."""
        return self.size * 0.52

    def say(
        self, text: str, *, width: float, size: float = 1.0, bold: bool = False, grey: bool = False
    ) -> None:
        """A paragraph that wraps at `width`; the cursor stands below it afterwards."""
        self.pdf.set_font("cjk", "B" if bold else "", self.size * size)
        self.pdf.set_text_color(_GREY if grey else _BLACK)
        self.pdf.multi_cell(
            width, self.line_height * size, printable(text), align="L", new_x="LEFT", new_y="NEXT"
        )

    def rule(self) -> None:
        """A thin line over the whole width."""
        y = self.pdf.get_y() + 1.5
        self.pdf.set_draw_color(_GREY)
        self.pdf.set_line_width(0.15)
        self.pdf.line(self.margin, y, self.width - self.margin, y)
        self.pdf.set_y(y + 1.5)

    def draw(self, slip: Slip) -> None:
        """One slip; goods that do not fit go on on the next page."""
        self._head(slip, 1)
        self._receiver(slip)
        self.rule()
        page, bottom = 1, self.height - self.margin - 2 * self.line_height
        for line in slip.lines:
            if self.pdf.get_y() + self._height(line) > bottom:
                page += 1
                self._head(slip, page)
                self.rule()
            self._goods(line)
        self.rule()
        units = sum(line.to_ship for line in slip.lines)
        self.say(gettext(N_("%(units)s pieces in all"), units=units), width=self.inner, bold=True)

    def _head(self, slip: Slip, page: int) -> None:
        self.pdf.add_page()
        side = min(24.0, self.inner / 4)
        self._qr(slip.order.number, self.width - self.margin - side, self.margin, side)
        text = self.inner - side - 3
        self.say(self.shop_name, width=text, grey=True)
        self.say(slip.order.number, width=text, size=2.0, bold=True)
        placed = slip.order.placed_at.astimezone(current_scope().zone)
        again = gettext(N_("page %(page)s"), page=page) if page > 1 else ""
        self.say(" · ".join(filter(None, (f"{placed:%Y-%m-%d %H:%M}", again))), width=text, grey=True)
        self.pdf.set_y(max(self.pdf.get_y(), self.margin + side) + 1)

    def _qr(self, text: str, x: float, y: float, side: float) -> None:
        rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
        cell = side / len(rows)
        self.pdf.set_fill_color(_BLACK)
        for down, row in enumerate(rows):
            start = 0
            while (start := row.find(1, start)) >= 0:
                end = row.find(0, start)
                end = len(row) if end < 0 else end
                self.pdf.rect(x + start * cell, y + down * cell, (end - start) * cell, cell, style="F")
                start = end

    def _receiver(self, slip: Slip) -> None:
        order = slip.order
        name = order.address.get("name") or order.contact.get("name") or ""
        phone = order.address.get("phone") or order.contact.get("phone") or ""
        self.say(slip.delivery, width=self.inner, grey=True)
        self.say(f"{name}  {phone}", width=self.inner, size=1.3, bold=True)
        for words in address_on_paper(order.address):
            self.say(words, width=self.inner, size=1.15)
        if order.contact.get("note"):
            self.pdf.set_y(self.pdf.get_y() + 1)
            said = gettext(N_("The buyer says: %(words)s"), words=order.contact["note"])
            self.say(said, width=self.inner, bold=True)

    def _goods(self, line: OrderLineView) -> None:
        top, narrow = self.pdf.get_y(), self.inner - 12
        self.say(line.title, width=narrow)
        more = "  ".join(filter(None, (line.variant_title, line.sku)))
        if more:
            self.say(more, width=narrow, size=0.9, grey=True)
        bottom = self.pdf.get_y()
        self.pdf.set_xy(self.width - self.margin - 12, top)
        self.pdf.set_font("cjk", "B", self.size * 1.2)
        self.pdf.set_text_color(_BLACK)
        self.pdf.cell(12, self.line_height, f"× {line.to_ship}", align="R")
        self.pdf.set_xy(self.margin, bottom + 1)

    def _height(self, line: OrderLineView) -> float:
        """Roughly what a line takes: as many lines as its title needs, and one more."""
        signs = sum(1.0 if ord(sign) > 0x2E7F else 0.55 for sign in line.title)
        per_line = max((self.inner - 12) / (self.size * 0.353), 1)
        return (int(signs / per_line) + 2) * self.line_height + 1


def printable(text: str) -> str:
    """Text without what no printer draws."""
    return "".join(sign for sign in text if sign.isprintable())


def address_on_paper(address: Mapping[str, Any]) -> list[str]:
    """The lines of an address: large before small in China, the other way elsewhere."""
    part = {
        name: str(address.get(name) or "")
        for name in ("country", "region", "city", "district", "line1", "line2", "postcode")
    }
    chinese = part["country"] == "CN" or (not part["country"] and current_scope().language.startswith("zh"))
    if chinese:
        lines = [
            part["region"] + part["city"] + part["district"],
            part["line1"] + part["line2"],
            part["postcode"],
        ]
    else:
        town = " ".join(filter(None, (part["city"], part["region"], part["postcode"])))
        lines = [part["line1"], part["line2"], town, part["country"]]
    return [line for line in lines if line]


def write_slips(slips: Iterable[Slip], *, shop_name: str, paper: str, target: Path) -> tuple[Path, int]:
    """Write slips into `target` with the right ending: one PDF, or a zip of several; returns the file and their number.

    Raises NoChineseFont.
    """
    waiting, files, count = iter(slips), list[Path](), 0
    for part in _parts(waiting):
        printer = SlipPrinter(shop_name, paper)
        for slip in part:
            printer.draw(slip)
            count += 1
        files.append(target.with_name(f"{target.name}-{len(files) + 1}.pdf"))
        printer.pdf.output(str(files[-1]))
    if len(files) == 1:
        return files[0], count
    packed = target.with_name(f"{target.name}.zip")
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for file in files:
            archive.write(file, file.name)
    return packed, count


def _parts(slips: Iterator[Slip]) -> Iterator[Iterator[Slip]]:
    for first in slips:
        rest = islice(slips, SLIPS_PER_FILE - 1)
        yield (one for group in ((first,), rest) for one in group)
