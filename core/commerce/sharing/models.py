"""Tables of the sharing room."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk
from core.kernel.sealed import SealedText


class SharingSettings(CreatedAt, TenantTable):
    """How a shop shares: the caps on prompts, and its WeChat account with the ticket that WeChat gave for it.

    A shop without this row has the defaults. `ticket` signs pages until `ticket_until`; `trouble` is WeChat's last refusal.
    """

    __tablename__ = "sharing_settings"
    __table_args__ = (
        UniqueConstraint("shop_id"),
        CheckConstraint("prompts_per_week BETWEEN 0 AND 50", name="prompts_per_week"),
        CheckConstraint("prompts_per_day IS NULL OR prompts_per_day >= 0", name="prompts_per_day"),
        CheckConstraint("prompts_today >= 0", name="prompts_today"),
    )

    # To one buyer in seven days.
    prompts_per_week: Mapped[int] = mapped_column(default=2)
    # To all buyers of the shop in a day of its zone; None: no cap.
    prompts_per_day: Mapped[int | None]
    # Counted while there is a cap: how many on the day `prompts_on`.
    prompts_today: Mapped[int] = mapped_column(default=0)
    prompts_on: Mapped[date | None] = mapped_column(Date)
    wechat_app_id: Mapped[str] = mapped_column(default="")
    wechat_secret: Mapped[str] = mapped_column(SealedText("sharing.wechat"), default="")
    ticket: Mapped[str] = mapped_column(default="")
    ticket_until: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    # What WeChat's script last said on a page of the shop: "" for well, else one of PAGE_PROBLEMS; and when.
    page_problem: Mapped[str] = mapped_column(default="", server_default="")
    page_heard_at: Mapped[datetime | None]


class SharePrompt(TenantTable):
    """How often a customer was asked to share in the seven days from `since` on."""

    __tablename__ = "sharing_prompt"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "customer_id"),
        CheckConstraint("times > 0", name="times"),
    )

    customer_id: Mapped[UUID]
    since: Mapped[datetime]
    times: Mapped[int]
