"""The ways to get the goods on the checkout page: fees, reasons against, times, and what can be done instead."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from core.commerce.checkout.actions import Quoted
from core.commerce.checkout.delivery import PICKUP_DAYS_AHEAD
from core.commerce.shipping.delivery_words import slot_words
from core.commerce.shipping.offers import (
    Measures,
    MethodOffer,
    destination_of,
    method_offers,
    position_of,
)
from core.commerce.shipping.queries import PickupView
from core.commerce.shipping.slots import slot_dates
from core.commerce.shops.opening_words import day_words, opening_moment, week_words, windows_words
from core.commerce.shops.queries import require_open
from core.kernel.clock import now
from core.kernel.errors import PinpuError
from core.kernel.i18n import _, sentences
from core.kernel.money import Money
from core.kernel.regions import place_name
from core.kernel.tenancy import current_scope
from core.rendering.contexts import DeliveryOption, FieldOption, FieldView
from core.web.storefront.frame import Frame
from core.web.storefront.wishes import Wishes, where

# A point that is open longer than this from now on is asked for a day.
_MOST_DAYS = 10


def delivery_options(frame: Frame, quoted: Quoted, wishes: Wishes) -> tuple[DeliveryOption, ...]:
    """Every way to get the goods, with what it costs for this order or why it cannot be had."""
    priced, moment = quoted.priced, now()
    offers = method_offers(
        frame.methods,
        destination_of(where(wishes.kept, wishes.ship)),
        Measures.of(quoted.basket.price_input, priced.goods_before_tax),
        position_of(wishes.delivery.get("position", "")),
    )
    chosen = f"{wishes.delivery.get('kind')}:{wishes.delivery.get('id')}"
    sent = (_method(frame, quoted, wishes, offer, chosen, moment) for offer in offers)
    fetched = (_pickup(point, priced.currency, wishes, chosen, moment) for point in frame.pickups)
    return (*sent, *fetched)


def _method(
    frame: Frame, quoted: Quoted, wishes: Wishes, offer: MethodOffer, chosen: str, moment: datetime
) -> DeliveryOption:
    method, priced = offer.method, quoted.priced
    name = f"method:{method.id}"
    selected = name == chosen
    fee = priced.shipping_total - priced.added_tax_of("shipping") if selected else offer.fee or 0
    reach = method.rules.reach
    return DeliveryOption(
        id=name,
        label=method.name,
        price=Money(fee, priced.currency),
        detail=method.note,
        selected=selected,
        unavailable="" if offer.can_be_chosen else offer.words,
        hint=offer.words if offer.pending and selected else "",
        locate=offer.pending and reach is not None and reach.radius_m is not None,
        time=_slots(frame, wishes, offer, name, moment) if method.slots and offer.can_be_chosen else None,
    )


def _slots(frame: Frame, wishes: Wishes, offer: MethodOffer, name: str, moment: datetime) -> FieldView | None:
    dates = slot_dates(offer.method.slots, moment, current_scope().zone, frame.settings.hours)
    return FieldView(
        name=f"slot-{name}",
        label=_("When shall we come?"),
        kind="select",
        value=wishes.delivery.get("slot", ""),
        options=(
            FieldOption(value="", label=_("Please choose") if dates else _("No time is free this week")),
            *(FieldOption(value=one.key, label=slot_words(one)) for one in dates if one.left > 0),
        ),
    )


def _pickup(
    point: PickupView, currency: str, wishes: Wishes, chosen: str, moment: datetime
) -> DeliveryOption:
    name = f"pickup:{point.id}"
    return DeliveryOption(
        id=name,
        kind="pickup",
        label=_("Pick up: %(place)s", place=point.name),
        price=Money.zero(currency),
        detail=" · ".join(filter(None, (point.address, week_words(point.opening), point.hours))),
        selected=chosen == name,
        time=_days(point, wishes, name, moment) if point.opening.has_hours else None,
    )


def _days(point: PickupView, wishes: Wishes, name: str, moment: datetime) -> FieldView:
    today = moment.astimezone(current_scope().zone).date()
    days = point.opening.open_days(today, PICKUP_DAYS_AHEAD + 1)[:_MOST_DAYS]
    return FieldView(
        name=f"day-{name}",
        label=_("When do you come?"),
        kind="select",
        required=False,
        value=wishes.delivery.get("day", ""),
        options=(
            FieldOption(value="", label=_("I do not know yet")),
            *(
                FieldOption(
                    value=day.isoformat(),
                    label=f"{day_words(day)} {windows_words(point.opening.windows_on(day))}",
                )
                for day in days
            ),
        ),
    )


def no_delivery(frame: Frame, wishes: Wishes) -> tuple[str, ...]:
    """What to say, and what can be done, when there is no way to get the goods."""
    if wishes.delivery:
        return ()
    if not frame.methods:
        return (_("The shop has not said yet how goods reach you. Please ask it."),)
    place = destination_of(where(wishes.kept, wishes.ship)).place
    said = _("Nothing is delivered to %(place)s.", place=place_name(place)) if place else wishes.refused
    way_out = (
        _("Fetch it at a pick-up point, or choose another address.")
        if frame.pickups
        else _("Choose another address, or ask the shop.")
    )
    return (sentences(said, way_out),)


def too_little(options: Sequence[DeliveryOption]) -> Iterator[str]:
    """Why the chosen way cannot be had for so little."""
    yield from (one.unavailable for one in options if one.selected and one.unavailable)


def instead(options: Sequence[DeliveryOption], wishes: Wishes) -> Iterator[str]:
    """That the way which the buyer chose does not go there, and which one was taken instead."""
    taken = next((one.label for one in options if one.selected), "")
    if wishes.refused and taken:
        yield sentences(wishes.refused, _("“%(way)s” is chosen now.", way=taken))


def shop_closed(frame: Frame) -> tuple[str, ...]:
    """That the shop takes no orders now, and when again."""
    hours = frame.settings.hours
    try:
        require_open(hours)
    except PinpuError as error:
        return (sentences(error.text, hours.note or error.fix_text),)
    return ()


def ships_later(frame: Frame) -> Iterator[str]:
    """That an order of now is looked at when the shop opens."""
    hours, zone, moment = frame.settings.hours, current_scope().zone, now()
    if hours.is_open(moment, zone) or hours.refuses or hours.paused:
        return
    opens = hours.next_opening(moment, zone)
    if opens is not None:
        yield _(
            "The shop is closed now. It gets your order ready when it opens %(when)s.",
            when=opening_moment(opens),
        )
