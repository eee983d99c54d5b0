"""Where the goods of a case go back to, as it was agreed."""

import sqlalchemy as sa
from alembic import op

revision = "core_0022"
down_revision = "core_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column beside the answer; empty for cases that were agreed before: the shop's address stands for them."""
    op.add_column("aftersale_case", sa.Column("return_to", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Forget it: the shop's address stands for all."""
    op.drop_column("aftersale_case", "return_to")
