"""After-sale: what buyers ask for after an order, the units of it, its steps and pictures, and the shop's promises."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0011"
down_revision = "core_0010"
branch_labels = None
depends_on = None

KIND = "ck_fulfilment_shipment_kind"
# Looks across policies and tells nothing but shop ids: cases whose deadline has passed.
DUE_SHOPS = """
CREATE FUNCTION aftersale_due_shops(moment timestamptz) RETURNS TABLE (due_shop bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT shop_id FROM aftersale_case WHERE due_at <= moment
$$
"""


def _policies() -> None:
    op.tenant_table(
        "aftersale_policy",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("promises", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_aftersale_policy")),
        sa.UniqueConstraint("shop_id", name=op.f("uq_aftersale_policy_shop_id")),
    )


def _cases() -> None:
    op.tenant_table(
        "aftersale_case",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", postgresql.JSONB(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("offered_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("wanted_minor", sa.BigInteger(), nullable=False),
        sa.Column("agreed_minor", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("answered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('cancel', 'refund', 'return', 'exchange')", name=op.f("ck_aftersale_case_kind")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'sent', 'received', 'refunding', 'replaced', 'declined', 'withdrawn', 'lapsed')",
            name=op.f("ck_aftersale_case_state"),
        ),
        sa.CheckConstraint(
            "wanted_minor BETWEEN 0 AND offered_minor AND (agreed_minor IS NULL OR agreed_minor >= 0)",
            name=op.f("ck_aftersale_case_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_aftersale_case_shop_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "order_id"],
            ["orders_order.shop_id", "orders_order.id"],
            name=op.f("fk_aftersale_case_shop_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "refund_id"],
            ["payments_refund.shop_id", "payments_refund.id"],
            name=op.f("fk_aftersale_case_shop_id_refund_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "shipment_id"],
            ["fulfilment_shipment.shop_id", "fulfilment_shipment.id"],
            name=op.f("fk_aftersale_case_shop_id_shipment_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_aftersale_case")),
        sa.UniqueConstraint("shop_id", "code", name=op.f("uq_aftersale_case_shop_id_code")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_aftersale_case_shop_id_number")),
    )
    op.create_index(
        "ix_aftersale_case_due",
        "aftersale_case",
        ["shop_id", "due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_aftersale_case_shop_id_customer_id"), "aftersale_case", ["shop_id", "customer_id"]
    )
    op.create_index(op.f("ix_aftersale_case_shop_id_opened_at"), "aftersale_case", ["shop_id", "opened_at"])
    op.create_index(op.f("ix_aftersale_case_shop_id_order_id"), "aftersale_case", ["shop_id", "order_id"])
    op.create_index(
        op.f("ix_aftersale_case_shop_id_state_opened_at"), "aftersale_case", ["shop_id", "state", "opened_at"]
    )


def _lines() -> None:
    op.tenant_table(
        "aftersale_case_line",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("replacement_id", sa.Uuid(), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND taken >= 0 AND taken + quantity <= sold",
            name=op.f("ck_aftersale_case_line_units"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "case_id"],
            ["aftersale_case.shop_id", "aftersale_case.id"],
            name=op.f("fk_aftersale_case_line_shop_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "order_line_id"],
            ["orders_line.shop_id", "orders_line.id"],
            name=op.f("fk_aftersale_case_line_shop_id_order_line_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_aftersale_case_line")),
        sa.UniqueConstraint(
            "shop_id",
            "case_id",
            "order_line_id",
            name=op.f("uq_aftersale_case_line_shop_id_case_id_order_line_id"),
        ),
    )
    op.create_index(
        "uq_aftersale_case_line_live",
        "aftersale_case_line",
        ["shop_id", "order_line_id"],
        unique=True,
        postgresql_where=sa.text("live"),
    )


def _steps() -> None:
    op.tenant_table(
        "aftersale_step",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "case_id"],
            ["aftersale_case.shop_id", "aftersale_case.id"],
            name=op.f("fk_aftersale_step_shop_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_aftersale_step")),
    )
    op.create_index(
        op.f("ix_aftersale_step_shop_id_case_id_at"), "aftersale_step", ["shop_id", "case_id", "at"]
    )


def _pictures() -> None:
    op.tenant_table(
        "aftersale_picture",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "case_id"],
            ["aftersale_case.shop_id", "aftersale_case.id"],
            name=op.f("fk_aftersale_picture_shop_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_aftersale_picture")),
        sa.UniqueConstraint(
            "shop_id", "case_id", "position", name=op.f("uq_aftersale_picture_shop_id_case_id_position")
        ),
        sa.UniqueConstraint("shop_id", "code", name=op.f("uq_aftersale_picture_shop_id_code")),
    )


def upgrade() -> None:
    """Make the tables; a shipment may be a replacement, which no payment stands behind."""
    _policies()
    _cases()
    _lines()
    _steps()
    _pictures()
    op.drop_constraint(op.f(KIND), "fulfilment_shipment")
    op.create_check_constraint(
        op.f(KIND), "fulfilment_shipment", "kind IN ('parcel', 'pickup', 'replacement')"
    )
    role = op.get_context().opts["app_role"]
    op.execute(DUE_SHOPS)
    op.execute("REVOKE ALL ON FUNCTION aftersale_due_shops(timestamptz) FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION aftersale_due_shops(timestamptz) TO "{role}"')


def downgrade() -> None:
    """Forget the cases; a replacement that was sent stays as an ordinary parcel."""
    op.execute("DROP FUNCTION aftersale_due_shops(timestamptz)")
    for table in ("picture", "step", "case_line", "case", "policy"):
        op.drop_table(f"aftersale_{table}")
    op.execute("UPDATE fulfilment_shipment SET kind = 'parcel' WHERE kind = 'replacement'")
    op.drop_constraint(op.f(KIND), "fulfilment_shipment")
    op.create_check_constraint(op.f(KIND), "fulfilment_shipment", "kind IN ('parcel', 'pickup')")
