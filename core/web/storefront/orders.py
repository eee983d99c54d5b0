"""A buyer's orders: one by its link, all of one's own, and the account around them."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request

from core.commerce.catalog.queries import sold_variants
from core.commerce.checkout.queries import has_order
from core.commerce.customers.errors import LoginNeeded
from core.commerce.customers.queries import CustomerFace
from core.commerce.media.queries import Picture
from core.commerce.orders.customer_lists import (
    VIEWS,
    CustomerOrders,
    customer_order_counts,
    customer_orders,
)
from core.commerce.orders.queries import OrderView, order_of_code
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, _
from core.rendering import links
from core.rendering.contexts import AccountPage, LinkView, OrderRow, OrdersPage, Pager
from core.web.storefront.answers import asked, customer_view, page_answer, slots_about, slots_for
from core.web.storefront.browser import SECRET, current_browser
from core.web.storefront.finding import opened_by_link
from core.web.storefront.forms import page_number
from core.web.storefront.frame import image_view, preview
from core.web.storefront.limits import TRIES, limiter
from core.web.storefront.lines import ordered_pictures
from core.web.storefront.order_page import order_view_page
from core.web.storefront.order_words import can_be_paid, standing
from core.web.storefront.parts import parts
from core.web.storefront.prompts import path_to_share

orders = Blueprint("orders", __name__)

_LATEST = 3
# View → (name, icon of its door on the account page).
_VIEW_NAMES = {
    "all": (N_("All"), "receipt"),
    "unpaid": (N_("Unpaid"), "wallet"),
    "waiting": (N_("Waiting"), "clock"),
    "to_ship": (N_("To ship"), "box"),
    "shipped": (N_("Shipped"), "truck"),
    "refunded": (N_("Refunds"), "refund"),
}


@orders.get("/orders/<code>")
@limiter.limit(TRIES, exempt_when=lambda: "key" not in request.args)
def show_order(code: str) -> Response:
    """One order: whole for whoever placed it, masked for anybody else with the link."""
    found = order_of_code(code)
    if found is None:
        raise NotFound
    mine = is_owner(found)
    if (opened := opened_by_link(found, has_it=mine)) is not None:
        return opened
    slots = slots_about("order", (found.id,))
    told = frozenset(plugin for plugin, block in slots.blocks if block.slot == "order.status")
    page = order_view_page(found, parts().frames.frame(), is_owner=mine, told=told)
    find_url = "" if mine else f"{links.FIND_ORDER}?{urlencode({'number': found.number})}"
    return page_answer(replace(page, share_path=path_to_share(found), find_url=find_url), slots=slots)


def is_owner(order: OrderView) -> bool:
    """Whether the browser at hand is its buyer's: by log-in, by the secret it had at checkout, or because it proved it."""
    browser = current_browser()
    if browser.customer is not None and browser.customer.id == order.customer_id:
        return True
    return has_order(order.id, browser.cookie(SECRET))


@orders.get("/account")
def account() -> Response:
    """The buyer's own page."""
    customer = _customer()
    counts = customer_order_counts(customer.id)
    latest = customer_orders(customer.id).orders[:_LATEST]
    title, view = _("My account"), customer_view()
    assert view is not None
    page = AccountPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.ACCOUNT, index=False),
        customer=view,
        counts=_doors(counts) if counts["all"] else (),
        orders=_rows(latest),
        orders_url=links.ORDERS,
        links=(LinkView(label=_("Notifications"), url="/account/notifications", icon="bell"),),
        logout_url="/logout",
    )
    return page_answer(page, slots=slots_for(page))


@orders.get("/account/orders")
def my_orders() -> Response:
    """All orders of the buyer, by how they stand."""
    customer = _customer()
    view = asked("view") if asked("view") in VIEWS else VIEWS[0]
    found = customer_orders(customer.id, view=view, page=page_number(asked("page")))
    title = _("My orders")
    page = OrdersPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.ORDERS, index=False),
        back=LinkView(label=_("My account"), url=links.ACCOUNT),
        subject_ids=tuple(order.id for order in found.orders),
        orders=_rows(found.orders),
        tabs=_tabs(view),
        pager=_pager(found, view),
    )
    return page_answer(page, slots=slots_for(page))


def _customer() -> CustomerFace:
    found = current_browser().customer
    if found is None:
        raise LoginNeeded
    return found


def _view_url(view: str) -> str:
    return links.ORDERS if view == VIEWS[0] else f"{links.ORDERS}?{urlencode({'view': view})}"


def _doors(counts: dict[str, int]) -> tuple[LinkView, ...]:
    """Doors to the views, with how many orders wait behind those where something is going on."""
    doors = []
    for view in VIEWS[1:]:
        name, icon = _VIEW_NAMES[view]
        busy = counts[view] if view in ("unpaid", "waiting", "to_ship") else 0
        label = f"{_(name)} {busy}" if busy else _(name)
        doors.append(LinkView(label=label, url=_view_url(view), icon=icon))
    return tuple(doors)


def _tabs(chosen: str) -> tuple[LinkView, ...]:
    return tuple(
        LinkView(label=_(name), url=_view_url(view), current=view == chosen)
        for view, (name, _icon) in _VIEW_NAMES.items()
    )


def _pager(found: CustomerOrders, view: str) -> Pager:
    first = _view_url(view)

    def url(number: int) -> str:
        return f"{first}{'&' if '?' in first else '?'}page={number}"

    return Pager(
        page=found.page,
        pages=found.pages,
        total=found.total,
        previous_url=url(found.page - 1) if found.page > 1 else "",
        next_url=url(found.page + 1) if found.page < found.pages else "",
    )


def _rows(found: tuple[OrderView, ...]) -> tuple[OrderRow, ...]:
    lines = [line for order in found for line in order.lines]
    pictures = ordered_pictures(lines, sold_variants(line.variant_id for line in lines))
    return tuple(_row(order, pictures) for order in found)


def _row(order: OrderView, pictures: Mapping[UUID, Picture]) -> OrderRow:
    stands = standing(order)
    others = len(order.lines) - 1
    first = order.lines[0].title
    return OrderRow(
        number=order.number,
        url=links.order_url(order.code),
        placed_at=order.placed_at,
        status=stands.short,
        total=order.total,
        pieces=sum(line.quantity for line in order.lines),
        images=tuple(view for line in order.lines if (view := image_view(pictures.get(line.id)))),
        summary=_("%(first)s and %(n)s more", first=first, n=others) if others else first,
        tone=stands.tone,
        pay_url=f"{links.order_url(order.code)}/pay" if can_be_paid(order) else "",
    )
