"""Test orders count nowhere; visitors are counted by day and step; figures of a period come from an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0015"
down_revision = "core_0014"
branch_labels = None
depends_on = None

# What one order adds to its customer; a guest's order that is taken over moves with everything it carries, and a test
# order carries nothing.
COUNT_ORDER = """
CREATE OR REPLACE FUNCTION customers_count_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    counts BIGINT := (NOT NEW.is_test)::int;
    counted BIGINT;
    placed BIGINT := counts;
    paid BIGINT := counts * (NEW.financial <> 'unpaid')::int;
    spent BIGINT := counts * (NEW.captured_minor - NEW.refunded_minor);
    refunded BIGINT := counts * NEW.refunded_minor;
    paid_at TIMESTAMPTZ := CASE WHEN NEW.is_test THEN NULL ELSE NEW.paid_at END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.customer_id IS NOT NULL THEN
        counted := (NOT OLD.is_test)::int;
        IF OLD.customer_id = NEW.customer_id THEN
            placed := placed - counted;
            paid := paid - counted * (OLD.financial <> 'unpaid')::int;
            spent := spent - counted * (OLD.captured_minor - OLD.refunded_minor);
            refunded := refunded - counted * OLD.refunded_minor;
        ELSE
            UPDATE customers_customer SET
                orders_placed = orders_placed - counted,
                orders_paid = orders_paid - counted * (OLD.financial <> 'unpaid')::int,
                spent_minor = spent_minor - counted * (OLD.captured_minor - OLD.refunded_minor),
                refunded_minor = refunded_minor - counted * OLD.refunded_minor
            WHERE shop_id = OLD.shop_id AND id = OLD.customer_id;
        END IF;
    END IF;
    IF NEW.customer_id IS NOT NULL AND (placed <> 0 OR paid <> 0 OR spent <> 0 OR refunded <> 0) THEN
        UPDATE customers_customer SET
            orders_placed = orders_placed + placed,
            orders_paid = orders_paid + paid,
            spent_minor = spent_minor + spent,
            refunded_minor = refunded_minor + refunded,
            first_order_at = LEAST(first_order_at, paid_at),
            last_order_at = GREATEST(last_order_at, paid_at)
        WHERE shop_id = NEW.shop_id AND id = NEW.customer_id;
    END IF;
    RETURN NULL;
END $$
"""
COUNT_SOLD_ORDER = """
CREATE OR REPLACE FUNCTION orders_count_sold_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before boolean := NOT OLD.is_test AND orders_is_sold(OLD.financial, OLD.lifecycle, OLD.holds_open);
    after boolean := NOT NEW.is_test AND orders_is_sold(NEW.financial, NEW.lifecycle, NEW.holds_open);
    line record;
BEGIN
    IF before <> after THEN
        -- In order of products, so that two orders never wait for each other.
        FOR line IN SELECT product_id, sum(quantity - refunded)::bigint AS units FROM orders_line
            WHERE shop_id = NEW.shop_id AND order_id = NEW.id GROUP BY product_id ORDER BY product_id
        LOOP
            PERFORM catalog_count_sold(
                NEW.shop_id, line.product_id, CASE WHEN after THEN line.units ELSE -line.units END);
        END LOOP;
    END IF;
    RETURN NULL;
END $$
"""
COUNT_SOLD_LINE = """
CREATE OR REPLACE FUNCTION orders_count_sold_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line orders_line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    change bigint := CASE TG_OP
        WHEN 'INSERT' THEN NEW.quantity - NEW.refunded
        WHEN 'DELETE' THEN OLD.refunded - OLD.quantity
        ELSE (NEW.quantity - NEW.refunded) - (OLD.quantity - OLD.refunded) END;
BEGIN
    IF change <> 0 AND EXISTS (
        SELECT FROM orders_order WHERE shop_id = line.shop_id AND id = line.order_id
            AND NOT is_test AND orders_is_sold(financial, lifecycle, holds_open)
    ) THEN
        PERFORM catalog_count_sold(line.shop_id, line.product_id, change);
    END IF;
    RETURN NULL;
END $$
"""
WATCHED = {
    "customers_count_order": "INSERT OR UPDATE OF customer_id, financial, captured_minor, refunded_minor, paid_at",
    "orders_count_sold_order": "UPDATE OF financial, lifecycle, holds_open",
}
# As they were before test orders were known: the same bodies in which no order is one.
_NO_TESTS = (
    ("(NOT NEW.is_test)::int", "1"),
    ("(NOT OLD.is_test)::int", "1"),
    ("CASE WHEN NEW.is_test THEN NULL ELSE NEW.paid_at END", "NEW.paid_at"),
    ("NOT OLD.is_test AND ", ""),
    ("NOT NEW.is_test AND ", ""),
    ("NOT is_test AND ", ""),
)


def _watch(more: str) -> None:
    for function, what in WATCHED.items():
        op.execute(f"DROP TRIGGER {function} ON orders_order")
        op.execute(
            f"CREATE TRIGGER {function} AFTER {what}{more} ON orders_order FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def upgrade() -> None:
    """The column, the triggers that heed it, the index of figures, and the table of visitors."""
    op.add_column(
        "orders_order", sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for function in (COUNT_ORDER, COUNT_SOLD_ORDER, COUNT_SOLD_LINE):
        op.execute(function)
    _watch(", is_test")
    op.drop_index("ix_orders_order_paid", table_name="orders_order")
    op.create_index(
        "ix_orders_order_paid",
        "orders_order",
        ["shop_id", "paid_at", "customer_id"],
        postgresql_where=sa.text("paid_at IS NOT NULL AND NOT is_test"),
        postgresql_include=["captured_minor", "source"],
    )
    op.create_index(
        op.f("ix_payments_refund_shop_id_created_at"), "payments_refund", ["shop_id", "created_at"]
    )
    op.tenant_table(
        "insights_step",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("visitors", sa.BigInteger(), nullable=False),
        sa.Column("by_time", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "step IN ('visit', 'product', 'cart', 'checkout')", name=op.f("ck_insights_step_step")
        ),
        sa.CheckConstraint("visitors > 0", name=op.f("ck_insights_step_visitors")),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_insights_step")),
        sa.UniqueConstraint(
            "shop_id", "day", "step", "slot", name=op.f("uq_insights_step_shop_id_day_step_slot")
        ),
    )


def downgrade() -> None:
    """Count as before; visitors are forgotten."""
    op.drop_table("insights_step")
    op.drop_index(op.f("ix_payments_refund_shop_id_created_at"), table_name="payments_refund")
    op.drop_index("ix_orders_order_paid", table_name="orders_order")
    op.create_index(
        "ix_orders_order_paid",
        "orders_order",
        ["shop_id", "paid_at", "customer_id"],
        postgresql_where=sa.text("paid_at IS NOT NULL"),
    )
    op.execute("UPDATE orders_order SET is_test = false WHERE is_test")
    _watch("")
    for function in (COUNT_ORDER, COUNT_SOLD_ORDER, COUNT_SOLD_LINE):
        for told, before in _NO_TESTS:
            function = function.replace(told, before)  # noqa: PLW2901
        op.execute(function)
    op.drop_column("orders_order", "is_test")
