"""Customers are found by terms as orders are; lists are read in the order of an index, however long they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0017"
down_revision = "core_0016"
branch_labels = None
depends_on = None

# A phone number is found by any three or more of its digits that stand together: each of its ends is a term.
OF_CUSTOMER = r"""
CREATE FUNCTION customers_terms(shop bigint, name text, email text, phone text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT public.order_terms(shop, concat_ws(' ', name, email, digits,
        (SELECT string_agg(substr(digits, place), ' ') FROM generate_series(2, length(digits) - 2) AS place)))
      FROM regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g') AS digits
$$
"""
# EXECUTE plans each search for its own words: an index for rare ones, the table itself for what every row says.
CUSTOMERS_FOUND = """
CREATE FUNCTION customers_found(terms tsquery, most bigint) RETURNS TABLE (customer_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT id FROM customers_customer WHERE shop_id = $1 AND search_terms @@ $2 LIMIT $3'
        USING current_setting('app.shop_id')::bigint, terms, most;
END $$
"""
ORDERS_FOUND = """
CREATE FUNCTION orders_found(terms tsquery, most bigint) RETURNS TABLE (place text, order_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    shop bigint := current_setting('app.shop_id');
BEGIN
    RETURN QUERY EXECUTE
        'SELECT ''order'', id FROM orders_order WHERE shop_id = $1 AND search_terms @@ $2 LIMIT $3' USING shop, terms, most;
    RETURN QUERY EXECUTE
        'SELECT ''line'', order_id FROM orders_line WHERE shop_id = $1 AND search_terms @@ $2 LIMIT $3'
        USING shop, terms, most;
    RETURN QUERY EXECUTE
        'SELECT ''parcel'', order_id FROM fulfilment_shipment WHERE shop_id = $1 AND search_terms @@ $2 LIMIT $3'
        USING shop, terms, most;
END $$
"""
# What took their place: one function that says where the words stand.
LINE_SEARCH = """
CREATE FUNCTION orders_line_search(terms tsquery, most bigint) RETURNS TABLE (order_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT order_id FROM orders_line
     WHERE shop_id = current_setting('app.shop_id')::bigint AND search_terms @@ terms LIMIT most
$$
"""
SEARCH = """
CREATE FUNCTION orders_search(terms tsquery, most bigint) RETURNS TABLE (order_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    (SELECT id FROM orders_order
      WHERE shop_id = current_setting('app.shop_id')::bigint AND search_terms @@ terms LIMIT most)
    UNION ALL
    (SELECT order_id FROM orders_line
      WHERE shop_id = current_setting('app.shop_id')::bigint AND search_terms @@ terms LIMIT most)
    UNION ALL
    (SELECT order_id FROM fulfilment_shipment
      WHERE shop_id = current_setting('app.shop_id')::bigint AND search_terms @@ terms LIMIT most)
$$
"""
# Columns by which a list is sorted: rows that are equal in them stand in the index in the order of the list, too.
SORTED = (
    ("customers_customer", "created_at"),
    ("customers_customer", "spent_minor"),
    ("customers_customer", "orders_paid"),
    ("customers_customer", "last_order_at"),
    ("orders_order", "placed_at"),
    ("orders_order", "total_minor"),
)
BOUGHT_LAST = "ix_customers_customer_bought_last"
PARTIAL = {
    "ix_orders_order_noted": "contact ? 'note'",
    "ix_orders_order_marked": "marks <> '{}'::jsonb",
}


def _function(text: str, name: str) -> None:
    role = op.get_context().opts["app_role"]
    op.get_bind().exec_driver_sql(text)
    op.execute(f"REVOKE ALL ON FUNCTION {name}(tsquery, bigint) FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION {name}(tsquery, bigint) TO "{role}"')


def upgrade() -> None:
    """Terms of customers, searches that are planned for their words, and indexes in the order of the lists."""
    op.get_bind().exec_driver_sql(OF_CUSTOMER)
    terms = sa.Computed("customers_terms(shop_id, name, email, phone)", persisted=True)
    op.add_column(
        "customers_customer", sa.Column("search_terms", postgresql.TSVECTOR(), terms, nullable=True)
    )
    op.create_index(
        "ix_customers_customer_search", "customers_customer", ["search_terms"], postgresql_using="gin"
    )
    _function(CUSTOMERS_FOUND, "customers_found")
    _function(ORDERS_FOUND, "orders_found")
    for name in ("orders_search", "orders_line_search"):
        op.execute(f"DROP FUNCTION {name}(tsquery, bigint)")
    for table, column in SORTED:
        op.create_index(op.f(f"ix_{table}_shop_id_{column}_id"), table, ["shop_id", column, "id"])
        op.drop_index(op.f(f"ix_{table}_shop_id_{column}"), table_name=table)
    op.create_index(
        BOUGHT_LAST,
        "customers_customer",
        ["shop_id", sa.text("last_order_at DESC NULLS LAST"), sa.text("id DESC")],
    )
    for name, condition in PARTIAL.items():
        op.create_index(
            name, "orders_order", ["shop_id", "placed_at", "id"], postgresql_where=sa.text(condition)
        )


def downgrade() -> None:
    """Take them away, and put back what they replaced."""
    for name in PARTIAL:
        op.drop_index(name, table_name="orders_order")
    op.drop_index(BOUGHT_LAST, table_name="customers_customer")
    for table, column in SORTED:
        op.create_index(op.f(f"ix_{table}_shop_id_{column}"), table, ["shop_id", column])
        op.drop_index(op.f(f"ix_{table}_shop_id_{column}_id"), table_name=table)
    _function(LINE_SEARCH, "orders_line_search")
    _function(SEARCH, "orders_search")
    for name in ("orders_found", "customers_found"):
        op.execute(f"DROP FUNCTION {name}(tsquery, bigint)")
    op.drop_index("ix_customers_customer_search", table_name="customers_customer")
    op.drop_column("customers_customer", "search_terms")
    op.execute("DROP FUNCTION customers_terms(bigint, text, text, text)")
