"""All reviews of a product, writing one from the order's page, and reporting somebody else's."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from core.commerce.catalog.queries import product_page, sold_variants
from core.commerce.customers.errors import LoginNeeded
from core.commerce.media.actions import store_buyer_picture
from core.commerce.media.errors import PictureRefused
from core.commerce.media.pictures import MAXIMUM_BYTES
from core.commerce.media.queries import asset_views
from core.commerce.orders.queries import OrderLineView
from core.commerce.reviews import actions
from core.commerce.reviews.authors import Author, author_of
from core.commerce.reviews.drafts import (
    LONGEST_TEXT,
    MOST_PICTURES,
    REPORT_REASONS,
    ReviewDraft,
    shown_name,
)
from core.commerce.reviews.errors import AlreadyReviewed
from core.commerce.reviews.queries import (
    SORTS,
    ReviewView,
    product_reviews,
    reviews_of_order,
    shown_review,
)
from core.commerce.reviews.rules import FOLLOW_UP_DAYS, review_rules
from core.kernel.clock import now
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, _
from core.kernel.ids import as_id
from core.rendering import links
from core.rendering.contexts import (
    FieldOption,
    LinkView,
    ReportPage,
    ReviewPage,
    ReviewsPage,
)
from core.web.storefront.answers import Shown, browsing_answer, go, page_answer, slots_for
from core.web.storefront.browser import SECRET, current_browser
from core.web.storefront.forms import takes_bodies
from core.web.storefront.frame import image_view, preview
from core.web.storefront.limits import REPORTS, REVIEWS, limiter
from core.web.storefront.lines import ordered_pictures
from core.web.storefront.notices import tell
from core.web.storefront.parts import parts
from core.web.storefront.review_views import rating_view, review_view

reviews = Blueprint("reviews", __name__)

_SORT_NAMES = {"newest": N_("Newest"), "best": N_("Best first"), "worst": N_("Worst first")}
_REASONS = {
    "abuse": N_("It insults or threatens somebody."),
    "privacy": N_("It tells private things about somebody."),
    "spam": N_("It is advertising."),
    "unrelated": N_("It is about something else."),
    "untrue": N_("It is not true."),
}
_SUBMITTED_PICTURES = "pictures"
# Pictures as phones take them, and what else stands in the form.
LARGEST_REVIEW = MOST_PICTURES * MAXIMUM_BYTES + 200_000


@reviews.get("/products/<handle>/reviews")
def all_reviews(handle: str) -> Response:
    """Every review of a product, by stars, with pictures, in an order of the visitor's choice."""

    def make(params: Mapping[str, str]) -> Shown:
        found = product_page(handle)
        if found is None:
            raise NotFound
        stars = int(params["stars"]) if params.get("stars") in set("12345") else None
        pictured, sort = params.get("pictures") == "1", params.get("sort", "")
        sort = sort if sort in SORTS else SORTS[0]
        listed = product_reviews(
            found.id, stars=stars, pictured=pictured, sort=sort, after=params.get("after", "")
        )
        narrowed = {"stars": stars, "pictures": int(pictured), "sort": "" if sort == SORTS[0] else sort}
        title, path = _("Reviews of %(product)s", product=found.title), links.reviews_url(handle)
        picture = found.pictures[0] if found.pictures else None
        page = ReviewsPage(
            title=title,
            preview=preview(parts().frames.frame(), title, path, picture=picture, index=not any(narrowed.values())),
            back=LinkView(label=found.title, url=links.product_url(handle)),
            subject_ids=(found.id,),
            rating=rating_view(found.tally, handle, chosen=stars),
            reviews=tuple(review_view(one, report=True) for one in listed.rows),
            filters=_filters(handle, found.tally.pictured, stars=stars, pictured=pictured),
            sorts=_sorts(handle, narrowed, sort) if found.tally.count > 1 else (),
            next_url=links.reviews_url(handle, **narrowed, after=listed.after) if listed.after else "",
            narrowed=pictured or stars is not None,
        )  # fmt: skip
        return Shown(page, slots_for(page, params))

    return browsing_answer(make, reads=("stars", "pictures", "sort", "after"))


def _filters(handle: str, count: int, *, stars: int | None, pictured: bool) -> tuple[LinkView, ...]:
    everything = LinkView(
        label=_("All"), url=links.reviews_url(handle), current=not pictured and stars is None
    )
    if not count:
        return (everything,) if stars is not None else ()
    label = _("With pictures %(n)s", n=count)
    return everything, LinkView(label=label, url=links.reviews_url(handle, pictures=1), current=pictured)


def _sorts(handle: str, narrowed: Mapping[str, object], chosen: str) -> tuple[LinkView, ...]:
    return tuple(
        LinkView(
            label=_(label),
            url=links.reviews_url(handle, **{**narrowed, "sort": "" if sort == SORTS[0] else sort}),
            current=sort == chosen,
        )
        for sort, label in _SORT_NAMES.items()
    )


@reviews.get("/orders/<code>/review/<line>")
def write(code: str, line: str) -> Response:
    """The form for the review of one line."""
    author = _author(code, line)
    return _form(author, _existing(author))


@reviews.post("/orders/<code>/review/<line>")
@limiter.limit(REVIEWS)
@takes_bodies(LARGEST_REVIEW)
def send(code: str, line: str) -> Response:
    """Keep a review, its change or its addition; whatever was typed comes back when something is wrong."""
    author = _author(code, line)
    existing = _existing(author)
    if request.form.get("what") == "follow_up":
        return _send_follow_up(author, existing)
    draft, errors = _draft(author)
    if not errors:
        try:
            return _save(author, existing, draft)
        except InputRefused as refused:
            errors = [str(message) for messages in refused.fields.values() for message in messages]
    return _form(author, existing, draft=draft, errors=errors)


def _author(code: str, line: str) -> Author:
    line_id = as_id(line)
    if line_id is None:
        raise NotFound
    return author_of(order_code=code, line_id=line_id, secret=current_browser().cookie(SECRET) or "")


def _existing(author: Author) -> ReviewView | None:
    return reviews_of_order(author.order.id).get(author.line.id)


def _named(author: Author) -> dict[str, object]:
    secret = current_browser().cookie(SECRET) or ""
    return {"order_code": author.order.code, "line_id": author.line.id, "secret": secret}


def _save(author: Author, existing: ReviewView | None, draft: ReviewDraft) -> Response:
    act = actions.submit_review if existing is None else actions.edit_review
    try:
        saved = act(**_named(author), draft=draft)  # type: ignore[arg-type]
    except AlreadyReviewed:  # sent twice
        return go(links.order_url(author.order.code))
    if saved.state == "shown":
        tell(_("Thank you! Your review is on the product's page."))
    else:
        tell(_("Thank you! The shop reads it first, then it is shown."))
    return go(links.order_url(author.order.code))


def _send_follow_up(author: Author, existing: ReviewView | None) -> Response:
    text = request.form.get("follow_up", "")
    try:
        actions.add_follow_up(**_named(author), text=text)  # type: ignore[arg-type]
    except InputRefused as refused:
        errors = [str(message) for messages in refused.fields.values() for message in messages]
        return _form(author, existing, errors=errors, follow_up=text)
    tell(_("Thank you! It stands below your review now."))
    return go(links.order_url(author.order.code))


def _draft(author: Author) -> tuple[ReviewDraft, list[str]]:
    """What was sent, with pictures already kept, and what is wrong with those that could not be."""
    stars = request.form.get("stars", "")
    kept = [one for text in request.form.getlist("kept") if (one := as_id(text)) is not None]
    known = asset_views(kept[:MOST_PICTURES])
    pictures, errors = [one for one in kept if one in known], []
    for upload in request.files.getlist(_SUBMITTED_PICTURES):
        if not upload.filename:
            continue
        if len(pictures) >= MOST_PICTURES:
            errors.append(_("At most %(most)s pictures.", most=MOST_PICTURES))
            break
        stored, problem = _stored(upload, author.line.id)
        if stored is not None:
            pictures.append(stored)
        else:
            errors.append(f"{upload.filename[-60:]}: {problem}")
    draft = ReviewDraft(
        stars=int(stars) if stars in set("12345") else 0,
        text=request.form.get("text", ""),
        pictures=tuple(dict.fromkeys(pictures)),
        anonymous=request.form.get("anonymous") == "1",
    )
    return draft, errors


def _stored(upload: FileStorage, owner: UUID) -> tuple[UUID | None, str]:
    content = upload.stream.read(MAXIMUM_BYTES + 1)
    try:
        found = store_buyer_picture(content=content, file_name=upload.filename or "", owner=owner)
    except PictureRefused as refused:
        return None, refused.text
    return found.id, ""


def _form(
    author: Author,
    existing: ReviewView | None,
    *,
    draft: ReviewDraft | None = None,
    errors: list[str] | None = None,
    follow_up: str = "",
) -> Response:
    order, line = author.order, author.line
    if draft is None and existing is not None:
        draft = ReviewDraft(
            stars=existing.stars,
            text=existing.text,
            pictures=existing.picture_ids,
            anonymous=existing.anonymous,
        )
    draft = draft or ReviewDraft(stars=0)
    known = asset_views(draft.pictures)
    until = existing.created_at + timedelta(days=review_rules().edit_days) if existing else None
    title = _("Your review") if existing else _("Write a review")
    page = ReviewPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.review_url(order.code, line.id), index=False),
        back=LinkView(label=_("Order %(number)s", number=order.number), url=links.order_url(order.code)),
        product=line.title,
        variant=line.variant_title,
        image=_image(line),
        action=links.review_url(order.code, line.id),
        stars=draft.stars,
        text=draft.text[: LONGEST_TEXT * 2],
        anonymous=draft.anonymous,
        shown_name=shown_name(author.name, anonymous=True),
        kept=tuple(
            (str(one), view) for one in draft.pictures if one in known and (view := image_view(known[one].picture))
        ),
        most_pictures=MOST_PICTURES,
        longest=LONGEST_TEXT,
        errors=tuple(errors or ()),
        can_edit=until is None or now() <= until,
        edit_until=until,
        existing=review_view(existing) if existing else None,
        state=existing.state if existing else "new",
        can_follow_up=existing is not None and _may_follow_up(existing),
        follow_up=follow_up,
    )  # fmt: skip
    return page_answer(page, status=422 if errors else 200, slots=slots_for(page))


def _may_follow_up(existing: ReviewView) -> bool:
    return not existing.follow_up and now() <= existing.created_at + timedelta(days=FOLLOW_UP_DAYS)


def _image(line: OrderLineView):  # type: ignore[no-untyped-def]  # noqa: ANN202 - an ImageView or None
    return image_view(ordered_pictures([line], sold_variants([line.variant_id])).get(line.id))


@reviews.get("/reviews/<ref>/report")
def report(ref: str) -> Response:
    """Why should this review not stand there?"""
    found, handle = _reported(ref)
    title = _("Report a review")
    page = ReportPage(
        title=title,
        preview=preview(parts().frames.frame(), title, request.path, index=False),
        back=LinkView(label=_("Reviews"), url=links.reviews_url(handle)),
        review=review_view(found),
        action=request.path,
        reasons=tuple(FieldOption(value=key, label=_(_REASONS[key])) for key in REPORT_REASONS),
    )
    return page_answer(page, slots=slots_for(page))


@reviews.post("/reviews/<ref>/report")
@limiter.limit(REPORTS)
def send_report(ref: str) -> Response:
    """Tell the shop."""
    found, handle = _reported(ref)
    actions.report_review(review_id=found.id, reason=request.form.get("reason", ""))
    tell(_("Thank you. The shop looks at it."))
    return go(links.reviews_url(handle))


def _reported(ref: str) -> tuple[ReviewView, str]:
    if current_browser().customer is None:
        raise LoginNeeded
    review_id = as_id(ref)
    found = shown_review(review_id) if review_id is not None else None
    if found is None:
        raise NotFound
    return found
