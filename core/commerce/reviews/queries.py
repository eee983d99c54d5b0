"""Reads of reviews: those of a product page by page, those of an order, and the shop's own list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_, union_all

from core.commerce.catalog.models import Product
from core.commerce.media.models import Asset
from core.commerce.media.queries import Picture, picture
from core.commerce.orders.models import Order, OrderLine
from core.commerce.reviews.drafts import shown_name
from core.commerce.reviews.models import Report, Review, ReviewPicture
from core.kernel.db import session
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope

SORTS = ("newest", "best", "worst")
VIEWS = ("waiting", "low", "unanswered", "reported", "all", "hidden")
# Counts beyond this are shown as "1,000+".
MOST_COUNTED = 1_000
LOW_STARS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A review as buyers see it; `refunded` says that the goods went back since."""

    id: UUID
    order_line_id: UUID
    customer_id: UUID | None
    name: str
    stars: int
    text: str
    variant_title: str
    anonymous: bool
    state: str
    created_at: datetime
    edited_at: datetime | None
    follow_up: str
    follow_up_at: datetime | None
    answer: str
    answered_at: datetime | None
    refunded: bool
    pictures: tuple[Picture, ...]
    picture_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopReview:
    """A review as the shop's staff see it: with who wrote it, of what, in which order, and what was decided."""

    review: ReviewView
    buyer_name: str
    product_id: UUID
    product: str
    product_handle: str
    order_number: str
    reports: int
    hidden_reason: str
    answered_by: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """One page of a product's reviews; `after` is the cursor of the next one, "" on the last."""

    rows: tuple[ReviewView, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class ShopReviews:
    """One page of the shop's list; the cursors are "" where there is no more."""

    rows: tuple[ShopReview, ...]
    after: str = ""
    before: str = ""


def product_reviews(
    product_id: UUID,
    *,
    stars: int | None = None,
    pictured: bool = False,
    sort: str = SORTS[0],
    after: str = "",
    limit: int = 10,
) -> Reviews:
    """Shown reviews of a product, in two statements at most.

    Args:
        stars: only those with so many stars.
        pictured: only those with pictures.
        sort: "newest", "best" or "worst".
        after: the cursor of the page before; anything odd is the first page.
    """
    statement = _base().where(Review.product_id == product_id, Review.state == "shown")
    if stars is not None:
        statement = statement.where(Review.stars == stars)
    if pictured:
        statement = statement.where(Review.pictures > 0)
    rows = session().execute(_page(statement, sort, after).limit(limit + 1)).all()
    more = rows[limit - 1] if len(rows) > limit else None
    cursor = "" if more is None else f"{more.Review.stars}.{more.Review.id}"
    return Reviews(_views(rows[:limit]), cursor)


def _base() -> Any:
    line = and_(OrderLine.shop_id == Review.shop_id, OrderLine.id == Review.order_line_id)
    return (
        select(Review, (OrderLine.refunded > 0).label("refunded"))
        .join(OrderLine, line)
        .where(Review.shop_id == current_scope().shop_id)
        .execution_options(populate_existing=True)
    )


def _page(statement: Select[Any], sort: str, after: str) -> Select[Any]:
    place = _place_of(after)
    if sort == "best":
        if place:
            statement = statement.where(tuple_(Review.stars, Review.id) < place)
        return statement.order_by(Review.stars.desc(), Review.id.desc())
    if sort == "worst":
        if place:
            statement = statement.where(tuple_(Review.stars, Review.id) > place)
        return statement.order_by(Review.stars, Review.id)
    if place:
        statement = statement.where(Review.id < place[1])
    return statement.order_by(Review.id.desc())


def _place_of(cursor: str) -> tuple[int, UUID] | None:
    stars, _, text = cursor.partition(".")
    place = as_id(text)
    return None if place is None or stars not in set("12345") else (int(stars), place)


def _views(rows: Sequence[Any]) -> tuple[ReviewView, ...]:
    shown = _pictures_of(row.Review.id for row in rows if row.Review.pictures)
    return tuple(_view(row, shown.get(row.Review.id, ())) for row in rows)


_SAME = (
    "id", "order_line_id", "customer_id", "stars", "text", "variant_title", "anonymous", "state", "created_at",
    "edited_at", "follow_up", "follow_up_at", "answer", "answered_at",
)  # fmt: skip


def _view(row: Any, pictures: Sequence[tuple[UUID, Picture]]) -> ReviewView:
    found = row.Review
    return ReviewView(
        **{name: getattr(found, name) for name in _SAME},
        name=shown_name(found.buyer_name, anonymous=found.anonymous),
        refunded=bool(row.refunded),
        pictures=tuple(one for _, one in pictures),
        picture_ids=tuple(asset_id for asset_id, _ in pictures),
    )


def _pictures_of(ids: Iterable[UUID]) -> Mapping[UUID, list[tuple[UUID, Picture]]]:
    wanted = list(ids)
    if not wanted:
        return {}
    statement = (
        select(ReviewPicture.review_id, Asset.id, Asset.path, Asset.mime, Asset.width, Asset.height)
        .join(Asset, and_(Asset.shop_id == ReviewPicture.shop_id, Asset.id == ReviewPicture.asset_id))
        .where(ReviewPicture.shop_id == current_scope().shop_id, ReviewPicture.review_id.in_(wanted))
        .order_by(ReviewPicture.review_id, ReviewPicture.position)
    )
    found: dict[UUID, list[tuple[UUID, Picture]]] = {}
    for row in session().execute(statement):
        one = picture(path=row.path, mime=row.mime, width=row.width, height=row.height)
        found.setdefault(row.review_id, []).append((row.id, one))
    return found


def reviews_of_order(order_id: UUID) -> dict[UUID, ReviewView]:
    """Reviews of an order's lines, whatever their state, by the line's id."""
    rows = session().execute(_base().where(Review.order_id == order_id)).all()
    return {view.order_line_id: view for view in _views(rows)}


def shown_review(review_id: UUID) -> tuple[ReviewView, str] | None:
    """A review that everybody can see, with the handle of its product; None for any other."""
    statement = _base().join(
        Product, and_(Product.shop_id == Review.shop_id, Product.id == Review.product_id)
    )
    row = session().execute(
        statement.add_columns(Product.handle).where(Review.id == review_id, Review.state == "shown")
    ).first()  # fmt: skip
    return None if row is None else (_views([row])[0], row.handle)


def review_exists(review_id: UUID) -> bool:
    """Whether the shop has this review, in whatever state."""
    found = select(Review.id).where(Review.shop_id == current_scope().shop_id, Review.id == review_id)
    return session().scalar(found) is not None


def reported_reasons(review_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """What buyers said about reviews that they reported: review → reason → how many."""
    wanted = list(review_ids)
    if not wanted:
        return {}
    rows = session().execute(
        select(Report.review_id, Report.reason, func.count().label("n"))
        .where(Report.shop_id == current_scope().shop_id, Report.review_id.in_(wanted))
        .group_by(Report.review_id, Report.reason)
    )
    found: dict[UUID, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.review_id, {})[row.reason] = row.n
    return found


@lru_cache(maxsize=1)
def _view_conditions() -> Mapping[str, ColumnElement[bool] | None]:
    return {
        "waiting": Review.state == "waiting",
        "low": Review.stars <= LOW_STARS,
        "unanswered": and_(Review.state == "shown", Review.answer == ""),
        "reported": Review.reports > 0,
        "hidden": Review.state == "hidden",
        "all": None,
    }


def shop_reviews(
    view: str = "all",
    *,
    stars: int | None = None,
    product_id: UUID | None = None,
    after: str = "",
    before: str = "",
    limit: int = 20,
) -> ShopReviews:
    """The shop's reviews, newest first, in two statements; `after` and `before` are cursors that a page gave."""
    statement = (
        _base()
        .join(Product, and_(Product.shop_id == Review.shop_id, Product.id == Review.product_id))
        .join(Order, and_(Order.shop_id == Review.shop_id, Order.id == Review.order_id))
        .add_columns(Product.title.label("product"), Product.handle, Order.number)
    )
    condition = _view_conditions()[view]
    if condition is not None:
        statement = statement.where(condition)
    if stars is not None:
        statement = statement.where(Review.stars == stars)
    if product_id is not None:
        statement = statement.where(Review.product_id == product_id)
    return _shop_page(statement, as_id(after), as_id(before), limit)


def _shop_page(statement: Select[Any], after: UUID | None, before: UUID | None, limit: int) -> ShopReviews:
    if before is not None:
        backwards = statement.where(Review.id > before).order_by(Review.id)
        found = session().execute(backwards.limit(limit + 1)).all()
        rows, earlier, later = found[:limit][::-1], len(found) > limit, True
    else:
        onwards = statement if after is None else statement.where(Review.id < after)
        found = session().execute(onwards.order_by(Review.id.desc()).limit(limit + 1)).all()
        rows, earlier, later = found[:limit], after is not None, len(found) > limit
    views = {view.id: view for view in _views(rows)}
    return ShopReviews(
        tuple(_shop_review(row, views[row.Review.id]) for row in rows),
        after=str(rows[-1].Review.id) if rows and later else "",
        before=str(rows[0].Review.id) if rows and earlier else "",
    )


def _shop_review(row: Any, view: ReviewView) -> ShopReview:
    found = row.Review
    return ShopReview(
        review=view, buyer_name=found.buyer_name, product_id=found.product_id, product=row.product,
        product_handle=row.handle, order_number=row.number, reports=found.reports,
        hidden_reason=found.hidden_reason, answered_by=found.answered_by, decided_by=found.decided_by,
    )  # fmt: skip


def waiting_reviews(limit: int) -> list[UUID]:
    """The ids of reviews that wait for a decision, oldest first, `limit` of them at most."""
    statement = (
        select(Review.id)
        .where(Review.shop_id == current_scope().shop_id, Review.state == "waiting")
        .order_by(Review.id)
        .limit(limit)
    )
    return list(session().scalars(statement))


def waiting_count() -> int:
    """How many reviews wait for a decision, counted to the last one."""
    waiting = select(func.count()).where(Review.shop_id == current_scope().shop_id, Review.state == "waiting")
    return session().scalar(waiting) or 0


def view_counts(views: Sequence[str] = VIEWS) -> dict[str, int]:
    """How many reviews each view holds, counted up to MOST_COUNTED + 1, in one statement."""
    parts = [counting_reviews(view).add_columns(literal(view).label("view")) for view in views]
    return {row.view: row.n for row in session().execute(union_all(*parts))}


def counting_reviews(view: str) -> Select[Any]:
    """The statement that counts the reviews of a view as `n`, for who counts more at once."""
    condition = _view_conditions()[view]
    some = select(Review.id).where(Review.shop_id == current_scope().shop_id)
    some = some if condition is None else some.where(condition)
    return select(func.count().label("n")).select_from(some.limit(MOST_COUNTED + 1).subquery())
