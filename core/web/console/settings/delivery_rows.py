"""What the delivery pages show of methods, slots and points: their rules in words, and what a try would be offered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.commerce.pricing.freight import Destination
from core.commerce.shipping.offers import Measures, MethodOffer, kilometres, method_offers
from core.commerce.shipping.queries import StoredMethod, StoredPoint, freight_of, shipping_methods
from core.commerce.shipping.slots import SlotDate, SlotView
from core.commerce.shops.opening import Opening
from core.commerce.shops.opening_words import day_words, week_words, weekday_name
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.money import Money
from core.kernel.regions import place_name
from core.kernel.tenancy import current_scope
from core.rendering.console.formats import money, number


@dataclass(frozen=True, slots=True)
class Row:
    """A method or a point in its list: name, and facts in a few words."""

    id: Any
    name: str
    facts: Sequence[str]
    active: bool


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot with its next dates and how full they are: (day, taken, capacity)."""

    slot: SlotView
    day: str
    window: str
    until: str
    dates: Sequence[tuple[str, int, int]]


def method_row(one: StoredMethod, slots: Sequence[SlotView] = ()) -> Row:
    """A method with its rules in words."""
    facts = [_fee(one), *_free(one), *(_local(one, slots) if one.kind == "local" else _zones(one))]
    return Row(one.id, one.name, [*facts, *([one.note] if one.note else [])], one.active)


def _amount(minor: int) -> str:
    return money(Money(minor, current_scope().currency))


def _fee(one: StoredMethod) -> str:
    rules = freight_of(one)
    if rules is None or rules.by == "order" or not rules.rate.step_fee:
        return _amount(one.fee_minor)
    names = {"fee": _amount(one.fee_minor), "step_fee": _amount(rules.rate.step_fee)}
    numbers = {"first": number(rules.first), "step": number(rules.step)}
    if rules.by == "weight":
        return gettext(
            N_("%(fee)s for %(first)s g, each further %(step)s g %(step_fee)s"), **names, **numbers
        )
    return gettext(N_("%(fee)s for %(first)s pieces, each further %(step)s %(step_fee)s"), **names, **numbers)


def _free(one: StoredMethod) -> Iterable[str]:
    if one.free_from_minor is not None:
        yield gettext(N_("free from %(amount)s"), amount=_amount(one.free_from_minor))


def _zones(one: StoredMethod) -> Iterable[str]:
    rules = freight_of(one)
    if rules is None:
        return
    if rules.zones:
        said = ngettext("%(n)s zone of its own", "%(n)s zones of their own", len(rules.zones))
        yield gettext(N_("only to %(zones)s"), zones=said) if rules.listed_only else said
    if rules.excluded:
        yield gettext(N_("not to %(places)s"), places=_places(rules.excluded))


def _places(codes: Sequence[str]) -> str:
    shown = gettext(N_(", ")).join(map(place_name, codes[:3]))
    return shown if len(codes) <= 3 else f"{shown} …"


def _local(one: StoredMethod, slots: Sequence[SlotView]) -> Iterable[str]:
    area = one.area
    if area.get("radius_m"):
        yield gettext(N_("up to %(distance)s km"), distance=kilometres(area["radius_m"]))
    if area.get("districts"):
        yield ngettext("%(n)s district", "%(n)s districts", len(area["districts"]))
    if area.get("minimum"):
        yield gettext(N_("orders from %(amount)s"), amount=_amount(area["minimum"]))
    yield (
        ngettext("%(n)s time a week", "%(n)s times a week", len(slots)) if slots else gettext(N_("any time"))
    )


def point_row(one: StoredPoint) -> Row:
    """A point with its address and hours."""
    week = week_words(Opening.from_json(one.opening))
    return Row(one.id, one.name, [part for part in (one.address, week or one.hours) if part], one.active)


def slot_rows(slots: Sequence[SlotView], dates: Sequence[SlotDate]) -> list[SlotRow]:
    """The slots of the week with what is taken on their next dates."""
    return [
        SlotRow(
            one,
            weekday_name(one.weekday),
            one.window.text,
            _before(one.cutoff_minutes),
            [(_day(at.day), one.capacity - at.left, one.capacity) for at in dates if at.slot.id == one.id],
        )
        for one in slots
    ]


def _day(day: date) -> str:
    return day_words(day)


def _before(minutes: int) -> str:
    if not minutes:
        return gettext(N_("until it begins"))
    if minutes % 60:
        return ngettext("until %(n)s minute before", "until %(n)s minutes before", minutes)
    return ngettext("until %(n)s hour before", "until %(n)s hours before", minutes // 60)


def tried(data: Mapping[str, Any]) -> list[tuple[MethodOffer, Money | None]]:
    """What a buyer with this address and basket would be offered, with the fee."""
    district = data["district"] or ""
    destination = Destination(place=data["place"] or "", postcode=district, district=district)
    goods = data["goods"].minor if data["goods"] else 0
    measures = Measures(grams=data["grams"] or 0, pieces=data["pieces"] or 1, goods=goods)
    offers = method_offers(shipping_methods(), destination, measures, data["position"])
    currency = current_scope().currency
    return [(one, None if one.fee is None else Money(one.fee, currency)) for one in offers]
