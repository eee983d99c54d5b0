"""Routes of the comparison with payment providers: which days are explained, what is left to do, disputes."""

from datetime import date, timedelta

from flask import Blueprint, Response, request, url_for

from core.commerce.payments.account_queries import accounts
from core.commerce.payments.accounts import TEST
from core.commerce.payments.actions.accounts import PERMISSION
from core.commerce.payments.actions.reconcile import compare_day, settle_difference, today
from core.commerce.payments.reconciliation_queries import (
    MOST_DAYS,
    ComparedDay,
    DifferenceView,
    compared_days,
    explained_lately,
    open_differences,
    open_disputes,
)
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_, gettext, sentences
from core.kernel.ids import as_id
from core.kernel.tenancy import require
from core.rendering.console import formats
from core.rendering.console.parts import Badge, Toast
from core.web.console.answers import go, show
from core.web.console.payments import words

blueprint = Blueprint("console_reconciliation", __name__)
# What happened, and what to do about it.
_WHAT = {
    ("missing_here", "payment"): (
        N_("A payment that the shop does not know"),
        N_(
            "Look it up at the provider. Money taken elsewhere through the same account is fine: note it as done."
        ),
    ),
    ("missing_here", "refund"): (
        N_("A refund that the shop does not know"),
        N_("Somebody refunded at the provider. Refund future orders here, so that goods and figures follow."),
    ),
    ("missing_here", "dispute"): (
        N_("A dispute over a payment that the shop does not know"),
        N_("Answer it at the provider."),
    ),
    ("missing_there", "payment"): (
        N_("A payment that the provider does not list"),
        N_(
            "Compare the day again tomorrow. If it is still missing, ask the provider before you send anything."
        ),
    ),
    ("missing_there", "refund"): (
        N_("A refund that the provider does not list"),
        N_("Compare the day again tomorrow. If it is still missing, ask the provider where the money is."),
    ),
    ("amount", "payment"): (
        N_("A payment of another amount"),
        N_("Open the order and refund or ask for the difference."),
    ),
    ("amount", "refund"): (
        N_("A refund of another amount"),
        N_("Ask the provider for the difference, or refund the rest in the order."),
    ),
}


@blueprint.before_request
def owners_only() -> None:
    """Who sees the shop's money."""
    require(PERMISSION)


@blueprint.get("/")
def index() -> Response:
    """How much is explained, what is left to do, and day by day."""
    before = _day(request.args.get("before", ""))
    days = compared_days(before=before)
    choices = [(TEST, "test"), *((one.gateway, one.mode) for one in accounts() if one.gateway != TEST)]
    lately = explained_lately()
    return show(
        "payments/reconciliation",
        days=[
            (one, words.gateway_name(one.gateway), words.mode_badge(one.mode), _badge(one)) for one in days
        ],
        older=url_for("console_reconciliation.index", before=days[-1].day.isoformat())
        if len(days) == MOST_DAYS
        else "",
        newer=url_for("console_reconciliation.index") if before else "",
        differences=[(one, *_what(one), words.gateway_name(one.gateway)) for one in open_differences()],
        disputes=[(one, words.gateway_name(one.gateway)) for one in open_disputes()],
        lately="" if lately is None else formats.percent(lately),
        all_well=lately == 10_000,
        choices=[
            (f"{gateway}:{mode}", f"{words.gateway_name(gateway)} · {gettext(words.MODES[mode])}")
            for gateway, mode in choices
        ],
        yesterday=(today() - timedelta(days=1)).isoformat(),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _badge(one: ComparedDay) -> Badge:
    if one.trouble:
        return Badge(gettext(N_("List not available")), "warn", "ring")
    if one.explained is None:
        return Badge(gettext(N_("Nothing moved")), "", "ring")
    if one.explained == 10_000:
        return Badge(gettext(N_("All explained")), "ok", "dot")
    return Badge(gettext(N_("%(percent)s explained"), percent=formats.percent(one.explained)), "bad", "dot")


def _what(one: DifferenceView) -> tuple[str, str]:
    title, way_out = _WHAT.get((one.what, one.subject), (one.what, ""))
    return gettext(title), gettext(way_out) if way_out else ""


@blueprint.post("/compare")
def compare() -> Response:
    """Compare a day again, or for the first time."""
    gateway, _, mode = request.form.get("account", "").partition(":")
    day = _day(request.form.get("day", ""))
    if day is None or day >= today():
        toast = Toast(gettext(N_("Choose a day that is over.")), tone="bad", seconds=8)
        return go("console_reconciliation.index", toast=toast)
    if mode not in words.MODES:
        raise NotFound
    try:
        compare_day(gateway=gateway, mode=mode, day=day)
    except PinpuError as refused:
        toast = Toast(sentences(refused.text, refused.fix_text), tone="bad", seconds=12)
        return go("console_reconciliation.index", toast=toast)
    return go("console_reconciliation.index", said=gettext(N_("The day is compared.")))


@blueprint.post("/<ref>/done")
def done(ref: str) -> Response:
    """A person has dealt with it."""
    found = as_id(ref)
    if found is None:
        raise NotFound
    settle_difference(difference_id=found, note=request.form.get("note", ""))
    return go("console_reconciliation.index", said=gettext(N_("Noted as done.")))
