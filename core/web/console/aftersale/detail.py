"""Everything that the page of one case shows, gathered before a template sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from core.commerce.aftersale.money import Offer
from core.commerce.aftersale.previews import offer_now
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import (
    CaseView,
    PictureView,
    StepView,
    customer_case_counts,
    pictures_of,
    promises,
    steps_of,
)
from core.commerce.aftersale.queries import case as case_by_id
from core.commerce.catalog.queries import sold_variants
from core.commerce.fulfilment.carriers import carrier_name, tracking_link
from core.commerce.media.queries import pictures_at
from core.commerce.orders.console_queries import BuyerHistory, buyer_history
from core.commerce.orders.queries import OrderView, order
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.money import Money
from core.rendering.console.parts import Entry, Fact
from core.web.console.aftersale.words import kind_words
from core.web.console.media import picture_url


@dataclass(frozen=True, slots=True)
class ShownLine:
    """Units of a line, with their picture."""

    title: str
    variant: str
    units: int
    image: str
    swap: str


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """The page of one case."""

    case: CaseView
    order: OrderView
    rules: Promises
    lines: Sequence[ShownLine]
    pictures: Sequence[PictureView]
    money: Sequence[Fact]
    most: Money
    trouble: PinpuError | None
    history: BuyerHistory | None
    earlier: str
    timeline: Sequence[Entry]
    carrier: str
    tracking_link: str

    @property
    def title(self) -> str:
        """What is asked for, and its number."""
        return f"{kind_words(self.case.kind)} {self.case.number}"

    @property
    def default(self) -> str:
        """What happens when nobody answers, in words."""
        if self.case.state == "sent":
            return gettext(N_("it counts as received"))
        if self.case.state == "accepted":
            return gettext(N_("the case is closed, because nothing came"))
        accepts = self.rules.default_of(self.case.kind) == "accept"
        return gettext(N_("it is accepted")) if accepts else gettext(N_("it is declined"))


def case_detail(ref: str) -> CaseDetail:
    """Read everything about a case of the bound shop. Raises NotFound."""
    case_id = as_id(ref)
    found = case_by_id(case_id) if case_id else None
    about = order(found.order_id) if found else None
    if found is None or about is None:
        raise NotFound
    rules = promises()
    offer, trouble = _offer(found, rules)
    customer = found.customer_id
    return CaseDetail(
        case=found,
        order=about,
        rules=rules,
        lines=_lines(found),
        pictures=pictures_of(found.id),
        money=_money(found, offer),
        most=Money(offer.most if offer else 0, found.currency),
        trouble=trouble,
        history=buyer_history(customer) if customer else None,
        earlier=_earlier(customer_case_counts(customer)) if customer else "",
        timeline=_entries(steps_of(found.id)),
        carrier=carrier_name(found.carrier) if found.carrier else "",
        tracking_link=tracking_link(found.carrier, found.tracking_number) if found.carrier else "",
    )


def _offer(found: CaseView, rules: Promises) -> tuple[Offer | None, PinpuError | None]:
    """What it gives back now, or why it no longer can; only while somebody has to decide."""
    if not found.waits_for:
        return None, None
    units = {line.key: line.quantity for line in found.lines}
    try:
        return offer_now(found.order_id, rules, kind=found.kind, fault=found.fault, units=units), None
    except PinpuError as error:
        return None, error


def _lines(found: CaseView) -> list[ShownLine]:
    pictures = pictures_at(line.image for line in found.lines)
    swaps = sold_variants(line.replacement_id for line in found.lines if line.replacement_id)
    return [
        ShownLine(
            line.title,
            line.variant_title,
            line.quantity,
            picture_url(pictures.get(line.image)),
            swaps[line.replacement_id].title if line.replacement_id in swaps else "",
        )
        for line in found.lines
    ]


def _money(found: CaseView, offer: Offer | None) -> list[Fact]:
    """What goes back, as the buyer saw it, with what was changed since."""
    currency = found.currency
    if offer is not None:
        facts = [
            Fact(
                gettext(N_("%(title)s × %(units)s"), title=line.title, units=line.units),
                Money(line.amount, currency),
            )
            for line in offer.preview.lines
        ]
    else:
        facts = [Fact(gettext(N_("Goods")), Money(found.offered_minor - found.shipping_minor, currency))]
    if found.shipping_minor:
        facts.append(Fact(gettext(N_("Shipping")), Money(found.shipping_minor, currency)))
    if found.wanted_minor != found.offered_minor:
        facts.append(
            Fact(
                gettext(N_("The buyer asks for less")),
                Money(found.wanted_minor - found.offered_minor, currency),
            )
        )
    if found.agreed_minor is not None and found.agreed_minor != found.wanted_minor:
        facts.append(
            Fact(gettext(N_("Changed by the shop")), Money(found.agreed_minor - found.wanted_minor, currency))
        )
    facts.append(Fact(gettext(N_("To the buyer")), found.amount, total=True))
    return facts


def _earlier(counts: Mapping[str, int]) -> str:
    """How often this customer asked for something, this case included."""
    said = [f"{kind_words(kind)} × {count}" for kind, count in counts.items()]
    return gettext(N_(", ")).join(said)


def _entries(steps: Sequence[StepView]) -> list[Entry]:
    """Newest first."""
    return [
        Entry(
            one.text if one.public or not one.note else one.note,
            one.at,
            by=_who(one),
            current=place == 0,
            detail=_besides(one),
        )
        for place, one in enumerate(reversed(steps))
    ]


def _besides(step: StepView) -> str:
    if not step.public:
        return gettext(N_("Seen by staff only"))
    return step.note


def _who(step: StepView) -> str:
    if step.actor_kind == "staff":
        return step.actor_name
    return gettext(N_("Buyer")) if step.actor_kind in ("customer", "guest") else gettext(N_("automatic"))


def picture_address(code: str, *, small: bool = False) -> str:
    """Where the console shows a picture of a case."""
    address = url_for("console_aftersale.picture", picture_ref=code)
    return f"{address}?small=1" if small else address
