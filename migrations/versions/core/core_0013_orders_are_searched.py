"""Orders are found by words: terms of orders, lines and parcels, which the database keeps up itself."""

import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0013"
down_revision = "core_0012"
branch_labels = None
depends_on = None

# What core.kernel.search_terms does in Python: one and two characters of scripts written without spaces,
# whole words of everything else, each behind the number of its shop, because one index serves all shops.
# A database of the locale C makes small only the letters A to Z; these it is told one by one.
_CAPITALS = [
    letter
    for letter in map(chr, (*range(0xC0, 0x250), *range(0x370, 0x530)))
    if letter.lower() != letter
    and len(letter.lower()) == 1
    and unicodedata.normalize("NFKD", letter) == letter
]
TERMS = r"""
CREATE FUNCTION order_terms(shop bigint, said text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    part text[];
    found text[] := '{}';
BEGIN
    FOR part IN SELECT regexp_matches(
        lower(translate(normalize(regexp_replace(normalize(said, NFKD), '[\u0300-\u036f]', '', 'g'), NFC), 'CAPITALS', 'SMALL')),
        '([\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+)'
        || '|([^\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2000-\u2bff\u3000-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe00-\ufe6f\ufff0-\uffff\U0001f000-\U0001faff\U00020000-\U000323af]+)',
        'g')
    LOOP
        IF part[1] IS NULL THEN
            found := found || (shop || '.' || left(part[2], 40));
        ELSE
            FOR place IN 1..length(part[1]) LOOP
                found := found || (shop || '.' || substr(part[1], place, 1)) || (shop || '.' || substr(part[1], place, 2));
            END LOOP;
        END IF;
    END LOOP;
    RETURN array_to_tsvector(found);
END $$
""".replace("CAPITALS", "".join(_CAPITALS)).replace("SMALL", "".join(one.lower() for one in _CAPITALS))
# A phone number is found by its digits, however it was typed, and by its last four.
OF_ORDER = r"""
CREATE FUNCTION orders_order_terms(shop bigint, number text, contact jsonb, address jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT public.order_terms(shop, concat_ws(' ', number, contact->>'name', contact->>'email', address->>'name',
        contact->>'phone', digits, right(digits, 11), right(digits, 4)))
      FROM regexp_replace(coalesce(contact->>'phone', ''), '[^0-9]', '', 'g') AS digits
$$
"""
COLUMNS = {
    "orders_order": "orders_order_terms(shop_id, number, contact, address)",
    "orders_line": "order_terms(shop_id, title || ' ' || variant_title || ' ' || sku)",
    "fulfilment_shipment": "order_terms(shop_id, tracking_number)",
}
# `@@` is not leakproof, so under row-level security it would not use its indexes; the functions add the shop themselves.
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


def upgrade() -> None:
    """Make the functions, the columns with the terms of what is there, and their indexes."""
    role = op.get_context().opts["app_role"]
    for text in (TERMS, OF_ORDER):
        op.get_bind().exec_driver_sql(text)
    for table, terms in COLUMNS.items():
        op.add_column(
            table,
            sa.Column(
                "search_terms", postgresql.TSVECTOR(), sa.Computed(terms, persisted=True), nullable=True
            ),
        )
        op.create_index(f"ix_{table}_search", table, ["search_terms"], postgresql_using="gin")
    for text in (LINE_SEARCH, SEARCH):
        op.get_bind().exec_driver_sql(text)
    for name in ("orders_line_search", "orders_search"):
        op.execute(f"REVOKE ALL ON FUNCTION {name}(tsquery, bigint) FROM PUBLIC")
        op.execute(f'GRANT EXECUTE ON FUNCTION {name}(tsquery, bigint) TO "{role}"')


def downgrade() -> None:
    """Take them away again."""
    for name in ("orders_search", "orders_line_search"):
        op.execute(f"DROP FUNCTION {name}(tsquery, bigint)")
    for table in COLUMNS:
        op.drop_index(f"ix_{table}_search", table)
        op.drop_column(table, "search_terms")
    op.execute("DROP FUNCTION orders_order_terms(bigint, text, jsonb, jsonb)")
    op.execute("DROP FUNCTION order_terms(bigint, text)")
