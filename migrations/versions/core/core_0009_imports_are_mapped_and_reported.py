"""Product files have columns to map and pictures beside them; what became of each product is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
EMPTY = sa.text("'{}'::jsonb")
STATES = "'uploaded', 'checking', 'checked', 'waiting', 'running', 'done', 'failed', 'cancelled'"
OLD_STATES = "'checked', 'running', 'done', 'failed'"


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("rows", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("sheet", postgresql.JSONB(), nullable=False, server_default=EMPTY),
        sa.Column("mapping", postgresql.JSONB(), nullable=False, server_default=EMPTY),
        sa.Column("plan", postgresql.JSONB(), nullable=False, server_default=EMPTY),
        sa.Column("pictures_path", sa.Text(), nullable=False, server_default=""),
        sa.Column("pictures", postgresql.JSONB(), nullable=False, server_default=EMPTY),
    ]


def _states(states: str) -> None:
    op.drop_constraint(op.f("ck_catalog_import_state"), "catalog_import", type_="check")
    op.create_check_constraint(op.f("ck_catalog_import_state"), "catalog_import", f"state IN ({states})")


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def upgrade() -> None:
    """Widen imports, remember columns, keep what became of each product."""
    for column in _columns():
        op.add_column("catalog_import", column)
    _states(STATES)
    # Their files lie in the store as they were handed in; now they are kept row by row, so they are handed in again.
    op.execute("UPDATE catalog_import SET state = 'failed' WHERE state IN ('checked', 'running')")
    op.create_index(
        "uq_catalog_import_running",
        "catalog_import",
        ["shop_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.tenant_table(
        "catalog_import_row",
        *_key(),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('create', 'update', 'skip')", name=op.f("ck_catalog_import_row_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "import_id"],
            ["catalog_import.shop_id", "catalog_import.id"],
            name=op.f("fk_catalog_import_row_shop_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_catalog_import_row")),
        sa.UniqueConstraint(
            "shop_id", "import_id", "place", name=op.f("uq_catalog_import_row_shop_id_import_id_place")
        ),
    )
    op.tenant_table(
        "catalog_import_mapping",
        *_key(),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_catalog_import_mapping")),
        sa.UniqueConstraint("shop_id", "header", name=op.f("uq_catalog_import_mapping_shop_id_header")),
    )


def downgrade() -> None:
    """Back to what was; imports that the old states have no word for end as failed."""
    op.drop_table("catalog_import_mapping")
    op.drop_table("catalog_import_row")
    op.drop_index("uq_catalog_import_running", table_name="catalog_import")
    op.execute(f"UPDATE catalog_import SET state = 'failed' WHERE state NOT IN ({OLD_STATES})")  # noqa: S608 - our own
    _states(OLD_STATES)
    for column in reversed(_columns()):
        op.drop_column("catalog_import", column.name)
