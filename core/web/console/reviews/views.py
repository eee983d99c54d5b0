"""Routes about reviews: the list with its views, answers, decisions, and the shop's rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from marshmallow import Schema, fields, validate

from core.commerce.reviews import actions
from core.commerce.reviews.drafts import HIDE_REASONS, LONGEST_TEXT
from core.commerce.reviews.queries import (
    MOST_COUNTED,
    ShopReview,
    ShopReviews,
    reported_reasons,
    review_exists,
    shop_reviews,
    view_counts,
    waiting_count,
    waiting_reviews,
)
from core.commerce.reviews.rules import UNDECIDED_DAYS, review_rules
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext, ngettext, sentences, speaking
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope, require
from core.rendering.console.forms import Form
from core.rendering.console.parts import Badge, Toast
from core.rendering.console.tables import BulkAction, Filter, IndexPage, IndexSpec, IndexState, View
from core.rendering.console.visits import tell
from core.web.console.answers import first_ones, go, go_to, show
from core.web.console.media import picture_place
from core.web.console.shell import REVIEWS_WAITING, storefront_link

blueprint = Blueprint("console_reviews", __name__)
PERMISSION = "reviews.edit"
_MOST_CHOSEN, _MOST_AT_ONCE = 200, MOST_COUNTED
_REASONS = {
    "abuse": N_("Insults or threats"),
    "privacy": N_("Private data of somebody"),
    "law": N_("Against the law"),
    "spam": N_("Advertising"),
    "unrelated": N_("Not about the goods"),
    "untrue": N_("Said to be untrue"),
}
# Offered in the shop's language: buyers read them.
_READY = (
    N_("Thank you for taking the time to tell us. We are glad that you like it!"),
    N_("Thank you for your honest words. We pass them on to whoever makes it."),
    N_("We are sorry that this went wrong. Please contact us with your order number, and we put it right."),
    N_("We are sorry about the long delivery. We have spoken with the carrier and pack better now."),
)

REVIEWS = IndexSpec(
    key="reviews",
    noun=(N_("%(count)s review"), N_("%(count)s reviews")),
    columns=(),
    sorts={"-created_at": N_("Newest first")},
    views=(
        View("waiting", N_("Waiting for approval"), hot=True),
        View("low", N_("Three stars or less")),
        View("unanswered", N_("Not answered")),
        View("reported", N_("Reported"), hot=True),
        View("all", N_("All")),
        View("hidden", N_("Hidden")),
    ),
    filters=(
        Filter("stars", N_("Stars"), choices=[(str(n), "★" * n) for n in range(5, 0, -1)]),
        Filter("product", N_("Product"), kind="words"),
    ),
    cursor=True,
    most_counted=MOST_COUNTED,
)


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A review with everything that its card says."""

    found: ShopReview
    badges: list[Badge]
    reports: list[str]
    product_url: str
    can_hide: bool

    @property
    def id(self) -> UUID:
        """The review's id."""
        return self.found.review.id


@blueprint.before_request
def readers_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


@blueprint.get("/")
def index() -> Response:
    """The list; without a chosen view the first one that has something to do."""
    counts = view_counts()
    setattr(g, REVIEWS_WAITING, counts["waiting"])
    spec = _spec(counts)
    state = IndexState.from_args(request.args, spec)
    waiting = state.view == "waiting"
    if waiting:
        show_them = BulkAction("approve", N_("Show them"), "eye", url_for("console_reviews.approve"))
        spec = replace(spec, bulk=(show_them,))
    found = _found(state, state.size)
    reasons = reported_reasons(one.review.id for one in found.rows if one.reports)
    page = IndexPage(
        spec,
        state,
        [_shown(one, reasons.get(one.review.id, {})) for one in found.rows],
        total=counts["waiting"] if waiting and not state.narrowed else None,
        counts=counts,
        next_cursor=found.after,
        previous_cursor=found.before,
    )
    with speaking(current_scope().language):
        ready = [gettext(words) for words in _READY]
    return show(
        "reviews/index",
        page=page,
        ready=ready,
        reasons=[(key, gettext(_REASONS[key])) for key in HIDE_REASONS],
        longest=LONGEST_TEXT,
        undecided_days=UNDECIDED_DAYS,
        picture_place=picture_place,
    )


def _found(state: IndexState, limit: int) -> ShopReviews:
    stars = state.filters.get("stars")
    return shop_reviews(
        state.view,
        stars=int(stars) if stars else None,
        product_id=as_id(state.filters.get("product", "")),
        after=state.after,
        before=state.before,
        limit=limit,
    )


def _spec(counts: Mapping[str, int]) -> IndexSpec:
    """The list's spec; the first view is the one that opens: what waits, else everything."""
    first = "waiting" if counts.get("waiting") else "all"
    views = sorted(REVIEWS.views, key=lambda view: view.key != first)
    return replace(REVIEWS, views=views)


def _shown(found: ShopReview, reasons: Mapping[str, int]) -> ShownReview:
    review = found.review
    badges = []
    if review.state == "waiting":
        badges.append(Badge(gettext(N_("Waiting")), "warn", "ring"))
    elif review.state == "hidden":
        words = gettext(_REASONS.get(found.hidden_reason, N_("Hidden")))
        badges.append(Badge(gettext(N_("Hidden: %(why)s"), why=words), "", "ring"))
    if review.refunded:
        badges.append(Badge(gettext(N_("Refunded since")), "", "dot"))
    if review.anonymous:
        badges.append(Badge(gettext(N_("Shown as %(name)s"), name=review.name), "", ""))
    return ShownReview(
        found,
        badges,
        [f"{gettext(_REASONS[reason])} × {n}" for reason, n in reasons.items()],
        storefront_link(f"/products/{found.product_handle}/reviews"),
        review.state != "hidden",
    )


def _back() -> Response:
    """To the list as it was."""
    query = request.form.get("query", "")
    query = query if query.startswith("?") and len(query) < 500 else ""
    return go_to(url_for("console_reviews.index") + (query if query != "?" else ""))


def _review_id(ref: str) -> UUID:
    found = as_id(ref)
    if found is None or not review_exists(found):
        raise NotFound
    return found


@blueprint.post("/<ref>/answer")
def answer(ref: str) -> Response:
    """Say something below a review, or take it away."""
    text = request.form.get("answer", "") or request.form.get("ready", "")
    try:
        actions.answer_review(review_id=_review_id(ref), text=text)
    except InputRefused as refused:
        _tell(str(next(iter(refused.fields.values()))[0]), tone="bad")
        return _back()
    _tell(gettext(N_("Your answer is public now.")) if text.strip() else gettext(N_("The answer is gone.")))
    return _back()


def _tell(words: str, **more: Any) -> None:
    tell(Toast(words, **more))


@blueprint.post("/approve")
def approve() -> Response:
    """Show those that were chosen and wait, or all that wait."""
    if request.form.get("everything"):
        chosen, matching = waiting_reviews(_MOST_AT_ONCE), waiting_count()
    else:
        ticked = [one for text in request.form.getlist("ids") if (one := as_id(text))]
        chosen, matching = ticked[:_MOST_CHOSEN], len(ticked)
    done = actions.approve_reviews(review_ids=chosen)
    words = ngettext("%(n)s review is shown now.", "%(n)s reviews are shown now.", len(done))
    if matching > len(chosen):
        words = sentences(words, first_ones(len(chosen), matching))
    _tell(words)
    return _back()


@blueprint.post("/<ref>/hide")
def hide(ref: str) -> Response:
    """Hide one, with a reason; the toast brings it back."""
    review_id = _review_id(ref)
    hidden = actions.hide_reviews(review_ids=[review_id], reason=request.form.get("reason", ""))
    if hidden:
        undo = url_for("console_reviews.unhide", ref=review_id)
        _tell(gettext(N_("The review is hidden. The product's page says so.")), undo_url=undo)
    return _back()


@blueprint.post("/<ref>/show")
def unhide(ref: str) -> Response:
    """Show a hidden one again."""
    if actions.show_reviews(review_ids=[_review_id(ref)]):
        _tell(gettext(N_("The review is shown again.")))
    return _back()


@blueprint.post("/<ref>/leave")
def leave(ref: str) -> Response:
    """Leave a reported review as it is."""
    actions.settle_reports(review_id=_review_id(ref))
    _tell(gettext(N_("The review stays as it is.")))
    return _back()


class RulesSchema(Schema):
    """The shop's rules; names are those of `Rules`."""

    approve = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Read reviews before they are shown"),
            "widget": "switch",
            "help": N_("Reviews that nobody decided on within 7 days are shown by themselves."),
            "group": N_("What buyers write"),
        },
    )
    edit_days = fields.Integer(
        required=True,
        validate=validate.Range(0, 365),
        metadata={
            "label": N_("Buyers may change a review for"),
            "unit": N_("days"),
            "width": "half",
            "group": N_("What buyers write"),
        },
    )
    ask = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Ask buyers for a review"),
            "widget": "switch",
            "help": N_(
                "One message per order, only for orders sent from now on, not to those who opted out."
            ),
            "group": N_("Asking for reviews"),
        },
    )
    ask_after_days = fields.Integer(
        required=True,
        validate=validate.Range(1, 90),
        metadata={
            "label": N_("After the last parcel left"),
            "unit": N_("days"),
            "width": "half",
            "group": N_("Asking for reviews"),
        },
    )
    sold_from = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, 1_000_000),
        metadata={
            "label": N_("Say how many were sold from"),
            "unit": N_("pieces"),
            "width": "half",
            "help": N_(
                "Left empty, no page says it. Counted are units of paid orders that nothing keeps from shipping, less"
                " refunded and cancelled ones. Nobody can type the number."
            ),
            "group": N_("Sold count"),
        },
    )


@blueprint.route("/settings", methods=["GET", "POST"])
def rules() -> Response:
    """Decide how the shop deals with reviews."""
    known = review_rules()
    names = ("approve", "edit_days", "ask", "ask_after_days", "sold_from")
    form = Form(RulesSchema(), values={name: getattr(known, name) for name in names})
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            actions.save_rules(**{name: data[name] for name in names})
            return go("console_reviews.rules", said=gettext(N_("Saved.")))
    return show("reviews/rules", status=422 if form.error_list else 200, form=form)
