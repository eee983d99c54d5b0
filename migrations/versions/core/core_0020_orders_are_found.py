"""Buyers without an account find their orders: which browsers have proved one, and the codes they are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "core_0020"
down_revision = "core_0019"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def upgrade() -> None:
    """Two tables of each shop's own, and the way from an order to its checkout."""
    op.tenant_table(
        "checkout_order_grant",
        *_key(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "order_id"],
            ["orders_order.shop_id", "orders_order.id"],
            name=op.f("fk_checkout_order_grant_shop_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_checkout_order_grant")),
        sa.UniqueConstraint(
            "shop_id",
            "order_id",
            "token_hash",
            name=op.f("uq_checkout_order_grant_shop_id_order_id_token_hash"),
        ),
    )
    op.tenant_table(
        "checkout_order_search",
        *_key(),
        sa.Column("contact_hash", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_checkout_order_search_times")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_checkout_order_search_tries")),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_checkout_order_search")),
        sa.UniqueConstraint(
            "shop_id", "contact_hash", name=op.f("uq_checkout_order_search_shop_id_contact_hash")
        ),
    )
    op.create_index("ix_checkout_checkout_order", "checkout_checkout", ["shop_id", "order_id"])


def downgrade() -> None:
    """Only the browser that placed an order has it again."""
    op.drop_index("ix_checkout_checkout_order", "checkout_checkout")
    op.drop_table("checkout_order_search")
    op.drop_table("checkout_order_grant")
