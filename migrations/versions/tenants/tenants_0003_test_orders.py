"""Test orders of shops that made theirs before orders said so themselves."""

from alembic import op

revision = "tenants_0003"
down_revision = "tenants_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark them; what counted them counts them out again."""
    op.execute(
        "UPDATE orders_order SET is_test = true FROM tenants_first_hour"
        " WHERE tenants_first_hour.shop_id = orders_order.shop_id"
        " AND tenants_first_hour.test_order_id = orders_order.id AND NOT orders_order.is_test"
    )


def downgrade() -> None:
    """Nothing: an order stays what it was."""
