"""The console's first page and the page of insights with 100,000 orders, beside the same sums by plain SQL."""

import time
from collections.abc import Callable
from datetime import timedelta

import psycopg

from bench.orders_stage import OrdersStage, shop_with_orders
from bench.stage import median, table
from core.kernel.clock import now
from core.testing.statements import count_statements

ORDERS, VISITS = 100_000, 7
_DAYS = (
    "SELECT (paid_at AT TIME ZONE 'Asia/Shanghai')::date, count(*), sum(captured_minor) FROM orders_order"
    " WHERE shop_id = %s AND paid_at >= now() - %s * interval '1 day' AND NOT is_test GROUP BY 1"
)
_PRODUCTS = (
    "SELECT product_id, count(DISTINCT order_id), sum(net_minor) FROM orders_line l JOIN orders_order o"
    " ON o.shop_id = l.shop_id AND o.id = l.order_id WHERE l.shop_id = %s AND o.paid_at >= now() - %s * interval '1 day'"
    " AND NOT is_test GROUP BY 1 ORDER BY 3 DESC LIMIT 8"
)


def times(visits: int, act: Callable[[], object]) -> list[float]:
    """Milliseconds of several goes, after one that warms up."""
    act()
    found = []
    for _ in range(visits):
        begun = time.perf_counter()
        act()
        found.append((time.perf_counter() - begun) * 1000)
    return found


def pages() -> dict[str, str]:
    """What is opened: today, and periods of growing length; the last covers every order."""
    last = now().date() - timedelta(days=1)
    year = f"/insights/?from={last - timedelta(days=364)}&to={last}"
    names = {"today": "today", "7 days": "7d", "30 days": "30d"}
    return {
        "home": "/",
        **{f"insights, {name}": f"/insights/?period={key}" for name, key in names.items()},
        "insights, a year": year,
    }


def run() -> str:
    """One table."""
    with shop_with_orders(ORDERS) as ready:
        rows = [*_pages(ready), *_raw(ready)]
    return table(("100,000 orders", "median ms", "statements"), rows)


def _pages(ready: OrdersStage) -> list[tuple[str, ...]]:
    rows = []
    for name, path in pages().items():
        assert ready.get(path) == 200, path
        with count_statements() as seen:
            ready.get(path)
        spent = median(times(VISITS, lambda path=path: ready.get(path)))  # type: ignore[misc]
        rows.append((name, f"{spent:.0f}", str(len(seen))))
    return rows


def _raw(ready: OrdersStage) -> list[tuple[str, ...]]:
    address = ready.stage.database.database_owner_url.replace("postgresql+psycopg", "postgresql")
    found = []
    with psycopg.connect(address) as connection:
        for name, statement in (("sums by day", _DAYS), ("products that brought most", _PRODUCTS)):
            for days in (1, 30, 365):
                told = (ready.stage.shop.shop_id, days)
                spent = times(VISITS, lambda s=statement, t=told: connection.execute(s, t).fetchall())  # type: ignore[misc]
                found.append((f"raw SQL: {name}, {days} days", f"{median(spent):.1f}", "1"))
    return found
