"""Pools that have enough at their deadline, and lines whose price fell after they were paid."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0014"
down_revision = "core_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column each; existing pools know no such number, existing lines were never cut."""
    op.add_column("reservations_pool", sa.Column("least", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_reservations_pool_least"),
        "reservations_pool",
        "least IS NULL OR (least > 0 AND least <= threshold)",
    )
    op.add_column(
        "orders_line",
        sa.Column(
            "unit_cuts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'"),
        ),
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_column("orders_line", "unit_cuts")
    op.drop_constraint(op.f("ck_reservations_pool_least"), "reservations_pool")
    op.drop_column("reservations_pool", "least")
