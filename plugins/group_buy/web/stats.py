"""The numbers of group-buys in words, each with what it means."""

from datetime import timedelta

from core.sdk.console import Stat, number, percent
from core.sdk.words import _, ngettext
from plugins.group_buy.queries.numbers import Numbers
from plugins.group_buy.web.listings import ended_words, money


def _hundredths(value: int | None) -> str:
    return "–" if value is None else number(value / 100, 1)


def _time(value: timedelta | None) -> str:
    if value is None:
        return "–"
    minutes = int(value.total_seconds() // 60)
    if minutes < 1:
        return _("< 1 min")
    # From two hours on, single minutes do not matter.
    if minutes < 120:
        return _("%(n)s min", n=number(minutes))
    return _("%(n)s h", n=number(minutes / 60, 1))


def _fill_note(median: timedelta | None) -> str:
    """What the usual time means, or why there is none."""
    return _("no group has filled yet") if median is None else _("half of them were faster")


def group_stats(found: Numbers) -> list[Stat]:
    """How groups do: opened, filled, how fast, with how many new people."""
    ended = ended_words(found.succeeded, found.failed, found.declared)
    return [
        Stat(
            _("Groups opened"),
            number(found.opened),
            note=ngettext("%(n)s forming", "%(n)s forming", found.forming),
        ),
        Stat(_("Success rate"), percent(found.success_points), note=ended),
        Stat(_("Usual time to fill"), _time(found.median_fill), note=_fill_note(found.median_fill)),
        Stat(_("Members per group"), _hundredths(found.members_per_group), note=_("paid seats")),
        Stat(
            _("New buyers"),
            percent(found.new_points),
            note=_("%(new)s of %(all)s payers", new=number(found.new_payers), all=number(found.payers)),
        ),
        Stat(
            _("New per group"),
            _hundredths(found.new_per_leader),
            note=_("brought by each opened group"),
        ),
        Stat(
            _("Completed by the shop"),
            percent(found.declared_points),
            note=_("counted apart, never as success"),
        ),
    ]


def money_stats(found: Numbers) -> list[Stat]:
    """What group-buys bring and cost."""
    return [
        Stat(_("Sold in groups"), money(found.group_sales), note=_("goods, paid and not cancelled")),
        Stat(_("Sold alone"), money(found.alone_sales), note=_("same products, same time")),
        Stat(_("Given as discount"), money(found.discount), note=_("by the group price")),
        Stat(
            _("Refunded"),
            money(found.refunded),
            note=ngettext("%(n)s refund", "%(n)s refunds", found.refunds),
        ),
        Stat(_("Differences sent back"), money(found.fallen), note=_("tiered groups that grew")),
        Stat(_("Thanks to leaders"), money(found.perks), note=_("perks that were given")),
        Stat(_("Time to refund"), _time(found.refund_time), note=_("until the money is back")),
        Stat(_("Seats not paid"), number(found.unpaid_seats), note=_("kept, then free again")),
    ]
