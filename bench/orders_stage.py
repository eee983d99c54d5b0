"""A shop with a hundred thousand orders, written by a few SQL statements, and a console that somebody is logged in to."""

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import text
from werkzeug.test import Client

from bench.stage import Stage, platform_of, stage
from core.kernel.db import make_engine
from core.kernel.ids import new_code, new_id
from core.platform import Platform
from core.rendering.console.visits import STAFF_COOKIE
from core.rendering.extensions import StaffMember, StaffShop
from core.testing import answers
from core.web.console.application import make_console

# Of all orders: the newest wait to be shipped, the next for their payment; every fortieth is fetched.
TO_SHIP, UNPAID = 1_500, 300
_ORDERS = """
INSERT INTO orders_order (shop_id, id, number, code, checkout_id, customer_id, lifecycle, financial, fulfilment, holds_open,
  currency, items_minor, discount_minor, shipping_minor, tax_minor, total_minor, captured_minor, refunded_minor,
  refunded_shipping_minor, price_input, priced, contact, address, delivery, delivery_kind, pickup_code, marks, choices,
  placed_at, pay_by, paid_at, cancel_reason, source)
SELECT :shop, gen_random_uuid(), 'B' || n, md5('code' || n), gen_random_uuid(), c.id, 'placed',
  CASE WHEN n BETWEEN :to_ship + 1 AND :to_ship + :unpaid THEN 'unpaid' ELSE 'paid' END,
  CASE WHEN n <= :to_ship + :unpaid THEN 'unfulfilled' ELSE 'fulfilled' END, 0, 'CNY', 10000 + n % 977, 0, 0, 0,
  10000 + n % 977, CASE WHEN n BETWEEN :to_ship + 1 AND :to_ship + :unpaid THEN 0 ELSE 10000 + n % 977 END, 0, 0,
  '{}', '{}',
  jsonb_build_object('name', '林' || n % 5000, 'phone', '138' || lpad((n % 20000)::text, 8, '0'), 'email', n % 20000 || '@example.com'),
  jsonb_build_object('name', '林' || n % 5000, 'region', '浙江省', 'city', '杭州市', 'line1', '转塘街道 ' || n || ' 号'),
  jsonb_build_object('kind', k.kind), k.kind, CASE WHEN k.kind = 'pickup' THEN substr(md5('p' || n), 1, 12) END,
  CASE WHEN n % 50 = 0 THEN '{"group_buy": {}}'::jsonb ELSE '{}' END, '{}', p.at, p.at + interval '15 minutes',
  CASE WHEN n BETWEEN :to_ship + 1 AND :to_ship + :unpaid THEN NULL ELSE p.at END, '', ''
FROM generate_series(1, :orders) n
CROSS JOIN LATERAL (SELECT CASE WHEN n % 40 = 0 THEN 'pickup' ELSE 'method' END AS kind) k
CROSS JOIN LATERAL (SELECT now() - n * interval '5 minutes' AS at) p
JOIN bench_customer c ON c.place = n % :customers
"""
_LINES = """
INSERT INTO orders_line (shop_id, id, order_id, position, key, product_id, variant_id, title, variant_title, sku, image,
  quantity, unit_list_minor, net_minor, unit_nets, shipped, refunded, marks)
SELECT o.shop_id, gen_random_uuid(), o.id, p, 'k' || p, md5('product' || s.n % 300)::uuid, gen_random_uuid(), '明前龙井 ' || s.n % 300, '100g',
  'TEA-' || s.n % 300, '', 1, 5000, 5000, '[5000]', CASE WHEN o.fulfilment = 'fulfilled' THEN 1 ELSE 0 END, 0, '{}'
FROM orders_order o CROSS JOIN LATERAL (SELECT substr(o.number, 2)::int AS n) s
CROSS JOIN generate_series(0, 1) p WHERE o.shop_id = :shop AND (p = 0 OR s.n % 2 = 0)
"""
_PARCELS = """
INSERT INTO fulfilment_shipment (shop_id, id, order_id, kind, carrier, tracking_number, shipped_at, shipped_by, created_at)
SELECT shop_id, gen_random_uuid(), id, 'parcel', 'sf', 'SF9' || lpad(substr(number, 2), 12, '0'), placed_at, '', placed_at
FROM orders_order WHERE shop_id = :shop AND fulfilment = 'fulfilled'
"""


@dataclass(frozen=True)
class OrdersStage:
    """The stage, its platform, and a client that is logged in to the console of the shop."""

    stage: Stage
    platform: Platform
    client: Client
    home: str

    def get(self, path: str) -> int:
        """Open a page of the console; returns its status."""

        def ask() -> int:
            return self.client.get(f"{self.home}{path}", base_url="http://localhost").status_code

        return contextvars.Context().run(ask)


@contextmanager
def shop_with_orders(orders: int = 100_000, customers: int = 20_000) -> Iterator[OrdersStage]:
    """A shop with so many orders, its tables analysed as a living database's are."""
    with stage(products=1) as ready:
        _seed(ready, orders, customers)
        platform = platform_of(ready.database)
        token = new_code(24)
        shop = StaffShop(shop_id=ready.shop.shop_id, handle=ready.shop.handle, name="Bench", role="owner")
        staff = StaffMember(
            id=new_id(), name="沈青", email="bench@example.com", language="zh-CN", shops=(shop,)
        )
        answers.staff_by_token[token] = staff
        answers.permissions[staff.id] = {"orders.ship", "orders.note", "orders.refund", "orders.export"}
        client = Client(make_console(platform))
        client.set_cookie(STAFF_COOKIE, token, domain="localhost")
        yield OrdersStage(ready, platform, client, f"/console/{ready.shop.handle}")


def _seed(ready: Stage, orders: int, customers: int) -> None:
    owner = make_engine(ready.database.database_owner_url, pool_size=1, guarded=False)
    told = {"shop": ready.shop.shop_id, "orders": orders, "customers": customers}
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE TEMP TABLE bench_customer AS SELECT gen_random_uuid() AS id, n AS place FROM generate_series(0, CAST(:customers AS int) - 1) n"), told)  # fmt: skip
        connection.execute(text("INSERT INTO customers_customer (shop_id, id, name, email, language, source, created_at) SELECT :shop, id, '林' || place, place || '@example.com', '', '', now() FROM bench_customer"), told)  # fmt: skip
        rows = {**told, "to_ship": TO_SHIP, "unpaid": UNPAID}
        # What customers have bought is counted by a trigger, row by row; nothing measured here reads it.
        connection.execute(text("ALTER TABLE orders_order DISABLE TRIGGER USER"))
        connection.execute(text(_ORDERS), rows)
        connection.execute(text("ALTER TABLE orders_order ENABLE TRIGGER USER"))
        connection.execute(text(_LINES), told)
        connection.execute(text(_PARCELS), told)
        connection.execute(text("VACUUM ANALYZE"))
    owner.dispose()
