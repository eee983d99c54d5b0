"""What WeChat last said to a page of the shop, so that the merchant sees it and buyers do not."""

import sqlalchemy as sa
from alembic import op

revision = "core_0019"
down_revision = "core_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns beside the account."""
    op.add_column("sharing_settings", sa.Column("page_problem", sa.Text(), server_default="", nullable=False))
    op.add_column("sharing_settings", sa.Column("page_heard_at", sa.TIMESTAMP(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("sharing_settings", "page_heard_at")
    op.drop_column("sharing_settings", "page_problem")
