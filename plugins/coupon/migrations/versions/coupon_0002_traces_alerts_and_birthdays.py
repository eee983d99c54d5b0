"""Traces of claims, alerts, givings with their progress, birthdays"""

import sqlalchemy as sa
from alembic import op

revision = "coupon_0002"
down_revision = "coupon_0001"
branch_labels = None
depends_on = None

SCHEMA = "plugin_coupon"
MOMENT = sa.TIMESTAMP(timezone=True)
_NEW = {
    "campaign": ("per_device", "consolation_id", "announced"),
    "instance": ("flagged", "extended_at", "owed_at", "offset_at"),
    "redemption": ("flagged",),
    "fission": ("ended_at",),
}


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def _column(name: str) -> sa.Column[object]:
    if name == "per_device":
        return sa.Column(name, sa.BigInteger(), nullable=True)
    if name == "consolation_id":
        return sa.Column(name, sa.Uuid(), nullable=True)
    if name == "announced":
        return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text("false"))
    if name == "flagged":
        return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))
    return sa.Column(name, MOMENT, nullable=True)


def _of_campaign(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["shop_id", "campaign_id"],
        ["plugin_coupon.campaign.shop_id", "plugin_coupon.campaign.id"],
        name=op.f(f"fk_{table}_shop_id_campaign_id"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    """Nothing that exists is flagged, announced or owed."""
    for table, names in _NEW.items():
        for name in names:
            op.add_column(table, _column(name), schema=SCHEMA)
    op.tenant_table(
        "claim_trace",
        *_key(),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_claim_trace_count")),
        _of_campaign("claim_trace"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_claim_trace")),
        sa.UniqueConstraint(
            "shop_id", "campaign_id", "trace", name=op.f("uq_claim_trace_shop_id_campaign_id_trace")
        ),
        schema=SCHEMA,
    )
    _alerts()
    _givings()
    _birthdays()


def _alerts() -> None:
    op.tenant_table(
        "alert",
        *_key(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('leak', 'guessing', 'alias')", name=op.f("ck_alert_kind")),
        sa.CheckConstraint("count > 0", name=op.f("ck_alert_count")),
        _of_campaign("alert"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_alert")),
        sa.UniqueConstraint("shop_id", "key", name=op.f("uq_alert_shop_id_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("ix_alert_shop_id_last_at"), "alert", ["shop_id", "last_at"], unique=False, schema=SCHEMA
    )


def _givings() -> None:
    op.tenant_table(
        "giving",
        *_key(),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'stopped')", name=op.f("ck_giving_state")),
        _of_campaign("giving"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_giving")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("ix_giving_shop_id_campaign_id_created_at"),
        "giving",
        ["shop_id", "campaign_id", "created_at"],
        unique=False,
        schema=SCHEMA,
    )


def _birthdays() -> None:
    op.tenant_table(
        "birthday",
        *_key(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_birthday_month")),
        sa.CheckConstraint("day BETWEEN 1 AND 31", name=op.f("ck_birthday_day")),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_birthday_shop_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_birthday")),
        sa.UniqueConstraint("shop_id", "customer_id", name=op.f("uq_birthday_shop_id_customer_id")),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Traces, alerts, givings and birthdays are lost."""
    for table in ("birthday", "giving", "alert", "claim_trace"):
        op.drop_table(table, schema=SCHEMA)
    for table, names in _NEW.items():
        for name in names:
            op.drop_column(table, name, schema=SCHEMA)
