"""The customers page and segments with 100,000 customers and 100,000 orders: milliseconds and statements."""

import time
from collections.abc import Callable

from bench.crowd import CUSTOMERS
from bench.orders_stage import PAGE_HEAD, OrdersStage, page_rows, shop_with_orders
from bench.stage import Stage, median, table
from core.commerce.audiences.acquisition import growth, source_numbers
from core.commerce.audiences.queries import (
    audiences,
    forget_counts,
    is_member,
    member_count,
    members,
    shown_counts,
)
from core.commerce.audiences.rules import Condition, ConditionGroup, Rule, all_of
from core.commerce.customers.listing import customers_page
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound

REPEATS = 7
PAGES = {
    "list": "/customers/",
    "oldest first": "/customers/?sort=created_at",
    "by spending": "/customers/?sort=-spent",
    "by orders": "/customers/?sort=-orders",
    "by last order": "/customers/?sort=-last_order",
    "not bought for longest": "/customers/?sort=last_order",
    "search: part of a phone number": "/customers/?q=4242",
    "search: e-mail": "/customers/?q=c4242@example.com",
    "search: a word of every address": "/customers/?q=example.com",
    "search: surname of one in five": "/customers/?q=王",
    "search: two characters": "/customers/?q=王小",
    "search: surname, by spending": "/customers/?q=王&sort=-spent",
    "tag": "/customers/?tag=vip",
    "segment": "/customers/?segment=big_spenders",
    "page 4,000": "/customers/?page=4000",
    "segments": "/segments/",
    "sources": "/links/sources",
}
_RAW = (
    "SELECT id, name, email, phone, created_at, source, orders_placed, orders_paid, spent_minor, last_order_at"
    " FROM customers_customer WHERE shop_id = %s ORDER BY created_at DESC, id DESC LIMIT 20"
)


def timed(body: Callable[[], object]) -> float:
    """The median of some runs, in milliseconds; the first one warms up."""
    found = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        body()
        found.append(1000 * (time.perf_counter() - begun))
    return median(found[1:])


def _rules(made: Stage) -> dict[str, Rule]:
    with reading():
        product = str(_first_product())
    nested = Rule(
        "any",
        (
            ConditionGroup(
                "all", (Condition("orders", "at_least", "2"), Condition("last_order", "before", "60"))
            ),
            ConditionGroup("all", (Condition("tag", "is", "vip"), Condition("spent", "at_least", "3000"))),
        ),
    )
    return {
        "orders ≥ 2": all_of(Condition("orders", "at_least", "2")),
        "top 10 % by spending": all_of(Condition("top", "within", "10")),
        "tag": all_of(Condition("tag", "is", "vip")),
        "bought a product": all_of(Condition("product", "is", product)),
        "city": all_of(Condition("place", "is", "杭州")),
        "two groups of two": nested,
    }


def _first_product() -> object:
    from sqlalchemy import select  # noqa: PLC0415 - only here

    from core.commerce.catalog.models import Product  # noqa: PLC0415
    from core.kernel.db import session  # noqa: PLC0415

    return session().scalars(select(Product.id).limit(1)).one()


def _counts(made: Stage) -> list[tuple[str, ...]]:
    rows = []
    with shop_bound(made.shop, SYSTEM):
        for name, rule in _rules(made).items():
            with reading():
                count = member_count(rule)
                rows.append(
                    (
                        f"segment count: {name} ({count:,})",
                        f"{timed(lambda r=rule: member_count(r)):.0f}",
                        "1",
                    )
                )  # type: ignore[misc]
        with reading():
            ids = [row.id for row in customers_page(limit=200).rows]
            found = {
                "is_member of 200": lambda: is_member("big_spenders", ids),
                "members, 500 of a segment": lambda: members("repeat", limit=500),
                "counts of all ready-made": lambda: (forget_counts(), shown_counts(audiences())),
                "acquisition and repurchase (home)": growth,
                "all sources of 30 days": source_numbers,
            }
            rows += [(name, f"{timed(body):.0f}", "–") for name, body in found.items()]
    return rows


def run() -> str:
    """Milliseconds and statements of the pages, and milliseconds of counting."""
    with shop_with_orders() as ready:
        return tables(ready)


def tables(ready: OrdersStage) -> str:
    """The same of a shop that is there already."""
    pages = table((f"customers page, {CUSTOMERS:,} customers", *PAGE_HEAD), page_rows(ready, PAGES, _RAW))
    counts = table(("counting", "ms", "statements"), _counts(ready.stage))
    return f"{pages}\n\n{counts}"
