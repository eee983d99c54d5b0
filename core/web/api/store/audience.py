"""Buyers' programs: the host names the shop, the token says whose cart, orders and account these are."""

from contextlib import ExitStack
from typing import Any, NoReturn

from flask import g, request
from werkzeug.exceptions import MisdirectedRequest

from core.commerce.customers.queries import customer_of_token
from core.hooks import current
from core.kernel.db import reading
from core.kernel.tenancy import GUEST, Actor, ShopScope, acting_as, shop_bound
from core.rendering.contexts import PluginPage
from core.rendering.visits import Visit, visiting
from core.web.api.bearer import bearer_token
from core.web.api.problems import TokenRefused
from core.web.api.store.callers import Caller, is_guest_token, network_address, note_caller, the_caller
from core.web.hosts import host_name


class StoreAudience:
    """`/api/v1`, on every shop's host."""

    name = "store"
    title = "Pinpu storefront API"
    about = (
        "What a storefront does, for an app or a site of your own: look around, fill a cart, pay, follow an order. The"
        " host names the shop. Looking around needs no token; `POST /sessions` makes one for a guest, to whom a cart and"
        " orders can belong, and `POST /sessions/login` one for a customer, who takes the guest's cart along."
    )
    prefix = "/api/v1"
    origins = "*"
    security: dict[str, Any] = {  # noqa: RUF012 - a document
        "type": "http",
        "scheme": "bearer",
        "description": "A guest's or a customer's token.",
    }

    def enter(self, stack: ExitStack) -> None:
        """Bind the host's shop and its customer or a guest. Raises TokenRefused for a token that is nobody's."""
        scope: ShopScope | None = current.answer("answer_scope_for_host", host=host_name(request.environ))
        if scope is None:
            raise MisdirectedRequest
        stack.enter_context(shop_bound(scope, GUEST))
        stack.enter_context(reading())
        stack.enter_context(visiting(_visit()))
        if "Authorization" not in request.headers:
            return
        token = bearer_token()
        if token and is_guest_token(token):
            # One guest is as good as the next: guests are counted by network address.
            note_caller(Caller(token))
            return
        customer = customer_of_token(token) if token else None
        if customer is None:
            raise TokenRefused
        g.api_caller = str(customer.id)
        note_caller(Caller(token, customer.id))
        stack.enter_context(acting_as(Actor("customer", customer.id, customer.shown_name)))


def _visit() -> Visit:
    """What plugins may ask about a request; there are no pages and no browser here, only the token."""
    return Visit(
        path=request.path,
        token=lambda: the_caller().token,
        device=lambda: the_caller().token,
        show=_no_pages,
        tell=lambda _text, _tone: None,
        address=network_address,
    )


def _no_pages(_page: PluginPage, _status: int) -> NoReturn:
    raise TypeError("an address of the API answers with values, not with pages")
