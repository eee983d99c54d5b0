"""Buyers' programs: the host names the shop, a customer's token says who buys; without one it is a guest."""

from contextlib import ExitStack
from typing import Any

from flask import g, request
from werkzeug.exceptions import MisdirectedRequest

from core.commerce.customers.queries import customer_of_token
from core.hooks import current
from core.kernel.db import reading
from core.kernel.tenancy import GUEST, Actor, ShopScope, acting_as, shop_bound
from core.web.api.bearer import bearer_token
from core.web.api.problems import TokenRefused
from core.web.hosts import host_name


class StoreAudience:
    """`/api/v1`, on every shop's host."""

    name = "store"
    title = "Pinpu storefront API"
    about = (
        "What a storefront does, for an app or a site of your own: look around, fill a cart, pay, follow an order. The"
        " host names the shop; a customer's token says who buys."
    )
    prefix = "/api/v1"
    security: dict[str, Any] = {  # noqa: RUF012 - a document
        "type": "http",
        "scheme": "bearer",
        "description": "A customer's token; guests send none.",
    }

    def enter(self, stack: ExitStack) -> None:
        """Bind the host's shop and its customer or a guest. Raises TokenRefused for a token that is nobody's."""
        scope: ShopScope | None = current.answer("answer_scope_for_host", host=host_name(request.environ))
        if scope is None:
            raise MisdirectedRequest
        stack.enter_context(shop_bound(scope, GUEST))
        stack.enter_context(reading())
        if "Authorization" not in request.headers:
            return
        customer = customer_of_token(bearer_token())
        if customer is None:
            raise TokenRefused
        g.api_caller = str(customer.id)
        stack.enter_context(acting_as(Actor("customer", customer.id, customer.shown_name)))
