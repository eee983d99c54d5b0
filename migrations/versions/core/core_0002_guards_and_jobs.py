"""The job queue's tables, the ledger's guards, and the few functions that may look across row-level security."""

from alembic import op
from procrastinate import schema as procrastinate_schema

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

LEDGER_APPLY = """
CREATE FUNCTION ledger_apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    -- Both accounts in key order, so that two transfers between the same accounts never deadlock.
    IF NEW.debit_id < NEW.credit_id THEN
        UPDATE ledger_account SET debits = debits + NEW.amount WHERE shop_id = NEW.shop_id AND id = NEW.debit_id;
        UPDATE ledger_account SET credits = credits + NEW.amount WHERE shop_id = NEW.shop_id AND id = NEW.credit_id;
    ELSE
        UPDATE ledger_account SET credits = credits + NEW.amount WHERE shop_id = NEW.shop_id AND id = NEW.credit_id;
        UPDATE ledger_account SET debits = debits + NEW.amount WHERE shop_id = NEW.shop_id AND id = NEW.debit_id;
    END IF;
    RETURN NULL;
END $$
"""

LEDGER_REFUSE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_transfer is append-only; write a reversing transfer instead';
END $$
"""

# Sweeps cannot see tenant rows: they learn which shops have something due, and nothing else.
DUE_SHOPS = """
CREATE FUNCTION kernel_due_shops(moment timestamptz) RETURNS TABLE (due_shop bigint, what text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT DISTINCT shop_id, 'unpaid_orders' FROM orders_order
     WHERE lifecycle = 'placed' AND financial = 'unpaid' AND pay_by <= moment
    UNION ALL
    SELECT DISTINCT shop_id, 'pool_deadlines' FROM reservations_pool WHERE closed_as IS NULL AND deadline <= moment
    UNION ALL
    SELECT DISTINCT shop_id, 'expired_reservations' FROM reservations_reservation
     WHERE state = 'held' AND expires_at <= moment
    UNION ALL
    SELECT DISTINCT shop_id, 'open_refunds' FROM payments_refund
     WHERE state IN ('pending', 'sent') AND created_at <= moment - interval '1 minute'
    UNION ALL
    SELECT DISTINCT shop_id, 'open_payments' FROM payments_payment
     WHERE state IN ('created', 'pending') AND created_at <= moment - interval '1 minute'
$$
"""

# `@@` is not leakproof, so under row-level security it would not use its index; the function adds the shop itself.
CATALOG_SEARCH = """
CREATE FUNCTION catalog_search(terms tsquery) RETURNS TABLE (product_id uuid, rank real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT id, ts_rank(search_terms, terms) FROM catalog_product
     WHERE shop_id = current_setting('app.shop_id')::bigint AND search_terms @@ terms
$$
"""


def _grant_queue(role: str) -> None:
    for table in ("jobs", "events", "workers", "periodic_defers"):
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_{table} TO "{role}"')
        op.execute(f'GRANT USAGE, SELECT ON SEQUENCE procrastinate_{table}_id_seq TO "{role}"')


def upgrade() -> None:
    """Install queue, triggers, functions, and take from the application what it must not do."""
    role = op.get_context().opts["app_role"]
    # One script with many statements and dollar quotes: the driver sends it as it is when there are no parameters.
    connection = op.get_bind().connection.dbapi_connection
    connection.execute(procrastinate_schema.SchemaManager.get_schema())
    _grant_queue(role)
    op.execute(LEDGER_APPLY)
    op.execute(LEDGER_REFUSE)
    op.execute(
        "CREATE TRIGGER ledger_apply AFTER INSERT ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION ledger_apply()"
    )
    op.execute(
        "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger_transfer"
        " FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()"
    )
    op.execute(f'REVOKE UPDATE, DELETE ON ledger_transfer, ledger_account FROM "{role}"')
    op.execute(f'REVOKE UPDATE, DELETE ON kernel_event FROM "{role}"')
    op.execute(DUE_SHOPS)
    op.execute(CATALOG_SEARCH)
    for function in ("kernel_due_shops(timestamptz)", "catalog_search(tsquery)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f'GRANT EXECUTE ON FUNCTION {function} TO "{role}"')
    # Every lexeme carries its shop ("12.茶"), so this index starts with the shop although its column does not.
    op.execute("CREATE INDEX ix_catalog_product_search ON catalog_product USING gin (search_terms)")


def downgrade() -> None:
    """Remove what this revision made; the queue's waiting jobs are lost."""
    op.execute("DROP INDEX ix_catalog_product_search")
    op.execute("DROP FUNCTION catalog_search(tsquery)")
    op.execute("DROP FUNCTION kernel_due_shops(timestamptz)")
    op.execute("DROP TRIGGER ledger_append_only ON ledger_transfer")
    op.execute("DROP TRIGGER ledger_apply ON ledger_transfer")
    op.execute("DROP FUNCTION ledger_refuse_change()")
    op.execute("DROP FUNCTION ledger_apply()")
    for table in ("periodic_defers", "events", "jobs", "workers"):
        op.execute(f"DROP TABLE procrastinate_{table} CASCADE")
    op.execute(
        "DO $$ DECLARE f regprocedure; BEGIN"
        " FOR f IN SELECT oid FROM pg_proc WHERE proname LIKE 'procrastinate_%'"
        " LOOP EXECUTE 'DROP FUNCTION ' || f || ' CASCADE'; END LOOP; END $$"
    )
    op.execute(
        "DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status"
    )
