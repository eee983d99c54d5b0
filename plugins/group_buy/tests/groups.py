"""An activity, and people who start, join and pay by the real actions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.sdk.clock import now
from core.sdk.commands import Actor, acting_as, reading
from core.testing.browsers import ShopBrowser
from core.testing.buying import Buyer, order_row
from core.testing.goods import MadeProduct
from plugins.group_buy.actions.activities import publish_activity, save_activity
from plugins.group_buy.actions.buying import join_group, start_group
from plugins.group_buy.domain import Plan
from plugins.group_buy.queries.groups import GroupView, group_by_code, group_of_order


def plan(product: MadeProduct, prices: Mapping[UUID, int] | None = None, **changes: Any) -> Plan:
    """A running activity's plan; the group price is 8,900 for the first variant unless said otherwise."""
    moment = now()
    rules: dict[str, Any] = {
        "title": "秋茶铁观音 3 人拼",
        "size": 3,
        "window": timedelta(hours=24),
        "starts_at": moment - timedelta(days=1),
        "ends_at": moment + timedelta(days=5),
        "hard_end_at": moment + timedelta(days=6),
        "limit_per_customer": 2,
        "stock_cap": 60,
        "prices": prices or {product.variant_id: 8_900},
    }
    return Plan(**{**rules, **changes})


def make_activity(product: MadeProduct, prices: Mapping[UUID, int] | None = None, **changes: Any) -> UUID:
    """A published activity."""
    activity_id = save_activity(product_id=product.id, plan=plan(product, prices, **changes))
    publish_activity(activity_id=activity_id)
    return activity_id


@dataclass(frozen=True)
class Member:
    """A buyer with an account who starts and joins groups by the real actions."""

    who: Buyer

    @property
    def id(self) -> UUID:
        assert self.who.customer_id is not None
        return self.who.customer_id

    @property
    def acting(self) -> Any:
        """Acts as this customer inside the block."""
        return acting_as(Actor("customer", self.id, "林知夏"))

    def start(self, activity_id: UUID, variant_id: UUID, quantity: int = 1, **more: Any) -> UUID:
        """Start a group: an unpaid order."""
        with self.acting:
            checkout = start_group(activity_id=activity_id, variant_id=variant_id, quantity=quantity)
            return self.who.place(checkout, **more).order_id

    def keep(self, code: str, quantity: int = 1) -> str:
        """Keep a seat: a checkout."""
        with self.acting:
            return join_group(code=code, quantity=quantity)

    def place(self, checkout: str, if_full: str = "") -> UUID:
        """Place the order of a checkout, with the choice for a late payment."""
        with self.acting:
            choices = {"group_buy.if_full": if_full} if if_full else None
            return self.who.place(checkout, choices=choices).order_id

    def join(self, code: str, quantity: int = 1, if_full: str = "") -> UUID:
        """Join a group: an unpaid order."""
        return self.place(self.keep(code, quantity), if_full)


def group_of(order_id: UUID) -> GroupView:
    """The group of an order as it stands now."""
    with reading():
        found = group_of_order(order_id)
    assert found is not None
    return found


def group_at(code: str, viewer_id: UUID | None = None) -> GroupView:
    """The group with this code as it stands now."""
    with reading():
        found = group_by_code(code, viewer_id=viewer_id)
    assert found is not None
    return found


def state_of(order_id: UUID) -> tuple[str, str, str]:
    """Lifecycle, money and reason of cancelling."""
    row = order_row(order_id)
    return row.lifecycle, row.financial, row.cancel_reason


def log_in(browser: ShopBrowser, contact: str) -> ShopBrowser:
    """The browser after its person has logged in with the code from the mailbox."""
    browser.get("/login")
    browser.post("/login", {"contact": contact})
    code = re.findall(r"(?<!\d)\d{6}(?!\d)", browser.get("/mailbox").text)[0]
    page = browser.post("/login/code", {"contact": contact, "code": code, "next": "/"})
    assert page.status == 200
    return browser
