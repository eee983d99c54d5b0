"""Routes of delivery: methods with their zones, local delivery with its slots, pick-up points, and a box to try."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response, request, url_for

from core.commerce.shipping.actions import (
    remove_slot,
    reorder_methods,
    reorder_pickup_points,
    save_method,
    save_pickup_point,
    save_slots,
)
from core.commerce.shipping.queries import (
    StoredMethod,
    point_of,
    slots_by_method,
    stored_methods,
    stored_points,
)
from core.commerce.shipping.slots import slot_dates
from core.commerce.shops.opening import Opening
from core.commerce.shops.opening_words import weekday_name
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope
from core.rendering.console.forms import Form
from core.rendering.console.rearranging import moved
from core.web.console.answers import go, show
from core.web.console.settings.blueprint import blueprint, settings_tabs
from core.web.console.settings.delivery_rows import method_row, point_row, slot_rows, tried
from core.web.console.settings.delivery_schemas import (
    DAYS,
    LocalSchema,
    MethodSchema,
    OneSlotSchema,
    PointSchema,
    SlotSchema,
    TrySchema,
)
from core.web.console.settings.hours_forms import week_of, week_values

_SAVED = N_("“%(name)s” is saved.")


@blueprint.get("/delivery")
def delivery() -> Response:
    """Every way in which goods reach buyers, and what one of them would be offered."""
    methods, points = stored_methods(), stored_points()
    slots = slots_by_method()
    asked = any(name in request.args for name in ("place", "grams", "district", "position"))
    form = Form(TrySchema())
    found = form.submit(request.args) if asked else None
    return show(
        "settings/delivery",
        tabs=settings_tabs(),
        parcels=[method_row(one) for one in methods if one.kind == "parcel"],
        locals=[method_row(one, slots.get(one.id, ())) for one in methods if one.kind == "local"],
        points=[point_row(one) for one in points],
        form=form,
        offers=tried(found) if found is not None else None,
    )


@blueprint.route("/methods/<ref>", methods=["GET", "POST"])
def method(ref: str) -> Response:
    """One way to send parcels; "new" makes one."""
    found = _one_of([one for one in stored_methods() if one.kind == "parcel"], ref)
    form = Form(MethodSchema(), values=_method_values(found) if found else {})
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None and _rules_fit(form, data):
            save_method(
                method_id=found.id if found else None,
                name=data["name"],
                note=data["note"],
                fee_minor=data["fee_minor"].minor,
                free_from_minor=_minor(data["free_from_minor"]),
                active=data["active"],
                rules=_rules(data),
            )
            return go("console_settings.delivery", said=gettext(_SAVED, name=data["name"]))
    title = found.name if found else gettext(N_("New way to send"))
    return _editor(form, title)


def _editor(form: Form, title: str, **more: Any) -> Response:
    status = 422 if request.method == "POST" else 200
    return show("settings/one", status=status, form=form, title=title, **more)


def _minor(money: Any) -> int | None:
    return None if money is None else int(money.minor)


def _rules_fit(form: Form, data: Mapping[str, Any]) -> bool:
    if data["listed_only"] and not data["zones"]:
        form.refuse({"listed_only": [gettext(N_("Add the zones that you deliver to, or switch this off."))]})
    return not form.errors


def _rules(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of the form a method keeps as rules; nothing for one flat fee everywhere."""
    by_steps = data["by"] != "order"
    rules: dict[str, Any] = {}
    if by_steps:
        rules = {"by": data["by"], "first": data["first"], "step": data["step"]}
        rules["step_fee"] = _minor(data["step_fee"]) or 0
    if data["zones"]:
        rules["zones"] = [
            {
                "places": one["places"],
                "fee": one["fee"].minor,
                "step_fee": (_minor(one["step_fee"]) or 0) if by_steps else 0,
                "free_from": _minor(one["free_from"]),
            }
            for one in data["zones"]
        ]
    if data["excluded"]:
        rules["excluded"] = data["excluded"]
    if data["listed_only"]:
        rules["listed_only"] = True
    return rules


def _method_values(found: StoredMethod) -> dict[str, Any]:
    plain = {
        name: getattr(found, name) for name in ("name", "note", "fee_minor", "free_from_minor", "active")
    }
    rules = {name: found.rules[name] for name in found.rules if name in MethodSchema().fields}
    return {**plain, **rules}


@blueprint.route("/local/<ref>", methods=["GET", "POST"])
def local(ref: str) -> Response:
    """One local delivery with its slots; "new" makes one."""
    found = _one_of([one for one in stored_methods() if one.kind == "local"], ref)
    form = Form(LocalSchema(), values=_local_values(found) if found else {})
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None and _reaches(form, data):
            saved = save_method(
                method_id=found.id if found else None,
                name=data["name"],
                note=data["note"],
                fee_minor=data["fee_minor"].minor,
                free_from_minor=_minor(data["free_from_minor"]),
                active=data["active"],
                kind="local",
                area=_area(data),
            )
            return go("console_settings.local", ref=saved, said=gettext(_SAVED, name=data["name"]))
    title = found.name if found else gettext(N_("New local delivery"))
    return _local_page(found, form, title, 422 if request.method == "POST" else 200)


def _local_page(
    found: StoredMethod | None, form: Form, title: str, status: int, slot_form: Form | None = None
) -> Response:
    slots = slots_by_method().get(found.id, ()) if found else ()
    return show(
        "settings/local",
        status=status,
        form=form,
        title=title,
        method=found,
        slots=slot_rows(slots, slot_dates(slots, now(), current_scope().zone)),
        slot_form=slot_form or Form(SlotSchema()),
    )


def _reaches(form: Form, data: Mapping[str, Any]) -> bool:
    by_radius = data["point"] is not None and data["radius_m"] is not None
    if (data["point"] is None) != (data["radius_m"] is None):
        missing = "point" if data["point"] is None else "radius_m"
        form.refuse({missing: [gettext(N_("A radius needs both: where you start, and how far you come."))]})
    elif not by_radius and not data["districts"]:
        form.refuse({"districts": [gettext(N_("Say where you come: a radius, or postcodes and districts."))]})
    return not form.errors


def _area(data: Mapping[str, Any]) -> dict[str, Any]:
    point = data["point"]
    return {
        "point": [point.latitude_e6, point.longitude_e6] if point else None,
        "radius_m": data["radius_m"],
        "districts": data["districts"],
        "minimum": _minor(data["minimum"]) or 0,
    }


def _local_values(found: StoredMethod) -> dict[str, Any]:
    plain = {
        name: getattr(found, name) for name in ("name", "note", "fee_minor", "free_from_minor", "active")
    }
    area = {name: found.area.get(name) for name in ("radius_m", "districts", "minimum")}
    return {**plain, **area, "minimum": area["minimum"] or None, "point": point_of(found.area)}


@blueprint.post("/local/<ref>/slots")
def add_slots(ref: str) -> Response:
    """Make slots on the chosen weekdays."""
    found = _one_of([one for one in stored_methods() if one.kind == "local"], ref)
    if found is None:
        raise NotFound
    form = Form(SlotSchema())
    data = form.submit(request.form)
    if data is None or not _is_one_window(form, data):
        return _local_page(found, Form(LocalSchema(), values=_local_values(found)), found.name, 422, form)
    save_slots(
        method_id=found.id,
        weekdays=[DAYS.index(day) for day in data["weekdays"]],
        window=data["window"][0],
        cutoff_minutes=int(data["cutoff"].total_seconds()) // 60,
        capacity=data["capacity"],
    )
    return go("console_settings.local", ref=ref, said=gettext(N_("Buyers can choose these times now.")))


@blueprint.route("/local/<ref>/slots/<slot>", methods=["GET", "POST"])
def edit_slot(ref: str, slot: str) -> Response:
    """Change a slot; what is taken on its dates stays taken."""
    found = _one_of([one for one in stored_methods() if one.kind == "local"], ref)
    known = (
        next((one for one in slots_by_method().get(found.id, ()) if one.id == as_id(slot)), None)
        if found
        else None
    )
    if known is None:
        raise NotFound
    values = {
        "weekday": DAYS[known.weekday],
        "window": (known.window,),
        "cutoff": known.cutoff_minutes * 60,
        "capacity": known.capacity,
    }
    form = Form(OneSlotSchema(), values=values)
    data = form.submit(request.form) if request.method == "POST" else None
    if data is None or not _is_one_window(form, data):
        return _editor(
            form,
            f"{weekday_name(known.weekday)} {known.window.text}",
            back=url_for("console_settings.local", ref=ref),
        )
    save_slots(
        method_id=found.id,
        weekdays=[DAYS.index(data["weekday"])],
        window=data["window"][0],
        cutoff_minutes=int(data["cutoff"].total_seconds()) // 60,
        capacity=data["capacity"],
        slot_id=known.id,
    )
    said = gettext(N_("The time is changed; orders that chose it keep what they were promised."))
    return go("console_settings.local", ref=ref, said=said)


def _is_one_window(form: Form, data: Mapping[str, Any]) -> bool:
    if len(data["window"]) != 1:
        form.refuse({"window": [gettext(N_("One window at a time, like 14:00-16:00."))]})
    return not form.errors


@blueprint.post("/local/<ref>/slots/<slot>/remove")
def drop_slot(ref: str, slot: str) -> Response:
    """Offer a slot no more."""
    wanted = as_id(slot)
    if wanted is None:
        raise NotFound
    remove_slot(slot_id=wanted)
    return go(
        "console_settings.local",
        ref=ref,
        said=gettext(N_("It is offered no more; orders that chose it keep it.")),
    )


@blueprint.route("/points/<ref>", methods=["GET", "POST"])
def point(ref: str) -> Response:
    """One pick-up point; "new" makes one."""
    found = _one_of(stored_points(), ref)
    values = {}
    if found is not None:
        plain = {name: getattr(found, name) for name in ("name", "address", "hours", "phone", "active")}
        values = {**plain, **week_values(Opening.from_json(found.opening))}
    form = Form(PointSchema(), values=values)
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            plain = {name: data[name] for name in ("name", "address", "hours", "phone", "active")}
            save_pickup_point(point_id=found.id if found else None, opening=Opening(**week_of(data)), **plain)
            return go("console_settings.delivery", said=gettext(_SAVED, name=data["name"]))
    title = found.name if found else gettext(N_("New pick-up point"))
    return _editor(form, title)


def _one_of(rows: Sequence[Any], ref: str) -> Any:
    """The row with this id; None for a new one. Raises NotFound."""
    if ref == "new":
        return None
    found = next((row for row in rows if row.id == as_id(ref)), None)
    if found is None:
        raise NotFound
    return found


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
    return go("console_settings.delivery")
