"""Tables of the content room."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk


class Page(CreatedAt, TenantTable):
    """A page of the storefront, or the frame around all of them (kind "frame").

    Which revision is live and which is the draft are pointers, so publishing and rolling back are pointer moves;
    0 means none.
    """

    __tablename__ = "content_page"
    __table_args__ = (
        UniqueConstraint("shop_id", "kind", "slug"),
        CheckConstraint("kind IN ('home', 'policy', 'page', 'frame')", name="kind"),
    )

    kind: Mapped[str]
    slug: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    live_revision: Mapped[int] = mapped_column(default=0)
    draft_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    position: Mapped[int] = mapped_column(default=0)


class PageRevision(CreatedAt, TenantTable):
    """One immutable state of a page's document (design: {"sections": {…}, "order": […]}).

    `kind` says how it came about; an automatic one becomes a named or published one when somebody does that to it.
    """

    __tablename__ = "content_page_revision"
    __table_args__ = (
        tenant_fk("content_page", "page_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "page_id", "number"),
        CheckConstraint("kind IN ('auto', 'named', 'publish', 'rollback')", name="kind"),
    )

    page_id: Mapped[UUID]
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(default="publish", server_default="publish")
    label: Mapped[str] = mapped_column(default="", server_default="")
    author: Mapped[str] = mapped_column(default="", server_default="")
