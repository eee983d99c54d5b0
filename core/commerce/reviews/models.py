"""Tables of the reviews room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable, tenant_fk

SHOWN = "state = 'shown'"


class Review(CreatedAt, TenantTable):
    """What a buyer says about one order line, once; `pictures` counts its pictures, `buyer_name` is as it was then.

    A trigger keeps what shown and hidden reviews add up to in the product's tally (catalog_tally).
    """

    __tablename__ = "reviews_review"
    __table_args__ = (
        tenant_fk("orders_order", "order_id"),
        tenant_fk("orders_line", "order_line_id"),
        tenant_fk("catalog_product", "product_id", ondelete="CASCADE"),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "order_line_id"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint("state IN ('waiting', 'shown', 'hidden')", name="state"),
        CheckConstraint("pictures BETWEEN 0 AND 6", name="pictures"),
        Index("ix_reviews_review_newest", "shop_id", "product_id", "id", postgresql_where=text(SHOWN)),
        Index(
            "ix_reviews_review_stars", "shop_id", "product_id", "stars", "id", postgresql_where=text(SHOWN)
        ),
        Index(
            "ix_reviews_review_pictured",
            "shop_id",
            "product_id",
            "id",
            postgresql_where=text("state = 'shown' AND pictures > 0"),
        ),
        Index("ix_reviews_review_waiting", "shop_id", "id", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_reviews_review_unanswered",
            "shop_id",
            "id",
            postgresql_where=text("state = 'shown' AND answer = ''"),
        ),
        Index("ix_reviews_review_low", "shop_id", "id", postgresql_where=text("stars <= 3")),
        Index("ix_reviews_review_reported", "shop_id", "id", postgresql_where=text("reports > 0")),
        Index(None, "shop_id", "order_id"),
        Index(None, "shop_id", "customer_id"),
    )

    order_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    product_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    buyer_name: Mapped[str] = mapped_column(default="")
    variant_title: Mapped[str] = mapped_column(default="")
    stars: Mapped[int]
    text: Mapped[str] = mapped_column(default="")
    pictures: Mapped[int] = mapped_column(default=0)
    anonymous: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str]
    edited_at: Mapped[datetime | None]
    # Said later, once, when the goods have been used.
    follow_up: Mapped[str] = mapped_column(default="")
    follow_up_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(default="")
    # Why it is hidden: abuse, law, privacy, spam, unrelated.
    hidden_reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    reports: Mapped[int] = mapped_column(default=0)


class ReviewPicture(TenantTable):
    """A picture of a review, in order."""

    __tablename__ = "reviews_picture"
    __table_args__ = (
        tenant_fk("reviews_review", "review_id", ondelete="CASCADE"),
        tenant_fk("media_asset", "asset_id"),
        UniqueConstraint("shop_id", "review_id", "asset_id"),
    )

    review_id: Mapped[UUID]
    asset_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)


class Report(CreatedAt, TenantTable):
    """Another buyer says that a review should not stand there; once per buyer."""

    __tablename__ = "reviews_report"
    __table_args__ = (
        tenant_fk("reviews_review", "review_id", ondelete="CASCADE"),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "review_id", "customer_id"),
        Index(None, "shop_id", "customer_id", "created_at"),
    )

    review_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    reason: Mapped[str]


class ReviewRules(TenantTable):
    """How a shop deals with reviews; a shop that decided nothing has no row and the defaults.

    `sold_from` is the number of units from which pages say how many were sold; None never says it.
    `asked_until` is how far along the shipments the asking has come.
    """

    __tablename__ = "reviews_rules"
    __table_args__ = (
        UniqueConstraint("shop_id"),
        CheckConstraint("edit_days BETWEEN 0 AND 365", name="edit_days"),
        CheckConstraint("ask_after_days BETWEEN 1 AND 90", name="ask_after_days"),
        CheckConstraint("sold_from IS NULL OR sold_from >= 1", name="sold_from"),
    )

    approve: Mapped[bool] = mapped_column(default=False)
    edit_days: Mapped[int] = mapped_column(default=30)
    sold_from: Mapped[int | None] = mapped_column(default=10)
    ask: Mapped[bool] = mapped_column(default=False)
    ask_after_days: Mapped[int] = mapped_column(default=7)
    asked_until: Mapped[datetime | None]


class AskedOrder(CreatedAt, TenantTable):
    """The buyer of this order was asked for a review; that happens once."""

    __tablename__ = "reviews_asked"
    __table_args__ = (tenant_fk("orders_order", "order_id"), UniqueConstraint("shop_id", "order_id"))

    order_id: Mapped[UUID]
