"""What a buyer can rely on, below the price: freight, pick-up and promises, who sells, where it comes from."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from babel.dates import format_date, format_skeleton

from core.commerce.catalog.provenance import Provenance
from core.commerce.shipping.queries import MethodView
from core.kernel.i18n import _, current_locale
from core.kernel.money import Money, format_money
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.contexts import DetailView, FactView, LinkView, ProvenanceView, SellerView
from core.rendering.richtext import sanitised
from core.web.storefront.frame import Frame, contact_view

# Icons of promises that the shop's own settings answer more exactly.
_COMPUTED = frozenset({"truck", "store"})
_MOST_METHODS = 2
_RETURNS = ("return", "refund", "after-sale", "aftersale")


def facts_of(frame: Frame) -> tuple[FactView, ...]:
    """Freight and pick-up as the settings say, then what the merchant promises on the home page."""
    computed = (*_freight_facts(frame), *_pickup_facts(frame))
    known = {fact.icon for fact in computed}
    return (*computed, *(fact for fact in _promises(frame) if fact.icon not in _COMPUTED & known))


def _promises(frame: Frame) -> Iterator[FactView]:
    for section in frame.home.sections:
        if section.type == "promises" and section.blocks:
            yield from (FactView(**block.settings) for block in section.blocks)
            return


def _freight_facts(frame: Frame) -> Iterator[FactView]:
    for place, method in enumerate(frame.methods[:_MOST_METHODS]):
        label = _("Delivery") if method.kind == "local" else _("Shipping")
        fee, named = _fee_words(method), len(frame.methods) > 1
        detail = " · ".join(filter(None, (method.name if named else "", method.note)))
        yield FactView(icon="truck" if place == 0 else "box", label=label, text=fee, detail=detail)


def _fee_words(method: MethodView) -> str:
    """What sending costs: from the cheapest zone on where it depends on the place."""
    rules, currency = method.rules, current_scope().currency
    rates = ([] if rules.listed_only else [rules.rate]) + [zone.rate for zone in rules.zones]
    fees = [rate.fee for rate in rates] or [rules.rate.fee]
    fee = format_money(Money(min(fees), currency))
    depends = len(set(fees)) > 1 or any(rate.step_fee for rate in rates)
    free_from = {rate.free_from for rate in rates}
    if max(fees) == 0 and not depends:
        return _("Free")
    words = _("from %(fee)s", fee=fee) if depends else fee
    if len(free_from) == 1 and (amount := next(iter(free_from))) is not None:
        return _(
            "Free from %(amount)s, else %(fee)s", amount=format_money(Money(amount, currency)), fee=words
        )
    return words


def _pickup_facts(frame: Frame) -> Iterator[FactView]:
    if frame.pickups:
        first = frame.pickups[0]
        names = _(", ").join(point.name for point in frame.pickups[:3])
        yield FactView(icon="store", label=_("Pick-up"), text=names, detail=first.hours or first.address)


def seller_of(frame: Frame) -> SellerView:
    """Who sells, with the ways to reach them."""
    settings = frame.settings
    return SellerView(
        name=settings.name,
        since=_since(settings.created_at),
        company=str(settings.theme.get("company", "")),
        ways=tuple(_ways(frame)),
        policy=_returns(frame),
    )


def _since(moment: datetime) -> str:
    local = moment.astimezone(current_scope().zone)
    return str(format_skeleton("yMMMM", local, locale=current_locale()))


def _ways(frame: Frame) -> Iterator[LinkView]:
    contact = contact_view(frame)
    if contact.chat.startswith("https://"):
        yield LinkView(label=_("Chat with us"), url=contact.chat, icon="chat")
    if contact.phone:
        dialled = "".join(char for char in contact.phone if char.isdigit() or char == "+")
        yield LinkView(label=_("Call us"), url=f"tel:{quote(dialled, safe='+')}", icon="phone")
    if contact.email:
        yield LinkView(label=_("Write to us"), url=f"mailto:{contact.email}", icon="mail")


def _returns(frame: Frame) -> LinkView | None:
    """The policy whose address speaks of returns."""
    found = next(
        ((slug, title) for slug, title in frame.policies if any(word in slug for word in _RETURNS)), None
    )
    return None if found is None else LinkView(label=found[1], url=links.content_url(found[0]), icon="refund")


def provenance_of(known: Provenance) -> ProvenanceView | None:
    """Where a product comes from, or None where nothing is said."""
    if not known.is_known:
        return None
    made_on = format_date(known.made_on, "long", locale=current_locale()) if known.made_on else ""
    rows = (
        (_("Origin"), known.origin),
        (_("Batch"), known.batch),
        (_("Harvested or made on"), made_on),
        (_("Keeps for"), known.shelf_life),
        (_("How to store it"), known.storage),
    )
    return ProvenanceView(
        rows=tuple(DetailView(label=label, value=value) for label, value in rows if value),
        producer=known.producer,
        story=sanitised(known.story),
    )
