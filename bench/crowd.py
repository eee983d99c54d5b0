"""A shop that has been lived in: a hundred thousand customers and as many orders, written by a few SQL statements."""

from typing import Any

from sqlalchemy import Engine, text

from bench.stage import Stage

CUSTOMERS = ORDERS = 100_000
# Of all orders: the newest wait to be shipped, the next for their payment; every fortieth is fetched.
TO_SHIP, UNPAID = 1_500, 300
# One surname in five is 王; given names have one or two characters. Every fiftieth customer is written in Latin letters.
NAMES = """
CREATE TEMP TABLE bench_name AS
SELECT n, CASE WHEN n % 50 = 0 THEN (ARRAY['Anna','Ben','Chloe','David','Emma'])[1 + n % 5] || ' ' || (ARRAY['Smith','Wang','Lee'])[1 + n % 3]
  ELSE substr('王王王王李李李张张刘陈杨赵黄周吴徐林何高', 1 + (n * 7) % 20, 1)
    || substr('子小明文晓佳思雨欣志建国海春秋冬夏云天成', 1 + (n / 20) % 20, 1)
    || CASE WHEN n % 3 = 0 THEN '' ELSE substr('华强丽芳娟敏静军洋勇艳杰涛超霞平刚桂英玉', 1 + (n / 400) % 20, 1) END END AS name
FROM generate_series(1, CAST(:customers AS int)) n
"""
_CUSTOMER_ID = "('00000000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"
_ORDER_ID = "('00000000-0000-7000-8002-' || lpad(to_hex({n}), 12, '0'))::uuid"
_CUSTOMERS = f"""
INSERT INTO customers_customer (shop_id, id, name, email, phone, language, source, marketing_consent, created_at)
SELECT :shop, {_CUSTOMER_ID.format(n="n")}, name, 'c' || n || '@example.com',
  CASE WHEN n % 10 = 0 THEN NULL ELSE '138' || lpad(n::text, 8, '0') END, CASE WHEN n % 50 = 0 THEN 'en' ELSE 'zh-CN' END,
  CASE WHEN n % 5 = 0 THEN 'link:code' || n % 40 WHEN n % 7 = 0 THEN 'utm:spring' ELSE '' END, n % 3 = 0,
  now() - n * interval '7 minutes'
FROM bench_name
"""
_TAGS = f"""
INSERT INTO customers_tag (shop_id, id, customer_id, tag)
SELECT :shop, ('00000000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, {_CUSTOMER_ID.format(n="n")},
  CASE WHEN n % 3 = 0 THEN 'vip' ELSE 'tag' || n % 30 END
FROM generate_series(1, CAST(:customers AS int), 4) n
"""
_ADDRESSES = f"""
INSERT INTO customers_address (shop_id, id, customer_id, name, phone, country, region, city, line1, line2, postcode, created_at)
SELECT :shop, ('00000000-0000-7000-8004-' || lpad(to_hex(n), 12, '0'))::uuid, {_CUSTOMER_ID.format(n="n")}, name, '13800000000',
  'CN', '浙江省', (ARRAY['杭州市','宁波市','温州市','金华市'])[1 + n % 4], '转塘街道 ' || n || ' 号', '', '', now()
FROM bench_name WHERE n % 2 = 1
"""
# Two orders each for every second customer, over the past year; customers who came by a link order by it, too.
_ORDERS = f"""
INSERT INTO orders_order (shop_id, id, number, code, checkout_id, customer_id, lifecycle, financial, fulfilment, holds_open,
  currency, items_minor, discount_minor, shipping_minor, tax_minor, total_minor, captured_minor, refunded_minor,
  refunded_shipping_minor, price_input, priced, contact, address, delivery, delivery_kind, pickup_code, marks, choices,
  placed_at, pay_by, paid_at, cancel_reason, source)
SELECT :shop, {_ORDER_ID.format(n="n.n")}, 'B' || n.n, md5('code' || n.n), {_ORDER_ID.format(n="n.n")},
  {_CUSTOMER_ID.format(n="c.n")}, 'placed', CASE WHEN w.unpaid THEN 'unpaid' ELSE 'paid' END,
  CASE WHEN n.n <= :to_ship + :unpaid THEN 'unfulfilled' ELSE 'fulfilled' END, 0, 'CNY', w.total, 0, 0, 0,
  w.total, CASE WHEN w.unpaid THEN 0 ELSE w.total END, 0, 0, '{{}}', '{{}}',
  jsonb_build_object('name', c.name, 'phone', '138' || lpad(c.n::text, 8, '0'), 'email', 'c' || c.n || '@example.com')
    || CASE WHEN n.n % 30 = 0 THEN '{{"note": "请放门卫"}}'::jsonb ELSE '{{}}' END,
  jsonb_build_object('name', c.name, 'region', '浙江省', 'city', '杭州市', 'line1', '转塘街道 ' || n.n || ' 号'),
  jsonb_build_object('kind', w.kind), w.kind, CASE WHEN w.kind = 'pickup' THEN substr(md5('p' || n.n), 1, 12) END,
  CASE WHEN n.n % 50 = 0 THEN '{{"group_buy": {{}}}}'::jsonb ELSE '{{}}' END, '{{}}', w.at, w.at + interval '15 minutes',
  CASE WHEN w.unpaid THEN NULL ELSE w.at END, '',
  CASE WHEN n.n % 5 = 0 THEN 'link:code' || n.n % 40 ELSE '' END
FROM generate_series(1, CAST(:orders AS int)) AS n(n)
CROSS JOIN LATERAL (SELECT CASE WHEN n.n % 40 = 0 THEN 'pickup' ELSE 'method' END AS kind,
  n.n BETWEEN :to_ship + 1 AND :to_ship + :unpaid AS unpaid, 10000 + n.n % 977 AS total, now() - n.n * interval '5 minutes' AS at) w
JOIN bench_name c ON c.n = 1 + (n.n * 2) % :customers
"""
_LINES = f"""
INSERT INTO orders_line (shop_id, id, order_id, position, key, product_id, variant_id, title, variant_title, sku, image,
  quantity, unit_list_minor, net_minor, unit_nets, shipped, refunded, marks)
SELECT :shop, gen_random_uuid(), {_ORDER_ID.format(n="n")}, p, 'k' || p, v.product_id, v.id, '明前龙井 ' || n % 300, '100g',
  'TEA-' || n % 300, '', 1, 5000, 5000, '[5000]', CASE WHEN n <= :to_ship + :unpaid THEN 0 ELSE 1 END, 0, '{{}}'
FROM generate_series(1, CAST(:orders AS int)) n
CROSS JOIN generate_series(0, 1) p
JOIN (SELECT product_id, id, row_number() OVER (ORDER BY id) - 1 AS place FROM catalog_variant WHERE shop_id = :shop) v
  ON v.place = (n + p) % :products
WHERE p = 0 OR n % 2 = 0
"""
_PARCELS = """
INSERT INTO fulfilment_shipment (shop_id, id, order_id, kind, carrier, tracking_number, shipped_at, shipped_by, created_at)
SELECT shop_id, gen_random_uuid(), id, 'parcel', 'sf', 'SF9' || lpad(substr(number, 2), 12, '0'), placed_at, '', placed_at
FROM orders_order WHERE shop_id = :shop AND fulfilment = 'fulfilled'
"""
# What customers have bought is counted by a trigger in life; all at once it is one statement.
_COUNTED = """
UPDATE customers_customer SET orders_placed = c.placed, orders_paid = c.paid, spent_minor = c.spent, first_order_at = c.first,
  last_order_at = c.last
FROM (SELECT shop_id, customer_id, count(*) AS placed, count(paid_at) AS paid, sum(captured_minor) AS spent,
  min(paid_at) AS first, max(paid_at) AS last FROM orders_order WHERE shop_id = :shop GROUP BY shop_id, customer_id) c
WHERE customers_customer.shop_id = c.shop_id AND customers_customer.id = c.customer_id
"""
_COUNTING = ("orders_order", "orders_line")


def fill(owner: Engine, made: Stage, *, customers: int = CUSTOMERS, orders: int = ORDERS) -> None:
    """Customers with tags, addresses and orders; the tables are analysed as a living database's are."""
    told: dict[str, Any] = {
        "shop": made.shop.shop_id,
        "customers": customers,
        "orders": orders,
        "to_ship": TO_SHIP,
        "unpaid": UNPAID,
        "products": len(made.variants),
    }
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _COUNTING:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in (NAMES, _CUSTOMERS, _TAGS, _ADDRESSES, _ORDERS, _LINES, _PARCELS, _COUNTED):
            connection.execute(text(statement), told)
            if statement in (_CUSTOMERS, _ORDERS):
                # The next statement looks its foreign keys up in what this one wrote.
                connection.execute(text("ANALYZE"))
        for table in _COUNTING:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        connection.execute(text("VACUUM FULL customers_customer"))
        connection.execute(text("VACUUM ANALYZE"))
