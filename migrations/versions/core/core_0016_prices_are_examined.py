"""Variants know what they cost the shop; shops say how prices are guarded; refunds remember what they clawed back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0016"
down_revision = "core_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is guarded, and nothing was clawed back, before somebody says so."""
    op.add_column("catalog_variant", sa.Column("cost_minor", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_catalog_variant_cost"), "catalog_variant", "cost_minor IS NULL OR cost_minor >= 0"
    )
    op.add_column(
        "shops_shop",
        sa.Column("pricing", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")),
    )
    op.add_column(
        "payments_refund",
        sa.Column("claw_back_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.tenant_table(
        "promotions_backtest",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("moment", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'finished', 'failed')", name=op.f("ck_promotions_backtest_state")
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_promotions_backtest")),
    )
    op.create_index(
        op.f("ix_promotions_backtest_shop_id_created_at"), "promotions_backtest", ["shop_id", "created_at"]
    )


def downgrade() -> None:
    """Costs, rules and backtests are forgotten."""
    op.drop_table("promotions_backtest")
    op.drop_column("payments_refund", "claw_back_minor")
    op.drop_column("shops_shop", "pricing")
    op.drop_constraint(op.f("ck_catalog_variant_cost"), "catalog_variant")
    op.drop_column("catalog_variant", "cost_minor")
