"""Accounts begin at zero whoever writes them, and functions of the owner look at the owner's tables only."""

from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

LEDGER_OPEN = """
CREATE FUNCTION ledger_open_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The application may open accounts; only transfers move them.
    NEW.debits := 0;
    NEW.credits := 0;
    RETURN NEW;
END $$
"""
# Unless it is named last, the session's own temporary schema is searched first.
OWNERS_FUNCTIONS = ("ledger_apply()", "kernel_due_shops(timestamptz)", "catalog_search(tsquery)")


def upgrade() -> None:
    """Guard the opening of accounts, and the search path of what runs with the owner's rights."""
    op.execute(LEDGER_OPEN)
    op.execute(
        "CREATE TRIGGER ledger_open_account BEFORE INSERT ON ledger_account"
        " FOR EACH ROW EXECUTE FUNCTION ledger_open_account()"
    )
    for function in OWNERS_FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} SET search_path = public, pg_temp")


def downgrade() -> None:
    """Back to what core_0002 made."""
    for function in OWNERS_FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} SET search_path = public")
    op.execute("DROP TRIGGER ledger_open_account ON ledger_account")
    op.execute("DROP FUNCTION ledger_open_account()")
