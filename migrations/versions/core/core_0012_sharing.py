"""How a shop shares: caps on prompts, and its WeChat account."""

import sqlalchemy as sa
from alembic import op

revision = "core_0012"
down_revision = "core_0011"
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
        "sharing_settings",
        *_key(),
        sa.Column("prompts_per_week", sa.BigInteger(), nullable=False),
        sa.Column("prompts_per_day", sa.BigInteger(), nullable=True),
        sa.Column("prompts_today", sa.BigInteger(), nullable=False),
        sa.Column("prompts_on", sa.Date(), nullable=True),
        sa.Column("wechat_app_id", sa.Text(), nullable=False),
        sa.Column("wechat_secret", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("ticket_until", MOMENT, nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "prompts_per_week BETWEEN 0 AND 50", name=op.f("ck_sharing_settings_prompts_per_week")
        ),
        sa.CheckConstraint(
            "prompts_per_day IS NULL OR prompts_per_day >= 0",
            name=op.f("ck_sharing_settings_prompts_per_day"),
        ),
        sa.CheckConstraint("prompts_today >= 0", name=op.f("ck_sharing_settings_prompts_today")),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_sharing_settings")),
        sa.UniqueConstraint("shop_id", name=op.f("uq_sharing_settings_shop_id")),
    )
    op.tenant_table(
        "sharing_prompt",
        *_key(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_sharing_prompt_times")),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_sharing_prompt_shop_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_sharing_prompt")),
        sa.UniqueConstraint("shop_id", "customer_id", name=op.f("uq_sharing_prompt_shop_id_customer_id")),
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_table("sharing_prompt")
    op.drop_table("sharing_settings")
