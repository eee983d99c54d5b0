"""The audit finds nothing in sound shops, and each kind of damage in the shop that has it."""

import pytest
from sqlalchemy import text

from core.commerce.orders.models import OrderLine
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.jobs.audit import INVARIANTS, findings
from core.kernel import tenancy
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import pay
from core.testing.goods import make_product

# What is done to the rows of one shop (by the tables' owner), which invariant notices, and how it is undone.
DAMAGE = {
    "account counts too much": (
        "UPDATE ledger_account SET debits = debits + 1 WHERE shop_id = :shop AND code = 'gateway:clearing'",
        {"A1", "A2"},
        "UPDATE ledger_account SET debits = debits - 1 WHERE shop_id = :shop AND code = 'gateway:clearing'",
    ),
    "turnover nobody posted": (
        "UPDATE ledger_account SET debits = debits + 5, credits = credits + 5 WHERE shop_id = :shop",
        {"A2"},
        "UPDATE ledger_account SET debits = debits - 5, credits = credits - 5 WHERE shop_id = :shop",
    ),
    "pool reserves for nobody": (
        "UPDATE reservations_pool SET reserved = reserved + 1 WHERE shop_id = :shop",
        {"A3"},
        "UPDATE reservations_pool SET reserved = reserved - 1 WHERE shop_id = :shop",
    ),
    "pool sold what nobody bought": (
        "UPDATE reservations_pool SET confirmed = confirmed + 2 WHERE shop_id = :shop AND confirmed > 0",
        {"A3"},
        "UPDATE reservations_pool SET confirmed = confirmed - 2 WHERE shop_id = :shop AND confirmed > 0",
    ),
    "pool full and still open": (
        "UPDATE reservations_pool SET threshold = confirmed WHERE shop_id = :shop AND confirmed > 0",
        {"A4"},
        "UPDATE reservations_pool SET threshold = NULL WHERE shop_id = :shop",
    ),
    "pool called full that is not": (
        "UPDATE reservations_pool SET threshold = confirmed + 1, closed_as = 'filled' WHERE shop_id = :shop",
        {"A4"},
        "UPDATE reservations_pool SET threshold = NULL, closed_as = NULL WHERE shop_id = :shop",
    ),
    "order that waits for nothing": (
        "UPDATE orders_order SET holds_open = 1 WHERE shop_id = :shop AND financial <> 'unpaid'",
        {"A5"},
        "UPDATE orders_order SET holds_open = 0 WHERE shop_id = :shop",
    ),
    "money that nobody paid": (
        ("UPDATE orders_order SET captured_minor = captured_minor - 1 WHERE shop_id = :shop"
        " AND financial = 'partly_refunded'"),
        {"A6"},
        ("UPDATE orders_order SET captured_minor = captured_minor + 1 WHERE shop_id = :shop"
        " AND financial = 'partly_refunded'"),
    ),
    "refund that nobody wrote": (
        "UPDATE orders_order SET refunded_minor = refunded_minor - 1 WHERE shop_id = :shop AND refunded_minor > 1",
        {"A6"},
        "UPDATE orders_order SET refunded_minor = refunded_minor + 1 WHERE shop_id = :shop AND refunded_minor > 1",
    ),
    "paid order that says unpaid": (
        "UPDATE orders_order SET financial = 'unpaid' WHERE shop_id = :shop AND financial = 'partly_refunded'",
        {"A9"},
        "UPDATE orders_order SET financial = 'partly_refunded' WHERE shop_id = :shop AND captured_minor > 0",
    ),
    "unpaid order that says paid": (
        "UPDATE orders_order SET financial = 'paid' WHERE shop_id = :shop AND financial = 'unpaid'",
        {"A9"},
        "UPDATE orders_order SET financial = 'unpaid' WHERE shop_id = :shop AND captured_minor = 0",
    ),
}  # fmt: skip


def codes(shop):
    token = tenancy._scope.set(None)
    try:
        return {one.code for one in findings(shop.handle)}
    finally:
        tenancy._scope.reset(token)


def by_owner(engine, shop, *statements):
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), {"shop": shop.shop_id})


@pytest.fixture
def busy_shop(in_shop, buyer, gateway, run_jobs):
    """A shop with a paid, partly refunded order and an unpaid one."""
    tea = make_product(prices=(10_000, 5_000))
    paid = buyer().order([(tea.variant_ids[0], 2), (tea.variant_ids[1], 1)])
    pay(gateway, paid.order_id)
    with reading():
        key = session().execute(text("SELECT key FROM orders_line WHERE quantity = 2")).scalar_one()
    seen = preview_refund(order_id=paid.order_id, wanted={key: 1})
    refund_units(
        order_id=paid.order_id,
        wanted={key: 1},
        include_shipping=False,
        reason="broken",
        confirmed_amount=seen.amount,
    )
    run_jobs()
    buyer().order([(tea.variant_ids[0], 1)])
    return in_shop


def test_sound_shop_has_no_findings(busy_shop):
    assert codes(busy_shop) == set()


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_in_its_shop_only(busy_shop, other_shop, owner_engine, name):
    damage, expected, undo = DAMAGE[name]
    by_owner(owner_engine, busy_shop, damage)
    try:
        assert codes(busy_shop) == expected
        assert codes(other_shop) == set()
    finally:
        by_owner(owner_engine, busy_shop, undo)
    assert codes(busy_shop) == set()


@pytest.mark.parametrize(
    ("damage", "purpose"),
    [
        ("UPDATE ledger_transfer SET source = 'payment:lost' WHERE shop_id = :shop AND purpose = 'capture'", "capture"),
        ("UPDATE ledger_transfer SET source = 'refund:lost' WHERE shop_id = :shop AND purpose = 'refund'", "refund"),
        (
            "UPDATE ledger_transfer SET source = 'refund:lost' WHERE shop_id = :shop AND purpose = 'refund_settled'",
            "refund_settled",
        ),
    ],
)  # fmt: skip
def test_ledger_and_payments_that_tell_different_stories_are_found(busy_shop, owner_engine, damage, purpose):
    keep = "CREATE TABLE public.kept AS SELECT id, source FROM ledger_transfer WHERE shop_id = :shop"
    off, on = (
        f"ALTER TABLE ledger_transfer {how} TRIGGER ledger_append_only" for how in ("DISABLE", "ENABLE")
    )
    undo = "UPDATE ledger_transfer t SET source = k.source FROM kept k WHERE k.id = t.id"
    by_owner(owner_engine, busy_shop, off, keep.replace(":shop", str(busy_shop.shop_id)), damage)
    try:
        found = [one for one in _findings(busy_shop) if one.code != "catalog"]
        assert {one.code for one in found} == {"A9"}
        assert any(purpose in one.thing for one in found)
        assert any("nothing instead of" in one.said for one in found)
    finally:
        by_owner(owner_engine, busy_shop, undo, on, "DROP TABLE kept")
    assert codes(busy_shop) == set()


def test_share_of_a_discount_that_nobody_booked_is_found(busy_shop, buyer, gateway, owner_engine):
    order_id = buyer().order([(make_product().variant_id, 1)]).order_id
    pay(gateway, order_id)
    by_owner(
        owner_engine,
        busy_shop,
        "INSERT INTO orders_adjustment (shop_id, id, order_id, position, stage, plugin, plugin_version, rule_id,"
        " rule_snapshot, kind, amount_minor, reason, funding, allocation)"
        f" VALUES (:shop, '{new_id()}', '{order_id}', 0, 'coupons', 'coupon', '1', 'r', '{{}}', 'discount', 1001, '{{}}',"
        """ '{"merchant"\\: 5000, "supplier"\\: 5000}', '{}')""",
    )
    try:
        assert [(one.code, one.said) for one in _findings(busy_shop)] == [
            ("A12", "booked 0, the share is 500")
        ]
    finally:
        by_owner(owner_engine, busy_shop, f"DELETE FROM orders_adjustment WHERE order_id = '{order_id}'")
    assert codes(busy_shop) == set()


def _findings(shop):
    token = tenancy._scope.set(None)
    try:
        return list(findings(shop.handle))
    finally:
        tenancy._scope.reset(token)


def test_row_whose_parent_is_in_no_shop_of_its_own_is_found(busy_shop, owner_engine):
    off, on = (
        "ALTER TABLE orders_line DROP CONSTRAINT fk_orders_line_shop_id_order_id",
        (
            "ALTER TABLE orders_line ADD CONSTRAINT fk_orders_line_shop_id_order_id FOREIGN KEY (shop_id, order_id)"
            " REFERENCES orders_order (shop_id, id) NOT VALID"
        ),
    )
    changed = {
        "id": "'00000000-0000-0000-0000-0000000000aa'",
        "order_id": "'00000000-0000-0000-0000-0000000000bb'",
    }
    names = [column.name for column in OrderLine.__table__.columns if column.computed is None]
    values = ", ".join(changed.get(name, name) for name in names)
    stray = f"INSERT INTO orders_line ({', '.join(names)}) SELECT {values} FROM orders_line WHERE shop_id = :shop LIMIT 1"
    by_owner(owner_engine, busy_shop, off, stray, on)
    try:
        [found] = _findings(busy_shop)
        assert (found.code, found.thing) == ("A11", "public.orders_line 00000000-0000-0000-0000-0000000000aa")
        assert "leads to no public.orders_order of this shop" in found.said
    finally:
        by_owner(
            owner_engine,
            busy_shop,
            "DELETE FROM orders_line WHERE id = '00000000-0000-0000-0000-0000000000aa'",
        )
        by_owner(
            owner_engine,
            busy_shop,
            "ALTER TABLE orders_line VALIDATE CONSTRAINT fk_orders_line_shop_id_order_id",
        )


def test_many_broken_rows_are_counted_not_listed(busy_shop, owner_engine):
    with shop_bound(busy_shop, SYSTEM):
        for _ in range(25):
            make_product(prices=(100,))
    by_owner(
        owner_engine, busy_shop, "UPDATE reservations_pool SET reserved = reserved + 1 WHERE shop_id = :shop"
    )
    try:
        found = [one for one in _findings(busy_shop) if one.code == "A3"]
        assert len(found) == 21
        assert found[-1].thing.endswith("more rows")
    finally:
        by_owner(
            owner_engine,
            busy_shop,
            "UPDATE reservations_pool SET reserved = reserved - 1 WHERE shop_id = :shop",
        )


def test_every_invariant_says_its_rule():
    assert all(
        one.rule.endswith(".") and one.code in {"A1", "A2", "A3", "A4", "A5", "A6", "A9", "A12"}
        for one in INVARIANTS
    )
