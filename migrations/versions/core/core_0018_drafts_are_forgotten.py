"""Columns of customer files are mapped before the check; drafts that nobody started are found and forgotten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0018"
down_revision = "core_0017"
branch_labels = None
depends_on = None

STATES = "state IN ('uploaded', 'checked', 'running', 'done', 'failed')"
EARLIER_STATES = "state IN ('checked', 'running', 'done', 'failed')"
# Looks across policies and tells nothing but shop ids: bulk runs and customer files that were never started.
DUE_SHOPS = """
CREATE FUNCTION drafts_due_shops(moment timestamptz) RETURNS TABLE (due_shop bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT shop_id FROM fulfilment_bulk_run WHERE state = 'draft' AND created_at <= moment
    UNION
    SELECT shop_id FROM customers_import WHERE state IN ('uploaded', 'checked') AND created_at <= moment
$$
"""


def _json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)


def upgrade() -> None:
    """Add the columns, small indexes of drafts only, and the function that finds their shops."""
    for name in ("sheet", "mapping"):
        op.add_column("customers_import", _json(name))
    op.drop_constraint(op.f("ck_customers_import_state"), "customers_import", type_="check")
    op.create_check_constraint(op.f("ck_customers_import_state"), "customers_import", STATES)
    op.create_index(
        "ix_fulfilment_bulk_run_drafts", "fulfilment_bulk_run", ["shop_id", "created_at"],
        postgresql_where=sa.text("state = 'draft'"),
    )  # fmt: skip
    op.create_index(
        "ix_customers_import_drafts", "customers_import", ["shop_id", "created_at"],
        postgresql_where=sa.text("state IN ('uploaded', 'checked')"),
    )  # fmt: skip
    role = op.get_context().opts["app_role"]
    op.execute(DUE_SHOPS)
    op.execute("REVOKE ALL ON FUNCTION drafts_due_shops(timestamptz) FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION drafts_due_shops(timestamptz) TO "{role}"')


def downgrade() -> None:
    """Back to files that are checked when they are handed in; those that were not checked yet are gone."""
    op.execute("DROP FUNCTION drafts_due_shops(timestamptz)")
    op.drop_index("ix_customers_import_drafts", "customers_import")
    op.drop_index("ix_fulfilment_bulk_run_drafts", "fulfilment_bulk_run")
    op.execute("DELETE FROM customers_import WHERE state = 'uploaded'")
    op.drop_constraint(op.f("ck_customers_import_state"), "customers_import", type_="check")
    op.create_check_constraint(op.f("ck_customers_import_state"), "customers_import", EARLIER_STATES)
    for name in ("mapping", "sheet"):
        op.drop_column("customers_import", name)
