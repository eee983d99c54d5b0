"""Kinds and rules, draws, perks, and what merchants declare"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "group_buy_0002"
down_revision = "group_buy_0001"
branch_labels = None
depends_on = None

SCHEMA = "plugin_group_buy"
MOMENT = sa.TIMESTAMP(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def _of_group(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["shop_id", "group_id"],
        ["plugin_group_buy.group.shop_id", "plugin_group_buy.group.id"],
        name=op.f(f"fk_{table}_shop_id_group_id"),
    )


def upgrade() -> None:
    """What exists is of the normal kind, without further rules."""
    empty, nothing = sa.text("'{}'"), sa.text("'[]'")
    op.add_column("activity", sa.Column("rules", JSON, nullable=False, server_default=empty), schema=SCHEMA)
    op.add_column(
        "activity_price", sa.Column("steps", JSON, nullable=False, server_default=nothing), schema=SCHEMA
    )
    for column in (
        sa.Column("steps", JSON, nullable=False, server_default=nothing),
        sa.Column("extended_at", MOMENT, nullable=True),
        sa.Column("declared_at", MOMENT, nullable=True),
        sa.Column("declared_paid", sa.BigInteger(), nullable=True),
        sa.Column("declared_by", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("final_minor", sa.BigInteger(), nullable=True),
    ):
        op.add_column("group", column, schema=SCHEMA)
    op.add_column(
        "seat", sa.Column("ticket", sa.Text(), nullable=False, server_default=sa.text("''")), schema=SCHEMA
    )
    op.add_column("seat", sa.Column("won", sa.Boolean(), nullable=True), schema=SCHEMA)
    op.tenant_table(
        "draw",
        *_key(),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("winners", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.Column("entries_hash", sa.Text(), nullable=False),
        sa.Column("drawn_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("winners > 0", name=op.f("ck_draw_winners")),
        _of_group("draw"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_draw")),
        sa.UniqueConstraint("shop_id", "group_id", name=op.f("uq_draw_shop_id_group_id")),
        schema=SCHEMA,
    )
    op.tenant_table(
        "perk",
        *_key(),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'given', 'refused')", name=op.f("ck_perk_state")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_perk_amount")),
        _of_group("perk"),
        sa.ForeignKeyConstraint(
            ["shop_id", "order_id"],
            ["orders_order.shop_id", "orders_order.id"],
            name=op.f("fk_perk_shop_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_perk_shop_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_perk")),
        sa.UniqueConstraint("shop_id", "group_id", name=op.f("uq_perk_shop_id_group_id")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("ix_perk_shop_id_customer_id"), "perk", ["shop_id", "customer_id"], unique=False, schema=SCHEMA
    )


def downgrade() -> None:
    """Forget all of it."""
    op.drop_index(op.f("ix_perk_shop_id_customer_id"), table_name="perk", schema=SCHEMA)
    op.drop_table("perk", schema=SCHEMA)
    op.drop_table("draw", schema=SCHEMA)
    for name in ("won", "ticket"):
        op.drop_column("seat", name, schema=SCHEMA)
    for name in (
        "final_minor", "settled_at", "declared_by", "declared_paid", "declared_at", "extended_at", "steps",
    ):  # fmt: skip
        op.drop_column("group", name, schema=SCHEMA)
    op.drop_column("activity_price", "steps", schema=SCHEMA)
    op.drop_column("activity", "rules", schema=SCHEMA)
