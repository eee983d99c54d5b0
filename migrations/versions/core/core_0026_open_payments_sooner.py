"""Payments that nobody reports are asked about after twenty seconds, so that none is open for a minute after it was made."""

from alembic import op

revision = "core_0026"
down_revision = "core_0025"
branch_labels = None
depends_on = None

HEAD = """
CREATE OR REPLACE FUNCTION payments_due_shops(moment timestamptz) RETURNS TABLE (due_shop bigint, what text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT shop_id, 'reconciliations' FROM payments_account WHERE look_at <= moment
"""
OPEN = """
    UNION ALL
    SELECT DISTINCT shop_id, 'open_payments' FROM payments_payment
    WHERE state IN ('created', 'pending') AND gateway <> '' AND created_at <= moment - interval '20 seconds'
"""


def upgrade() -> None:
    """The worker's round comes every half minute."""
    op.execute(f"{HEAD}{OPEN}$$")


def downgrade() -> None:
    """After a minute again."""
    op.execute(f"{HEAD}$$")
