"""Campaigns, templates, coupons and their codes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "coupon_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.tenant_table(
        "campaign",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("claim_from", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("claim_to", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("per_customer", sa.BigInteger(), nullable=True),
        sa.Column("per_day", sa.BigInteger(), nullable=True),
        sa.Column("random_total", sa.BigInteger(), nullable=True),
        sa.Column("random_given", sa.BigInteger(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("budget_uses", sa.BigInteger(), nullable=True),
        sa.Column("budget_day_minor", sa.BigInteger(), nullable=True),
        sa.Column("holdout_points", sa.BigInteger(), nullable=False),
        sa.Column("hourly_alarm", sa.BigInteger(), nullable=True),
        sa.Column("fission_need", sa.BigInteger(), nullable=True),
        sa.Column("fission_hours", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'paused', 'closed')", name=op.f("ck_campaign_state")
        ),
        sa.CheckConstraint(
            "claim_to IS NULL OR claim_from IS NULL OR claim_to > claim_from", name=op.f("ck_campaign_window")
        ),
        sa.CheckConstraint("holdout_points BETWEEN 0 AND 5000", name=op.f("ck_campaign_holdout")),
        sa.CheckConstraint(
            "random_total IS NULL OR random_given <= random_total", name=op.f("ck_campaign_random_total")
        ),
        sa.CheckConstraint("total IS NULL OR issued <= total", name=op.f("ck_campaign_total")),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_campaign")),
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_campaign_shop_id_created_at"),
        "campaign",
        ["shop_id", "created_at"],
        unique=False,
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_campaign_shop_id_trigger"),
        "campaign",
        ["shop_id", "trigger"],
        unique=False,
        schema="plugin_coupon",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.tenant_table(
        "template",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
            name=op.f("fk_template_shop_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_template")),
        sa.UniqueConstraint(
            "shop_id", "campaign_id", "version", name=op.f("uq_template_shop_id_campaign_id_version")
        ),
        schema="plugin_coupon",
    )
    op.tenant_table(
        "instance",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("valid_to", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("last_order_id", sa.Uuid(), nullable=True),
        sa.Column("last_used_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("offered_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("given_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("gift_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_instance_period")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_instance_value")),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
            name=op.f("fk_instance_shop_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_instance_shop_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "parent_id"],
            ["plugin_coupon.instance.shop_id", "plugin_coupon.instance.id"],
            name=op.f("fk_instance_shop_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "template_id"],
            ["plugin_coupon.template.shop_id", "plugin_coupon.template.id"],
            name=op.f("fk_instance_shop_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_instance")),
        sa.UniqueConstraint(
            "shop_id", "campaign_id", "source_key", name=op.f("uq_instance_shop_id_campaign_id_source_key")
        ),
        sa.UniqueConstraint("shop_id", "code", name=op.f("uq_instance_shop_id_code")),
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_instance_shop_id_campaign_id_created_at"),
        "instance",
        ["shop_id", "campaign_id", "created_at"],
        unique=False,
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_instance_shop_id_customer_id_valid_to"),
        "instance",
        ["shop_id", "customer_id", "valid_to"],
        unique=False,
        schema="plugin_coupon",
    )
    op.tenant_table(
        "redemption",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("allocation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_redemption_amount")),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
            name=op.f("fk_redemption_shop_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "instance_id"],
            ["plugin_coupon.instance.shop_id", "plugin_coupon.instance.id"],
            name=op.f("fk_redemption_shop_id_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "order_id"],
            ["orders_order.shop_id", "orders_order.id"],
            name=op.f("fk_redemption_shop_id_order_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_redemption")),
        sa.UniqueConstraint(
            "shop_id", "order_id", "instance_id", name=op.f("uq_redemption_shop_id_order_id_instance_id")
        ),
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_redemption_shop_id_campaign_id_created_at"),
        "redemption",
        ["shop_id", "campaign_id", "created_at"],
        unique=False,
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_redemption_shop_id_instance_id"),
        "redemption",
        ["shop_id", "instance_id"],
        unique=False,
        schema="plugin_coupon",
    )
    op.tenant_table(
        "claim_count",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_claim_count_count")),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
            name=op.f("fk_claim_count_shop_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_claim_count_shop_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_claim_count")),
        sa.UniqueConstraint(
            "shop_id",
            "campaign_id",
            "customer_id",
            "day",
            name=op.f("uq_claim_count_shop_id_campaign_id_customer_id_day"),
        ),
        schema="plugin_coupon",
    )
    op.tenant_table(
        "choice",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("chosen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_choice_shop_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_choice")),
        sa.UniqueConstraint("shop_id", "customer_id", name=op.f("uq_choice_shop_id_customer_id")),
        schema="plugin_coupon",
    )
    op.tenant_table(
        "code_batch",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
            name=op.f("fk_code_batch_shop_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_code_batch")),
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_code_batch_shop_id_campaign_id_created_at"),
        "code_batch",
        ["shop_id", "campaign_id", "created_at"],
        unique=False,
        schema="plugin_coupon",
    )
    op.tenant_table(
        "code",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("max_uses IS NULL OR uses <= max_uses", name=op.f("ck_code_uses")),
        sa.ForeignKeyConstraint(
            ["shop_id", "batch_id"],
            ["plugin_coupon.code_batch.shop_id", "plugin_coupon.code_batch.id"],
            name=op.f("fk_code_shop_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
            name=op.f("fk_code_shop_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_code")),
        sa.UniqueConstraint("shop_id", "code_hash", name=op.f("uq_code_shop_id_code_hash")),
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_code_shop_id_batch_id"),
        "code",
        ["shop_id", "batch_id"],
        unique=False,
        schema="plugin_coupon",
    )
    op.tenant_table(
        "code_try",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("fails", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_code_try")),
        sa.UniqueConstraint("shop_id", "who", name=op.f("uq_code_try_shop_id_who")),
        schema="plugin_coupon",
    )
    op.tenant_table(
        "fission",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("need", sa.BigInteger(), nullable=False),
        sa.Column("joined", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("completed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("joined BETWEEN 1 AND need", name=op.f("ck_fission_joined")),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
            name=op.f("fk_fission_shop_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_fission_shop_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_fission")),
        sa.UniqueConstraint("shop_id", "code", name=op.f("uq_fission_shop_id_code")),
        schema="plugin_coupon",
    )
    op.create_index(
        op.f("ix_fission_shop_id_campaign_id_created_at"),
        "fission",
        ["shop_id", "campaign_id", "created_at"],
        unique=False,
        schema="plugin_coupon",
    )
    op.tenant_table(
        "fission_member",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fission_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "campaign_id"],
            ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
            name=op.f("fk_fission_member_shop_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_fission_member_shop_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "fission_id"],
            ["plugin_coupon.fission.shop_id", "plugin_coupon.fission.id"],
            name=op.f("fk_fission_member_shop_id_fission_id"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_fission_member")),
        sa.UniqueConstraint(
            "shop_id",
            "fission_id",
            "customer_id",
            name=op.f("uq_fission_member_shop_id_fission_id_customer_id"),
        ),
        schema="plugin_coupon",
    )


def downgrade() -> None:
    op.drop_table("fission_member", schema="plugin_coupon")
    op.drop_table("fission", schema="plugin_coupon")
    op.drop_table("code_try", schema="plugin_coupon")
    op.drop_table("code", schema="plugin_coupon")
    op.drop_table("code_batch", schema="plugin_coupon")
    op.drop_table("choice", schema="plugin_coupon")
    op.drop_table("claim_count", schema="plugin_coupon")
    op.drop_table("redemption", schema="plugin_coupon")
    op.drop_table("instance", schema="plugin_coupon")
    op.drop_table("template", schema="plugin_coupon")
    op.drop_table("campaign", schema="plugin_coupon")
