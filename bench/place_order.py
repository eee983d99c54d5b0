"""Placing an order: our action in process against the same rows written by raw psycopg, at 1 and 8 connections."""

import json
import multiprocessing
import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench.stage import Stage, median, platform_of, stage, table
from core.commerce.reservations.stock import stock_pool_id
from core.kernel.clock import now
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing import shops
from core.testing.buying import ADDRESS, CONTACT, Buyer

SECONDS, REPEATS = 3.0, 3


def ours(place: Stage) -> Callable[[], None]:
    """One order by `place_order`; the quoted checkout is made outside of the measured time."""
    platform_of(place.database)
    shops.remember(place.shop)
    buyer = Buyer(None, {"kind": "method", "id": str(place.method)})
    from core.commerce.checkout.actions import place_order  # noqa: PLC0415 - after boot

    prepared: list[tuple[str, str]] = []

    def prepare() -> None:
        for _ in range(20):
            code = buyer.checkout([(random.choice(place.variants), 1)])
            prepared.append((code, buyer.quote(code).token))

    def once() -> float:
        if not prepared:
            prepare()
        code, quote = prepared.pop()
        begun = time.perf_counter()
        place_order(code=code, quote=quote, contact=CONTACT, address=ADDRESS, delivery=buyer.delivery)
        return time.perf_counter() - begun

    return once


RAW = {
    "number": "UPDATE orders_counter SET next_number = next_number + 1 WHERE shop_id = %(shop)s RETURNING next_number",
    "lock": "SELECT * FROM checkout_checkout WHERE shop_id = %(shop)s AND id = %(checkout)s FOR NO KEY UPDATE",
    "variant": "SELECT * FROM catalog_variant v JOIN catalog_product p ON p.shop_id = v.shop_id AND p.id = v.product_id"
    " WHERE v.shop_id = %(shop)s AND v.id = %(variant)s",
    "reservation": "INSERT INTO reservations_reservation (shop_id, id, pool_id, holder_kind, holder_id, quantity, state,"
    " expires_at, created_at) VALUES (%(shop)s, %(reservation)s, %(pool)s, 'order', %(order)s, 1, 'held', %(by)s, %(now)s)",
    "pool": "UPDATE reservations_pool SET reserved = reserved + 1 WHERE shop_id = %(shop)s AND id = %(pool)s"
    " AND (capacity IS NULL OR reserved + confirmed < capacity)",
    "order": "INSERT INTO orders_order (shop_id, id, number, code, checkout_id, lifecycle, financial, fulfilment, holds_open,"
    " currency, items_minor, discount_minor, shipping_minor, tax_minor, total_minor, captured_minor, refunded_minor,"
    " refunded_shipping_minor, price_input, priced, contact, address, delivery, marks, choices, placed_at, pay_by,"
    " cancel_reason) VALUES (%(shop)s, %(order)s, %(number)s, %(code)s, %(checkout)s, 'placed', 'unpaid', 'unfulfilled', 0,"
    " 'CNY', 12800, 0, 1200, 0, 14000, 0, 0, 0, %(json)s, %(json)s, %(json)s, %(json)s, %(json)s, '{}', '{}', %(now)s,"
    " %(by)s, '')",
    "line": "INSERT INTO orders_line (shop_id, id, order_id, position, key, product_id, variant_id, title, variant_title, sku,"
    " image, quantity, unit_list_minor, net_minor, unit_nets, shipped, refunded, marks) VALUES (%(shop)s, %(line)s, %(order)s,"
    " 0, 'a', %(variant)s, %(variant)s, 'Tea', '', 'sku', '', 1, 12800, 12800, '[12800]', 0, 0, '{}')",
    "entry": "INSERT INTO orders_entry (shop_id, id, order_id, at, kind, text, params, actor_kind, actor_name, plugin, public)"
    " VALUES (%(shop)s, %(entry)s, %(order)s, %(now)s, 'placed', 'x', '{}', 'guest', '', '', true)",
    "event": "INSERT INTO kernel_event (shop_id, id, name, body, actor_kind, created_at) VALUES (%(shop)s, %(event)s,"
    " 'orders.order_placed', '{}', 'guest', %(now)s)",
    "payment": "INSERT INTO payments_payment (shop_id, id, order_id, gateway, state, amount_minor, currency, redirect_url,"
    " asked, failure_code, surplus, created_at) VALUES (%(shop)s, %(payment)s, %(order)s, 'test', 'created', 14000, 'CNY',"
    " '', '{}', '', false, %(now)s)",
    "checkout": "UPDATE checkout_checkout SET state = 'placed', order_id = %(order)s WHERE shop_id = %(shop)s"
    " AND id = %(checkout)s",
    "jobs": "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at) VALUES"
    " ('events', 'events.relay', '{}', NULL), ('money', 'payments.close_unpaid_order', '{}', %(by)s)",
}
NEW_CHECKOUT = (
    "INSERT INTO checkout_checkout (shop_id, id, code, token_hash, state, lines, contact, address, delivery, choices,"
    " created_at) VALUES (%(shop)s, %(checkout)s, %(code)s, '', 'open', '[]', '{}', '{}', '{}', '{}', %(now)s)"
)


def raw(place: Stage) -> Callable[[], float]:
    """The same rows, statement by statement, as a careful person would write them by hand."""
    url = make_url(place.database.database_url).set(drivername="postgresql")
    connection = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
    bind = f"SET LOCAL app.shop_id = '{place.shop.shop_id}'"
    with shop_bound(place.shop, SYSTEM):
        pools = {variant: stock_pool_id(variant) for variant in place.variants}
    document = json.dumps({"lines": [{"key": "a", "title": "Tea", "net": 12800}] * 3, "total": 14000})

    def values() -> dict[str, Any]:
        variant = random.choice(place.variants)
        ids = {
            name: new_id()
            for name in ("checkout", "order", "reservation", "line", "entry", "event", "payment")
        }
        moment = now()
        return {
            **ids, "shop": place.shop.shop_id, "variant": variant, "pool": pools[variant], "now": moment,
            "by": moment + timedelta(minutes=30), "code": new_code(16), "json": document, "number": new_code(12),
        }  # fmt: skip

    def once() -> float:
        given = values()
        with connection.transaction():
            connection.execute(bind)
            connection.execute(NEW_CHECKOUT, given)
        begun = time.perf_counter()
        with connection.transaction():
            connection.execute(bind)
            connection.execute(RAW["number"], given)
        with connection.transaction():
            connection.execute(bind)
            for name, statement in RAW.items():
                if name != "number":
                    connection.execute(statement, given)
        return time.perf_counter() - begun

    return once


def _worker(make: Callable[[Stage], Callable[[], float]], place: Stage, begin: Any, answers: Any) -> None:
    with shop_bound(place.shop, SYSTEM):
        once = make(place)
        for _ in range(5):
            once()
        begin.wait()
        spent, count, cpu = 0.0, 0, time.process_time()
        while spent < SECONDS:
            spent += once()
            count += 1
        answers.put((count, spent, time.process_time() - cpu))


def rate(make: Callable[[Stage], Callable[[], float]], place: Stage, connections: int) -> tuple[float, float]:
    """(orders per second, app CPU milliseconds per order) with so many processes, one connection each."""
    context = multiprocessing.get_context("spawn")
    begin, results = context.Barrier(connections), context.Queue()
    processes = [
        context.Process(target=_worker, args=(make, place, begin, results)) for _ in range(connections)
    ]
    for process in processes:
        process.start()
    done = [results.get() for _ in processes]
    for process in processes:
        process.join()
    orders = sum(count for count, _, _ in done)
    return sum(count / spent for count, spent, _ in done), 1000 * sum(cpu for *_, cpu in done) / orders


def run() -> str:
    """Orders per second, ours and by hand, with their ratio."""
    rows = []
    with stage() as place:
        for connections in (1, 8):
            pairs = [(rate(ours, place, connections), rate(raw, place, connections)) for _ in range(REPEATS)]
            mine = median([one[0] for one, _ in pairs])
            theirs = median([other[0] for _, other in pairs])
            ratios = [one[0] / other[0] for one, other in pairs]
            rows.append(
                (
                    str(connections),
                    f"{mine:.0f}",
                    f"{theirs:.0f}",
                    f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
                    f"{median([one[1] for one, _ in pairs]):.1f}",
                )
            )
    head = ("connections", "place_order/s", "raw psycopg/s", "ratio (min–max)", "our CPU ms (with quote)")
    return table(head, rows)
