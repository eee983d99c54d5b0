"""What a buyer has said on the checkout page so far: how the goods come, where to, and what plugins asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from core.commerce.checkout.queries import CheckoutView
from core.commerce.customers.queries import AddressView, CustomerFace
from core.commerce.shipping.offers import destination_of, located, position_of, refusal_words
from core.hooks.current import shop_hooks
from core.kernel.ids import as_id
from core.web.storefront.address_forms import (
    Filled,
    home_country,
    is_chinese,
    read_address,
    read_note,
    read_pickup,
)
from core.web.storefront.forms import Typed, typed
from core.web.storefront.frame import Frame

_CHOICE = re.compile(r"([a-z][a-z0-9_]{0,40})\.[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The form as it stands.

    Args:
        delivery: {"kind": "method" | "pickup", "id", "slot", "day", "position"}; empty where nothing is delivered there.
        refused: why the way that the buyer chose is not offered for this address; empty when it is.
        kept: an address of before that was chosen; None for a new one.
        payment: the way to pay that was chosen, as `WayToPay.id`; "" for the first.
    """

    delivery: Mapping[str, str]
    kept: AddressView | None
    ship: Filled
    pickup: Filled
    note: Typed
    choices: Mapping[str, str]
    refused: str = ""
    payment: str = ""

    @property
    def is_pickup(self) -> bool:
        """Whether the buyer comes for the goods."""
        return self.delivery.get("kind") == "pickup"

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong with the fields that count for this way of delivery."""
        note = {"note": self.note.problem} if self.note.problem else {}
        if self.is_pickup:
            return {**self.pickup.problems, **note}
        if self.kept is not None:
            return note
        return {**self.ship.problems, **note}

    def contact(self, customer: CustomerFace | None) -> dict[str, Any]:
        """Who is told about the order; what the form does not ask comes from the log-in."""
        found = self._filled.contact()
        if self.kept is not None and not self.is_pickup:
            found = {"name": self.kept.name, "phone": self.kept.phone}
        if customer is not None:
            found.setdefault("email" if "@" in customer.contact else "phone", customer.contact)
        if self.note.text:
            found["note"] = self.note.text
        return found

    def address(self) -> dict[str, Any]:
        """Where the goods go; empty for pick-up."""
        if self.is_pickup:
            return {}
        if self.kept is not None:
            return address_of(self.kept)
        return self.ship.address()

    @property
    def _filled(self) -> Filled:
        return self.pickup if self.is_pickup else self.ship


def address_of(kept: AddressView) -> dict[str, str]:
    """An address of before, as an order keeps it."""
    names = ("country", "region", "city", "line1", "line2", "postcode")
    return {name: value for name in names if (value := getattr(kept, name))}


def first_wishes(
    checkout: CheckoutView, customer: CustomerFace | None, kept: Sequence[AddressView], frame: Frame
) -> Wishes:
    """What to begin with: the delivery asked for last, and what is known of a buyer who is logged in."""
    values = {}
    if customer is not None:
        values = {"name": customer.name, "email" if "@" in customer.contact else "phone": customer.contact}
    before = checkout.delivery
    ship = Filled({"country": "" if is_chinese() else home_country(), **values})
    first, slot = kept[0] if kept else None, before.get("slot") or {}
    chosen = {
        "slot": f"{slot['id']}/{slot['date']}" if slot else "", "day": str(before.get("day") or ""),
    }  # fmt: skip
    delivery, _refused = _delivery(
        frame, f"{before.get('kind')}:{before.get('id')}", where(first, ship), chosen
    )
    return Wishes(
        delivery=delivery,
        kept=first,
        ship=ship,
        pickup=Filled({name: values[name] for name in ("name", "phone") if name in values}),
        note=Typed(""),
        choices={name: str(value) for name, value in checkout.choices.items()},
    )


def sent_wishes(form: MultiDict[str, str], kept: Sequence[AddressView], frame: Frame) -> Wishes:
    """What the form says, checked; ids of other people's addresses are nobody's."""
    chosen = as_id(form.get("address", ""))
    default = kept[0] if kept and form.get("address") is None else None
    found, ship = next((one for one in kept if one.id == chosen), default), read_address(form)
    wanted = form.get("delivery", "")
    more = {name: typed(form, f"{name}-{wanted}", most=60).text for name in ("slot", "day")}
    more["position"] = typed(form, "position", most=60).text
    delivery, refused = _delivery(frame, wanted, where(found, ship), more)
    return Wishes(
        delivery=delivery,
        kept=found,
        ship=ship,
        pickup=read_pickup(form),
        note=read_note(form),
        choices=_choices(form),
        refused=refused,
        payment=typed(form, "payment", most=80).text,
    )


def where(kept: AddressView | None, ship: Filled) -> dict[str, Any]:
    """The address as far as it is known; empty until a Chinese one has its province."""
    if kept is not None:
        return address_of(kept)
    address = ship.address()
    return {} if address.get("country") == "CN" and not address.get("region") else address


def _delivery(
    frame: Frame, value: str, address: Mapping[str, Any], more: Mapping[str, str]
) -> tuple[dict[str, str], str]:
    """The delivery that `value` ("method:<id>") names, else the first method that comes to the address.

    Nobody is sent to a pick-up point unasked, unless the shop has nothing else: the address could not be corrected then.

    With it, why the named one does not come there. `more`: slot, day and position as the form has them.
    """
    destination, position = destination_of(address), position_of(more.get("position", ""))
    refused = {
        f"method:{one.id}": refusal_words(one, why, located(one, destination, position), 0)
        for one in frame.methods
        if (why := one.rules.refusal(located(one, destination, position))) not in (None, "position_unknown")
    }
    offered = [f"method:{one.id}" for one in frame.methods if f"method:{one.id}" not in refused]
    points = [f"pickup:{one.id}" for one in frame.pickups]
    fallback = offered if frame.methods else points
    found = value if value in (*offered, *points) else next(iter(fallback), "")
    kind, _, chosen = found.partition(":")
    kept = {name: text for name, text in more.items() if text} if found == value else {}
    return ({"kind": kind, "id": chosen, **kept} if found else {}), refused.get(value, "")


def _choices(form: Mapping[str, str]) -> dict[str, str]:
    """Answers to plugins' questions: fields called `<plugin>.<name>` of plugins that the shop has."""
    known = shop_hooks().sets.obligation
    found = {}
    for name in form:
        fits = _CHOICE.fullmatch(name)
        if fits and fits[1] in known:
            found[name] = typed(form, name).text
    return found
