"""Routes of the shop's settings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from core.commerce.shipping.actions import (
    reorder_methods,
    reorder_pickup_points,
    save_method,
    save_pickup_point,
)
from core.commerce.shipping.queries import StoredMethod, StoredPoint, stored_methods, stored_points
from core.commerce.shops.actions import update_shop
from core.commerce.shops.queries import shop_settings
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.money import Money
from core.kernel.tenancy import current_scope, require
from core.rendering.console.forms import Form
from core.web.console.answers import go, show
from core.web.console.settings.schemas import MethodSchema, PointSchema, ShopSchema

blueprint = Blueprint("console_settings", __name__)
PERMISSION = "shop.edit"


@blueprint.before_request
def owners_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


@blueprint.route("/", methods=["GET", "POST"])
def shop() -> Response:
    """What the shop says, and how goods reach the buyers."""
    stored = shop_settings()
    values = {
        **{name: getattr(stored, name) for name in ("name", "tagline", "announcement")},
        **{name: stored.contact.get(name, "") for name in ("email", "phone", "hours")},
        "payment_window": stored.payment_window * 60,
    }
    form = Form(ShopSchema(), values=values)
    if request.method == "POST":
        data = form.submit(request.form)
        if data is None:
            return _shop_page(form, 422)
        update_shop(changes=_changes(data, stored.contact))
        return go("console_settings.shop", said=gettext(N_("The settings are saved.")))
    return _shop_page(form, 200)


def _changes(data: Mapping[str, Any], contact: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: data[name] or "" for name in ("email", "phone", "hours")}
    return {
        **{name: data[name] for name in ("name", "tagline", "announcement")},
        "contact": {**contact, **said},
        "payment_window": int(data["payment_window"].total_seconds()) // 60,
    }


def _shop_page(form: Form, status: int) -> Response:
    return show(
        "settings/shop",
        status=status,
        form=form,
        methods=[(one, _fee(one.fee_minor), _fee(one.free_from_minor)) for one in stored_methods()],
        points=stored_points(),
    )


def _fee(minor: int | None) -> Money | None:
    return None if minor is None else Money(minor, current_scope().currency)


@blueprint.route("/methods/<ref>", methods=["GET", "POST"])
def method(ref: str) -> Response:
    """One way to send; "new" makes one."""
    found = _one_of(stored_methods(), ref)
    form = Form(MethodSchema(), values=_values(found, MethodSchema))
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            free_from = data["free_from_minor"]
            save_method(
                method_id=found.id if found else None,
                name=data["name"],
                note=data["note"],
                fee_minor=data["fee_minor"].minor,
                free_from_minor=None if free_from is None else free_from.minor,
                active=data["active"],
            )
            return go("console_settings.shop", said=gettext(N_("“%(name)s” is saved."), name=data["name"]))
    title = found.name if found else gettext(N_("New way to send"))
    return show("settings/one", status=422 if request.method == "POST" else 200, form=form, title=title)


@blueprint.route("/points/<ref>", methods=["GET", "POST"])
def point(ref: str) -> Response:
    """One pick-up point; "new" makes one."""
    found = _one_of(stored_points(), ref)
    form = Form(PointSchema(), values=_values(found, PointSchema))
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            save_pickup_point(point_id=found.id if found else None, **data)
            return go("console_settings.shop", said=gettext(N_("“%(name)s” is saved."), name=data["name"]))
    title = found.name if found else gettext(N_("New pick-up point"))
    return show("settings/one", status=422 if request.method == "POST" else 200, form=form, title=title)


def _one_of(rows: Sequence[Any], ref: str) -> Any:
    """The row with this id; None for a new one. Raises NotFound."""
    if ref == "new":
        return None
    found = next((row for row in rows if row.id == as_id(ref)), None)
    if found is None:
        raise NotFound
    return found


def _values(
    found: StoredMethod | StoredPoint | None, schema: type[MethodSchema] | type[PointSchema]
) -> dict[str, Any]:
    names = schema().fields
    return {name: getattr(found, name) for name in names} if found else {}


@blueprint.post("/methods/<ref>/move")
def move_method(ref: str) -> Response:
    """One place up or down."""
    return _move([one.id for one in stored_methods()], ref, lambda ids: reorder_methods(method_ids=ids))


@blueprint.post("/points/<ref>/move")
def move_point(ref: str) -> Response:
    """One place up or down."""
    return _move([one.id for one in stored_points()], ref, lambda ids: reorder_pickup_points(point_ids=ids))


def _move(ids: list[UUID], ref: str, reorder: Callable[[list[UUID]], None]) -> Response:
    wanted = as_id(ref)
    if wanted not in ids or request.form.get("to") not in ("up", "down"):
        raise NotFound
    reorder(moved(ids, wanted, up=request.form["to"] == "up"))
    return go("console_settings.shop")


def moved(ids: Sequence[UUID], wanted: UUID, *, up: bool) -> list[UUID]:
    """`ids` with `wanted` one place further up or down; at an end it stays."""
    place = ids.index(wanted)
    other = min(max(place + (-1 if up else 1), 0), len(ids) - 1)
    order = list(ids)
    order[place], order[other] = order[other], order[place]
    return order
