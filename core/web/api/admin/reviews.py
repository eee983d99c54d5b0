"""Reviews: read them, answer, show, hide, settle reports."""

from typing import Literal
from uuid import UUID

from core.commerce.reviews.actions import (
    answer_review,
    approve_reviews,
    hide_reviews,
    save_rules,
    settle_reports,
    show_reviews,
)
from core.commerce.reviews.queries import ShopReview, shop_reviews
from core.kernel.i18n import N_
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send

READ = "reviews.read"


def list_reviews(
    *,
    page: PageAsked,
    view: Literal["waiting", "low", "unanswered", "reported", "hidden", "all"] = "all",
    stars: int | None = None,
    product_id: UUID | None = None,
) -> ApiPage[ShopReview]:
    """The shop's reviews, newest first.

    Args:
        view: which of them.
        stars: only those with so many stars.
        product_id: only this product's.
    """
    found = shop_reviews(view, stars=stars, product_id=product_id, after=page.after, limit=page.size)
    return ApiPage(found.rows, found.after)


ROOM = ApiRoom(
    name="reviews",
    title=N_("Reviews"),
    about=N_("What buyers say of what they bought."),
    routes=(
        Get("/reviews", list_reviews, READ),
        Send("POST", "/reviews/<uuid:review_id>/answer", answer_review),
        Send("POST", "/reviews/approve", approve_reviews),
        Send("POST", "/reviews/hide", hide_reviews),
        Send("POST", "/reviews/show", show_reviews),
        Send("POST", "/reviews/<uuid:review_id>/reports/settle", settle_reports),
        Send("PUT", "/review-rules", save_rules),
    ),
)
