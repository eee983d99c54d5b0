"""The view of one case: how it stands, what to do next, and everything both sides said."""

from collections.abc import Sequence

from core.commerce.aftersale.pictures import MOST_PICTURES
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import CaseView, PictureView, StepView, pictures_of, promises, steps_of
from core.commerce.aftersale.telling import NOT_SAID_WHERE
from core.commerce.catalog.queries import sold_variants
from core.commerce.fulfilment.carriers import carrier_choices
from core.commerce.media.pictures import WIDTHS
from core.commerce.orders.queries import OrderView
from core.kernel.i18n import _, current_language
from core.kernel.money import Money
from core.rendering import contexts as views
from core.rendering import links
from core.web.storefront.aftersale_words import (
    aftersale_url,
    case_standing,
    case_url,
    kind_name,
    money_sum,
    ways_to_shop,
)
from core.web.storefront.frame import Frame, image_view, preview
from core.web.storefront.lines import ordered_pictures

_SMALL = WIDTHS[0]


def case_view_page(
    case: CaseView, order: OrderView, frame: Frame, *, typed: dict[str, str], errors: dict[str, str]
) -> views.CasePage:
    """The page of a case; `typed` and `errors` are what the form of the parcel was last sent with."""
    rules, shown = promises(), pictures_of(case.id)
    stands = case_standing(case, rules)
    title = f"{kind_name(case.kind)} {case.number}"
    more = MOST_PICTURES - len(shown) if case.can("show_more") else 0
    url = case_url(case.code)
    return views.CasePage(
        title=title,
        preview=preview(frame, title, url, index=False),
        back=views.LinkView(
            label=_("Order %(number)s", number=order.number), url=links.order_url(order.code)
        ),
        number=case.number,
        headline=stands.headline,
        detail=stands.detail,
        tone=stands.tone,
        until=case.due_at,
        answer=case.answer,
        return_to=_return_to(case, rules),
        send_action=f"{url}/parcel" if case.can("send") else "",
        send_fields=_parcel_fields(case, typed, errors) if case.can("send") else (),
        sent=case.state == "sent",
        lines=_lines(case, order),
        sum=None if case.kind == "exchange" else _sum(case),
        facts=_facts(case),
        pictures=tuple(_picture(one) for one in shown),
        pictures_action=f"{url}/pictures" if more > 0 else "",
        most_pictures=more,
        timeline=_timeline(case, steps_of(case.id, public_only=True)),
        actions=_actions(case, order, frame),
    )


def _return_to(case: CaseView, rules: Promises) -> tuple[str, ...]:
    if not case.can("send"):
        return ()
    where = case.return_to or rules.return_to or _(NOT_SAID_WHERE)
    return tuple(line for line in where.splitlines() if line.strip())


def _parcel_fields(
    case: CaseView, typed: dict[str, str], errors: dict[str, str]
) -> tuple[views.FieldView, ...]:
    chosen = typed.get("carrier", case.carrier)
    options = tuple(
        views.FieldOption(value=code, label=name)
        for code, name in carrier_choices(current_language())
        if code != "own"
    )
    blank = views.FieldOption(value="", label=_("Please choose"))
    return (
        views.FieldView(
            name="carrier",
            label=_("Carrier"),
            kind="select",
            value=chosen,
            options=(blank, *options),
            error=errors.get("carrier", ""),
        ),
        views.FieldView(
            name="tracking_number",
            label=_("Number on the parcel"),
            value=typed.get("tracking_number", case.tracking_number),
            error=errors.get("tracking_number", ""),
            max_length=80,
        ),
    )


def _lines(case: CaseView, order: OrderView) -> tuple[views.LineView, ...]:
    variants = sold_variants(line.variant_id for line in order.lines)
    pictures = ordered_pictures(order.lines, variants)
    by_id = {line.id: line for line in order.lines}
    swaps = sold_variants(line.replacement_id for line in case.lines if line.replacement_id)
    return tuple(
        views.LineView(
            id=line.key,
            title=line.title,
            quantity=line.quantity,
            total=Money(sum(by_id[line.order_line_id].unit_nets[: line.quantity]), order.currency),
            variant=line.variant_title,
            image=image_view(pictures.get(line.order_line_id)),
            note=_("Exchange it for: %(title)s", title=swaps[line.replacement_id].title)
            if line.replacement_id in swaps
            else "",
            fixed=True,
        )
        for line in case.lines
    )


def _sum(case: CaseView) -> views.PriceSum:
    steps = [(_("Goods"), case.offered_minor - case.shipping_minor)]
    if case.shipping_minor:
        steps.append((_("Shipping"), case.shipping_minor))
    if case.wanted_minor != case.offered_minor:
        steps.append((_("You asked for less"), case.wanted_minor - case.offered_minor))
    if case.agreed_minor is not None and case.agreed_minor != case.wanted_minor:
        steps.append((_("Changed by the shop"), case.agreed_minor - case.wanted_minor))
    return money_sum(steps, case.amount.minor, case.currency)


def _facts(case: CaseView) -> tuple[views.DetailView, ...]:
    found = [
        views.DetailView(label=_("Number of the case"), value=case.number),
        views.DetailView(label=_("Reason"), value=case.reason),
    ]
    if case.words:
        found.append(views.DetailView(label=_("In your words"), value=case.words))
    return tuple(found)


def _picture(one: PictureView) -> views.ImageView:
    height = max(1, round(one.height * _SMALL / one.width))
    url = f"/case-pictures/{one.code}"
    return views.ImageView(
        url=url, alt=_("Picture"), width=_SMALL, height=height, srcset=f"{url}?small=1 {_SMALL}w"
    )


def _timeline(case: CaseView, steps: Sequence[StepView]) -> tuple[views.TimelineEntry, ...]:
    shown = [views.TimelineEntry(title=one.text, at=one.at, detail=one.note) for one in steps]
    if case.stands == "refunded":
        shown.append(views.TimelineEntry(title=_("The money is back"), when=""))
    elif case.stands == "refunding":
        shown.append(views.TimelineEntry(title=_("The money is on its way"), state="now"))
    elif case.stands == "stuck":
        shown.append(views.TimelineEntry(title=_("The payment service refused it"), state="fail"))
    return tuple(shown)


def _actions(case: CaseView, order: OrderView, frame: Frame) -> tuple[views.OrderAction, ...]:
    found = []
    if case.can("withdraw"):
        found.append(
            views.OrderAction(
                label=_("Withdraw"),
                url=f"{case_url(case.code)}/withdraw",
                post=True,
                confirm=_("The case is closed. You can ask again while the time for it lasts."),
            )
        )
    if case.state in ("declined", "withdrawn", "lapsed"):
        found.append(views.OrderAction(label=_("Ask again"), url=aftersale_url(order.code)))
    ways = ways_to_shop(frame, order.number)
    return (*found, *(views.OrderAction(label=one.label, url=one.url) for one in ways))
