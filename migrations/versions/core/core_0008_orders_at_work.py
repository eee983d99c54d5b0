"""Orders at work: tags, pick-up codes, who shipped, and what was done with many orders at once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
# Opaque, and different for every order: made of the order's own code, which nobody outside knows.
PICKUP_CODES = (
    "UPDATE orders_order SET delivery_kind = coalesce(delivery->>'kind', ''), pickup_code = CASE"
    " WHEN delivery->>'kind' = 'pickup'"
    " THEN translate(substr(md5(code || id::text), 1, 8), '01ae', 'vwxz') END"
)


def upgrade() -> None:
    """Make the tables and the columns."""
    op.add_column("orders_order", sa.Column("delivery_kind", sa.Text(), nullable=False, server_default=""))
    op.add_column("orders_order", sa.Column("pickup_code", sa.Text(), nullable=True))
    op.execute(PICKUP_CODES)
    op.create_unique_constraint(
        "uq_orders_order_shop_id_pickup_code", "orders_order", ["shop_id", "pickup_code"]
    )
    for columns in (
        ("delivery_kind", "placed_at"),
        ("financial", "placed_at"),
        ("paid_at",),
        ("total_minor",),
    ):
        name = f"ix_orders_order_shop_id_{'_'.join(columns)}"
        op.create_index(name, "orders_order", ["shop_id", *columns])
    op.create_index("ix_orders_line_shop_id_sku", "orders_line", ["shop_id", "sku"])
    op.create_index(
        "ix_orders_entry_notes",
        "orders_entry",
        ["shop_id", "order_id"],
        postgresql_where=sa.text("kind = 'note'"),
    )
    op.add_column(
        "fulfilment_shipment", sa.Column("shipped_by", sa.Text(), nullable=False, server_default="")
    )
    op.create_index(
        "ix_fulfilment_shipment_shop_id_tracking_number",
        "fulfilment_shipment",
        ["shop_id", "tracking_number"],
    )
    _tags()
    _bulk()


def _tags() -> None:
    op.tenant_table(
        "orders_tag",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_orders_tag")),
        sa.UniqueConstraint("shop_id", "name", name=op.f("uq_orders_tag_shop_id_name")),
    )
    op.tenant_table(
        "orders_tagged_order",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "order_id"],
            ["orders_order.shop_id", "orders_order.id"],
            name=op.f("fk_orders_tagged_order_shop_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "tag_id"],
            ["orders_tag.shop_id", "orders_tag.id"],
            name=op.f("fk_orders_tagged_order_shop_id_tag_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_orders_tagged_order")),
        sa.UniqueConstraint(
            "shop_id", "order_id", "tag_id", name=op.f("uq_orders_tagged_order_shop_id_order_id_tag_id")
        ),
    )
    op.create_index(
        "ix_orders_tagged_order_shop_id_tag_id_order_id",
        "orders_tagged_order",
        ["shop_id", "tag_id", "order_id"],
    )


def _bulk() -> None:
    op.tenant_table(
        "fulfilment_bulk_run",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("selection", JSONB, nullable=False),
        sa.Column("options", JSONB, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("result_path", sa.Text(), nullable=False),
        sa.Column("problem", JSONB, nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'done', 'failed')", name=op.f("ck_fulfilment_bulk_run_state")
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_fulfilment_bulk_run")),
    )
    op.tenant_table(
        "fulfilment_code_guess",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_fulfilment_code_guess")),
        sa.UniqueConstraint("shop_id", "who", name=op.f("uq_fulfilment_code_guess_shop_id_who")),
    )
    op.create_index(
        "ix_fulfilment_bulk_run_shop_id_created_at", "fulfilment_bulk_run", ["shop_id", "created_at"]
    )
    op.tenant_table(
        "fulfilment_bulk_row",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("parcel", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("said", JSONB, nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "run_id"],
            ["fulfilment_bulk_run.shop_id", "fulfilment_bulk_run.id"],
            name=op.f("fk_fulfilment_bulk_row_shop_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_fulfilment_bulk_row")),
        sa.UniqueConstraint(
            "shop_id", "run_id", "position", name=op.f("uq_fulfilment_bulk_row_shop_id_run_id_position")
        ),
    )


def downgrade() -> None:
    """Take them away again; tags and the records of bulk work are lost."""
    for table in (
        "fulfilment_code_guess",
        "fulfilment_bulk_row",
        "fulfilment_bulk_run",
        "orders_tagged_order",
        "orders_tag",
    ):
        op.drop_table(table)
    op.drop_index("ix_fulfilment_shipment_shop_id_tracking_number", "fulfilment_shipment")
    op.drop_column("fulfilment_shipment", "shipped_by")
    op.drop_index("ix_orders_entry_notes", "orders_entry")
    op.drop_index("ix_orders_line_shop_id_sku", "orders_line")
    for columns in (
        ("delivery_kind", "placed_at"),
        ("financial", "placed_at"),
        ("paid_at",),
        ("total_minor",),
    ):
        op.drop_index(f"ix_orders_order_shop_id_{'_'.join(columns)}", "orders_order")
    op.drop_constraint("uq_orders_order_shop_id_pickup_code", "orders_order")
    op.drop_column("orders_order", "pickup_code")
    op.drop_column("orders_order", "delivery_kind")
