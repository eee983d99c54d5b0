"""What a buyer has said on the checkout page so far: how the goods come, where to, and what plugins asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from core.commerce.checkout.queries import CheckoutView
from core.commerce.customers.queries import AddressView, CustomerFace
from core.hooks.current import shop_hooks
from core.kernel.ids import as_id
from core.web.storefront.address_forms import Filled, read_address, read_note, read_pickup
from core.web.storefront.forms import Typed, typed
from core.web.storefront.frame import Frame

_CHOICE = re.compile(r"([a-z][a-z0-9_]{0,40})\.[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The form as it stands.

    Args:
        delivery: {"kind": "method" | "pickup", "id"}; empty where the shop has no way to deliver.
        kept: an address of before that was chosen; None for a new one.
    """

    delivery: Mapping[str, str]
    kept: AddressView | None
    ship: Filled
    pickup: Filled
    note: Typed
    choices: Mapping[str, str]

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
            names = ("country", "region", "city", "line1", "line2", "postcode")
            return {name: value for name in names if (value := getattr(self.kept, name))}
        return self.ship.address()

    @property
    def _filled(self) -> Filled:
        return self.pickup if self.is_pickup else self.ship


def first_wishes(
    checkout: CheckoutView, customer: CustomerFace | None, kept: Sequence[AddressView], frame: Frame
) -> Wishes:
    """What to begin with: the delivery asked for last, and what is known of a buyer who is logged in."""
    values = {}
    if customer is not None:
        values = {"name": customer.name, "email" if "@" in customer.contact else "phone": customer.contact}
    return Wishes(
        delivery=_delivery(frame, f"{checkout.delivery.get('kind')}:{checkout.delivery.get('id')}"),
        kept=kept[0] if kept else None,
        ship=Filled(values),
        pickup=Filled({name: values[name] for name in ("name", "phone") if name in values}),
        note=Typed(""),
        choices={name: str(value) for name, value in checkout.choices.items()},
    )


def sent_wishes(form: MultiDict[str, str], kept: Sequence[AddressView], frame: Frame) -> Wishes:
    """What the form says, checked; ids of other people's addresses are nobody's."""
    chosen = as_id(form.get("address", ""))
    default = kept[0] if kept and form.get("address") is None else None
    return Wishes(
        delivery=_delivery(frame, form.get("delivery", "")),
        kept=next((one for one in kept if one.id == chosen), default),
        ship=read_address(form),
        pickup=read_pickup(form),
        note=read_note(form),
        choices=_choices(form),
    )


def _delivery(frame: Frame, value: str) -> dict[str, str]:
    """The delivery that `value` ("method:<id>") names, else the shop's first one."""
    offered = [("method", str(one.id)) for one in frame.methods] + [
        ("pickup", str(one.id)) for one in frame.pickups
    ]
    kind, _, wanted = value.partition(":")
    found = (kind, wanted) if (kind, wanted) in offered else next(iter(offered), None)
    return {"kind": found[0], "id": found[1]} if found else {}


def _choices(form: Mapping[str, str]) -> dict[str, str]:
    """Answers to plugins' questions: fields called `<plugin>.<name>` of plugins that the shop has."""
    known = shop_hooks().sets.obligation
    found = {}
    for name in form:
        fits = _CHOICE.fullmatch(name)
        if fits and fits[1] in known:
            found[name] = typed(form, name).text
    return found
