"""The orders page and bulk work with 100,000 orders: medians and statements, beside the rows by plain SQL."""

import contextvars
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg

from bench.crowd import ORDERS, TO_SHIP
from bench.orders_stage import PAGE_HEAD, OrdersStage, page_rows, shop_with_orders
from bench.stage import median, table
from core.commerce.fulfilment.bulk_queries import outcome_counts
from core.commerce.fulfilment.bulk_runs import (
    begin_bulk_run,
    carry_out_bulk_run,
    check_tracking_file,
    start_bulk_run,
)
from core.commerce.fulfilment.order_conditions import OrderQuery
from core.commerce.fulfilment.selections import Selection
from core.commerce.orders.tagging import save_tag
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound

SHIPPED = 500
PAGES = {
    "to ship": "/orders/",
    "all": "/orders/?view=all",
    "all, page 500": "/orders/?view=all&page=500",
    "all, by total": "/orders/?view=all&sort=-total",
    "payment: paid": "/orders/?view=all&payment=paid",
    "delivery: pick-up": "/orders/?view=all&delivery=pickup",
    "message from the buyer": "/orders/?view=all&note=buyer",
    "placed in a month": "/orders/?view=all&placed_from=2026-06-01&placed_to=2026-06-30",
    "SKU": "/orders/?view=all&product=TEA-17",
    "words of a product that every order has": "/orders/?view=all&product=龙井",
    "search: order number": "/orders/?view=all&q=B54321",
    "search: tracking number": "/orders/?view=all&q=SF9000000054321",
    "search: name": "/orders/?view=all&q=王小华",
    "search: surname of one in five": "/orders/?view=all&q=王",
    "search: a word of every order": "/orders/?view=all&q=龙井",
    "search: a word of every order, by total": "/orders/?view=all&q=龙井&sort=-total",
    "search: nothing found": "/orders/?view=all&q=大红袍",
}
_RAW = (
    "SELECT id, number, placed_at, lifecycle, financial, fulfilment, holds_open, total_minor, contact, address, delivery,"
    " marks FROM orders_order WHERE shop_id = %s ORDER BY placed_at DESC LIMIT 20"
)


def run() -> str:
    """Two tables: pages, and work in bulk."""
    with shop_with_orders() as ready:
        return tables(ready)


def tables(ready: OrdersStage) -> str:
    """The same of a shop that is there already; its orders are shipped and tagged by it."""
    pages = table((f"orders page, {ORDERS:,} orders", *PAGE_HEAD), page_rows(ready, PAGES, _RAW))
    work = table(("bulk work", "seconds", "per order ms", "plain SQL ms"), _work(ready))
    return f"{pages}\n\n{work}"


def _plain(ready: OrdersStage) -> psycopg.Connection[Any]:
    return psycopg.connect(
        ready.stage.database.database_owner_url.replace("postgresql+psycopg", "postgresql")
    )


def _bound(ready: OrdersStage, act: Callable[[], Any]) -> tuple[Any, float]:
    def inside() -> Any:
        with shop_bound(ready.stage.shop, SYSTEM):
            return act()

    begun = time.perf_counter()
    value = contextvars.Context().run(inside)
    return value, time.perf_counter() - begun


def _work(ready: OrdersStage) -> list[tuple[str, ...]]:
    lines = [f"B{n},顺丰,SF8{n:012d}" for n in range(1, SHIPPED + 40) if n % 40][:SHIPPED]
    content = "\n".join(["订单号,快递公司,运单号", *lines]).encode()
    checked, checking = _bound(ready, lambda: check_tracking_file(file_name="a.csv", content=content))
    shipped, shipping = _bound(ready, lambda: _carried_out(checked, {}))
    assert shipped == {"shipped": SHIPPED}, shipped
    again, second = _bound(ready, lambda: check_tracking_file(file_name="a.csv", content=content))
    tag, _ = _bound(ready, lambda: save_tag(name="bench", colour="red"))
    query = Selection(query=OrderQuery("all", "王小"))
    everything, choosing = _bound(ready, lambda: begin_bulk_run(kind="tag", selection=query))
    tagged, tagging = _bound(ready, lambda: _carried_out(everything, {"tag": str(tag)}))
    count = tagged["tagged"]
    assert again
    return [
        (f"check a file with {SHIPPED} orders", f"{checking:.2f}", f"{1000 * checking / SHIPPED:.1f}", "–"),
        (
            f"ship {SHIPPED} orders",
            f"{shipping:.2f}",
            f"{1000 * shipping / SHIPPED:.1f}",
            f"{_raw_shipping(ready):.1f}",
        ),
        (
            f"check the same file again ({SHIPPED} shipped already)",
            f"{second:.2f}",
            f"{1000 * second / SHIPPED:.1f}",
            "–",
        ),
        (f"select all {count} that match a name", f"{choosing:.2f}", "–", "–"),
        (f"tag {count} orders", f"{tagging:.2f}", f"{1000 * tagging / count:.2f}", "–"),
    ]


def _carried_out(run_id: UUID, options: dict[str, str]) -> dict[str, int]:
    start_bulk_run(run_id=run_id, options=options)
    carry_out_bulk_run(run_id=run_id)
    with reading():
        return outcome_counts(run_id)


def _raw_shipping(ready: OrdersStage) -> float:
    """Milliseconds per order for nothing but its four writes, 25 orders per transaction."""
    shop, spent = ready.stage.shop.shop_id, []
    with _plain(ready) as connection:
        ids = connection.execute(
            "SELECT id FROM orders_order WHERE shop_id = %s AND number = ANY(%s)",
            (shop, [f"B{n}" for n in range(TO_SHIP - 500, TO_SHIP)]),
        ).fetchall()
        for start in range(0, len(ids), 25):
            begun = time.perf_counter()
            for (order,) in ids[start : start + 25]:
                parcel = connection.execute(
                    "INSERT INTO fulfilment_shipment (shop_id, id, order_id, kind, carrier, tracking_number, shipped_at, created_at)"
                    " VALUES (%s, gen_random_uuid(), %s, 'parcel', 'sf', 'SF7', now(), now()) RETURNING id",
                    (shop, order),
                ).fetchone()
                assert parcel is not None
                connection.execute(
                    "INSERT INTO fulfilment_shipment_line (shop_id, id, shipment_id, order_line_id, quantity) SELECT shop_id,"
                    " gen_random_uuid(), %s, id, quantity FROM orders_line WHERE shop_id = %s AND order_id = %s",
                    (parcel[0], shop, order),
                )
                connection.execute("UPDATE orders_line SET shipped = quantity WHERE shop_id = %s AND order_id = %s", (shop, order))  # fmt: skip
                connection.execute("UPDATE orders_order SET fulfilment = 'fulfilled' WHERE shop_id = %s AND id = %s", (shop, order))  # fmt: skip
            connection.commit()
            spent.append((time.perf_counter() - begun) * 1000 / 25)
    return median(spent)
