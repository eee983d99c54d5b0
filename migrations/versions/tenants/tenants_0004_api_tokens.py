"""Tokens with which programs act for a staff member in one shop."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "tenants_0004"
down_revision = "tenants_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A platform table, beside the sessions of people: no plugin can read it."""
    op.platform_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["platform.staff.id"], name=op.f("fk_api_token_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        schema="platform",
    )
    op.create_index(op.f("ix_api_token_staff_id"), "api_token", ["staff_id"], unique=False, schema="platform")
    op.create_index(op.f("ix_api_token_shop_id"), "api_token", ["shop_id"], unique=False, schema="platform")


def downgrade() -> None:
    """Programs lose their way in."""
    op.drop_index(op.f("ix_api_token_shop_id"), table_name="api_token", schema="platform")
    op.drop_index(op.f("ix_api_token_staff_id"), table_name="api_token", schema="platform")
    op.drop_table("api_token", schema="platform")
