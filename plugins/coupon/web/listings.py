"""What the console's lists of coupons offer, and how their rows are drawn."""

from dataclasses import replace

from flask import url_for

from core.sdk.console import (
    Badge,
    BadgesCell,
    Column,
    IndexSpec,
    MoneyCell,
    NumberCell,
    ProgressCell,
    TextCell,
    TimeCell,
    View,
    console_path,
    number,
)
from core.sdk.shop import storefront_url
from core.sdk.storefront import plugin_url
from core.sdk.words import N_, _, format_money, sentences, shown_moment
from plugins.coupon.domain import Standing
from plugins.coupon.queries.boards import ROUND_VIEWS, AlertView, RoundRow
from plugins.coupon.queries.listings import MOST_COUNTED, CampaignRow, UseRow
from plugins.coupon.wording import from_when, kind_name, money, what, written

# A use names so many lines; the order's page has them all.
_MOST_LINES = 6
_STAGES = {
    "draft": Badge(N_("Draft"), "", "ring"),
    "scheduled": Badge(N_("Scheduled"), "accent", "ring"),
    "running": Badge(N_("Running"), "ok"),
    "paused": Badge(N_("Paused"), "warn"),
    "exhausted": Badge(N_("All given out"), "accent"),
    "ended": Badge(N_("Ended"), ""),
    "closed": Badge(N_("Closed"), ""),
}
_STANDINGS = {
    Standing.PENDING: Badge(N_("Not yet usable"), "", "ring"),
    Standing.AVAILABLE: Badge(N_("Can be used"), "ok"),
    Standing.LOCKED: Badge(N_("Locked in an order"), "warn"),
    Standing.USED: Badge(N_("Used"), "accent"),
    Standing.EXPIRED: Badge(N_("Expired"), ""),
    Standing.OFFERED: Badge(N_("On its way as a gift"), "warn", "ring"),
    Standing.GIVEN: Badge(N_("Given to a friend"), ""),
    Standing.REVOKED: Badge(N_("Taken back"), ""),
}
_USES = {
    "locked": Badge(N_("Not paid yet"), "warn", "ring"),
    "used": Badge(N_("Paid"), "ok"),
    "returned": Badge(N_("Cancelled"), ""),
}
_WAYS = {
    "centre": N_("Coupon centre"),
    "code": N_("By code"),
    "trigger": N_("By itself"),
    "staff": N_("Given by the shop"),
    "fission": N_("Round with friends"),
}


def stage_badge(stage: str) -> Badge:
    """How a campaign stands, as a badge."""
    return _said(_STAGES[stage])


def _said(badge: Badge) -> Badge:
    return replace(badge, label=_(badge.label))


def way_words(way: str) -> str:
    """How people come by a coupon."""
    return _(_WAYS[way])


def _given(row: CampaignRow) -> ProgressCell | TextCell:
    one = row.campaign
    if one.plan.total is None:
        return TextCell(number(one.issued), _("no limit"))
    words = _("%(given)s of %(total)s", given=number(one.issued), total=number(one.plan.total))
    return ProgressCell(one.issued, one.plan.total, words)


def _cost(row: CampaignRow) -> MoneyCell:
    budget = row.campaign.plan.budget_minor
    note = _("of %(budget)s", budget=_plain(budget)) if budget else ""
    return MoneyCell(money(row.spent + row.kept), note)


def _plain(minor: int | None) -> str:
    return written(minor or 0)


def campaign_when(row: CampaignRow) -> str:
    """The date that matters next."""
    plan = row.campaign.plan
    if row.campaign.stage == "scheduled" and plan.claim_from:
        return _("from %(time)s", time=shown_moment(plan.claim_from))
    return _("ends %(time)s", time=shown_moment(plan.claim_to)) if plan.claim_to else _("no end")


CAMPAIGNS = IndexSpec(
    key="coupons",
    noun=(N_("%(count)s coupon campaign"), N_("%(count)s coupon campaigns")),
    columns=(
        Column(
            "campaign",
            N_("Coupon"),
            lambda row: TextCell(
                row.campaign.plan.name,
                f"{kind_name(row.campaign.terms.kind)} · {way_words(row.campaign.plan.way)}",
                strong=True,
            ),
            role="title",
            width="fill",
            sort="name",
        ),
        Column(
            "what",
            N_("What it takes off"),
            lambda row: TextCell(what(row.campaign.terms), from_when(row.campaign.terms)),
            role="wide",
            width="l",
        ),
        Column(
            "state", N_("Status"), lambda row: BadgesCell((stage_badge(row.campaign.stage),)), role="state"
        ),
        Column("when", N_("Given out"), campaign_when, role="aside", width="l"),
        Column("given", N_("Claimed"), _given, sort="-issued"),
        Column("used", N_("Used"), lambda row: NumberCell(row.used), align="end"),
        Column("cost", N_("Taken off"), _cost, role="total", align="end"),
    ),
    sorts={"-created_at": N_("Newest first"), "name": N_("By name"), "-issued": N_("Most claimed first")},
    views=(
        View("all", N_("All")),
        View("running", N_("Running")),
        View("planned", N_("Planned")),
        View("paused", N_("Paused")),
        View("over", N_("Ended")),
    ),
    search=N_("Name"),
    row_id=lambda row: str(row.campaign.id),
    row_url=lambda row: url_for("coupon.campaign", ref=row.campaign.id),
    row_label=lambda row: row.campaign.plan.name,
)


def standing_badge(standing: Standing) -> Badge:
    """How an issued coupon stands, as a badge."""
    return _said(_STANDINGS[standing])


def source_words(source: str) -> str:
    """How somebody came by a coupon."""
    known = {
        "claim": N_("Claimed"),
        "code": N_("By code"),
        "staff": N_("Given by the shop"),
        "signup": N_("On joining"),
        "paid": N_("After paying"),
        "gift": N_("As a gift"),
        "fission": N_("Round with friends"),
        "consolation": N_("A round that ran out"),
        "birthday": N_("Birthday"),
        "live_stay": N_("Stayed in a live room"),
        "lottery_consolation": N_("A draw that was not won"),
        "group_leader": N_("Brought a group together"),
        "return": N_("After a refund"),
    }
    return _(known[source]) if source in known else source


ISSUED = IndexSpec(
    key="issued-coupons",
    noun=(N_("%(count)s coupon"), N_("%(count)s coupons")),
    most_counted=MOST_COUNTED,
    columns=(
        Column(
            "customer",
            N_("Customer"),
            lambda row: TextCell(row.customer or _("A buyer"), source_words(row.coupon.source), strong=True),
            role="title",
            width="fill",
        ),
        Column(
            "what",
            N_("Coupon"),
            lambda row: TextCell(
                what(row.coupon.terms, row.coupon.value), _("version %(n)s", n=row.coupon.version)
            ),
            role="wide",
            width="l",
        ),
        Column(
            "state",
            N_("Status"),
            lambda row: BadgesCell((standing_badge(row.coupon.standing), *_flags(row.coupon.flagged))),
            role="state",
        ),
        Column(
            "until", N_("Usable until"), lambda row: TimeCell(row.coupon.valid_to), role="aside", width="l"
        ),
        Column(
            "left",
            N_("Uses left"),
            lambda row: _("%(left)s of %(uses)s", left=row.coupon.left, uses=row.coupon.uses),
            align="end",
        ),
    ),
    sorts={"-created_at": N_("Newest first")},
    views=(
        View("all", N_("All")),
        View("open", N_("Can be used")),
        View("locked", N_("Locked")),
        View("used", N_("Used")),
        View("over", N_("No longer usable")),
    ),
    row_id=lambda row: str(row.coupon.id),
    row_url=lambda row: url_for("coupon.coupon", ref=row.coupon.id),
    row_label=lambda row: row.customer,
)


def _flags(flagged: bool) -> tuple[Badge, ...]:
    return (Badge(_("Same person?"), "warn", "ring"),) if flagged else ()


def funder_words(funder: str) -> str:
    """Who pays for a coupon."""
    payers = {
        "merchant": N_("the shop"),
        "supplier": N_("the supplier"),
        "distributor": N_("the distributor"),
        "platform": N_("the platform"),
    }
    return _(payers[funder])


def _use_words(row: UseRow) -> TextCell:
    return TextCell(row.title, _("paid by %(who)s", who=funder_words(row.funder)))


def _allocation(row: UseRow) -> TextCell:
    """Line by line what came off."""
    told = [
        _("−%(off)s %(line)s", off=format_money(money(off)), line=title or _("Shipping"))
        for title, off in row.lines
    ]
    rest = "; ".join(told[1:_MOST_LINES])
    return TextCell(told[0], sentences(rest, _("and more")) if len(told) > _MOST_LINES else rest)


USES = IndexSpec(
    key="coupon-uses",
    noun=(N_("%(count)s use"), N_("%(count)s uses")),
    most_counted=MOST_COUNTED,
    columns=(
        Column(
            "order",
            N_("Order"),
            lambda row: TextCell(row.number, row.customer, strong=True, number=True),
            role="title",
        ),
        Column("coupon", N_("Coupon"), _use_words, width="l"),
        Column("lines", N_("From which lines"), _allocation, role="wide", width="fill"),
        Column(
            "state",
            N_("Status"),
            lambda row: BadgesCell((_said(_USES[row.state]), *_flags(row.flagged))),
            role="state",
        ),
        Column("at", N_("When"), lambda row: TimeCell(row.at), role="aside", width="l"),
        Column("off", N_("Taken off"), lambda row: MoneyCell(money(row.amount)), align="end"),
        Column(
            "total", N_("Order total"), lambda row: MoneyCell(money(row.total)), role="total", align="end"
        ),
    ),
    sorts={"-created_at": N_("Newest first")},
    views=(View("all", N_("All")),),
    row_id=lambda row: f"{row.order_id}-{row.title}",
    row_url=lambda row: console_path(f"/orders/{row.order_id}"),
    row_label=lambda row: row.number,
)


_ROUND_STANDINGS = {
    "open": Badge(N_("Under way"), "accent", "ring"),
    "complete": Badge(N_("Filled"), "ok"),
    "over": Badge(N_("Ran out"), ""),
}
_ROUND_LABELS = {
    "all": N_("All"),
    "open": N_("Under way"),
    "complete": N_("Filled"),
    "over": N_("Ran out"),
}


def _joined(row: RoundRow) -> ProgressCell:
    words = _("%(joined)s of %(need)s joined", joined=number(row.joined), need=number(row.need))
    return ProgressCell(row.joined, row.need, words)


ROUNDS = IndexSpec(
    key="coupon-rounds",
    noun=(N_("%(count)s round"), N_("%(count)s rounds")),
    most_counted=MOST_COUNTED,
    columns=(
        Column(
            "starter",
            N_("Started by"),
            lambda row: TextCell(row.starter or _("A buyer"), row.campaign, strong=True),
            role="title",
            width="fill",
        ),
        Column("joined", N_("Joined"), _joined, role="wide"),
        Column(
            "state",
            N_("Status"),
            lambda row: BadgesCell((_said(_ROUND_STANDINGS[row.standing]),)),
            role="state",
        ),
        Column("begun", N_("Started"), lambda row: TimeCell(row.created_at), width="l"),
        Column("ends", N_("Ends"), lambda row: TimeCell(row.expires_at), role="aside", width="l"),
    ),
    sorts={"-created_at": N_("Newest first")},
    views=tuple(View(name, _ROUND_LABELS[name]) for name in ROUND_VIEWS),
    row_id=lambda row: str(row.id),
    row_url=lambda row: storefront_url(f"{plugin_url('coupon')}rounds/{row.code}"),
    row_label=lambda row: row.starter,
)


def alert_words(row: AlertView) -> TextCell:
    """What happened, and what to do."""
    told = {
        "leak": (
            N_("Claimed far faster than expected; the campaign has paused by itself."),
            N_("Find out where its link or code is shared, then go on."),
        ),
        "guessing": (
            N_("Somebody types in codes that do not exist."),
            N_("They have to wait ten minutes after five; nothing was given out."),
        ),
        "alias": (
            N_("Several accounts look like one person."),
            N_("Their coupons are marked in the list; take them back if you agree."),
        ),
    }
    what, hint = told[row.kind]
    return TextCell(_(what), _(hint), strong=not row.seen)


ALERTS = IndexSpec(
    key="coupon-alerts",
    noun=(N_("%(count)s alert"), N_("%(count)s alerts")),
    most_counted=MOST_COUNTED,
    columns=(
        Column("what", N_("What happened"), alert_words, role="title", width="fill"),
        Column("campaign", N_("Coupon"), lambda row: TextCell(row.campaign or "–"), role="wide", width="l"),
        Column("count", N_("How often"), lambda row: NumberCell(row.count), align="end"),
        Column("at", N_("Last"), lambda row: TimeCell(row.last_at), role="aside", width="l"),
        Column(
            "state",
            N_("Status"),
            lambda row: BadgesCell((Badge(_("Looked at"), ""),) if row.seen else (Badge(_("New"), "warn"),)),
            role="state",
        ),
    ),
    sorts={"-last_at": N_("Newest first")},
    views=(View("all", N_("All")), View("open", N_("New"))),
    row_id=lambda row: str(row.id),
    row_url=lambda row: (
        url_for("coupon.campaign", ref=row.campaign_id) if row.campaign_id else url_for("coupon.all_alerts")
    ),
    row_label=lambda row: row.campaign,
)
