"""Where an order goes can be corrected until something has left."""

import unicodedata
from collections.abc import Mapping
from uuid import UUID

from core.commerce.orders.actions import lock_orders, note
from core.commerce.orders.errors import AddressIsFixed
from core.commerce.orders.models import Order
from core.kernel.command import command
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext

FIELDS = ("name", "phone", "region", "city", "district", "line1", "line2", "postcode")
LONGEST = 200


def address_can_change(order: Order) -> bool:
    """Whether nothing has left yet and something is to be sent."""
    return (
        order.lifecycle == "placed" and order.fulfilment == "unfulfilled" and order.delivery_kind != "pickup"
    )


@command("orders.ship")
def change_address(*, order_id: UUID, address: Mapping[str, str], remark: str = "") -> None:
    """Send an order elsewhere: `address` has the fields in FIELDS; what the buyer paid stays as it is.

    `remark` is kept beside it for the staff: what somebody was told and decided about.

    Raises AddressIsFixed, InputRefused, NotFound.
    """
    found = lock_orders([order_id])
    if not found:
        raise NotFound
    order = found[0]
    if not address_can_change(order):
        raise AddressIsFixed
    tidy = {name: _tidy(str(address.get(name) or "")) for name in FIELDS}
    _refuse_unfit(tidy)
    before = dict(order.address)
    changed = before | tidy
    changed = {name: value for name, value in changed.items() if value}
    if changed == before:
        return
    order.address = changed
    note(
        order_id=order_id,
        kind="address_changed",
        text=N_("The delivery address was changed to: %(address)s"),
        params={"address": _one_line(changed), "before": _one_line(before)},
    )
    if remark:
        said = N_("The address was changed all the same: %(remark)s")
        note(order_id=order_id, kind="note", text=said, params={"remark": remark}, public=False)


def _refuse_unfit(tidy: Mapping[str, str]) -> None:
    wrong = {
        name: [gettext(N_("Write at most %(most)s ordinary characters."), most=LONGEST)]
        for name, value in tidy.items()
        if len(value) > LONGEST
    }
    wrong |= {name: [gettext(N_("Please fill this in."))] for name in ("name", "line1") if not tidy[name]}
    if wrong:
        raise InputRefused(wrong)


def _one_line(address: Mapping[str, str]) -> str:
    return " ".join(str(address[name]) for name in FIELDS if address.get(name))


def _tidy(text: str) -> str:
    kept = "".join(
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] != "C"
    )
    return " ".join(kept.split())
