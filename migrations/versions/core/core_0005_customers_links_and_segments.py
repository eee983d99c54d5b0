"""Customers are counted and tagged, links are followed, segments are kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None

# What one order adds to its customer; a guest's order that is taken over moves with everything it carries.
COUNT_ORDER = """
CREATE FUNCTION customers_count_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    placed BIGINT := 1;
    paid BIGINT := (NEW.financial <> 'unpaid')::int;
    spent BIGINT := NEW.captured_minor - NEW.refunded_minor;
    refunded BIGINT := NEW.refunded_minor;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.customer_id IS NOT NULL THEN
        IF OLD.customer_id = NEW.customer_id THEN
            placed := 0;
            paid := paid - (OLD.financial <> 'unpaid')::int;
            spent := spent - OLD.captured_minor + OLD.refunded_minor;
            refunded := refunded - OLD.refunded_minor;
        ELSE
            UPDATE customers_customer SET
                orders_placed = orders_placed - 1,
                orders_paid = orders_paid - (OLD.financial <> 'unpaid')::int,
                spent_minor = spent_minor - OLD.captured_minor + OLD.refunded_minor,
                refunded_minor = refunded_minor - OLD.refunded_minor
            WHERE shop_id = OLD.shop_id AND id = OLD.customer_id;
        END IF;
    END IF;
    IF NEW.customer_id IS NOT NULL AND (placed <> 0 OR paid <> 0 OR spent <> 0 OR refunded <> 0) THEN
        UPDATE customers_customer SET
            orders_placed = orders_placed + placed,
            orders_paid = orders_paid + paid,
            spent_minor = spent_minor + spent,
            refunded_minor = refunded_minor + refunded,
            first_order_at = LEAST(first_order_at, NEW.paid_at),
            last_order_at = GREATEST(last_order_at, NEW.paid_at)
        WHERE shop_id = NEW.shop_id AND id = NEW.customer_id;
    END IF;
    RETURN NULL;
END $$
"""
COUNT_PAST_ORDERS = """
UPDATE customers_customer SET orders_placed = counted.placed, orders_paid = counted.paid,
    spent_minor = counted.spent, refunded_minor = counted.refunded,
    first_order_at = counted.first_at, last_order_at = counted.last_at
FROM (
    SELECT shop_id, customer_id, count(*) AS placed, count(*) FILTER (WHERE financial <> 'unpaid') AS paid,
        sum(captured_minor - refunded_minor) AS spent, sum(refunded_minor) AS refunded,
        min(paid_at) AS first_at, max(paid_at) AS last_at
    FROM orders_order WHERE customer_id IS NOT NULL GROUP BY shop_id, customer_id
) counted
WHERE customers_customer.shop_id = counted.shop_id AND customers_customer.id = counted.customer_id
"""
MOMENT = sa.TIMESTAMP(timezone=True)
SORTED = ("spent_minor", "orders_paid", "last_order_at")
EMPTY = sa.text("'{}'::jsonb")


def _customer_columns() -> list[sa.Column[object]]:
    """What customers get; existing rows begin with the defaults."""
    return [
        sa.Column("first_touch", postgresql.JSONB(), nullable=False, server_default=EMPTY),
        sa.Column("last_touch", postgresql.JSONB(), nullable=False, server_default=EMPTY),
        sa.Column("marketing_consent", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("consent_at", MOMENT, nullable=True),
        sa.Column("orders_placed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("orders_paid", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("first_order_at", MOMENT, nullable=True),
        sa.Column("last_order_at", MOMENT, nullable=True),
    ]


def _order_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("source", sa.Text(), nullable=False, server_default=""),
        sa.Column("source_touch", postgresql.JSONB(), nullable=False, server_default=EMPTY),
    ]


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def _customer_fk(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["shop_id", column],
        ["customers_customer.shop_id", "customers_customer.id"],
        name=op.f(f"fk_{table}_shop_id_{column}"),
        ondelete="CASCADE",
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


def upgrade() -> None:
    """Widen customers and orders, make the new tables, count what was ordered so far."""
    for column in _customer_columns():
        op.add_column("customers_customer", column)
    for column in _order_columns():
        op.add_column("orders_order", column)
    for name in SORTED:
        _index("customers_customer", "shop_id", name)
    known = sa.text("source <> ''")
    op.create_index(
        "ix_customers_customer_source", "customers_customer", ["shop_id", "source"], postgresql_where=known
    )
    op.create_index("ix_orders_order_source", "orders_order", ["shop_id", "source"], postgresql_where=known)
    op.create_index(
        "ix_orders_order_paid",
        "orders_order",
        ["shop_id", "paid_at", "customer_id"],
        postgresql_where=sa.text("paid_at IS NOT NULL"),
    )
    _customer_tables()
    _link_tables()
    op.tenant_table(
        "audiences_segment",
        *_key(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_audiences_segment")),
        sa.UniqueConstraint("shop_id", "name", name=op.f("uq_audiences_segment_shop_id_name")),
    )
    op.execute(COUNT_ORDER)
    op.execute(
        "CREATE TRIGGER customers_count_order"
        " AFTER INSERT OR UPDATE OF customer_id, financial, captured_minor, refunded_minor, paid_at ON orders_order"
        " FOR EACH ROW EXECUTE FUNCTION customers_count_order()"
    )
    op.execute(COUNT_PAST_ORDERS)


def _customer_tables() -> None:
    op.tenant_table(
        "customers_tag",
        *_key(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        _customer_fk("customers_tag", "customer_id"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_customers_tag")),
        sa.UniqueConstraint(
            "shop_id", "customer_id", "tag", name=op.f("uq_customers_tag_shop_id_customer_id_tag")
        ),
    )
    _index("customers_tag", "shop_id", "tag", "customer_id")
    op.tenant_table(
        "customers_note",
        *_key(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _customer_fk("customers_note", "customer_id"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_customers_note")),
    )
    _index("customers_note", "shop_id", "customer_id", "created_at")
    op.tenant_table(
        "customers_import",
        *_key(),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("total", "done", "created", "updated", "skipped")
        ),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('checked', 'running', 'done', 'failed')", name=op.f("ck_customers_import_state")
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_customers_import")),
    )
    _index("customers_import", "shop_id", "created_at")


def _link_tables() -> None:
    op.tenant_table(
        "sources_link",
        *_key(),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("code", "kind", "title", "target", "campaign", "medium")
        ),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_from", sa.Date(), nullable=True),
        sa.Column("cost_until", sa.Date(), nullable=True),
        sa.Column("shared_by", sa.Uuid(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("archived_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('link', 'qr', 'group', 'campaign', 'share')", name=op.f("ck_sources_link_kind")
        ),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_sources_link_cost")),
        sa.CheckConstraint("target LIKE '/%' AND target NOT LIKE '//%'", name=op.f("ck_sources_link_target")),
        _customer_fk("sources_link", "shared_by"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_sources_link")),
        sa.UniqueConstraint("shop_id", "code", name=op.f("uq_sources_link_shop_id_code")),
    )
    op.create_index(
        "uq_sources_link_share",
        "sources_link",
        ["shop_id", "shared_by", "target", "place"],
        unique=True,
        postgresql_where=sa.text("shared_by IS NOT NULL"),
    )
    _index("sources_link", "shop_id", "kind", "created_at")
    op.tenant_table(
        "sources_visit",
        *_key(),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("visits > 0", name=op.f("ck_sources_visit_visits")),
        sa.ForeignKeyConstraint(
            ["shop_id", "link_id"],
            ["sources_link.shop_id", "sources_link.id"],
            name=op.f("fk_sources_visit_shop_id_link_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_sources_visit")),
        sa.UniqueConstraint("shop_id", "link_id", "day", name=op.f("uq_sources_visit_shop_id_link_id_day")),
    )


def downgrade() -> None:
    """Take it all away again; what was counted can be counted anew."""
    op.execute("DROP TRIGGER customers_count_order ON orders_order")
    op.execute("DROP FUNCTION customers_count_order()")
    for table in (
        "audiences_segment",
        "sources_visit",
        "sources_link",
        "customers_import",
        "customers_note",
        "customers_tag",
    ):
        op.drop_table(table)
    op.drop_index("ix_orders_order_paid", table_name="orders_order")
    op.drop_index("ix_orders_order_source", table_name="orders_order")
    op.drop_index("ix_customers_customer_source", table_name="customers_customer")
    for name in SORTED:
        op.drop_index(op.f(f"ix_customers_customer_shop_id_{name}"), table_name="customers_customer")
    for column in reversed(_order_columns()):
        op.drop_column("orders_order", column.name)
    for column in reversed(_customer_columns()):
        op.drop_column("customers_customer", column.name)
