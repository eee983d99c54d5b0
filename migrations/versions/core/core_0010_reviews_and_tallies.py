"""Reviews of verified buyers, an honest count of what was sold, and where goods come from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0010"
down_revision = "core_0009"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
STARS = tuple(f"stars_{n}" for n in range(1, 6))
COUNTS = ("sold", *STARS, "pictured", "hidden")

# The application may open a tally, never fill one.
BEGINS_AT_ZERO = """
CREATE FUNCTION catalog_tally_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sold := 0; NEW.stars_1 := 0; NEW.stars_2 := 0; NEW.stars_3 := 0; NEW.stars_4 := 0; NEW.stars_5 := 0;
    NEW.pictured := 0; NEW.hidden := 0;
    RETURN NEW;
END $$
"""
# A product that is gone has no tally.
OPEN_TALLY = """
CREATE FUNCTION catalog_open_tally(shop bigint, product uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO catalog_tally (shop_id, id, sold, stars_1, stars_2, stars_3, stars_4, stars_5, pictured, hidden)
    SELECT shop_id, id, 0, 0, 0, 0, 0, 0, 0, 0 FROM catalog_product WHERE shop_id = shop AND id = product
    ON CONFLICT DO NOTHING
$$
"""
COUNT_SOLD = """
CREATE FUNCTION catalog_count_sold(shop bigint, product uuid, units bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF units <> 0 THEN
        PERFORM catalog_open_tally(shop, product);
        UPDATE catalog_tally SET sold = sold + units WHERE shop_id = shop AND id = product;
    END IF;
END $$
"""
# Paid, not cancelled, and nothing keeps it from shipping: a group that may still fail has sold nothing yet.
IS_SOLD = """
CREATE FUNCTION orders_is_sold(financial text, lifecycle text, holds_open bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT financial <> 'unpaid' AND lifecycle <> 'cancelled' AND holds_open = 0 $$
"""
COUNT_SOLD_ORDER = """
CREATE FUNCTION orders_count_sold_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before boolean := orders_is_sold(OLD.financial, OLD.lifecycle, OLD.holds_open);
    after boolean := orders_is_sold(NEW.financial, NEW.lifecycle, NEW.holds_open);
    line record;
BEGIN
    IF before <> after THEN
        -- In order of products, so that two orders never wait for each other.
        FOR line IN SELECT product_id, sum(quantity - refunded)::bigint AS units FROM orders_line
            WHERE shop_id = NEW.shop_id AND order_id = NEW.id GROUP BY product_id ORDER BY product_id
        LOOP
            PERFORM catalog_count_sold(
                NEW.shop_id, line.product_id, CASE WHEN after THEN line.units ELSE -line.units END);
        END LOOP;
    END IF;
    RETURN NULL;
END $$
"""
COUNT_SOLD_LINE = """
CREATE FUNCTION orders_count_sold_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line orders_line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    change bigint := CASE TG_OP
        WHEN 'INSERT' THEN NEW.quantity - NEW.refunded
        WHEN 'DELETE' THEN OLD.refunded - OLD.quantity
        ELSE (NEW.quantity - NEW.refunded) - (OLD.quantity - OLD.refunded) END;
BEGIN
    IF change <> 0 AND EXISTS (
        SELECT FROM orders_order WHERE shop_id = line.shop_id AND id = line.order_id
            AND orders_is_sold(financial, lifecycle, holds_open)
    ) THEN
        PERFORM catalog_count_sold(line.shop_id, line.product_id, change);
    END IF;
    RETURN NULL;
END $$
"""
COUNT_REVIEW = """
CREATE FUNCTION reviews_count(review reviews_review, sign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM catalog_open_tally(review.shop_id, review.product_id);
    UPDATE catalog_tally SET
        stars_1 = stars_1 + sign * (review.state = 'shown' AND review.stars = 1)::int,
        stars_2 = stars_2 + sign * (review.state = 'shown' AND review.stars = 2)::int,
        stars_3 = stars_3 + sign * (review.state = 'shown' AND review.stars = 3)::int,
        stars_4 = stars_4 + sign * (review.state = 'shown' AND review.stars = 4)::int,
        stars_5 = stars_5 + sign * (review.state = 'shown' AND review.stars = 5)::int,
        pictured = pictured + sign * (review.state = 'shown' AND review.pictures > 0)::int,
        hidden = hidden + sign * (review.state = 'hidden')::int
    WHERE shop_id = review.shop_id AND id = review.product_id;
END $$
"""
COUNT_CHANGED_REVIEW = """
CREATE FUNCTION reviews_count_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM reviews_count(OLD, -1); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM reviews_count(NEW, 1); END IF;
    RETURN NULL;
END $$
"""
# Looks across policies and tells nothing but shop ids: orders to ask about, reviews that nobody decided on.
DUE_SHOPS = """
CREATE FUNCTION reviews_due_shops(moment timestamptz, undecided timestamptz) RETURNS TABLE (due_shop bigint, what text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT shop_id, 'review_requests' FROM reviews_rules rules
     WHERE ask AND EXISTS (
        SELECT FROM fulfilment_shipment shipment WHERE shipment.shop_id = rules.shop_id
           AND shipment.shipped_at > rules.asked_until
           AND shipment.shipped_at <= moment - rules.ask_after_days * interval '1 day')
    UNION ALL
    SELECT DISTINCT shop_id, 'undecided_reviews' FROM reviews_review
     WHERE state = 'waiting' AND coalesce(edited_at, created_at) <= undecided
$$
"""
COUNT_PAST_SALES = """
INSERT INTO catalog_tally (shop_id, id, sold, stars_1, stars_2, stars_3, stars_4, stars_5, pictured, hidden)
SELECT line.shop_id, line.product_id, sum(line.quantity - line.refunded), 0, 0, 0, 0, 0, 0, 0
FROM orders_line line
JOIN orders_order o ON o.shop_id = line.shop_id AND o.id = line.order_id
JOIN catalog_product p ON p.shop_id = line.shop_id AND p.id = line.product_id
WHERE orders_is_sold(o.financial, o.lifecycle, o.holds_open)
GROUP BY line.shop_id, line.product_id
"""
HELPERS = (
    "catalog_open_tally(bigint, uuid)",
    "catalog_count_sold(bigint, uuid, bigint)",
    "reviews_count(reviews_review, integer)",
)
TRIGGERS = (
    (
        "CREATE TRIGGER orders_count_sold_order AFTER UPDATE OF financial, lifecycle, holds_open ON orders_order"
        " FOR EACH ROW EXECUTE FUNCTION orders_count_sold_order()"
    ),
    (
        "CREATE TRIGGER orders_count_sold_line AFTER INSERT OR DELETE OR UPDATE OF quantity, refunded ON orders_line"
        " FOR EACH ROW EXECUTE FUNCTION orders_count_sold_line()"
    ),
    (
        "CREATE TRIGGER reviews_count_changed AFTER INSERT OR DELETE OR UPDATE OF state, stars, pictures ON reviews_review"
        " FOR EACH ROW EXECUTE FUNCTION reviews_count_changed()"
    ),
    (
        "CREATE TRIGGER catalog_tally_begins BEFORE INSERT ON catalog_tally"
        " FOR EACH ROW EXECUTE FUNCTION catalog_tally_begins()"
    ),
)


def _key(table: str) -> tuple[sa.Column[object], sa.Column[object], sa.PrimaryKeyConstraint]:
    return (
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f(f"pk_{table}")),
    )


def _fk(table: str, column: str, target: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["shop_id", column],
        [f"{target}.shop_id", f"{target}.id"],
        name=op.f(f"fk_{table}_shop_id_{column}"),
        ondelete=ondelete,
    )


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, MOMENT, nullable=True) for name in names]


def _ids(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in names]


def _tally() -> None:
    op.tenant_table(
        "catalog_tally",
        *_key("catalog_tally"),
        *_numbers(*COUNTS),
        _fk("catalog_tally", "id", "catalog_product", ondelete="CASCADE"),
    )


def _reviews() -> None:
    table = "reviews_review"
    op.tenant_table(
        table,
        *_key(table),
        *_ids("order_id", "order_line_id", "product_id"),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        *_texts("buyer_name", "variant_title"),
        *_numbers("stars"),
        *_texts("text"),
        *_numbers("pictures"),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        *_texts("state"),
        *_moments("edited_at"),
        *_texts("follow_up"),
        *_moments("follow_up_at"),
        *_texts("answer"),
        *_moments("answered_at"),
        *_texts("answered_by", "hidden_reason"),
        *_moments("decided_at"),
        *_texts("decided_by"),
        *_numbers("reports"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_reviews_review_stars")),
        sa.CheckConstraint("state IN ('waiting', 'shown', 'hidden')", name=op.f("ck_reviews_review_state")),
        sa.CheckConstraint("pictures BETWEEN 0 AND 6", name=op.f("ck_reviews_review_pictures")),
        _fk(table, "order_id", "orders_order"),
        _fk(table, "order_line_id", "orders_line"),
        _fk(table, "product_id", "catalog_product", ondelete="CASCADE"),
        _fk(table, "customer_id", "customers_customer"),
        sa.UniqueConstraint("shop_id", "order_line_id", name=op.f("uq_reviews_review_shop_id_order_line_id")),
    )
    _review_indexes(table)


def _review_indexes(table: str) -> None:
    for name, columns, where in (
        ("newest", ("product_id", "id"), "state = 'shown'"),
        ("stars", ("product_id", "stars", "id"), "state = 'shown'"),
        ("pictured", ("product_id", "id"), "state = 'shown' AND pictures > 0"),
        ("waiting", ("id",), "state = 'waiting'"),
        ("unanswered", ("id",), "state = 'shown' AND answer = ''"),
        ("low", ("id",), "stars <= 3"),
        ("reported", ("id",), "reports > 0"),
    ):
        op.create_index(
            f"ix_reviews_review_{name}", table, ["shop_id", *columns], postgresql_where=sa.text(where)
        )
    for column in ("order_id", "customer_id"):
        op.create_index(op.f(f"ix_reviews_review_shop_id_{column}"), table, ["shop_id", column])


def _around_reviews() -> None:
    op.tenant_table(
        "reviews_picture",
        *_key("reviews_picture"),
        *_ids("review_id", "asset_id"),
        *_numbers("position"),
        _fk("reviews_picture", "review_id", "reviews_review", ondelete="CASCADE"),
        _fk("reviews_picture", "asset_id", "media_asset"),
        sa.UniqueConstraint(
            "shop_id", "review_id", "asset_id", name=op.f("uq_reviews_picture_shop_id_review_id_asset_id")
        ),
    )
    op.tenant_table(
        "reviews_report",
        *_key("reviews_report"),
        *_ids("review_id", "customer_id"),
        *_texts("reason"),
        sa.Column("created_at", MOMENT, nullable=False),
        _fk("reviews_report", "review_id", "reviews_review", ondelete="CASCADE"),
        _fk("reviews_report", "customer_id", "customers_customer"),
        sa.UniqueConstraint(
            "shop_id",
            "review_id",
            "customer_id",
            name=op.f("uq_reviews_report_shop_id_review_id_customer_id"),
        ),
    )
    op.create_index(
        op.f("ix_reviews_report_shop_id_customer_id_created_at"),
        "reviews_report",
        ["shop_id", "customer_id", "created_at"],
    )
    op.tenant_table(
        "reviews_rules",
        *_key("reviews_rules"),
        sa.Column("approve", sa.Boolean(), nullable=False),
        *_numbers("edit_days"),
        sa.Column("sold_from", sa.BigInteger(), nullable=True),
        sa.Column("ask", sa.Boolean(), nullable=False),
        *_numbers("ask_after_days"),
        *_moments("asked_until"),
        sa.CheckConstraint("edit_days BETWEEN 0 AND 365", name=op.f("ck_reviews_rules_edit_days")),
        sa.CheckConstraint("ask_after_days BETWEEN 1 AND 90", name=op.f("ck_reviews_rules_ask_after_days")),
        sa.CheckConstraint("sold_from IS NULL OR sold_from >= 1", name=op.f("ck_reviews_rules_sold_from")),
        sa.UniqueConstraint("shop_id", name=op.f("uq_reviews_rules_shop_id")),
    )
    op.tenant_table(
        "reviews_asked",
        *_key("reviews_asked"),
        *_ids("order_id"),
        sa.Column("created_at", MOMENT, nullable=False),
        _fk("reviews_asked", "order_id", "orders_order"),
        sa.UniqueConstraint("shop_id", "order_id", name=op.f("uq_reviews_asked_shop_id_order_id")),
    )


def upgrade() -> None:
    """Make the tables, count what was sold so far, and keep counting."""
    role = op.get_context().opts["app_role"]
    empty = sa.text("'{}'::jsonb")
    op.add_column(
        "catalog_product", sa.Column("provenance", postgresql.JSONB(), nullable=False, server_default=empty)
    )
    op.add_column(
        "media_asset", sa.Column("from_buyer", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        op.f("ix_fulfilment_shipment_shop_id_shipped_at"), "fulfilment_shipment", ["shop_id", "shipped_at"]
    )
    _tally()
    _reviews()
    _around_reviews()
    for statement in (IS_SOLD, COUNT_PAST_SALES, BEGINS_AT_ZERO, OPEN_TALLY, COUNT_SOLD, COUNT_SOLD_ORDER):
        op.execute(statement)
    for statement in (COUNT_SOLD_LINE, COUNT_REVIEW, COUNT_CHANGED_REVIEW, DUE_SHOPS, *TRIGGERS):
        op.execute(statement)
    op.execute(f'REVOKE UPDATE, DELETE ON catalog_tally FROM "{role}"')
    due = "reviews_due_shops(timestamptz, timestamptz)"
    for function in (*HELPERS, due):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION {due} TO "{role}"')


def downgrade() -> None:
    """Take it all away; reviews are lost, what was sold can be counted anew."""
    op.execute("DROP FUNCTION reviews_due_shops(timestamptz, timestamptz)")
    for name, table in (
        ("reviews_count_changed", "reviews_review"),
        ("orders_count_sold_line", "orders_line"),
        ("orders_count_sold_order", "orders_order"),
        ("catalog_tally_begins", "catalog_tally"),
    ):
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")
    for function in reversed(HELPERS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION orders_is_sold(text, text, bigint)")
    for table in ("reviews_asked", "reviews_rules", "reviews_report", "reviews_picture", "reviews_review"):
        op.drop_table(table)
    op.drop_table("catalog_tally")
    op.drop_index(op.f("ix_fulfilment_shipment_shop_id_shipped_at"), table_name="fulfilment_shipment")
    op.drop_column("media_asset", "from_buyer")
    op.drop_column("catalog_product", "provenance")
