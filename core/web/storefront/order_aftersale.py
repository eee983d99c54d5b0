"""What the page of an order says about after the sale: cases, what can be asked for, until when."""

from dataclasses import dataclass

from core.commerce.aftersale.queries import case_chances, cases_of_order, promises
from core.commerce.orders.queries import OrderView
from core.kernel.i18n import _
from core.rendering import contexts as views
from core.rendering import links
from core.web.storefront.aftersale_page import over_words
from core.web.storefront.aftersale_words import aftersale_url, case_rows


@dataclass(frozen=True, slots=True)
class OrderAftersale:
    """Parts of an order's page."""

    cases: tuple[views.CaseRow, ...] = ()
    actions: tuple[views.OrderAction, ...] = ()
    facts: tuple[views.DetailView, ...] = ()


def order_aftersale(order: OrderView, *, is_owner: bool) -> OrderAftersale:
    """What the buyer of an order can follow and ask for; nothing for anybody else."""
    if not is_owner:
        return OrderAftersale()
    rules = promises()
    possible = case_chances(order, rules)
    until = over_words(possible, rules)
    facts = (views.DetailView(label=_("Returns"), value=until),) if until else ()
    return OrderAftersale(case_rows(cases_of_order(order.id), rules), _actions(order, possible.kinds), facts)


def _actions(order: OrderView, kinds: tuple[str, ...]) -> tuple[views.OrderAction, ...]:
    url = aftersale_url(order.code)
    found = []
    if order.must_be_paid:
        found.append(
            views.OrderAction(
                label=_("Cancel the order"),
                url=f"{links.order_url(order.code)}/cancel",
                post=True,
                confirm=_("The order closes, and its goods go back on sale."),
            )
        )
        return tuple(found)
    if "cancel" in kinds:
        found.append(views.OrderAction(label=_("Cancel the order"), url=f"{url}?kind=cancel"))
    others = [kind for kind in kinds if kind != "cancel"]
    if others == ["refund"]:
        found.append(views.OrderAction(label=_("Take something out"), url=f"{url}?kind=refund"))
    elif others:
        found.append(views.OrderAction(label=_("Refund, return or exchange"), url=url))
    return tuple(found)
