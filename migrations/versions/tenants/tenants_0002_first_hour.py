"""The first hour of a shop: how far its merchant is, and which goods are samples."""

import sqlalchemy as sa
from alembic import op

revision = "tenants_0002"
down_revision = "tenants_0001"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def upgrade() -> None:
    """Two tables of each shop's own."""
    op.tenant_table(
        "tenants_first_hour",
        *_key(),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("delivery_seen_at", MOMENT, nullable=True),
        sa.Column("test_order_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_tenants_first_hour")),
        sa.UniqueConstraint("shop_id", name=op.f("uq_tenants_first_hour_shop_id")),
    )
    op.tenant_table(
        "tenants_sample",
        *_key(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('product', 'collection')", name=op.f("ck_tenants_sample_kind")),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_tenants_sample")),
        sa.UniqueConstraint(
            "shop_id", "kind", "subject_id", name=op.f("uq_tenants_sample_shop_id_kind_subject_id")
        ),
    )


def downgrade() -> None:
    """Forget both; the goods stay."""
    op.drop_table("tenants_sample")
    op.drop_table("tenants_first_hour")
