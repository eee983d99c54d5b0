"""Reviews as templates see them."""

from core.commerce.catalog.tallies import TallyView
from core.commerce.orders.queries import OrderView
from core.commerce.reviews.queries import ReviewView as Review
from core.commerce.reviews.queries import reviews_of_order
from core.kernel.i18n import _
from core.rendering import links
from core.rendering.contexts import LinkView, RatingView, ReviewView, StarsRow
from core.web.storefront.frame import Frame, image_view


def rating_view(tally: TallyView, handle: str, *, chosen: int | None = None) -> RatingView:
    """What the reviews of the product at `handle` add up to; `chosen` are the stars that a list is narrowed to."""
    count = tally.count
    rows = tuple(
        StarsRow(
            stars=stars,
            count=tally.stars[stars - 1],
            share=round(100 * tally.stars[stars - 1] / count) if count else 0,
            url=links.reviews_url(handle, stars="" if stars == chosen else stars),
            current=stars == chosen,
        )
        for stars in range(5, 0, -1)
    )
    return RatingView(
        average=tally.average_text,
        drawn=_drawn(tally.average),
        count=count,
        rows=rows,
        pictured=tally.pictured,
        hidden=tally.hidden,
        url=links.reviews_url(handle),
    )


def _drawn(average: int) -> str:
    """Whole stars, and a half one from a quarter to three quarters (average × 100)."""
    halves = (2 * average + 50) // 100
    return f"s{halves // 2}" + (" half" if halves % 2 else "")


def review_view(found: Review, *, report: bool = False) -> ReviewView:
    """One review; with `report` it can be reported."""
    later = (found.follow_up_at - found.created_at).days if found.follow_up_at else 0
    return ReviewView(
        id=found.id,
        name=found.name,
        initial=found.name[:1].upper(),
        stars=found.stars,
        at=found.created_at,
        text=found.text,
        variant=found.variant_title,
        images=tuple(view for one in found.pictures if (view := image_view(one))),
        refunded=found.refunded,
        edited=found.edited_at is not None and not found.follow_up,
        follow_up=found.follow_up,
        follow_up_days=later,
        answer=found.answer,
        report_url=f"/reviews/{found.id}/report" if report else "",
    )


def told_sold(sold: int, frame: Frame) -> int | None:
    """How many were sold, if the shop tells that many."""
    least = frame.reviews.sold_from
    return sold if least is not None and sold >= least else None


def line_links(order: OrderView, *, is_owner: bool) -> dict[str, LinkView]:
    """Line key → where its buyer reviews it; only what was sent, only for whoever placed the order."""
    if not is_owner or order.financial == "unpaid" or not any(line.shipped for line in order.lines):
        return {}
    known = reviews_of_order(order.id)
    return {
        line.key: LinkView(
            label=_("Your review") if line.id in known else _("Write a review"),
            url=links.review_url(order.code, line.id),
            icon="star",
        )
        for line in order.lines
        if line.shipped
    }
