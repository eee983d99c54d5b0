"""Pages have a draft beside what is live, and revisions say who made them, how and under which name."""

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None

KINDS = "kind IN ('home', 'policy', 'page', 'frame')"
REVISION_KINDS = "kind IN ('auto', 'named', 'publish', 'rollback')"


def upgrade() -> None:
    """Every page's draft begins at what is live; every revision so far was published."""
    op.add_column(
        "content_page", sa.Column("draft_revision", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute("UPDATE content_page SET draft_revision = live_revision")
    op.drop_constraint(op.f("ck_content_page_kind"), "content_page")
    op.create_check_constraint(op.f("ck_content_page_kind"), "content_page", KINDS)
    for name, default in (("kind", "publish"), ("label", ""), ("author", "")):
        op.add_column(
            "content_page_revision", sa.Column(name, sa.Text(), nullable=False, server_default=default)
        )
    op.create_check_constraint(op.f("ck_content_page_revision_kind"), "content_page_revision", REVISION_KINDS)


def downgrade() -> None:
    """Drafts are lost, and pages that only this version knows with them."""
    op.drop_constraint(op.f("ck_content_page_revision_kind"), "content_page_revision")
    for name in ("author", "label", "kind"):
        op.drop_column("content_page_revision", name)
    op.execute("DELETE FROM content_page WHERE kind IN ('page', 'frame')")
    op.drop_constraint(op.f("ck_content_page_kind"), "content_page")
    op.create_check_constraint(op.f("ck_content_page_kind"), "content_page", "kind IN ('home', 'policy')")
    op.drop_column("content_page", "draft_revision")
