"""Orders as a table that people take home: which columns there are, and a row per order or per kind of goods."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.commerce.fulfilment.queries import ShipmentView
from core.commerce.orders.queries import OrderLineView, OrderView
from core.commerce.orders.tags import TagView
from core.kernel.i18n import N_, gettext
from core.kernel.money import Money, plain_amount
from core.kernel.sheets import Cell
from core.kernel.tenancy import current_scope

STATE_WORDS = {
    "unpaid": N_("Unpaid"),
    "paid": N_("Paid"),
    "partly_refunded": N_("Partly refunded"),
    "refunded": N_("Refunded"),
    "unfulfilled": N_("Not sent"),
    "partial": N_("Partly sent"),
    "fulfilled": N_("Sent"),
    "cancelled": N_("Cancelled"),
    "method": N_("Parcel"),
    "pickup": N_("Pick-up"),
}


@dataclass(frozen=True, slots=True)
class ExportedOrder:
    """An order with what stands beside it; `line` is set where each kind of goods has a row of its own."""

    order: OrderView
    shipments: Sequence[ShipmentView]
    tags: Sequence[TagView]
    line: OrderLineView | None = None

    def money(self, minor: int) -> Decimal:
        """An amount as a number in the order's currency."""
        return Decimal(plain_amount(Money(minor, self.order.currency)))

    @property
    def lines(self) -> Sequence[OrderLineView]:
        """The lines of this row."""
        return (self.line,) if self.line else self.order.lines


def _time(at: datetime | None) -> Cell:
    return at.astimezone(current_scope().zone) if at else None


def _word(key: str) -> str:
    return gettext(STATE_WORDS[key]) if key in STATE_WORDS else key


def _from(name: str, *places: str) -> Callable[[ExportedOrder], Cell]:
    def read(one: ExportedOrder) -> Cell:
        found: Iterable[Mapping[str, Any]] = (getattr(one.order, place) for place in places)
        return next((str(place[name]) for place in found if place.get(name)), "")

    return read


def _goods(one: ExportedOrder) -> str:
    return "; ".join(
        f"{line.title} {line.variant_title}".strip() + f" × {line.quantity}" for line in one.lines
    )


def _sending(one: ExportedOrder) -> str:
    return _word("cancelled" if one.order.lifecycle == "cancelled" else one.order.fulfilment)


def _numbers(one: ExportedOrder) -> str:
    return "; ".join(sent.tracking_number for sent in one.shipments if sent.tracking_number)


def _street(one: ExportedOrder) -> str:
    parts = (one.order.address.get("line1"), one.order.address.get("line2"))
    return " ".join(str(part) for part in parts if part)


# Key → (msgid of its name, value). Amounts are numbers in the order's currency, times in the shop's zone.
COLUMNS: Mapping[str, tuple[str, Callable[[ExportedOrder], Cell]]] = {
    "number": (N_("Order"), lambda one: one.order.number),
    "placed_at": (N_("Placed"), lambda one: _time(one.order.placed_at)),
    "paid_at": (N_("Paid at"), lambda one: _time(one.order.paid_at)),
    "payment": (N_("Payment"), lambda one: _word(one.order.financial)),
    "sending": (N_("Delivery status"), _sending),
    "tags": (N_("Tags"), lambda one: ", ".join(tag.name for tag in one.tags)),
    "buyer": (N_("Buyer"), _from("name", "contact")),
    "phone": (N_("Phone"), _from("phone", "contact")),
    "email": (N_("E-mail"), _from("email", "contact")),
    "note": (N_("Message from the buyer"), _from("note", "contact")),
    "delivery": (N_("Delivery"), lambda one: _word(str(one.order.delivery.get("kind", "")))),
    "receiver": (N_("Receiver"), _from("name", "address", "contact")),
    "receiver_phone": (N_("Receiver's phone"), _from("phone", "address", "contact")),
    "region": (N_("Region"), _from("region", "address")),
    "city": (N_("City"), _from("city", "address")),
    "district": (N_("District"), _from("district", "address")),
    "street": (N_("Street address"), _street),
    "postcode": (N_("Postcode"), _from("postcode", "address")),
    "country": (N_("Country"), _from("country", "address")),
    "goods": (N_("Goods"), _goods),
    "sku": (N_("SKU"), lambda one: "; ".join(line.sku for line in one.lines if line.sku)),
    "units": (N_("Pieces"), lambda one: sum(line.quantity for line in one.lines)),
    "to_ship": (N_("Left to ship"), lambda one: sum(max(line.to_ship, 0) for line in one.lines)),
    "net": (N_("Paid for these goods"), lambda one: one.money(sum(line.net_minor for line in one.lines))),
    "discount": (N_("Discount of the order"), lambda one: one.money(one.order.discount_minor)),
    "shipping": (N_("Freight of the order"), lambda one: one.money(one.order.shipping_minor)),
    "total": (N_("Total of the order"), lambda one: one.money(one.order.total_minor)),
    "refunded": (N_("Refunded of the order"), lambda one: one.money(one.order.refunded_minor)),
    "currency": (N_("Currency"), lambda one: one.order.currency),
    "carrier": (N_("Carrier"), lambda one: "; ".join(filter(None, (sent.carrier for sent in one.shipments)))),
    "tracking": (N_("Tracking number"), _numbers),
    "shipped_at": (N_("Sent at"), lambda one: _time(one.shipments[-1].shipped_at) if one.shipments else None),
}  # fmt: skip
# What is chosen before anybody chooses.
USUAL = ("number", "placed_at", "payment", "sending", "receiver", "receiver_phone", "region", "city", "district",
         "street", "goods", "units", "total", "note", "carrier", "tracking")  # fmt: skip


def chosen_columns(keys: Sequence[str]) -> list[str]:
    """The known ones of `keys` in the table's own order; the usual ones when none is known."""
    return [key for key in COLUMNS if key in keys] or list(USUAL)


def export_header(keys: Sequence[str]) -> list[str]:
    """The names of the columns in the reader's language."""
    return [gettext(COLUMNS[key][0]) for key in keys]


def export_rows(
    orders: Iterable[ExportedOrder], keys: Sequence[str], *, per_line: bool
) -> Iterator[list[Cell]]:
    """A row per order, or per line of each order."""
    for one in orders:
        rows = [ExportedOrder(one.order, one.shipments, one.tags, line) for line in one.order.lines]
        for row in rows if per_line else [one]:
            yield [COLUMNS[key][1](row) for key in keys]
