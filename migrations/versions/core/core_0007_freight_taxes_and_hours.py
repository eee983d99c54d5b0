"""Freight has rules and zones, delivery has slots, taxes have rates, shops and pick-up points have hours."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None

# Table and name of each new column that holds settings.
SETTINGS = (
    ("shops_shop", "tax"),
    ("shops_shop", "opening"),
    ("shipping_method", "rules"),
    ("shipping_method", "area"),
    ("shipping_pickup_point", "opening"),
)


def upgrade() -> None:
    """New columns begin at what was true before: one flat fee, one rate, always open."""
    for table, name in SETTINGS:
        op.add_column(
            table,
            sa.Column(
                name, postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")
            ),
        )
    op.add_column(
        "shipping_method", sa.Column("kind", sa.Text(), nullable=False, server_default=sa.text("'parcel'"))
    )
    op.create_check_constraint(
        op.f("ck_shipping_method_kind"), "shipping_method", "kind IN ('parcel', 'local')"
    )
    op.add_column(
        "catalog_product",
        sa.Column("tax_class", sa.Text(), nullable=False, server_default=sa.text("'standard'")),
    )
    op.create_check_constraint(
        op.f("ck_catalog_product_tax_class"),
        "catalog_product",
        "tax_class IN ('standard', 'reduced', 'zero')",
    )
    _make_slots()


def _make_slots() -> None:
    op.tenant_table(
        "shipping_slot",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.BigInteger(), nullable=False),
        sa.Column("from_minute", sa.BigInteger(), nullable=False),
        sa.Column("to_minute", sa.BigInteger(), nullable=False),
        sa.Column("cutoff_minutes", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_shipping_slot_weekday")),
        sa.CheckConstraint(
            "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440",
            name=op.f("ck_shipping_slot_window"),
        ),
        sa.CheckConstraint("cutoff_minutes >= 0", name=op.f("ck_shipping_slot_cutoff")),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_shipping_slot_capacity")),
        sa.ForeignKeyConstraint(
            ["shop_id", "method_id"],
            ["shipping_method.shop_id", "shipping_method.id"],
            name=op.f("fk_shipping_slot_shop_id_method_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_shipping_slot")),
    )
    op.create_index(op.f("ix_shipping_slot_shop_id_method_id"), "shipping_slot", ["shop_id", "method_id"])


def downgrade() -> None:
    """Rules, zones, slots, rates and hours are lost; fees and the one rate stay."""
    op.drop_table("shipping_slot")
    op.drop_constraint(op.f("ck_catalog_product_tax_class"), "catalog_product")
    op.drop_column("catalog_product", "tax_class")
    op.drop_constraint(op.f("ck_shipping_method_kind"), "shipping_method")
    op.drop_column("shipping_method", "kind")
    for table, name in reversed(SETTINGS):
        op.drop_column(table, name)
