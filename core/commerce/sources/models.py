"""Tables of the sources room."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk

# Below this path a code leads on to its target.
PREFIX = "/s/"
KINDS = ("link", "qr", "group", "campaign", "share")


class SourceLink(CreatedAt, TenantTable):
    """A short address /s/<code> of a shop: where it leads, what it belongs to, what it cost, who shared it."""

    __tablename__ = "sources_link"
    __table_args__ = (
        tenant_fk("customers_customer", "shared_by", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "code"),
        CheckConstraint("kind IN ('link', 'qr', 'group', 'campaign', 'share')", name="kind"),
        CheckConstraint("cost_minor >= 0", name="cost"),
        CheckConstraint("target LIKE '/%' AND target NOT LIKE '//%'", name="target"),
        # A customer shares one thing in one place by one link, however often the button is pressed.
        Index(
            "uq_sources_link_share",
            "shop_id",
            "shared_by",
            "target",
            "place",
            unique=True,
            postgresql_where="shared_by IS NOT NULL",
        ),
        Index(None, "shop_id", "kind", "created_at"),
    )

    code: Mapped[str]
    kind: Mapped[str] = mapped_column(default="link")
    title: Mapped[str] = mapped_column(default="")
    # A path of this shop, never another host.
    target: Mapped[str]
    campaign: Mapped[str] = mapped_column(default="")
    medium: Mapped[str] = mapped_column(default="")
    cost_minor: Mapped[int] = mapped_column(default=0)
    cost_from: Mapped[date | None] = mapped_column(Date)
    cost_until: Mapped[date | None] = mapped_column(Date)
    shared_by: Mapped[UUID | None]
    # The chat group it was shared into, as the messenger names it; "" when nobody knows.
    place: Mapped[str] = mapped_column(default="")
    archived_at: Mapped[datetime | None]


class SourceVisit(TenantTable):
    """How often a link was followed on one day of the shop's zone; a browser counts once in half an hour."""

    __tablename__ = "sources_visit"
    __table_args__ = (
        tenant_fk("sources_link", "link_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "link_id", "day"),
        CheckConstraint("visits > 0", name="visits"),
    )

    link_id: Mapped[UUID]
    day: Mapped[date] = mapped_column(Date)
    visits: Mapped[int]
