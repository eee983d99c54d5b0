"""Payments: a shop's accounts with gateways, and the way each payment takes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0024"
down_revision = "core_0023"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
MODES = "mode IN ('test', 'live')"


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """Every payment so far went through the test gateway's page."""
    op.tenant_table(
        "payments_account",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _words("gateway"),
        _words("mode"),
        _json("credentials"),
        _json("shown"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        _json("methods"),
        _json("facts"),
        sa.Column("checked_at", MOMENT, nullable=True),
        _words("trouble"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _json("history"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(MODES, name=op.f("ck_payments_account_mode")),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_payments_account")),
        sa.UniqueConstraint(
            "shop_id", "gateway", "mode", name=op.f("uq_payments_account_shop_id_gateway_mode")
        ),
    )
    op.add_column("payments_payment", sa.Column("mode", sa.Text(), nullable=False, server_default="test"))
    op.add_column("payments_payment", sa.Column("method", sa.Text(), nullable=False, server_default="page"))
    op.create_check_constraint(
        op.f("ck_payments_payment_mode"), "payments_payment", MODES, postgresql_not_valid=True
    )
    op.execute("ALTER TABLE payments_payment VALIDATE CONSTRAINT ck_payments_payment_mode")


def downgrade() -> None:
    """Only the test gateway is left."""
    op.drop_constraint(op.f("ck_payments_payment_mode"), "payments_payment")
    op.drop_column("payments_payment", "method")
    op.drop_column("payments_payment", "mode")
    op.drop_table("payments_account")
