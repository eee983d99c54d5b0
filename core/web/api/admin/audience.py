"""Merchants' programs: a token names the shop, the person behind it and what it was given."""

from contextlib import ExitStack
from typing import Any

from flask import g

from core.hooks import current
from core.kernel.db import reading
from core.kernel.tenancy import Actor, ShopScope, shop_bound
from core.rendering.api import ApiCaller
from core.web.api.bearer import bearer_token
from core.web.api.problems import TokenRefused


class AdminAudience:
    """`/api/admin/v1`, on the console's hosts."""

    name = "admin"
    title = "Pinpu admin API"
    about = (
        "What the console can do, for a merchant's programs. A token is made in the console (Settings, API), belongs to"
        " one shop and never may more than who made it. See docs/api.md for a first walk."
    )
    prefix = "/api/admin/v1"
    origins = ""
    security: dict[str, Any] = {  # noqa: RUF012 - a document
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the console: `Authorization: Bearer pinpu_…`. Its scopes are permissions.",
    }

    def enter(self, stack: ExitStack) -> None:
        """Bind the token's shop, with its maker acting within the token's scopes. Raises TokenRefused."""
        token = bearer_token()
        caller: ApiCaller | None = current.answer("answer_api_caller", token=token) if token else None
        scope: ShopScope | None = None
        if caller is not None:
            scope = current.answer("answer_scope_for_shop", shop_id=caller.shop_id)
        if caller is None or scope is None:
            raise TokenRefused
        g.api_caller = str(caller.token_id)
        actor = Actor("staff", caller.staff_id, caller.name, caller.scopes, caller.token_id)
        stack.enter_context(shop_bound(scope, actor))
        stack.enter_context(reading())
