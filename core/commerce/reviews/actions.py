"""Buyers write reviews; the shop approves, hides and answers them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from core.commerce.catalog.models import Product
from core.commerce.media.models import Asset
from core.commerce.messages.actions import send_message
from core.commerce.reviews.authors import Author, author_of
from core.commerce.reviews.drafts import (
    HIDE_REASONS,
    REPORT_REASONS,
    ReviewDraft,
    checked,
    checked_words,
)
from core.commerce.reviews.errors import AlreadyReviewed, EditingOver, NotYours, TooManyReports
from core.commerce.reviews.models import Report, Review, ReviewPicture, ReviewRules
from core.commerce.reviews.rules import FOLLOW_UP_DAYS, Rules, review_rules
from core.commerce.shops.actions import bump_epoch
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor, current_scope

REPORTS_A_DAY = 20
_NOT_LISTED = N_("Choose one of the list.")


@dataclass(frozen=True, slots=True)
class SavedReview:
    """What became of a review: whether it is shown now or waits for the shop."""

    id: UUID
    state: str


@command("buyer")
def submit_review(*, order_code: str, line_id: UUID, draft: ReviewDraft, secret: str = "") -> SavedReview:
    """Write the review of an order line, once.

    Args:
        secret: what a guest's browser placed the order with.
    Raises: NotYours, NotReviewable, AlreadyReviewed, InputRefused, NotFound.
    """
    author = author_of(order_code=order_code, line_id=line_id, secret=secret)
    draft = checked(draft)
    _require_own_pictures(draft.pictures)
    state = "waiting" if review_rules().approve else "shown"
    row = insert_once(Review).values(**_new_row(author, draft, state))
    once = row.on_conflict_do_nothing(index_elements=["shop_id", "order_line_id"]).returning(Review.id)
    review_id = session().execute(once).scalar()
    if review_id is None:
        raise AlreadyReviewed
    _write_pictures(review_id, draft.pictures)
    return SavedReview(review_id, state)


def _new_row(author: Author, draft: ReviewDraft, state: str) -> dict[str, Any]:
    empty = dict.fromkeys(("follow_up", "answer", "answered_by", "hidden_reason", "decided_by"), "")
    return {
        "shop_id": current_scope().shop_id, "id": new_id(), "order_id": author.order.id,
        "order_line_id": author.line.id, "product_id": author.line.product_id,
        "customer_id": author.order.customer_id, "buyer_name": author.name,
        "variant_title": author.line.variant_title, "stars": draft.stars, "text": draft.text,
        "pictures": len(draft.pictures), "anonymous": draft.anonymous, "state": state, "reports": 0,
        "created_at": now(), **empty,
    }  # fmt: skip


def _require_own_pictures(asset_ids: Sequence[UUID]) -> None:
    sent_in = select(func.count()).select_from(Asset).where(Asset.id.in_(asset_ids), Asset.from_buyer)
    if asset_ids and session().scalar(sent_in) != len(asset_ids):
        raise InputRefused({"pictures": [gettext(N_("This picture is gone. Choose another one."))]})


def _write_pictures(review_id: UUID, asset_ids: Sequence[UUID]) -> None:
    rows = [
        {
            "shop_id": current_scope().shop_id,
            "id": new_id(),
            "review_id": review_id,
            "asset_id": asset_id,
            "position": place,
        }
        for place, asset_id in enumerate(asset_ids)
    ]
    if rows:
        session().execute(insert(ReviewPicture), rows)


@command("buyer")
def edit_review(*, order_code: str, line_id: UUID, draft: ReviewDraft, secret: str = "") -> SavedReview:
    """Change a review within the days that the shop gives; where the shop approves, or had hidden it, it waits again.

    Raises NotFound, NotYours, EditingOver, InputRefused.
    """
    author_of(order_code=order_code, line_id=line_id, secret=secret)
    draft = checked(draft)
    _require_own_pictures(draft.pictures)
    rules, row = review_rules(), _locked(Review.order_line_id == line_id)
    if now() > row.created_at + timedelta(days=rules.edit_days):
        raise EditingOver
    row.stars, row.text, row.anonymous = draft.stars, draft.text, draft.anonymous
    row.pictures, row.edited_at = len(draft.pictures), now()
    _wait_again(row, rules)
    session().flush()
    session().execute(
        delete(ReviewPicture).where(
            ReviewPicture.shop_id == current_scope().shop_id, ReviewPicture.review_id == row.id
        )
    )
    _write_pictures(row.id, draft.pictures)
    return SavedReview(row.id, row.state)


def _wait_again(row: Review, rules: Rules) -> None:
    if rules.approve or row.state == "hidden":
        row.state, row.hidden_reason = "waiting", ""


@command("buyer")
def add_follow_up(*, order_code: str, line_id: UUID, text: str, secret: str = "") -> SavedReview:
    """Add, once, what one says after using the goods. Raises NotFound, NotYours, EditingOver, InputRefused."""
    author_of(order_code=order_code, line_id=line_id, secret=secret)
    words = checked_words(text, field="follow_up", required=True)
    row = _locked(Review.order_line_id == line_id)
    if row.follow_up or now() > row.created_at + timedelta(days=FOLLOW_UP_DAYS):
        raise EditingOver
    row.follow_up, row.follow_up_at, row.edited_at = words, now(), now()
    _wait_again(row, review_rules())
    session().flush()
    return SavedReview(row.id, row.state)


def _locked(condition: ColumnElement[bool]) -> Review:
    statement = select(Review).where(Review.shop_id == current_scope().shop_id, condition)
    row = session().scalars(statement.with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


@command("buyer")
def report_review(*, review_id: UUID, reason: str) -> bool:
    """Say that somebody else's review should not stand there; False when this buyer said so before.

    Only buyers who are logged in may; at most REPORTS_A_DAY in a day. Raises NotYours, NotFound, TooManyReports.
    """
    actor = current_actor()
    if actor.kind != "customer" or actor.id is None:
        raise NotYours
    if reason not in REPORT_REASONS:
        raise InputRefused({"reason": [gettext(_NOT_LISTED)]})
    lately = select(func.count()).select_from(Report).where(
        Report.customer_id == actor.id, Report.created_at > now() - timedelta(days=1)
    )  # fmt: skip
    row = _locked(Review.id == review_id)
    if row.state != "shown":
        raise NotFound
    if (session().scalar(lately) or 0) >= REPORTS_A_DAY:
        raise TooManyReports
    said = insert_once(Report).values(
        shop_id=current_scope().shop_id, id=new_id(), review_id=review_id, customer_id=actor.id,
        reason=reason, created_at=now(),
    )  # fmt: skip
    if session().execute(said.on_conflict_do_nothing().returning(Report.id)).scalar() is None:
        return False
    row.reports += 1
    return True


@command("reviews.edit")
def answer_review(*, review_id: UUID, text: str) -> None:
    """Say something below a review, for everybody; "" takes the answer away. The buyer is told of the first one.

    Raises NotFound, InputRefused.
    """
    words = checked_words(text, field="answer", addresses=True)
    row = _locked(Review.id == review_id)
    row.answer = words
    row.answered_at, row.answered_by = (now(), current_actor().name) if words else (None, "")
    if words and row.state == "shown":
        _tell_buyer(row)


def _tell_buyer(row: Review) -> None:
    product = session().execute(
        select(Product.title, Product.handle).where(Product.id == row.product_id)
    ).one()  # fmt: skip
    send_message(
        topic="reviews.answered",
        about={
            "order_id": row.order_id,
            "product": product.title,
            "answer": row.answer,
            "review_link": f"/products/{product.handle}/reviews",
        },
        dedupe_key=str(row.id),
    )


@command("reviews.edit")
def approve_reviews(*, review_ids: Collection[UUID]) -> list[UUID]:
    """Show reviews that wait; returns those that did."""
    return _decide(Review.id.in_(list(review_ids)), Review.state == "waiting", state="shown")


@command("reviews.edit")
def hide_reviews(*, review_ids: Collection[UUID], reason: str) -> list[UUID]:
    """Hide reviews for one of HIDE_REASONS; they no longer count, and the product's page says that they exist.

    Returns those that were not hidden before. Raises InputRefused.
    """
    if reason not in HIDE_REASONS:
        raise InputRefused({"reason": [gettext(_NOT_LISTED)]})
    return _decide(Review.id.in_(list(review_ids)), Review.state != "hidden", state="hidden", reason=reason)


@command("reviews.edit")
def show_reviews(*, review_ids: Collection[UUID]) -> list[UUID]:
    """Show hidden reviews again; returns those that were hidden."""
    return _decide(Review.id.in_(list(review_ids)), Review.state == "hidden", state="shown")


def _decide(*conditions: ColumnElement[bool], state: str, reason: str = "") -> list[UUID]:
    statement = update(Review).where(Review.shop_id == current_scope().shop_id, *conditions)
    values = {
        "state": state,
        "hidden_reason": reason,
        "decided_at": now(),
        "decided_by": current_actor().name,
        **({"reports": 0} if state == "shown" else {}),
    }
    changed = statement.values(values).execution_options(synchronize_session=False).returning(Review.id)
    return list(session().scalars(changed))


@command("reviews.edit")
def settle_reports(*, review_id: UUID) -> None:
    """The shop has looked at what was reported and leaves it as it is. Raises NotFound."""
    _locked(Review.id == review_id).reports = 0


@command("reviews.edit")
def save_rules(
    *, approve: bool, edit_days: int, sold_from: int | None, ask: bool, ask_after_days: int
) -> None:
    """Decide how the shop deals with reviews (fields as of `Rules`). Asking begins with parcels sent from now on."""
    known = review_rules()
    asked_until = known.asked_until
    if ask and (not known.ask or asked_until is None):
        asked_until = now()
    values: dict[str, Any] = {
        "approve": approve,
        "edit_days": edit_days,
        "sold_from": sold_from,
        "ask": ask,
        "ask_after_days": ask_after_days,
        "asked_until": asked_until,
    }
    row = insert_once(ReviewRules).values(shop_id=current_scope().shop_id, id=new_id(), **values)
    session().execute(row.on_conflict_do_update(index_elements=["shop_id"], set_=values))
    bump_epoch()
