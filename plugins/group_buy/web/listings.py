"""What the console's lists of group-buy offer, and how their rows are drawn."""

from flask import url_for

from core.sdk.console import (
    Badge,
    BadgesCell,
    Column,
    Filter,
    IndexSpec,
    IndexState,
    ItemCell,
    MoneyCell,
    ProgressCell,
    TextCell,
    TimeCell,
    View,
    console_path,
    number,
    picture_address,
)
from core.sdk.shop import current_scope
from core.sdk.values import Money
from core.sdk.words import N_, _, format_money, ngettext, shown_moment
from plugins.group_buy.domain import Standing
from plugins.group_buy.queries.listings import ActivityRow, Days, GroupRow, RefundRow

_STAGES = {
    "draft": Badge(N_("Draft"), "", "ring"),
    "scheduled": Badge(N_("Scheduled"), "accent", "ring"),
    "running": Badge(N_("Running"), "ok"),
    "paused": Badge(N_("Paused"), "warn"),
    "ended": Badge(N_("Ended"), ""),
    "closed": Badge(N_("Closed"), ""),
}
_STANDINGS = {
    Standing.WAITING: Badge(N_("Waiting for its leader"), "", "ring"),
    Standing.FORMING: Badge(N_("Forming"), "accent", "ring"),
    Standing.SUCCEEDED: Badge(N_("Group complete"), "ok"),
    Standing.FAILED: Badge(N_("Did not fill"), ""),
    Standing.ABANDONED: Badge(N_("Never begun"), ""),
}
_REFUNDS = {
    "pending": Badge(N_("Waiting to be sent"), "warn", "ring"),
    "sent": Badge(N_("On its way"), "accent", "ring"),
    "failed": Badge(N_("Refused"), "bad"),
    "done": Badge(N_("Money is back"), "ok"),
}
_CAUSES = {
    "hold_expired": N_("The group did not fill"),
    "hold_cancelled": N_("The shop ended the group"),
    "seat_lost": N_("Paid after the group had closed"),
    "stock_lost": N_("Paid after the goods had sold out"),
    "surplus": N_("Paid twice or too late"),
    "cancel:withdrawn": N_("The buyer left the group"),
    "cancel:not_drawn": N_("The draw went to others"),
    "cancel:merchant": N_("Cancelled by the shop"),
}


_KINDS = {
    "normal": N_("Group"),
    "tiered": N_("Tiered group"),
    "new_joiner": N_("New buyers join"),
    "lottery": N_("Lottery group"),
}


def kind_label(key: str) -> str:
    """The name of a kind."""
    return _(_KINDS[key])


def money(minor: int) -> Money:
    """An amount in the shop's currency."""
    return Money(minor, current_scope().currency)


def stage_badge(stage: str) -> Badge:
    """The state of an activity, in words."""
    found = _STAGES[stage]
    return Badge(_(found.label), found.tone, found.mark)


def standing_badge(standing: Standing, *, declared: bool = False) -> Badge:
    """How a group stands, in words; one that the merchant declared successful says so."""
    found = _STANDINGS[standing]
    if declared:
        found = Badge(N_("Completed by the shop"), "accent")
    return Badge(_(found.label), found.tone, found.mark)


_PERKS = {
    "waiting": Badge(N_("Waits until nothing can come back"), "warn", "ring"),
    "given": Badge(N_("Given"), "ok"),
    "cap": Badge(N_("Not given: the cap was reached"), ""),
    "people": Badge(N_("Not given: too few different people"), ""),
    "left": Badge(N_("Not given: the leader kept nothing"), ""),
}


def perk_badge(state: str, reason: str) -> Badge:
    """How a leader's perk stands, in words."""
    found = _PERKS[reason if state == "refused" else state]
    return Badge(_(found.label), found.tone, found.mark)


def _refund_badge(state: str) -> Badge:
    found = _REFUNDS[state]
    return Badge(_(found.label), found.tone, found.mark)


def _refund_cause(row: RefundRow) -> str:
    if row.cause.startswith("cut:group:"):
        return _("The group grew: the difference goes back")
    if row.cause.startswith("cut:perk:"):
        return _("Thanks to the leader")
    return _(_CAUSES.get(row.cause, N_("Refunded by the shop")))


def activity_when(row: ActivityRow) -> str:
    """The date that matters next."""
    one = row.activity
    if one.stage == "scheduled":
        return _("from %(time)s", time=shown_moment(one.starts_at))
    return _("ends %(time)s", time=shown_moment(one.ends_at))


def _stock(row: ActivityRow) -> str:
    cap = row.activity.stock_cap
    if cap is None:
        return _("%(taken)s taken, no cap", taken=number(row.taken))
    return _("%(left)s of %(cap)s left", left=number(max(0, cap - row.taken)), cap=number(cap))


def _groups(row: ActivityRow) -> TextCell:
    found = row.groups
    if not found.opened:
        return TextCell(_("none yet"))
    forming = ngettext("%(n)s forming", "%(n)s forming", found.forming)
    return TextCell(forming, ended_words(found.succeeded, found.failed, found.declared))


def ended_words(succeeded: int, failed: int, declared: int = 0) -> str:
    """How many groups were complete, how many did not fill, and how many the shop completed, if any."""
    said = _("%(done)s complete · %(failed)s not filled", done=number(succeeded), failed=number(failed))
    if not declared:
        return said
    return f"{said} · {_('%(n)s by the shop', n=number(declared))}"


ACTIVITIES = IndexSpec(
    key="group-buys",
    noun=(N_("%(count)s group-buy"), N_("%(count)s group-buys")),
    columns=(
        Column(
            "activity",
            N_("Group-buy"),
            lambda row: ItemCell(
                row.activity.title,
                f"{kind_label(row.activity.rules.kind)} · {row.product}",
                image=picture_address(row.picture),
                icon="package",
                strong=True,
            ),
            role="title",
            width="fill",
            sort="title",
        ),
        Column(
            "price",
            N_("Group price"),
            lambda row: MoneyCell(
                money(row.price_minor) if row.price_minor is not None else None,
                _("alone %(price)s · %(size)s people", price=_plain(row.alone_minor), size=row.activity.size),
            ),
            role="total",
            align="end",
            width="l",
        ),
        Column(
            "state",
            N_("Status"),
            lambda row: BadgesCell((stage_badge(row.activity.stage),)),
            role="state",
        ),
        Column("when", N_("When"), activity_when, role="aside", width="l", sort="ends_at"),
        Column("groups", N_("Groups"), _groups, width="xl"),
        Column("stock", N_("Stock"), _stock, align="end"),
    ),
    sorts={"-starts_at": N_("Newest first"), "ends_at": N_("Ending first"), "title": N_("By name")},
    views=(
        View("all", N_("All")),
        View("running", N_("Running")),
        View("planned", N_("Planned")),
        View("paused", N_("Paused")),
        View("over", N_("Ended")),
    ),
    filters=(Filter("kind", N_("Kind"), tuple(_KINDS.items())),),
    search=N_("Name or product"),
    row_id=lambda row: str(row.activity.id),
    row_url=lambda row: url_for("group_buy.activity", ref=row.activity.id),
    row_label=lambda row: row.activity.title,
)


def _plain(minor: int | None) -> str:
    return format_money(money(minor)) if minor is not None else "–"


def _group_state(row: GroupRow) -> BadgesCell:
    return BadgesCell((standing_badge(row.standing, declared=row.declared_paid is not None),))


def _group_time(row: GroupRow) -> TimeCell:
    if row.standing is Standing.FORMING:
        return TimeCell(row.deadline, until=True, ended=_("time is up"))
    return TimeCell(row.ended_at or row.deadline)


GROUPS = IndexSpec(
    key="groups",
    noun=(N_("%(count)s group"), N_("%(count)s groups")),
    columns=(
        Column(
            "leader",
            N_("Leader"),
            lambda row: TextCell(
                row.leader or _("A buyer"), row.activity or shown_moment(row.opened_at), strong=True
            ),
            role="title",
            width="fill",
        ),
        Column(
            "members",
            N_("Members"),
            lambda row: ProgressCell(
                row.paid, row.size, _("%(paid)s of %(size)s paid", paid=row.paid, size=row.size)
            ),
            role="wide",
            width="l",
            sort="paid",
        ),
        Column("state", N_("Status"), _group_state, role="state"),
        Column("time", N_("Time"), _group_time, role="aside", sort="deadline", width="l"),
        Column(
            "money",
            N_("Paid"),
            lambda row: MoneyCell(money(row.paid_minor)),
            role="total",
            align="end",
        ),
    ),
    sorts={"deadline": N_("Ending first"), "-deadline": N_("Ending last"), "-paid": N_("Fullest first")},
    views=(
        View("forming", N_("Forming")),
        View("soon", N_("Ending soon"), hot=True),
        View("succeeded", N_("Group complete")),
        View("declared", N_("Completed by the shop")),
        View("failed", N_("Did not fill")),
        View("all", N_("All")),
    ),
    filters=(
        Filter("opened", N_("Begun"), kind="days"),
        Filter("ended", N_("Over"), kind="days"),
    ),
    row_url=lambda row: url_for("group_buy.group", ref=row.id),
    row_label=lambda row: row.leader,
)


def group_days(state: IndexState) -> dict[str, Days]:
    """On which days groups were opened and over, as the address says."""
    return {name: state.filters.get(name, (None, None)) for name in ("opened", "ended")}


REFUNDS = IndexSpec(
    key="group-refunds",
    noun=(N_("%(count)s refund"), N_("%(count)s refunds")),
    columns=(
        Column(
            "order",
            N_("Order"),
            lambda row: TextCell(row.number, row.buyer, strong=True, number=True),
            role="title",
        ),
        Column(
            "cause",
            N_("Why"),
            _refund_cause,
            role="wide",
            width="fill",
        ),
        Column("state", N_("Status"), lambda row: BadgesCell((_refund_badge(row.state),)), role="state"),
        Column(
            "since",
            N_("Since"),
            lambda row: TimeCell(
                row.done_at or row.created_at,
                ngettext("%(n)s attempt", "%(n)s attempts", row.attempts) if row.attempts > 1 else "",
            ),
            role="aside",
        ),
        Column(
            "amount", N_("Amount"), lambda row: MoneyCell(money(row.amount_minor)), role="total", align="end"
        ),
    ),
    sorts={"created_at": N_("Oldest first")},
    views=(
        View("open", N_("In progress")),
        View("failed", N_("Refused"), hot=True),
        View("done", N_("Money is back")),
    ),
    row_id=lambda row: f"{row.order_id}-{row.cause}",
    row_url=lambda row: console_path(f"/orders/{row.order_id}"),
    row_label=lambda row: row.number,
)
