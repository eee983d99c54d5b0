"""What can be put right about one order: where it goes, and a shipment that was written down wrongly."""

from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from core.commerce.checkout.address_freight import FreightElsewhere, freight_elsewhere
from core.commerce.fulfilment.carriers import carrier_choices
from core.commerce.fulfilment.queries import ShipmentView, shipments_of
from core.commerce.fulfilment.shipment_corrections import correct_shipment, undo_shipment
from core.commerce.orders.address_changes import LONGEST, change_address
from core.commerce.orders.errors import AddressIsFixed
from core.commerce.orders.queries import OrderView
from core.commerce.orders.queries import order as order_of_id
from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope, require
from core.rendering.console.forms import Form
from core.rendering.console.parts import Toast
from core.web.console.answers import go, show

blueprint = Blueprint("console_corrections", __name__)


def _text(label: str, *, half: bool = False, needed: bool = False) -> fields.String:
    told = {"label": label, "widget": "text"} | ({"width": "half"} if half else {})
    if needed:
        return fields.String(required=True, validate=validate.Length(1, LONGEST), metadata=told)
    return fields.String(load_default="", validate=validate.Length(0, LONGEST), metadata=told)


class AddressSchema(Schema):
    """Where an order goes."""

    name = _text(N_("Receiver"), half=True, needed=True)
    phone = _text(N_("Phone"), half=True)
    region = _text(N_("Region"), half=True)
    city = _text(N_("City"), half=True)
    district = _text(N_("District"), half=True)
    postcode = _text(N_("Postcode"), half=True)
    line1 = _text(N_("Street address"), needed=True)
    line2 = _text(N_("More about the address"))


class NumberSchema(Schema):
    """Which parcel it really is."""

    carrier = fields.String(
        required=True, metadata={"label": N_("Carrier"), "widget": "select", "width": "half"}
    )
    tracking_number = fields.String(
        load_default="",
        validate=validate.Length(0, 80),
        metadata={"label": N_("Tracking number"), "width": "half"},
    )


@blueprint.before_request
def shippers_only() -> None:
    """Nobody else sees these pages."""
    require("orders.ship")


def _order(ref: str) -> OrderView:
    order_id = as_id(ref)
    found = order_of_id(order_id) if order_id else None
    if found is None:
        raise NotFound
    return found


@blueprint.route("/<ref>/address", methods=["GET", "POST"])
def address(ref: str) -> Response:
    """Change where an order goes; refused once something has left."""
    found = _order(ref)
    # Who ordered is who receives, unless the address says otherwise.
    known = {name: found.contact.get(name) for name in ("name", "phone")} | {**found.address}
    values = {name: str(known.get(name) or "") for name in AddressSchema().fields}
    form = Form(AddressSchema(), values=values)
    if request.method == "POST":
        data = form.submit(request.form)
        elsewhere = freight_elsewhere(found.id, data) if data is not None else None
        if elsewhere is not None and elsewhere.matters and request.form.get("_decided") != elsewhere.mark:
            return _form_page(found, form, gettext(N_("Delivery address")), 409, elsewhere)
        if data is not None:
            decided = elsewhere.words if elsewhere is not None and elsewhere.matters else ""
            try:
                change_address(order_id=found.id, address=data, remark=decided)
            except InputRefused as error:
                form.refuse(error.fields)
            except AddressIsFixed as error:
                return _back(found, error)
            else:
                return go("console_orders.order", ref=found.id, said=gettext(N_("The address is changed.")))
        return _form_page(found, form, gettext(N_("Delivery address")), 422)
    return _form_page(found, form, gettext(N_("Delivery address")), 200)


def _form_page(
    found: OrderView, form: Form, title: str, status: int, elsewhere: FreightElsewhere | None = None
) -> Response:
    return show("orders/correction", status=status, order=found, form=form, title=title, elsewhere=elsewhere)


def _back(found: OrderView, error: PinpuError) -> Response:
    return go("console_orders.order", ref=found.id, toast=Toast(f"{error.text} {error.fix_text}", tone="bad"))


def _shipment(found: OrderView, shipment_ref: str) -> ShipmentView:
    wanted = as_id(shipment_ref)
    shipment = next((one for one in shipments_of(found.id) if one.id == wanted), None)
    if shipment is None:
        raise NotFound
    return shipment


@blueprint.route("/<ref>/shipments/<shipment_ref>", methods=["GET", "POST"])
def number(ref: str, shipment_ref: str) -> Response:
    """Give a parcel another carrier or number."""
    found = _order(ref)
    shipment = _shipment(found, shipment_ref)
    known = carrier_choices(current_scope().language)
    if shipment.carrier_code not in dict(known):
        known = [(shipment.carrier_code, shipment.carrier), *known]
    values: dict[str, Any] = {"carrier": shipment.carrier_code, "tracking_number": shipment.tracking_number}
    form = Form(NumberSchema(), values=values, choices={"carrier": known})
    title = gettext(N_("Tracking number"))
    if request.method == "GET":
        return _form_page(found, form, title, 200)
    data = form.submit(request.form)
    if data is None:
        return _form_page(found, form, title, 422)
    try:
        correct_shipment(shipment_id=shipment.id, **data)
    except InputRefused as error:
        form.refuse(error.fields)
        return _form_page(found, form, title, 422)
    return go("console_orders.order", ref=found.id, said=gettext(N_("The tracking number is corrected.")))


@blueprint.post("/<ref>/shipments/<shipment_ref>/undo")
def undo(ref: str, shipment_ref: str) -> Response:
    """Take back a shipment that was a mistake."""
    found = _order(ref)
    shipment = _shipment(found, shipment_ref)
    try:
        undo_shipment(shipment_id=shipment.id)
    except PinpuError as error:
        return _back(found, error)
    return go("console_orders.order", ref=found.id, said=gettext(N_("The shipment is undone.")))
