"""What an order keeps of its delivery, in words: when it comes, or when the buyer does."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.commerce.shipping.offers import kilometres
from core.commerce.shipping.slots import SlotDate
from core.commerce.shops.opening import Window
from core.commerce.shops.opening_words import day_words, full_day_words
from core.kernel.i18n import N_, gettext


def delivery_time(delivery: Mapping[str, Any]) -> str:
    """The chosen slot or day of a delivery as stored with an order; empty where none was chosen."""
    slot = delivery.get("slot")
    if isinstance(slot, Mapping):
        return f"{full_day_words(date.fromisoformat(slot['date']))} {Window(slot['from'], slot['to']).text}"
    return full_day_words(date.fromisoformat(delivery["day"])) if delivery.get("day") else ""


def delivery_distance(delivery: Mapping[str, Any]) -> str:
    """How far away the buyer of a local delivery is; empty where that is not known."""
    metres = delivery.get("distance_m")
    return gettext(N_("%(distance)s km away"), distance=kilometres(metres)) if metres is not None else ""


def slot_words(one: SlotDate) -> str:
    """A slot as a buyer chooses it, with what is left of it when that is little."""
    when = f"{day_words(one.day)} {one.slot.window.text}"
    if one.left <= 0:
        return gettext(N_("%(when)s (full)"), when=when)
    return gettext(N_("%(when)s (%(left)s left)"), when=when, left=one.left) if one.left <= 3 else when
