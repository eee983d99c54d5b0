"""Activities, groups and seats"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "group_buy_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.tenant_table(
        "activity",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("window_minutes", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("hard_end_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("limit_per_customer", sa.BigInteger(), nullable=True),
        sa.Column("stock_cap", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'paused', 'closed')", name=op.f("ck_activity_state")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activity_period")),
        sa.CheckConstraint("hard_end_at >= ends_at", name=op.f("ck_activity_hard_end")),
        sa.CheckConstraint(
            "limit_per_customer IS NULL OR limit_per_customer > 0",
            name=op.f("ck_activity_limit_per_customer"),
        ),
        sa.CheckConstraint("size BETWEEN 2 AND 100", name=op.f("ck_activity_size")),
        sa.CheckConstraint("stock_cap IS NULL OR stock_cap > 0", name=op.f("ck_activity_stock_cap")),
        sa.CheckConstraint("window_minutes BETWEEN 1 AND 10080", name=op.f("ck_activity_window_minutes")),
        sa.ForeignKeyConstraint(
            ["shop_id", "product_id"],
            ["catalog_product.shop_id", "catalog_product.id"],
            name=op.f("fk_activity_shop_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_activity")),
        schema="plugin_group_buy",
    )
    op.create_index(
        op.f("ix_activity_shop_id_product_id"),
        "activity",
        ["shop_id", "product_id"],
        unique=False,
        schema="plugin_group_buy",
    )
    op.tenant_table(
        "activity_price",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_activity_price_price")),
        sa.ForeignKeyConstraint(
            ["shop_id", "activity_id"],
            ["plugin_group_buy.activity.shop_id", "plugin_group_buy.activity.id"],
            name=op.f("fk_activity_price_shop_id_activity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "variant_id"],
            ["catalog_variant.shop_id", "catalog_variant.id"],
            name=op.f("fk_activity_price_shop_id_variant_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_activity_price")),
        sa.UniqueConstraint(
            "shop_id",
            "activity_id",
            "variant_id",
            name=op.f("uq_activity_price_shop_id_activity_id_variant_id"),
        ),
        schema="plugin_group_buy",
    )
    op.tenant_table(
        "group",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("activity_version", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("leader_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "activity_id"],
            ["plugin_group_buy.activity.shop_id", "plugin_group_buy.activity.id"],
            name=op.f("fk_group_shop_id_activity_id"),
        ),
        sa.CheckConstraint("size BETWEEN 2 AND 100", name=op.f("ck_group_size")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_group_price")),
        sa.ForeignKeyConstraint(
            ["shop_id", "variant_id"],
            ["catalog_variant.shop_id", "catalog_variant.id"],
            name=op.f("fk_group_shop_id_variant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "leader_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_group_shop_id_leader_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "pool_id"],
            ["reservations_pool.shop_id", "reservations_pool.id"],
            name=op.f("fk_group_shop_id_pool_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_group")),
        sa.UniqueConstraint("shop_id", "code", name=op.f("uq_group_shop_id_code")),
        sa.UniqueConstraint("shop_id", "pool_id", name=op.f("uq_group_shop_id_pool_id")),
        schema="plugin_group_buy",
    )
    op.create_index(
        op.f("ix_group_shop_id_activity_id_created_at"),
        "group",
        ["shop_id", "activity_id", "created_at"],
        unique=False,
        schema="plugin_group_buy",
    )
    op.tenant_table(
        "seat",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("left_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_seat_shop_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "group_id"],
            ["plugin_group_buy.group.shop_id", "plugin_group_buy.group.id"],
            name=op.f("fk_seat_shop_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "order_id"],
            ["orders_order.shop_id", "orders_order.id"],
            name=op.f("fk_seat_shop_id_order_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_seat")),
        sa.UniqueConstraint("shop_id", "order_id", name=op.f("uq_seat_shop_id_order_id")),
        schema="plugin_group_buy",
    )
    op.create_index(
        op.f("ix_seat_shop_id_customer_id_created_at"),
        "seat",
        ["shop_id", "customer_id", "created_at"],
        unique=False,
        schema="plugin_group_buy",
    )
    op.create_index(
        op.f("ix_seat_shop_id_group_id"),
        "seat",
        ["shop_id", "group_id"],
        unique=False,
        schema="plugin_group_buy",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_seat_shop_id_group_id"), table_name="seat", schema="plugin_group_buy")
    op.drop_index(
        op.f("ix_seat_shop_id_customer_id_created_at"), table_name="seat", schema="plugin_group_buy"
    )
    op.drop_table("seat", schema="plugin_group_buy")
    op.drop_index(
        op.f("ix_group_shop_id_activity_id_created_at"), table_name="group", schema="plugin_group_buy"
    )
    op.drop_table("group", schema="plugin_group_buy")
    op.drop_table("activity_price", schema="plugin_group_buy")
    op.drop_index(op.f("ix_activity_shop_id_product_id"), table_name="activity", schema="plugin_group_buy")
    op.drop_table("activity", schema="plugin_group_buy")
