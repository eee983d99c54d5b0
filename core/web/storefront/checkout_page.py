"""The view of the one checkout page: what is bought, how it comes, what it costs and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.commerce.catalog.queries import sold_variants
from core.commerce.checkout.actions import Quoted
from core.commerce.checkout.queries import CheckoutView
from core.commerce.customers.contacts import masked
from core.commerce.customers.queries import AddressView
from core.hooks.results import Refusal
from core.kernel.i18n import _, ngettext, sentences
from core.rendering import links
from core.rendering.contexts import (
    AddressOption,
    CheckoutPage,
    FieldView,
    LinkView,
    QuoteChange,
)
from core.web.storefront.address_forms import (
    address_fields,
    address_line,
    field_views,
    note_view,
    pickup_fields,
)
from core.web.storefront.delivery_options import (
    delivery_options,
    instead,
    no_delivery,
    ships_later,
    shop_closed,
    too_little,
)
from core.web.storefront.frame import Frame, preview
from core.web.storefront.lines import goods_rates, line_views, product_ids
from core.web.storefront.pay_options import pay_options
from core.web.storefront.prices import price_sum
from core.web.storefront.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an order was not placed.

    Args:
        status: of the answer; 200 when nothing is wrong.
        errors: sentences about the whole order.
        lines: line key → what is wrong with it.
        changed: the total is not what the buyer saw.
        fields: whether problems of single fields are shown: only after the buyer wanted to order.
    """

    status: int = 200
    errors: tuple[str, ...] = ()
    lines: Mapping[str, str] = field(default_factory=dict)
    changed: QuoteChange | None = None
    fields: bool = False


NO_TROUBLE = Trouble()


def checkout_view_page(
    frame: Frame,
    checkout: CheckoutView,
    quoted: Quoted,
    wishes: Wishes,
    kept: Sequence[AddressView],
    trouble: Trouble = NO_TROUBLE,
) -> CheckoutPage:
    """The page of `checkout` at the price of `quoted`."""
    variants = sold_variants(line.variant_id for line in quoted.priced.lines)
    lines, errors = refusals_by_line(quoted.refusals)
    path, title = f"{links.CHECKOUT}/{checkout.code}", _("Checkout")
    problems = wishes.problems if trouble.fields else {}
    delivery = delivery_options(frame, quoted, wishes)
    blocking = (*shop_closed(frame), *no_delivery(frame, wishes), *too_little(delivery))
    in_the_way = (*blocking, *instead(delivery, wishes))
    return CheckoutPage(
        title=title,
        preview=preview(frame, title, path, index=False),
        back=LinkView(label=_("Cart"), url=links.CART),
        subject_ids=product_ids(variants.values()),
        action=path,
        quote_url=f"{path}/quote",
        lines=line_views(quoted.priced, variants, problems={**lines, **trouble.lines}),
        sum=price_sum(quoted.priced, rates=goods_rates(quoted.basket.price_input)),
        quote=quoted.token,
        key=checkout.code,
        fields=field_views(address_fields(), wishes.ship.values, problems, frame.requoted),
        addresses=_addresses(kept, wishes),
        delivery=delivery,
        position=wishes.delivery.get("position", ""),
        pickup_fields=_pickup_fields(frame, wishes, problems),
        payments=pay_options(frame.ways, currency=frame.settings.currency, chosen=wishes.payment),
        changed=trouble.changed,
        errors=tuple(dict.fromkeys((*trouble.errors, *errors, *in_the_way))),
        promises=(_keeps(frame, quoted), *ships_later(frame)),
        note=note_view(wishes.note.text, problems.get("note", "")),
        blocked=bool(quoted.refusals) or bool(blocking),
    )


def refusals_by_line(refusals: Sequence[Refusal]) -> tuple[dict[str, str], list[str]]:
    """(line key → words, sentences about the whole) of what plugins refuse."""
    lines, general = {}, []
    for refusal in refusals:
        words = sentences(refusal.message, refusal.fix or "")
        if refusal.line is not None:
            lines[str(refusal.line)] = words
        else:
            general.append(words)
    return lines, general


def _keeps(frame: Frame, quoted: Quoted) -> str:
    if quoted.basket.price_input.marked_by:
        # A plugin may keep it for a shorter time, and says so in its block.
        return _("You pay on the next page.")
    return ngettext(
        "You pay on the next page. What you order is kept for you for %(n)s minute.",
        "You pay on the next page. What you order is kept for you for %(n)s minutes.",
        frame.settings.payment_window,
    )


def _pickup_fields(frame: Frame, wishes: Wishes, problems: Mapping[str, str]) -> tuple[FieldView, ...]:
    values = {f"pickup_{name}": value for name, value in wishes.pickup.values.items()}
    return field_views(pickup_fields(), values, problems) if frame.pickups else ()


def _addresses(kept: Sequence[AddressView], wishes: Wishes) -> tuple[AddressOption, ...]:
    return tuple(
        AddressOption(
            id=str(one.id),
            name=one.name,
            phone=masked(one.phone) if one.phone else "",
            text=address_line({name: getattr(one, name) for name in AddressView.__slots__}),
            selected=wishes.kept is not None and wishes.kept.id == one.id,
        )
        for one in kept
    )
