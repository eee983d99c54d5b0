"""How goods of an example shop reach its buyers: methods with zones, local delivery with slots, points, hours and tax."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from core.commerce.shipping.actions import save_method, save_pickup_point, save_slots
from core.commerce.shipping.queries import pickup_points, shipping_methods
from core.commerce.shops.actions import update_shop
from core.commerce.shops.opening import Opening, Window, read_windows
from core.kernel.db import reading
from tenants.demo.content import Entry, ShopContent
from tenants.demo.shelves import address_line

_RULES = ("by", "first", "step", "step_fee", "excluded", "listed_only")


def write_delivery(content: ShopContent) -> None:
    """Ways to send and pick-up points that are not there yet; store hours and tax."""
    shop = content.shipping["shop"]
    update_shop(changes={"tax_basis_points": shop["tax"], "opening": _opening(shop["open"]).as_json()})
    with reading():
        known = {one.name for one in shipping_methods()} | {one.name for one in pickup_points()}
    for method in content.shipping["method"]:
        if method["title"] not in known:
            _save(method, rules=_rules(method))
    for local in content.shipping.get("local", ()):
        if local["title"] not in known:
            _write_local(local)
    for point in content.shipping["pickup"]:
        if point["title"] not in known:
            save_pickup_point(
                name=point["title"],
                address=address_line(point["address"]),
                phone=point["phone"],
                opening=_opening(point["hours"]),
            )


def _save(method: Entry, **more: Any) -> UUID:
    return save_method(
        name=method["title"],
        note=method["note"],
        fee_minor=method["fee"],
        free_from_minor=method.get("free_from"),
        **more,
    )


def _rules(method: Entry) -> dict[str, Any]:
    zones = [{"step_fee": 0, "free_from": None, **zone} for zone in method.get("zones", ())]
    rules = {name: method[name] for name in _RULES if name in method}
    return {**rules, "zones": zones} if zones else rules


def _write_local(local: Entry) -> None:
    area = {name: local[name] for name in ("point", "radius_m", "districts", "minimum")}
    method_id = _save(local, kind="local", area=area)
    for slot in local["slots"]:
        save_slots(
            method_id=method_id,
            weekdays=[day - 1 for day in slot["days"]],
            window=_window(slot),
            cutoff_minutes=slot["cutoff"],
            capacity=slot["capacity"],
        )


def _window(entry: Mapping[str, Any]) -> Window:
    return read_windows(f"{entry['open']}-{entry['close']}")[0]


def _opening(hours: Iterable[Mapping[str, Any]]) -> Opening:
    week: list[tuple[Window, ...]] = [()] * 7
    for entry in hours:
        for day in entry["days"]:
            week[day - 1] = (_window(entry),)
    return Opening(week=tuple(week))
