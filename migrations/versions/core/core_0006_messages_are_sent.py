"""Messages are sent: what there is to tell, what became of each message, and how a shop sends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None

TABLES = (
    "messages_rule",
    "messages_opt_out",
    "messages_template",
    "messages_topic_switch",
    "messages_channel",
)
INDEXES = (
    ("ix_messages_message_shop_id_created_at", ["shop_id", "created_at"]),
    ("ix_messages_message_shop_id_topic_created_at", ["shop_id", "topic", "created_at"]),
    ("ix_messages_message_shop_id_state_created_at", ["shop_id", "state", "created_at"]),
    ("ix_messages_message_shop_id_customer_id_created_at", ["shop_id", "customer_id", "created_at"]),
)
# Looks across policies and tells nothing but shop ids: messages whose job was lost.
DUE_SHOPS = """
CREATE FUNCTION messages_due_shops(moment timestamptz) RETURNS TABLE (due_shop bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT shop_id FROM messages_message
     WHERE state IN ('queued', 'sending') AND due_at <= moment
    UNION
    SELECT shop_id FROM messages_occasion WHERE state = 'new' AND created_at <= moment
$$
"""


def _key(table: str) -> tuple[sa.Column, sa.Column, sa.PrimaryKeyConstraint]:
    return (
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f(f"pk_{table}")),
    )


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def _json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def _occasions() -> None:
    op.tenant_table(
        "messages_occasion",
        *_key("messages_occasion"),
        _text("topic"),
        _text("dedupe_key"),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        _json("contact"),
        _json("about"),
        _text("state"),
        _text("reason"),
        _instant("created_at"),
        sa.CheckConstraint("state IN ('new', 'written', 'skipped')", name=op.f("ck_messages_occasion_state")),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers_customer.shop_id", "customers_customer.id"],
            name=op.f("fk_messages_occasion_shop_id_customer_id"),
        ),
        sa.UniqueConstraint(
            "shop_id", "topic", "dedupe_key", name=op.f("uq_messages_occasion_shop_id_topic_dedupe_key")
        ),
    )
    op.create_index(
        "ix_messages_occasion_new",
        "messages_occasion",
        ["shop_id", "created_at"],
        postgresql_where=sa.text("state = 'new'"),
    )


def _sending() -> None:
    table = "messages_message"
    op.add_column(table, sa.Column("occasion_id", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("customer_id", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("language", sa.Text(), nullable=False, server_default=""))
    op.add_column(table, sa.Column("state", sa.Text(), nullable=False, server_default="kept"))
    op.add_column(table, sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column(table, sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column(table, sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column(table, sa.Column("try_id", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column(table, sa.Column("tries", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.add_column(table, sa.Column("secrets", postgresql.JSONB(), nullable=False, server_default="[]"))
    for column in ("language", "state", "reason", "attempts", "tries", "secrets"):
        op.alter_column(table, column, server_default=None)
    op.create_foreign_key(
        op.f("fk_messages_message_shop_id_occasion_id"),
        table,
        "messages_occasion",
        ["shop_id", "occasion_id"],
        ["shop_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_messages_message_shop_id_customer_id"),
        table,
        "customers_customer",
        ["shop_id", "customer_id"],
        ["shop_id", "id"],
    )
    op.create_unique_constraint(
        op.f("uq_messages_message_shop_id_occasion_id_channel_recipient"),
        table,
        ["shop_id", "occasion_id", "channel", "recipient"],
    )
    op.drop_constraint(op.f("ck_messages_message_channel"), table)
    op.create_check_constraint(
        op.f("ck_messages_message_channel"), table, "channel IN ('email', 'sms', 'robot')"
    )
    op.create_check_constraint(
        op.f("ck_messages_message_state"),
        table,
        "state IN ('kept', 'queued', 'sending', 'sent', 'failed', 'unknown')",
    )
    for name, columns in INDEXES:
        op.create_index(name, table, columns)
    op.create_index(
        "ix_messages_message_open",
        table,
        ["shop_id", "due_at"],
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    # Topics are named after their room.
    op.execute("UPDATE messages_message SET topic = 'customers.login_code' WHERE topic = 'login_code'")


def _settings() -> None:
    op.tenant_table(
        "messages_channel",
        *_key("messages_channel"),
        _text("channel"),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        _json("settings"),
        _json("secrets"),
        sa.Column("silent", sa.BigInteger(), nullable=False),
        _instant("rests_until", nullable=True),
        _instant("updated_at"),
        sa.CheckConstraint("channel IN ('email', 'sms', 'robot')", name=op.f("ck_messages_channel_channel")),
        sa.UniqueConstraint("shop_id", "channel", name=op.f("uq_messages_channel_shop_id_channel")),
    )
    op.tenant_table(
        "messages_topic_switch",
        *_key("messages_topic_switch"),
        _text("topic"),
        _text("channel"),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.UniqueConstraint(
            "shop_id", "topic", "channel", name=op.f("uq_messages_topic_switch_shop_id_topic_channel")
        ),
    )
    op.tenant_table(
        "messages_template",
        *_key("messages_template"),
        _text("topic"),
        _text("channel"),
        _text("language"),
        _text("subject"),
        _text("body"),
        _instant("updated_at"),
        sa.UniqueConstraint(
            "shop_id",
            "topic",
            "channel",
            "language",
            name=op.f("uq_messages_template_shop_id_topic_channel_language"),
        ),
    )
    op.tenant_table(
        "messages_opt_out",
        *_key("messages_opt_out"),
        _text("contact"),
        _text("topic_group"),
        _instant("created_at"),
        sa.UniqueConstraint(
            "shop_id", "contact", "topic_group", name=op.f("uq_messages_opt_out_shop_id_contact_topic_group")
        ),
    )
    op.tenant_table(
        "messages_rule",
        *_key("messages_rule"),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.BigInteger(), nullable=False),
        sa.Column("quiet_until", sa.BigInteger(), nullable=False),
        _json("waits"),
        sa.Column("sms_always", sa.Boolean(), nullable=False),
        _json("merchant_emails"),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439",
            name=op.f("ck_messages_rule_quiet"),
        ),
        sa.UniqueConstraint("shop_id", name=op.f("uq_messages_rule_shop_id")),
    )


def upgrade() -> None:
    """Make the tables, and let a message say how its sending stands."""
    _occasions()
    _sending()
    _settings()
    role = op.get_context().opts["app_role"]
    op.execute(DUE_SHOPS)
    op.execute("REVOKE ALL ON FUNCTION messages_due_shops(timestamptz) FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION messages_due_shops(timestamptz) TO "{role}"')


def downgrade() -> None:
    """Back to messages that are only kept; those to robots, and what was still to tell, are lost."""
    op.execute("DROP FUNCTION messages_due_shops(timestamptz)")
    for table in TABLES:
        op.drop_table(table)
    table = "messages_message"
    op.execute("DELETE FROM messages_message WHERE channel = 'robot'")
    op.execute("UPDATE messages_message SET topic = 'login_code' WHERE topic = 'customers.login_code'")
    op.drop_index("ix_messages_message_open", table_name=table)
    for name, _ in INDEXES:
        op.drop_index(name, table_name=table)
    op.drop_constraint(op.f("ck_messages_message_state"), table)
    op.drop_constraint(op.f("ck_messages_message_channel"), table)
    op.create_check_constraint(op.f("ck_messages_message_channel"), table, "channel IN ('email', 'sms')")
    op.drop_constraint(op.f("uq_messages_message_shop_id_occasion_id_channel_recipient"), table)
    op.drop_constraint(op.f("fk_messages_message_shop_id_customer_id"), table, type_="foreignkey")
    op.drop_constraint(op.f("fk_messages_message_shop_id_occasion_id"), table, type_="foreignkey")
    for column in (
        "secrets",
        "tries",
        "sent_at",
        "try_id",
        "attempts",
        "due_at",
        "reason",
        "state",
        "language",
        "customer_id",
        "occasion_id",
    ):
        op.drop_column(table, column)
    op.drop_table("messages_occasion")
