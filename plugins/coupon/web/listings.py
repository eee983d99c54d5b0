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
from core.sdk.words import N_, _, ngettext, shown_moment
from plugins.coupon.domain import Standing
from plugins.coupon.queries.listings import CampaignRow, UseRow
from plugins.coupon.wording import from_when, kind_name, money, what, written

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


def _source_words(source: str) -> str:
    known = {
        "claim": N_("Claimed"),
        "code": N_("By code"),
        "staff": N_("Given by the shop"),
        "signup": N_("On joining"),
        "paid": N_("After paying"),
        "gift": N_("As a gift"),
        "fission": N_("Round with friends"),
        "return": N_("After a refund"),
    }
    return _(known[source]) if source in known else source


ISSUED = IndexSpec(
    key="issued-coupons",
    noun=(N_("%(count)s coupon"), N_("%(count)s coupons")),
    columns=(
        Column(
            "customer",
            N_("Customer"),
            lambda row: TextCell(row.customer or _("A buyer"), _source_words(row.coupon.source), strong=True),
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
            lambda row: BadgesCell((_said(_STANDINGS[row.coupon.standing]),)),
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
    row_url=lambda row: console_path(f"/customers/{row.coupon.customer_id}"),
    row_label=lambda row: row.customer,
)


def _use_words(row: UseRow) -> TextCell:
    payers = {
        "merchant": N_("the shop"),
        "supplier": N_("the supplier"),
        "distributor": N_("the distributor"),
    }
    spread = ngettext("on %(n)s line", "on %(n)s lines", row.lines)
    return TextCell(row.title, f"{spread} · {_('paid by %(who)s', who=_(payers[row.funder]))}")


USES = IndexSpec(
    key="coupon-uses",
    noun=(N_("%(count)s use"), N_("%(count)s uses")),
    columns=(
        Column(
            "order",
            N_("Order"),
            lambda row: TextCell(row.number, row.customer, strong=True, number=True),
            role="title",
        ),
        Column("coupon", N_("Coupon"), _use_words, role="wide", width="fill"),
        Column("state", N_("Status"), lambda row: BadgesCell((_said(_USES[row.state]),)), role="state"),
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
