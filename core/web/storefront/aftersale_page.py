"""The page on which a buyer asks for something about an order: what, which pieces, why, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from core.commerce.aftersale.actions import LONGEST_WORDS, plugin_refusal
from core.commerce.aftersale.chances import Chances, LineChance
from core.commerce.aftersale.exchanges import Swap, swaps_for
from core.commerce.aftersale.money import Offer
from core.commerce.aftersale.pictures import MOST_PICTURES
from core.commerce.aftersale.previews import offer_now
from core.commerce.aftersale.promises import Promises, Reason
from core.commerce.aftersale.queries import case_chances, promises
from core.commerce.catalog.queries import SoldVariant, sold_variants
from core.commerce.media.queries import Picture
from core.commerce.orders.queries import OrderLineView, OrderView
from core.kernel.errors import PinpuError
from core.kernel.i18n import _, gettext
from core.kernel.money import Money, format_money, plain_amount
from core.rendering import contexts as views
from core.rendering import links
from core.web.storefront.aftersale_words import KINDS, aftersale_url, money_sum, promise_notes, ways_to_shop
from core.web.storefront.frame import Frame, image_view, preview
from core.web.storefront.lines import ordered_pictures
from core.web.storefront.order_words import moment_words

UNITS, SWAP = "units-", "swap-"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the buyer has chosen so far; `units` by order line key, as typed where it can be read."""

    kind: str = ""
    units: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    words: str = ""
    amount: str = ""
    swaps: Mapping[str, UUID] = field(default_factory=dict)

    def query(self, order: OrderView) -> dict[str, str]:
        """The choice as fields of a form or parameters of an address."""
        fields = {"kind": self.kind, "reason": self.reason, "words": self.words}
        places = {line.key: place for place, line in enumerate(order.lines)}
        chosen = {f"{UNITS}{places[key]}": str(count) for key, count in self.units.items() if count}
        swaps = {f"{SWAP}{places[key]}": str(one) for key, one in self.swaps.items() if key in self.units}
        return {name: value for name, value in (fields | chosen | swaps).items() if value}


@dataclass(frozen=True, slots=True)
class Asking:
    """An order, what can be asked for about it, and how it looks."""

    order: OrderView
    rules: Promises
    chances: Chances
    variants: Mapping[UUID, SoldVariant]
    pictures: Mapping[UUID, Picture]
    frame: Frame

    def reason(self, wish: Wish) -> Reason | None:
        """The chosen reason, if it is on the list."""
        return next((one for one in self.rules.reasons(wish.kind) if one.label == wish.reason), None)


def asking(order: OrderView, frame: Frame) -> Asking:
    """Look at what can be asked for about an order."""
    rules, variants = promises(), sold_variants(line.variant_id for line in order.lines)
    return Asking(
        order, rules, case_chances(order, rules), variants, ordered_pictures(order.lines, variants), frame
    )


def refused_kinds(about: Asking) -> dict[str, PinpuError]:
    """Kinds that a plugin of the order says no to."""
    found: dict[str, PinpuError] = {}
    for kind in about.chances.kinds:
        refusal = plugin_refusal(about.order, kind, about.chances.unit_limits(kind))
        if refusal is not None:
            found[kind] = refusal
    return found


def kinds_page(about: Asking) -> views.AftersalePage:
    """What can be asked for; where nothing can, why, and how to reach the shop."""
    refused = refused_kinds(about)
    open_kinds = [kind for kind in about.chances.kinds if kind not in refused]
    if not open_kinds:
        return _closed(about, next(iter(refused.values()), None))
    url = aftersale_url(about.order.code)
    kinds = tuple(
        views.CaseKind(
            label=_(KINDS[kind][0]), detail=_(KINDS[kind][1]), url=f"{url}?kind={kind}", icon=KINDS[kind][2]
        )
        for kind in open_kinds
    )
    return _page(about, step="kind", title=_("What would you like?"), kinds=kinds)


def _closed(about: Asking, refusal: PinpuError | None) -> views.AftersalePage:
    over = about.chances.over_since
    if refusal is not None:
        said = f"{refusal.text} {refusal.fix_text}".strip()
    elif any(one.busy for one in about.chances.lines):
        said = _("There is an open case about these goods. Follow it on the page of the order.")
    elif over is not None:
        said = _(
            "The time to return or exchange these goods was over on %(time)s.",
            time=moment_words(over, full=True),
        )
    else:
        said = _("Nothing of this order can be refunded or returned any more.")
    notes = (said, _("The shop may still help: ask it, with the number of the order."))
    return _page(
        about,
        step="closed",
        title=_("This cannot be done here"),
        notes=notes,
        ways=ways_to_shop(about.frame, about.order.number),
    )


def choose_page(about: Asking, wish: Wish, problem: PinpuError | None = None) -> views.AftersalePage:
    """Which pieces, and why."""
    sold = (
        [one.line.variant_id for one in about.chances.of_kind("exchange")] if wish.kind == "exchange" else []
    )
    swaps = swaps_for(sold) if sold else {}
    units = tuple(
        _unit_choice(about, wish, place, one, swaps.get(one.line.variant_id, []))
        for place, one in enumerate(about.chances.lines)
        if _shown(one)
    )
    return _page(
        about,
        step="choose",
        title=_(KINDS[wish.kind][0]),
        problem=problem.text if problem else "",
        fix=problem.fix_text if problem else "",
        action=aftersale_url(about.order.code),
        hidden={"kind": wish.kind, "step": "check"},
        units=units if wish.kind != "cancel" else (),
        fields=_why_fields(about, wish),
        submit=_("Next: see what comes back") if wish.kind != "exchange" else _("Next"),
    )


def _shown(one: LineChance) -> bool:
    return one.line.quantity > one.line.refunded


def _swap_field(wish: Wish, place: int, one: LineChance, swaps: Sequence[Swap]) -> views.FieldView | None:
    """What it is exchanged for, where there is a choice."""
    if len(swaps) < 2 or not one.units.get("exchange"):
        return None
    return views.FieldView(
        name=f"{SWAP}{place}",
        label=_("Exchange it for"),
        kind="select",
        value=str(wish.swaps.get(one.line.key, one.line.variant_id)),
        options=tuple(views.FieldOption(value=str(swap.id), label=swap.title) for swap in swaps),
    )


def _unit_choice(
    about: Asking, wish: Wish, place: int, one: LineChance, swaps: Sequence[Swap]
) -> views.UnitChoice:
    most = one.units.get(wish.kind, 0)
    only = len(about.chances.of_kind(wish.kind)) == 1 and most == 1
    note = ""
    if one.busy:
        note = _("In an open case")
    elif most and one.until:
        note = _("until %(time)s", time=moment_words(one.until, full=True))
    elif not most:
        note = _("Not possible for this")
    return views.UnitChoice(
        name=f"{UNITS}{place}",
        line=_line(about, one.line, one.line.quantity, one.line.net_minor),
        most=most,
        value=min(wish.units.get(one.line.key, 1 if only else 0), most),
        note=note,
        swap=_swap_field(wish, place, one, swaps),
    )


def _line(about: Asking, line: OrderLineView, quantity: int, minor: int, note: str = "") -> views.LineView:
    return views.LineView(
        id=line.key,
        title=line.title,
        quantity=quantity,
        total=Money(minor, about.order.currency),
        variant=line.variant_title,
        image=image_view(about.pictures.get(line.id)),
        note=note,
        fixed=True,
    )


def _why_fields(about: Asking, wish: Wish) -> tuple[views.FieldView, ...]:
    reasons = about.rules.reasons(wish.kind)
    options = tuple(views.FieldOption(value=one.label, label=gettext(one.label)) for one in reasons)
    blank = views.FieldOption(value="", label=_("Please choose"))
    return (
        views.FieldView(
            name="reason", label=_("Reason"), kind="select", value=wish.reason, options=(blank, *options)
        ),
        views.FieldView(
            name="words",
            label=_("In your words"),
            kind="textarea",
            value=wish.words,
            required=False,
            max_length=LONGEST_WORDS,
        ),
    )


def wish_offer(about: Asking, wish: Wish) -> Offer:
    """What the choice gives back now, exactly. Raises what pricing refuses."""
    reason = about.reason(wish)
    units = wish.units
    if wish.kind == "cancel":
        units = {
            line.key: line.quantity - line.refunded
            for line in about.order.lines
            if line.quantity > line.refunded
        }
    return offer_now(
        about.order.id, about.rules, kind=wish.kind, fault=bool(reason and reason.fault), units=units
    )


def check_page(
    about: Asking, wish: Wish, offer: Offer, *, case_id: UUID, problem: PinpuError | None = None
) -> views.AftersalePage:
    """What it is about, what comes back, pictures, and the button that sends it."""
    order, reason = about.order, about.reason(wish)
    titles = {line.key: line for line in order.lines}
    lines = tuple(
        _line(about, titles[one.key], one.units, one.amount)
        for one in offer.preview.lines
        if one.key in titles
    )
    at_once = wish.kind == "cancel" and about.chances.at_once
    hidden = wish.query(order) | {"case": str(case_id), "seen": str(offer.amount)}
    query = urlencode(wish.query(order))
    return _page(
        about,
        step="check",
        title=_(KINDS[wish.kind][0]),
        problem=problem.text if problem else "",
        fix=problem.fix_text if problem else "",
        action=aftersale_url(order.code),
        hidden=hidden,
        lines=lines,
        sum=None if wish.kind == "exchange" else offer_sum(offer),
        fields=_amount_field(wish, offer, order),
        notes=promise_notes(about.rules, wish.kind, fault=bool(reason and reason.fault), at_once=at_once),
        most_pictures=0 if wish.kind == "cancel" else MOST_PICTURES,
        submit=_(KINDS[wish.kind][3]),
        change_url=f"{aftersale_url(order.code)}?{query}",
    )


def _swap_notes(wish: Wish) -> dict[str, str]:
    """Line key → what it is exchanged for, in words."""
    variants = sold_variants(wish.swaps.values()) if wish.kind == "exchange" and wish.swaps else {}
    return {
        key: _("Exchange it for: %(title)s", title=variants[one].title)
        for key, one in wish.swaps.items()
        if one in variants and variants[one].title
    }


def offer_sum(offer: Offer) -> views.PriceSum:
    """What comes back, line by line; it ends in the amount that is really paid."""
    steps = [(f"{one.title} × {one.units}", one.amount) for one in offer.preview.lines]
    if offer.shipping:
        steps.append((_("Shipping"), offer.shipping))
    if offer.preview.claw_back:
        again = _("Discounts counted again for the rest")
        lost = _("Discounts that the rest loses") if offer.preview.claw_back > 0 else again
        steps.append((lost, -offer.preview.claw_back))
    rest = offer.amount - sum(minor for _label, minor in steps)
    if rest:
        steps.append((_("Went back before"), rest))
    return money_sum(steps, offer.amount, offer.currency)


def _amount_field(wish: Wish, offer: Offer, order: OrderView) -> tuple[views.FieldView, ...]:
    """Who keeps goods may ask for less than everything."""
    if wish.kind != "refund" or order.fulfilment == "unfulfilled":
        return ()
    most = format_money(offer.money)
    return (
        views.FieldView(
            name="amount",
            label=_("How much do you ask for?"),
            value=wish.amount or plain_amount(offer.money),
            help=_("At most %(most)s. Ask for less if you keep the goods.", most=most),
            required=False,
            max_length=16,
        ),
    )


def _page(about: Asking, *, title: str, **more: object) -> views.AftersalePage:
    order = about.order
    return views.AftersalePage(
        title=title,
        preview=preview(about.frame, title, aftersale_url(order.code), index=False),
        back=views.LinkView(
            label=_("Order %(number)s", number=order.number), url=links.order_url(order.code)
        ),
        number=order.number,
        **more,  # type: ignore[arg-type]
    )


def over_words(chances: Chances, rules: Promises) -> str:
    """Until when goods of an order can be returned, or since when they cannot; "" before they leave."""
    ends = [one.until for one in chances.lines if one.until is not None]
    if not ends or not rules.return_days:
        return ""
    last = max(ends)
    if chances.over_since is not None:
        return _("over since %(time)s", time=moment_words(last, full=True))
    return _("possible until %(time)s", time=moment_words(last - timedelta(seconds=1), full=True))
