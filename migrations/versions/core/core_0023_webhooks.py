"""Webhooks: addresses that hear of events, and every event on its way to one of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0023"
down_revision = "core_0022"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
OPEN = "state IN ('waiting', 'sending')"
# Looks across policies and tells nothing but shop ids: deliveries that nobody sends, and those that are old.
DUE_SHOPS = """
CREATE FUNCTION webhooks_due_shops(late timestamptz, old timestamptz) RETURNS TABLE (due_shop bigint, what text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT shop_id, 'lost_webhooks' FROM webhooks_delivery
    WHERE state IN ('waiting', 'sending') AND due_at <= late
    UNION ALL
    SELECT DISTINCT shop_id, 'old_webhooks' FROM webhooks_delivery
    WHERE state IN ('delivered', 'failed', 'held') AND created_at < old
$$
"""


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    ]


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=True)


def upgrade() -> None:
    """Two tables of each shop's own, and the function that finds shops with work."""
    op.tenant_table(
        "webhooks_endpoint",
        *_key(),
        sa.Column("place", sa.BigInteger(), nullable=False),
        _words("url"),
        _words("note"),
        sa.Column("topics", postgresql.JSONB(), nullable=False),
        _words("secret"),
        _words("former_secret"),
        _moment("former_until"),
        _moment("paused_at"),
        _words("pause_reason"),
        _moment("arrived_at"),
        sa.Column("silent", sa.BigInteger(), nullable=False),
        _moment("rests_until"),
        sa.CheckConstraint("place BETWEEN 1 AND 10", name=op.f("ck_webhooks_endpoint_place")),
        sa.CheckConstraint(
            "pause_reason IN ('', 'gone', 'silent')", name=op.f("ck_webhooks_endpoint_pause_reason")
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_webhooks_endpoint")),
        sa.UniqueConstraint("shop_id", "place", name=op.f("uq_webhooks_endpoint_shop_id_place")),
    )
    op.tenant_table(
        "webhooks_delivery",
        *_key(),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        _words("topic"),
        _words("body"),
        _words("state"),
        _moment("due_at"),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("try_id", sa.Uuid(), nullable=True),
        _moment("delivered_at"),
        _words("reason"),
        sa.Column("tries", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'delivered', 'failed', 'held')",
            name=op.f("ck_webhooks_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "endpoint_id"],
            ["webhooks_endpoint.shop_id", "webhooks_endpoint.id"],
            name=op.f("fk_webhooks_delivery_shop_id_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_webhooks_delivery")),
        sa.UniqueConstraint(
            "shop_id",
            "endpoint_id",
            "event_id",
            name=op.f("uq_webhooks_delivery_shop_id_endpoint_id_event_id"),
        ),
    )
    for columns in (
        ["shop_id", "created_at", "id"], ["shop_id", "state", "created_at"], ["shop_id", "endpoint_id", "created_at"],
    ):  # fmt: skip
        op.create_index(op.f(f"ix_webhooks_delivery_{'_'.join(columns)}"), "webhooks_delivery", columns)
    op.create_index(
        "ix_webhooks_delivery_open",
        "webhooks_delivery",
        ["shop_id", "due_at"],
        postgresql_where=sa.text(OPEN),
    )
    role = op.get_context().opts["app_role"]
    op.execute(DUE_SHOPS)
    op.execute("REVOKE ALL ON FUNCTION webhooks_due_shops(timestamptz, timestamptz) FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION webhooks_due_shops(timestamptz, timestamptz) TO "{role}"')


def downgrade() -> None:
    """Nobody hears of anything any more."""
    op.execute("DROP FUNCTION webhooks_due_shops(timestamptz, timestamptz)")
    op.drop_table("webhooks_delivery")
    op.drop_table("webhooks_endpoint")
