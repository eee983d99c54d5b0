"""Bundles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bundle_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.tenant_table(
        "bundle",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("product_ids", postgresql.JSONB(), nullable=False),
        sa.Column("addon_ids", postgresql.JSONB(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('any', 'addon')", name=op.f("ck_bundle_kind")),
        sa.CheckConstraint("pieces BETWEEN 1 AND 20", name=op.f("ck_bundle_pieces")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_bundle_price")),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_bundle_period")),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed')", name=op.f("ck_bundle_state")),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_bundle")),
        schema="plugin_bundle",
    )
    op.create_index(op.f("ix_bundle_shop_id_state"), "bundle", ["shop_id", "state"], schema="plugin_bundle")


def downgrade() -> None:
    op.drop_table("bundle", schema="plugin_bundle")
