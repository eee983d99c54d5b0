"""The customers page and segments with 100,000 customers and 100,000 orders: milliseconds and statements."""

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine, text
from werkzeug.test import Client
from werkzeug.wrappers import Response

from bench.stage import Stage, median, platform_of, stage, table
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
from core.kernel.clock import now
from core.kernel.db import make_engine, reading
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.rendering.console.visits import STAFF_COOKIE
from core.rendering.extensions import StaffMember, StaffShop
from core.testing import answers
from core.testing.statements import count_statements
from core.web.console.application import make_console

CUSTOMERS = ORDERS = 100_000
REPEATS = 7
PAGES = {
    "list": "/customers/",
    "by spending": "/customers/?sort=-spent",
    "by last order": "/customers/?sort=-last_order",
    "search, phone": "/customers/?q=4242",
    "search, name": "/customers/?q=%E5%90%8D42",
    "tag": "/customers/?tag=vip",
    "segment": "/customers/?segment=big_spenders",
    "page 4,000": "/customers/?page=4000",
    "segments": "/segments/",
    "sources": "/links/sources",
}
_CUSTOMERS = """
INSERT INTO customers_customer (shop_id, id, name, email, phone, language, source, created_at)
SELECT :shop, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '名' || n, 'c' || n || '@example.com',
    '138' || lpad(n::text, 8, '0'), 'zh-CN', CASE WHEN n % 5 = 0 THEN 'link:code' || n % 40 ELSE '' END,
    :moment - n * interval '7 minutes'
FROM generate_series(1, :count) n
"""
_TAGS = """
INSERT INTO customers_tag (shop_id, id, customer_id, tag)
SELECT :shop, ('00000000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, CASE WHEN n % 3 = 0 THEN 'vip' ELSE 'tag' || n % 30 END
FROM generate_series(1, :count, 4) n
"""
# Two orders each for every second customer, paid over the past year.
_ORDERS = """
INSERT INTO orders_order (shop_id, id, number, code, checkout_id, customer_id, lifecycle, financial, fulfilment,
    holds_open, currency, items_minor, discount_minor, shipping_minor, tax_minor, total_minor, captured_minor,
    refunded_minor, refunded_shipping_minor, price_input, priced, contact, address, delivery, marks, choices,
    placed_at, pay_by, paid_at, cancel_reason, source)
SELECT :shop, i.id, 'B' || n, 'b' || n, i.id, ('00000000-0000-7000-8000-' || lpad(to_hex(1 + (n * 2) % :count), 12, '0'))::uuid,
    'placed', 'paid', 'fulfilled', 0, 'CNY', 100 + n % 5000, 0, 0, 0, 100 + n % 5000, 100 + n % 5000, 0, 0,
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', i.at, i.at, i.at, '', CASE WHEN n % 5 = 0 THEN 'link:code' || n % 40 ELSE '' END
FROM generate_series(1, :orders) n, LATERAL (
    SELECT ('00000000-0000-7000-8002-' || lpad(to_hex(n), 12, '0'))::uuid AS id, :moment - n * interval '5 minutes' AS at
) i
"""
_LINES = """
INSERT INTO orders_line (shop_id, id, order_id, position, key, product_id, variant_id, title, variant_title, sku, image,
    quantity, unit_list_minor, net_minor, unit_nets, shipped, refunded, marks)
SELECT :shop, ('00000000-0000-7000-8003-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('00000000-0000-7000-8002-' || lpad(to_hex(n), 12, '0'))::uuid, 0, 'k', v.product_id, v.id, 'Tea', '', '', '', 1, 100, 100,
    '[100]', 1, 0, '{}'
FROM generate_series(CAST(:first AS int), :first + 1999) n
JOIN (SELECT product_id, id, row_number() OVER (ORDER BY id) - 1 AS place FROM catalog_variant WHERE shop_id = :shop) v
    ON v.place = n % :products
"""


def fill(owner: Engine, made: Stage) -> None:
    """100,000 customers with orders, counted by the same trigger as in life."""
    values = {
        "shop": made.shop.shop_id,
        "count": CUSTOMERS,
        "orders": ORDERS,
        "moment": now() - timedelta(minutes=1),
        "products": len(made.variants),
    }
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in (_CUSTOMERS, _TAGS, _ORDERS):
            # Fresh statistics after each: the next one looks its foreign keys up in what this one wrote.
            connection.execute(text(statement), values)
            connection.execute(text("VACUUM ANALYZE"))
        for first in range(1, ORDERS, 2_000):
            # Lines are counted as sold at their product: a few of each product in one transaction, as in life.
            connection.execute(text(_LINES), {**values, "first": first})
        connection.execute(text("VACUUM ANALYZE"))


def timed(body: Callable[[], object]) -> float:
    """The median of some runs, in milliseconds; the first one warms up."""
    found = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        body()
        found.append(1000 * (time.perf_counter() - begun))
    return median(found[1:])


def _pages(made: Stage) -> list[tuple[str, ...]]:
    token, scope = new_code(24), made.shop
    shops = (StaffShop(shop_id=scope.shop_id, handle=scope.handle, name=scope.name, role="owner"),)
    staff = StaffMember(id=new_id(), name="Bench", email="b@example.com", language="en", shops=shops)
    answers.staff_by_token[token] = staff
    answers.permissions[staff.id] = {"customers.edit", "customers.export", "marketing.edit"}
    client = Client(make_console(platform_of(made.database)), Response)
    client.set_cookie(STAFF_COOKIE, token, domain="localhost")
    rows = []
    for name, path in PAGES.items():
        address = f"/console/{scope.handle}{path}"

        def get(address: str = address) -> None:
            answer = client.get(address, base_url="http://localhost")
            assert answer.status_code == 200, (address, answer.status_code)

        spent = timed(get)
        with count_statements() as seen:
            get()
        rows.append((f"page: {name}", f"{spent:.0f}", str(len(seen.texts))))
    return rows


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
    with stage() as made:
        owner = make_engine(made.database.database_owner_url, pool_size=1, guarded=False)
        begun = time.perf_counter()
        fill(owner, made)
        spent = time.perf_counter() - begun
        owner.dispose()
        rows = [*_pages(made), *_counts(made)]
    head = (f"{CUSTOMERS:,} customers, {ORDERS:,} orders (written in {spent:.0f} s)", "ms", "statements")
    return table(head, rows)
