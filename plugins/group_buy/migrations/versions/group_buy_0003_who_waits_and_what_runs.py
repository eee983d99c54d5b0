"""Who waits for pieces of an activity, and an index for what runs"""

import sqlalchemy as sa
from alembic import op

revision = "group_buy_0003"
down_revision = "group_buy_0002"
branch_labels = None
depends_on = None

SCHEMA = "plugin_group_buy"


def upgrade() -> None:
    """Nobody waits yet."""
    op.tenant_table(
        "waiter",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "activity_id"],
            ["plugin_group_buy.activity.shop_id", "plugin_group_buy.activity.id"],
            name=op.f("fk_waiter_shop_id_activity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_waiter_shop_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_waiter")),
        sa.UniqueConstraint(
            "shop_id", "activity_id", "customer_id", name=op.f("uq_waiter_shop_id_activity_id_customer_id")
        ),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("ix_waiter_shop_id_customer_id"), "waiter", ["shop_id", "customer_id"], schema=SCHEMA
    )
    op.create_index(
        op.f("ix_activity_shop_id_state_ends_at"), "activity", ["shop_id", "state", "ends_at"], schema=SCHEMA
    )


def downgrade() -> None:
    """Forget who waits."""
    op.drop_index(op.f("ix_activity_shop_id_state_ends_at"), table_name="activity", schema=SCHEMA)
    op.drop_index(op.f("ix_waiter_shop_id_customer_id"), table_name="waiter", schema=SCHEMA)
    op.drop_table("waiter", schema=SCHEMA)
