"""Between the form of a week and the hours that are stored."""

from collections.abc import Mapping
from typing import Any

from core.commerce.shops.opening import Opening
from core.web.console.settings.delivery_schemas import DAYS


def week_values(opening: Opening) -> dict[str, Any]:
    """What the fields of a week show for these hours."""
    week = dict(zip(DAYS, opening.week, strict=False)) if opening.has_hours else {}
    days = [{"day": day, "windows": windows} for day, windows in sorted(opening.days.items())]
    return {**week, "days": days}


def week_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """`week` and `days` of an Opening, from what a form loaded; a week without any hours is no week."""
    week = tuple(tuple(data.get(day) or ()) for day in DAYS)
    days = {one["day"]: tuple(one["windows"] or ()) for one in data.get("days") or ()}
    return {"week": week if any(week) else (), "days": days}
