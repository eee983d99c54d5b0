"""Routes about orders; the work is in the rooms' actions, the words in the modules beside this one."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request
from marshmallow import Schema, fields, validate

from core.commerce.fulfilment.order_lists import orders_page
from core.commerce.orders.actions import add_staff_note
from core.commerce.orders.console_queries import order_id_of_number
from core.commerce.orders.errors import OrderNotCancellable, OrderNotShippable
from core.commerce.payments.actions.refund import cancel_order, retry_refund
from core.commerce.payments.queries import refunds_of
from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id, new_id
from core.kernel.tenancy import require
from core.rendering.console.forms import Form
from core.rendering.console.tables import IndexPage, IndexState
from core.web.console.aftersale.on_order import cases_on_order
from core.web.console.answers import go, go_to, show
from core.web.console.orders.detail import (
    OrderDetail,
    address_lines,
    head_actions,
    order_detail,
    placed_fact,
    why_not_shippable,
)
from core.web.console.orders.listing import filters_of, listed, orders_spec
from core.web.console.orders.refunding import (
    NothingToRefund,
    ShownPreview,
    chosen_first,
    give_back,
    refund_form,
    shipping_left,
    shown_preview,
)
from core.web.console.orders.sending import parcel_errors, send, sending_form
from core.web.console.panels import sample_offers
from core.web.console.shell import ORDERS_TO_SHIP, menu_statements

blueprint = Blueprint("console_orders", __name__)


class NoteSchema(Schema):
    """A staff member's own words about an order."""

    text = fields.String(
        required=True, validate=validate.Length(1, 2000), metadata={"label": N_("Note"), "widget": "text"}
    )


@blueprint.get("/")
def index() -> Response:
    """The list of orders."""
    spec = orders_spec()
    state = IndexState.from_args(request.args, spec)
    found = orders_page(
        view=state.view,
        search=state.q,
        filters=filters_of(state),
        sort=state.sort,
        limit=state.size,
        offset=state.offset,
        also={name: one for name, one in menu_statements().items() if name != ORDERS_TO_SHIP},
    )
    for name, number in {ORDERS_TO_SHIP: found.counts["to_ship"], **found.also}.items():
        setattr(g, name, number)
    if not found.rows and found.total and state.page > 1:
        last = -(-found.total // state.size)
        return go_to(f"{request.path}{state.query(page=last)}")
    page = IndexPage(
        spec, state, listed(found.rows), found.total, found.counts, most_counted=found.most_counted
    )
    return show("orders/index", page=page, samples=sample_offers(found.counts))


@blueprint.get("/<ref>")
def order(ref: str) -> Response:
    """One order, by its id; its number leads there."""
    order_id = as_id(ref)
    if order_id is None:
        found = order_id_of_number(ref) if len(ref) <= 40 and "\x00" not in ref else None
        if found is None:
            raise NotFound
        return go("console_orders.order", ref=found)
    return _page(order_detail(order_id))


def _page(
    detail: OrderDetail,
    *,
    status: int = 200,
    note: Form | None = None,
    sending: Form | None = None,
    refunding: Form | None = None,
    preview: ShownPreview | None = None,
    request_id: str = "",
    problem: PinpuError | None = None,
) -> Response:
    return show(
        "orders/order",
        status=status,
        detail=detail,
        cases=cases_on_order(detail.order.id),
        order=detail.order,
        actions=head_actions(detail),
        placed=placed_fact(detail.order.placed_at),
        address=address_lines(detail.order.address),
        note=note or Form(NoteSchema()),
        sending=sending,
        refunding=refunding,
        preview=preview,
        shipping_left=shipping_left(detail.order),
        request_id=request_id or str(new_id()),
        problem=problem,
    )


def _detail(ref: str) -> OrderDetail:
    order_id = as_id(ref)
    if order_id is None:
        raise NotFound
    return order_detail(order_id)


@blueprint.post("/<ref>/notes")
def add_note(ref: str) -> Response:
    """Put a note on the timeline."""
    detail, form = _detail(ref), Form(NoteSchema())
    require("orders.note")
    data = form.submit(request.form)
    if data is None:
        return _page(detail, status=422, note=form)
    add_staff_note(order_id=detail.order.id, text=data["text"])
    return go("console_orders.order", ref=detail.order.id, said=gettext(N_("The note is on the timeline.")))


@blueprint.route("/<ref>/ship", methods=["GET", "POST"])
def ship(ref: str) -> Response:
    """Send units of an order, or hand them over."""
    detail = _detail(ref)
    require("orders.ship")
    form = sending_form(detail.order)
    if request.method == "GET":
        return _page(detail, sending=None if why_not_shippable(detail) else form)
    request_id = request.form.get("_request", "")
    if as_id(request_id) in {shipment.id for shipment in detail.shipments}:
        return _shipped(detail)
    data = form.submit(request.form)
    if why_not_shippable(detail):
        return _conflict(ref, OrderNotShippable())
    if data is None:
        return _page(detail, status=422, sending=form, request_id=request_id)
    try:
        send(detail.order, data, request_id)
    except InputRefused as error:
        form.refuse(parcel_errors(error.fields, data))
        return _page(detail, status=422, sending=form, request_id=request_id)
    except PinpuError as error:
        return _conflict(ref, error, sending=form)
    return _shipped(detail)


def _shipped(detail: OrderDetail) -> Response:
    said = N_("Handed over.") if detail.is_pickup else N_("The parcel is on its way.")
    return go("console_orders.order", ref=detail.order.id, said=gettext(said))


def _conflict(
    ref: str,
    error: PinpuError,
    *,
    sending: Form | None = None,
    refunding: Form | None = None,
    chosen: Mapping[str, Any] | None = None,
) -> Response:
    """Somebody was faster, or something else stands in the way: the order as it is now, with the reason on top."""
    fresh = _detail(ref)
    refundable = refunding is not None and fresh.can_refund
    return _page(
        fresh,
        status=409,
        sending=None if why_not_shippable(fresh) else sending,
        refunding=refunding if refundable else None,
        preview=shown_preview(fresh.order, fresh.priced, chosen) if refundable and chosen else None,
        problem=error,
    )


@blueprint.route("/<ref>/refund", methods=["GET", "POST"])
def refund(ref: str) -> Response:
    """Choose what to give back, see exactly what that is, and confirm it."""
    detail = _detail(ref)
    require("orders.refund")
    form = refund_form(detail.order)
    if request.method == "GET":
        return _asked_refund(detail, form)
    request_id = request.form.get("_request", "")
    if f"request:{as_id(request_id)}" in {one.view.cause for one in detail.refunds}:
        return _refunded(detail)
    data = form.submit(request.form)
    if not detail.can_refund:
        return _conflict(ref, NothingToRefund())
    if data is None:
        return _page(detail, status=422, refunding=form, request_id=request_id)
    try:
        give_back(detail.order, data, confirmed=request.form.get("_confirmed", ""), request_id=request_id)
    except PinpuError as error:
        return _conflict(ref, error, refunding=form, chosen=data)
    return _refunded(detail)


def _refunded(detail: OrderDetail) -> Response:
    return go("console_orders.order", ref=detail.order.id, said=gettext(N_("The refund is on its way.")))


def _asked_refund(detail: OrderDetail, form: Form) -> Response:
    """The page with the form open; without a script, what was chosen comes with the address."""
    if not detail.can_refund:
        return _page(detail)
    data = form.submit(request.args) if request.args else chosen_first(form)
    if data is None:
        return _page(detail, status=422, refunding=form)
    return _page(detail, refunding=form, preview=shown_preview(detail.order, detail.priced, data))


@blueprint.get("/<ref>/refund/preview")
def preview(ref: str) -> Response:
    """The part of the page that says what the refund would give back."""
    detail = _detail(ref)
    require("orders.refund")
    form = refund_form(detail.order)
    data = form.submit(request.args)
    shown = shown_preview(detail.order, detail.priced, data) if data is not None else None
    return show("orders/_refund_preview", order=detail.order, form=form, preview=shown)


@blueprint.post("/<ref>/cancel")
def cancel(ref: str) -> Response:
    """Close an order that has not shipped; its money goes back."""
    detail = _detail(ref)
    try:
        cancel_order(order_id=detail.order.id)
    except OrderNotCancellable as error:
        return _conflict(ref, error)
    return go("console_orders.order", ref=detail.order.id, said=gettext(N_("The order is cancelled.")))


@blueprint.post("/<ref>/refunds/<refund_ref>/retry")
def retry(ref: str, refund_ref: str) -> Response:
    """Let a refused refund be tried again."""
    order_id, refund_id = as_id(ref), as_id(refund_ref)
    if order_id is None or refund_id is None or refund_id not in {one.id for one in refunds_of(order_id)}:
        raise NotFound
    retry_refund(refund_id=refund_id)
    return go("console_orders.order", ref=order_id, said=gettext(N_("The refund is tried again.")))
