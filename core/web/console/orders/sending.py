"""The form that sends an order: carrier, number, and how many units of each line go into this parcel."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from core.commerce.fulfilment.actions import LONGEST_CARRIER, LONGEST_NUMBER, hand_over_order, ship_order
from core.commerce.fulfilment.carriers import CARRIERS, OWN_DELIVERY, carrier_choices
from core.commerce.orders.queries import OrderView
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id, new_id
from core.kernel.tenancy import current_scope
from core.rendering.console.forms import Form

OTHER = "other"
_NUMBERED = [*(carrier.code for carrier in CARRIERS), OTHER]


class ParcelSchema(Schema):
    """Who carries the parcel."""

    carrier = fields.String(
        required=True, metadata={"label": N_("Carrier"), "widget": "select", "width": "half"}
    )
    other_carrier = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_CARRIER),
        metadata={"label": N_("Name of the carrier"), "visible_if": {"carrier": [OTHER]}, "width": "half"},
    )
    tracking_number = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_NUMBER),
        metadata={"label": N_("Tracking number"), "visible_if": {"carrier": _NUMBERED}, "width": "half"},
    )


def units_field(place: int) -> str:
    """The name of the field that counts units of the line at `place`."""
    return f"units_{place}"


def with_units(schema: type[Schema], most_of: list[int]) -> Schema:
    """The schema with one whole number per line, from 0 to the most of it."""
    counts: dict[str, fields.Field[Any]] = {
        units_field(place): fields.Integer(
            load_default=0, validate=validate.Range(0, most), metadata={"label": N_("Units")}
        )
        for place, most in enumerate(most_of)
    }
    made: type[Schema] = type(f"{schema.__name__}WithUnits", (schema,), counts)
    return made()


def sending_form(order: OrderView) -> Form:
    """The form for everything that is left to send, or to hand over at a pick-up point.

    Units are bounded by what was sold: that a colleague sent them meanwhile is for the action to say.
    """
    pickup = order.delivery.get("kind") == "pickup"
    left = [max(line.to_ship, 0) for line in order.lines]
    language = current_scope().language
    choices = [*carrier_choices(language), (OTHER, gettext(N_("Another carrier")))]
    return Form(
        with_units(Schema if pickup else ParcelSchema, [line.quantity for line in order.lines]),
        values={units_field(place): units for place, units in enumerate(left)} | {"carrier": choices[0][0]},
        choices={} if pickup else {"carrier": choices},
    )


def chosen_units(order: OrderView, data: Mapping[str, Any]) -> dict[str, int]:
    """Line key → units, of what a form loaded."""
    counted = {line.key: int(data.get(units_field(place)) or 0) for place, line in enumerate(order.lines)}
    return {key: units for key, units in counted.items() if units}


def send(order: OrderView, data: Mapping[str, Any], request_id: str) -> UUID:
    """Do what the form says; `request_id` makes a double click one shipment. Raises what the action raises."""
    shipment_id, units = as_id(request_id) or new_id(), chosen_units(order, data)
    if order.delivery.get("kind") == "pickup":
        return hand_over_order(order_id=order.id, units=units, shipment_id=shipment_id)
    carrier = data.get("other_carrier", "") if data["carrier"] == OTHER else data["carrier"]
    # A name of one's own never becomes the code of a known carrier by accident.
    if data["carrier"] == OTHER and carrier in {*_NUMBERED, OWN_DELIVERY}:
        carrier = carrier.upper()
    return ship_order(
        order_id=order.id,
        units=units,
        carrier=carrier,
        tracking_number=data.get("tracking_number", ""),
        shipment_id=shipment_id,
    )


def parcel_errors(found: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What the action refused, under the names of this form's fields."""
    names = {"carrier": "other_carrier"} if data["carrier"] == OTHER else {}
    return {names.get(name, name): messages for name, messages in found.items()}
