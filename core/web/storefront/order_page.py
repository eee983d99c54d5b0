"""The view of one order: how it stands, what happened, what it cost, and for strangers with the link less of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.commerce.catalog.queries import SoldVariant, sold_variants
from core.commerce.customers.contacts import masked
from core.commerce.fulfilment.queries import ShipmentView, pickup_code, shipments_of
from core.commerce.media.queries import Picture
from core.commerce.orders.queries import (
    EntryView,
    OrderHoldView,
    OrderLineView,
    OrderView,
    holds_of,
    priced_cart_of,
    timeline,
)
from core.commerce.payments.queries import PaymentView, RefundView, payments_of, refunds_of
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.refunds import refund_preview, units_left
from core.commerce.shipping.delivery_words import delivery_time
from core.commerce.shops.opening_words import week_words
from core.kernel.i18n import _, ngettext
from core.kernel.money import Money, format_money
from core.rendering import contexts as views
from core.rendering import links
from core.rendering.qr_codes import qr_path
from core.web.storefront.address_forms import address_line
from core.web.storefront.frame import Frame, image_view, preview
from core.web.storefront.lines import goods_amount, ordered_pictures
from core.web.storefront.order_aftersale import order_aftersale
from core.web.storefront.order_words import Standing, can_be_paid, hold_words, moment_words, standing
from core.web.storefront.pay_options import payment_words
from core.web.storefront.prices import campaign_name, price_sum
from core.web.storefront.review_views import line_links

_FAILED_KINDS = frozenset({"payment_failed", "refund_failed"})


@dataclass(frozen=True, slots=True)
class _Looked:
    order: OrderView
    priced: PricedCart
    refunds: Sequence[RefundView]
    holds: Sequence[OrderHoldView]
    payments: Sequence[PaymentView]
    variants: Mapping[UUID, SoldVariant]
    pictures: Mapping[UUID, Picture]
    frame: Frame


def order_view_page(
    order: OrderView, frame: Frame, *, is_owner: bool, told: frozenset[str] = frozenset()
) -> views.OrderPage:
    """The page of `order`.

    Args:
        is_owner: False masks names, numbers and addresses, and nothing can be done.
        told: plugins that tell themselves what the order waits for.
    """
    variants = sold_variants(line.variant_id for line in order.lines)
    looked = _Looked(
        order,
        priced_cart_of(order.id),
        refunds_of(order.id),
        holds_of(order.id),
        payments_of(order.id),
        variants,
        ordered_pictures(order.lines, variants),
        frame,
    )
    entries, to_review = timeline(order.id, public_only=True), line_links(order, is_owner=is_owner)
    stands = standing(order, looked.refunds, looked.holds, entries)
    after = order_aftersale(order, is_owner=is_owner)
    title, path = _("Order %(number)s", number=order.number), links.order_url(order.code)
    return views.OrderPage(
        title=title,
        preview=preview(frame, title, path, index=False),
        back=views.LinkView(label=_("My orders"), url=links.ORDERS) if is_owner else None,
        subject_ids=(order.id,),
        number=order.number,
        headline=stands.headline,
        detail=stands.detail,
        tone=stands.tone,
        lines=tuple(_line(looked, line, to_review.get(line.key)) for line in order.lines),
        sum=price_sum(looked.priced, final=True),
        timeline=_timeline(order, entries, stands),
        refunds=tuple(_refunds(looked)),
        shipments=_shipments(order, shipments_of(order.id)),
        holds=tuple(_holds(hold for hold in looked.holds if hold.plugin not in told)),
        facts=(*_facts(looked, is_owner=is_owner), *after.facts),
        pickup=_pickup(looked) if is_owner and order.delivery.get("kind") == "pickup" else None,
        pay=_pay(order),
        actions=(*after.actions, *_actions(frame, order)) if is_owner else (),
        cases=after.cases,
    )


def _line(looked: _Looked, line: OrderLineView, review: views.LinkView | None) -> views.LineView:
    priced = looked.priced.line(line.key)
    variant = looked.variants.get(line.variant_id)
    campaign = campaign_name(looked.priced, priced)
    currency = looked.order.currency
    return views.LineView(
        id=line.key,
        title=line.title,
        quantity=line.quantity,
        total=Money(goods_amount(looked.priced, priced), currency),
        total_before=Money(priced.list_amount, currency)
        if goods_amount(looked.priced, priced) < priced.list_amount
        else None,
        url=links.product_url(variant.handle, variant.id) if variant and variant.for_sale else "",
        variant=line.variant_title,
        image=image_view(looked.pictures.get(line.id)),
        note=ngettext("%(n)s piece refunded", "%(n)s pieces refunded", line.refunded)
        if line.refunded
        else "",
        badges=(views.Badge(text=campaign, tone="deal"),) if campaign else (),
        fixed=True,
        review=review,
    )


def _timeline(
    order: OrderView, entries: Sequence[EntryView], stands: Standing
) -> tuple[views.TimelineEntry, ...]:
    shown = [_entry(entry) for entry in entries]
    if order.must_be_paid:
        until = _("by %(time)s", time=moment_words(order.pay_by))
        shown.append(views.TimelineEntry(title=stands.headline, state="now", when=until))
    return tuple(shown)


def _entry(entry: EntryView) -> views.TimelineEntry:
    return views.TimelineEntry(
        title=entry.text, state="fail" if entry.kind in _FAILED_KINDS else "done", at=entry.at
    )


def _holds(holds: Iterable[OrderHoldView]) -> Iterator[views.HoldView]:
    for hold in holds:
        if hold.state == "waiting" and hold.release_by is not None:
            yield views.HoldView(text=hold_words(hold), until=hold.release_by)


def _refunds(looked: _Looked) -> Iterator[views.RefundView]:
    """Refunds in order: what one gives back depends on what those before it gave."""
    refunded: dict[str, int] = {}
    for place, refund in enumerate(looked.refunds, start=1):
        lines, shipping = _refunded_lines(looked, refund, refunded)
        kept = refund.claw_back_minor
        yield views.RefundView(
            number=f"{looked.order.number}-R{place}",
            amount=refund.amount,
            state=refund.state,
            steps=tuple(_refund_steps(refund)),
            lines=lines,
            shipping=shipping,
            claw_back=Money(-kept, looked.order.currency) if kept and lines else None,
        )


def _refunded_lines(
    looked: _Looked, refund: RefundView, refunded: dict[str, int]
) -> tuple[tuple[views.LineView, ...], Money | None]:
    """What goes back for each line, and for shipping; counts the units in `refunded`."""
    wanted = dict(refund.lines) or units_left(looked.priced, refunded)
    if refund.cause == "surplus" or refund.cause.startswith("cut:") or not wanted:
        return (), None
    cuts = {line.key: line.unit_cuts for line in looked.order.lines}
    given = refund_preview(looked.priced, wanted=wanted, refunded=refunded, cuts=cuts)
    shipping = refund.amount.minor - given.goods + refund.claw_back_minor
    for key, units in wanted.items():
        refunded[key] = refunded.get(key, 0) + units
    if shipping < 0:
        return (), None
    by_key = {line.key: line for line in looked.order.lines}
    lines = tuple(
        views.LineView(
            id=line.key,
            title=line.title,
            quantity=line.units,
            total=Money(line.amount, given.currency),
            total_before=Money(line.list_amount, given.currency) if line.amount < line.list_amount else None,
            variant=by_key[line.key].variant_title,
            image=image_view(looked.pictures.get(by_key[line.key].id)),
            fixed=True,
        )
        for line in given.lines
    )
    return lines, Money(shipping, given.currency) if shipping else None


def _refund_steps(refund: RefundView) -> Iterator[views.TimelineEntry]:
    decided = refund.cause.startswith(("request", "case"))
    began = _("The shop refunds") if decided else _("The refund started by itself")
    if refund.cause.startswith("cut:"):
        began = _("The price fell: the difference goes back")
    yield views.TimelineEntry(title=began, at=refund.created_at, detail=refund.reason)
    if refund.state == "failed":
        refused, told = _("The payment service refused it"), _("The shop has been told.")
        yield views.TimelineEntry(title=refused, state="fail", detail=told)
        return
    sent_state = "done" if refund.state == "done" else "now" if refund.state == "sent" else "next"
    again = ngettext(
        "Tried %(n)s time; it goes on by itself.", "Tried %(n)s times; it goes on by itself.", refund.attempts
    )
    yield views.TimelineEntry(
        title=_("With the payment service"), state=sent_state, at=refund.sent_at,
        detail=again if refund.attempts > 1 and refund.state != "done" else "",
    )  # fmt: skip
    yield views.TimelineEntry(
        title=_("The money is back"), state="done" if refund.state == "done" else "next", at=refund.done_at,
        when="" if refund.done_at else _("usually within minutes"),
    )  # fmt: skip


def _shipments(order: OrderView, shipments: Sequence[ShipmentView]) -> tuple[views.ShipmentView, ...]:
    titles = {line.id: line.title for line in order.lines}
    return tuple(
        views.ShipmentView(
            title=_parcel(shipment, place, len(shipments)),
            carrier=shipment.carrier,
            number=shipment.tracking_number,
            url=shipment.link,
            at=shipment.shipped_at,
            contents=tuple(
                f"{titles.get(line_id, '')} × {units}" for line_id, units in shipment.units.items()
            ),
        )
        for place, shipment in enumerate(shipments, start=1)
    )


def _pickup(looked: _Looked) -> views.PickupCodeView | None:
    """The code to be shown at the pick-up point; only to whoever bought, and only while it opens anything."""
    code = pickup_code(looked.order.id)
    if not code:
        return None
    points = (one for one in looked.frame.pickups if str(one.id) == looked.order.delivery.get("id"))
    point = next(points, None)
    path, size = qr_path(code)
    return views.PickupCodeView(
        code=code, qr=path, size=size, place=point.name if point else "", hours=point.hours if point else ""
    )


def _parcel(shipment: ShipmentView, place: int, count: int) -> str:
    if shipment.kind == "pickup":
        return _("Handed over")
    return _("Parcel") if count == 1 else _("Parcel %(place)s of %(count)s", place=place, count=count)


def _facts(looked: _Looked, *, is_owner: bool) -> Iterator[views.DetailView]:
    order = looked.order
    yield views.DetailView(label=_("Order number"), value=order.number)
    yield views.DetailView(label=_("Ordered"), value=moment_words(order.placed_at, full=True))
    paid = next((one for one in looked.payments if one.state == "captured" and not one.surplus), None)
    if paid is not None:
        label = payment_words(paid.gateway, paid.method)
        when = f" · {moment_words(paid.captured_at, full=True)}" if paid.captured_at else ""
        told = f" · {_('Test')}" if paid.mode == "test" and paid.gateway != "test" else ""
        yield views.DetailView(label=_("Payment"), value=f"{label}{told}{when}")
    if looked.priced.shipping is not None:
        yield views.DetailView(label=_("Delivery"), value=looked.priced.shipping.title)
    if when := delivery_time(order.delivery):
        fetched = order.delivery.get("kind") == "pickup"
        yield views.DetailView(label=_("You come on") if fetched else _("We come on"), value=when)
    yield from _receiver(order, is_owner=is_owner)
    if order.address:
        yield views.DetailView(label=_("Address"), value=_place(order, is_owner=is_owner))
    elif point := next(
        (one for one in looked.frame.pickups if str(one.id) == order.delivery.get("id")), None
    ):
        said = (point.address, week_words(point.opening), point.hours, point.phone)
        yield views.DetailView(label=_("Pick-up"), value=" · ".join(filter(None, said)))
    if is_owner and order.contact.get("note"):
        yield views.DetailView(label=_("Message to the shop"), value=str(order.contact["note"]))


def _receiver(order: OrderView, *, is_owner: bool) -> Iterator[views.DetailView]:
    name, phone = str(order.contact.get("name", "")), str(order.contact.get("phone", ""))
    email = str(order.contact.get("email", ""))
    shown = [name if is_owner else f"{name[:1]}**" if name else "", masked(phone) if phone else ""]
    shown.append((email if is_owner else masked(email)) if email and not phone else "")
    if any(shown):
        yield views.DetailView(label=_("Receiver"), value=" ".join(filter(None, shown)))


def _place(order: OrderView, *, is_owner: bool) -> str:
    if is_owner:
        return address_line(order.address)
    return address_line({name: order.address.get(name, "") for name in ("country", "region", "city")})


def _pay(order: OrderView) -> views.LinkView | None:
    if not can_be_paid(order):
        return None
    label = _("Pay %(amount)s", amount=format_money(order.total))
    return views.LinkView(label=label, url=f"{links.order_url(order.code)}/pay")


def _actions(frame: Frame, order: OrderView) -> tuple[views.OrderAction, ...]:
    email = frame.settings.contact.get("email")
    if not email:
        return ()
    return (views.OrderAction(label=_("Write to the shop"), url=f"mailto:{email}?subject={order.number}"),)
