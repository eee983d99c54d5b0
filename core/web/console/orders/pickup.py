"""The counter of a pick-up point, on a phone: a code is scanned or typed, the order appears, the goods change hands."""

from flask import Blueprint, Response, request

from core.commerce.fulfilment.actions import hand_over_order
from core.commerce.fulfilment.errors import TooManyGuesses, UnknownPickupCode
from core.commerce.fulfilment.pickup_codes import order_of_pickup_code
from core.commerce.fulfilment.queries import shipments_of
from core.commerce.orders.queries import order as order_of_id
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id, new_id
from core.kernel.tenancy import require
from core.web.console.answers import go, show

blueprint = Blueprint("console_pickup", __name__)


@blueprint.before_request
def shippers_only() -> None:
    """Nobody else sees these pages."""
    require("orders.ship")


@blueprint.get("/")
def index() -> Response:
    """Ask for a code."""
    return _index()


def _index(problem: PinpuError | None = None, code: str = "") -> Response:
    return show(
        "orders/pickup", status=200 if problem is None else problem.status, problem=problem, code=code
    )


@blueprint.post("/")
def find() -> Response:
    """The order that a code means."""
    code = request.form.get("code", "")[:80]
    try:
        order_id = order_of_pickup_code(code)
    except (UnknownPickupCode, TooManyGuesses) as error:
        return _index(error, code)
    return go("console_pickup.order", ref=order_id)


@blueprint.get("/<ref>")
def order(ref: str) -> Response:
    """What is to be handed over."""
    return _order(ref)


def _order(ref: str, problem: PinpuError | None = None) -> Response:
    order_id = as_id(ref)
    found = order_of_id(order_id) if order_id else None
    if found is None or found.delivery.get("kind") != "pickup":
        raise NotFound
    return show(
        "orders/pickup_order",
        status=200 if problem is None else problem.status,
        order=found,
        given=shipments_of(found.id),
        problem=problem,
        request_id=str(new_id()),
    )


@blueprint.post("/<ref>")
def hand_over(ref: str) -> Response:
    """Everything that is left changes hands; a double click does it once."""
    order_id = as_id(ref)
    found = order_of_id(order_id) if order_id else None
    if found is None or found.delivery.get("kind") != "pickup":
        raise NotFound
    units = {line.key: line.to_ship for line in found.lines if line.to_ship > 0}
    if as_id(request.form.get("_request", "")) in {one.id for one in shipments_of(found.id)}:
        return go("console_pickup.index", said=gettext(N_("Handed over.")))
    try:
        hand_over_order(order_id=found.id, units=units, shipment_id=as_id(request.form.get("_request", "")))
    except PinpuError as error:
        return _order(ref, error)
    said = gettext(N_("%(order)s is handed over. Next one, please."), order=found.number)
    return go("console_pickup.index", said=said)
