"""A pick list as PDF: what to fetch from the shelves for many orders together, once per kind of goods."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from core.commerce.fulfilment.packing_slips import SlipPrinter, printable
from core.commerce.orders.queries import OrderView
from core.kernel.clock import now
from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import current_scope

# Orders named beside each kind of goods; more would only hide the rest.
_NAMED = 12


@dataclass(slots=True)
class Pick:
    """One kind of goods: how many, for which orders."""

    sku: str
    title: str
    variant: str
    units: int = 0
    orders: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PickList:
    """All goods of some orders, gathered order by order; it grows with kinds of goods, not with orders."""

    picks: dict[str, Pick] = field(default_factory=dict)
    orders: int = 0

    def add(self, order: OrderView) -> None:
        """Count what is left to ship of an order."""
        self.orders += 1
        for line in order.lines:
            if line.to_ship > 0:
                pick = self.picks.setdefault(
                    str(line.variant_id), Pick(line.sku, line.title, line.variant_title)
                )
                pick.units += line.to_ship
                pick.orders.append(f"{order.number}×{line.to_ship}" if line.to_ship > 1 else order.number)

    @property
    def sorted(self) -> list[Pick]:
        """By SKU, then by name: how shelves are usually ordered."""
        return sorted(self.picks.values(), key=lambda one: (one.sku == "", one.sku, one.title, one.variant))


def write_pick_list(orders: Iterable[OrderView], *, shop_name: str, target: Path) -> tuple[Path, int]:
    """Write the list of these orders to `target`.pdf (A4); returns the file and the number of orders.

    Raises NoChineseFont.
    """
    gathered = PickList()
    for order in orders:
        gathered.add(order)
    printer = _Sheet(shop_name)
    printer.draw_list(gathered)
    file = target.with_name(f"{target.name}.pdf")
    printer.pdf.output(str(file))
    return file, gathered.orders


class _Sheet(SlipPrinter):
    def __init__(self, shop_name: str) -> None:
        super().__init__(shop_name, "a4")
        self.size = 10

    def draw_list(self, gathered: PickList) -> None:
        """The whole list, on as many pages as it takes."""
        self._top(gathered)
        for pick in gathered.sorted:
            if self.pdf.get_y() > self.height - self.margin - 5 * self.line_height:
                self._top(gathered)
            self._pick(pick)

    def _top(self, gathered: PickList) -> None:
        self.pdf.add_page()
        self.say(self.shop_name, width=self.inner, grey=True)
        self.say(gettext(N_("Pick list")), width=self.inner, size=2, bold=True)
        units = sum(pick.units for pick in gathered.picks.values())
        said = gettext(
            N_("%(orders)s orders, %(units)s pieces, printed %(time)s"),
            orders=gathered.orders,
            units=units,
            time=f"{now().astimezone(current_scope().zone):%Y-%m-%d %H:%M}",
        )
        self.say(said, width=self.inner, grey=True)
        self.rule()

    def _pick(self, pick: Pick) -> None:
        top = self.pdf.get_y()
        self.pdf.set_draw_color(0)
        self.pdf.rect(self.margin, top + 0.6, 4, 4)
        self.pdf.set_xy(self.margin + 8, top)
        width = self.inner - 30
        self.say("  ".join(filter(None, (pick.title, pick.variant))), width=width, bold=True)
        self.pdf.set_x(self.margin + 8)
        named = ", ".join(pick.orders[:_NAMED]) + (" …" if len(pick.orders) > _NAMED else "")
        self.say("  ".join(filter(None, (pick.sku, named))), width=width, size=0.85, grey=True)
        bottom = self.pdf.get_y()
        self.pdf.set_xy(self.width - self.margin - 20, top)
        self.pdf.set_font("cjk", "B", 14)
        self.pdf.set_text_color(0)
        self.pdf.cell(20, 7, printable(str(pick.units)), align="R")
        self.pdf.set_xy(self.margin, max(bottom, top + 7) + 2)
