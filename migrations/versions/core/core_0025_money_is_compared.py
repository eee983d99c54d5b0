"""Payments: each day is compared with the gateway's own list; disputes of buyers' banks are known."""

import sqlalchemy as sa
from alembic import op

revision = "core_0025"
down_revision = "core_0024"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
# Looks across policies and tells nothing but shop ids: accounts whose last day was not compared yet.
DUE_SHOPS = """
CREATE FUNCTION payments_due_shops(moment timestamptz) RETURNS TABLE (due_shop bigint, what text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT shop_id, 'reconciliations' FROM payments_account WHERE look_at <= moment
$$
"""


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    ]


def _words(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def _reconciliation() -> None:
    op.tenant_table(
        "payments_reconciliation",
        *_key(),
        *_words("gateway", "mode"),
        sa.Column("day", sa.Date(), nullable=False),
        *_numbers("movements", "matched", "taken_minor", "given_back_minor", "fees_minor"),
        *_words("currency", "trouble"),
        sa.Column("compared_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "matched BETWEEN 0 AND movements", name=op.f("ck_payments_reconciliation_matched")
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_payments_reconciliation")),
        sa.UniqueConstraint(
            "shop_id",
            "gateway",
            "mode",
            "day",
            name=op.f("uq_payments_reconciliation_shop_id_gateway_mode_day"),
        ),
    )
    op.create_index(
        op.f("ix_payments_reconciliation_shop_id_day"), "payments_reconciliation", ["shop_id", "day"]
    )


def _difference() -> None:
    op.tenant_table(
        "payments_difference",
        *_key(),
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        *_words("key", "what", "subject", "gateway_ref"),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        *_numbers("ours_minor", "theirs_minor", nullable=True),
        *_words("currency"),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        *_words("note"),
        sa.CheckConstraint(
            "what IN ('missing_here', 'missing_there', 'amount')", name=op.f("ck_payments_difference_what")
        ),
        sa.CheckConstraint(
            "subject IN ('payment', 'refund', 'dispute')", name=op.f("ck_payments_difference_subject")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "reconciliation_id"],
            ["payments_reconciliation.shop_id", "payments_reconciliation.id"],
            name=op.f("fk_payments_difference_shop_id_reconciliation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_payments_difference")),
        sa.UniqueConstraint(
            "shop_id",
            "reconciliation_id",
            "key",
            name=op.f("uq_payments_difference_shop_id_reconciliation_id_key"),
        ),
    )
    op.create_index(
        "ix_payments_difference_open",
        "payments_difference",
        ["shop_id", "occurred_at"],
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _dispute() -> None:
    op.tenant_table(
        "payments_dispute",
        *_key(),
        *_words("gateway", "mode", "gateway_ref"),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        *_numbers("amount_minor"),
        *_words("currency", "status", "reason"),
        sa.Column("respond_by", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('needs_response', 'under_review', 'won', 'lost')",
            name=op.f("ck_payments_dispute_status"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "payment_id"],
            ["payments_payment.shop_id", "payments_payment.id"],
            name=op.f("fk_payments_dispute_shop_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_payments_dispute")),
        sa.UniqueConstraint(
            "shop_id",
            "gateway",
            "mode",
            "gateway_ref",
            name=op.f("uq_payments_dispute_shop_id_gateway_mode_gateway_ref"),
        ),
    )
    op.create_index(
        op.f("ix_payments_dispute_shop_id_payment_id"), "payments_dispute", ["shop_id", "payment_id"]
    )
    op.create_index(
        "ix_payments_dispute_open",
        "payments_dispute",
        ["shop_id", "respond_by"],
        postgresql_where=sa.text("status = 'needs_response'"),
    )


def upgrade() -> None:
    """Three tables of each shop's own, and the function that finds shops with a day to compare."""
    op.add_column("payments_account", sa.Column("look_at", MOMENT, nullable=True))
    _reconciliation()
    _difference()
    _dispute()
    role = op.get_context().opts["app_role"]
    op.execute(DUE_SHOPS)
    op.execute("REVOKE ALL ON FUNCTION payments_due_shops(timestamptz) FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION payments_due_shops(timestamptz) TO "{role}"')


def downgrade() -> None:
    """Nobody compares."""
    op.execute("DROP FUNCTION payments_due_shops(timestamptz)")
    op.drop_table("payments_dispute")
    op.drop_table("payments_difference")
    op.drop_table("payments_reconciliation")
    op.drop_column("payments_account", "look_at")
