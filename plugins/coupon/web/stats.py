"""The numbers of coupons in words, each with what it means."""

from datetime import timedelta

from core.sdk.console import Stat, number, percent
from core.sdk.words import _, ngettext
from plugins.coupon.queries.boards import RoundNumbers
from plugins.coupon.queries.numbers import Numbers, Return
from plugins.coupon.wording import money, written


def _time(value: timedelta | None) -> str:
    if value is None:
        return "–"
    hours = value.total_seconds() / 3_600
    return _("%(n)s h", n=number(hours, 1)) if hours < 48 else _("%(n)s d", n=number(hours / 24, 1))


def given_stats(found: Numbers) -> list[Stat]:
    """How coupons went: claimed, used, how fast, how many came to nothing."""
    over = _("%(over)s expired · %(back)s taken back", over=number(found.expired), back=number(found.revoked))
    return [
        Stat(
            _("Given out"),
            number(found.issued),
            note=ngettext("to %(n)s customer", "to %(n)s customers", found.holders),
        ),
        Stat(_("Claimed"), number(found.claimed), note=_("by their owners themselves")),
        Stat(_("Used"), number(found.used), note=_("%(n)s locked in orders", n=number(found.locked))),
        Stat(_("Claim to use"), percent(found.use_points), note=over),
        Stat(_("Time to use"), _time(found.time_to_use), note=_("half were used sooner")),
        Stat(_("Came back"), number(found.returned), note=_("after cancelled orders")),
    ]


def money_stats(found: Numbers) -> list[Stat]:
    """What coupons sold and cost."""
    each = _("%(cost)s each", cost=written(found.cost_per_new)) if found.cost_per_new else ""
    return [
        Stat(
            _("Sold with it"),
            money(found.sales),
            note=ngettext("%(n)s paid order", "%(n)s paid orders", found.orders),
        ),
        Stat(_("Taken off"), money(found.cost), note=_("in paid orders")),
        Stat(
            _("Average discount"), percent(found.depth_points), note=_("of what the orders would have cost")
        ),
        Stat(_("First-time buyers"), number(found.new_buyers), note=each),
        Stat(
            _("Below the margin floor"),
            number(found.below_floor) if found.judged else "–",
            note=ngettext(
                "of %(n)s order with known costs", "of %(n)s orders with known costs", found.judged
            ),
            tone="bad" if found.below_floor else "",
        ),
    ]


def round_stats(found: RoundNumbers) -> list[Stat]:
    """How rounds with friends went."""
    return [
        Stat(_("Rounds started"), number(found.started)),
        Stat(_("Filled"), number(found.complete), note=_("everybody has the coupon")),
        Stat(_("Rate of success"), percent(found.complete_points), note=_("of those that ended")),
        Stat(_("Ran out"), number(found.over)),
        Stat(
            _("People who joined"),
            number(found.people),
            note=ngettext("%(n)s had never bought", "%(n)s had never bought", found.newcomers),
        ),
    ]


def return_stats(found: Return) -> list[Stat]:
    """The campaign beside its control group."""
    enough = found.points is not None
    return [
        Stat(
            _("Offered it"),
            written(found.offered_each),
            note=ngettext("a head, %(n)s customer", "a head, %(n)s customers", found.offered),
        ),
        Stat(
            _("Control group"),
            written(found.control_each),
            note=ngettext("a head, %(n)s customer", "a head, %(n)s customers", found.control),
        ),
        Stat(_("Brought"), money(found.extra), note=_("more than without the coupon")),
        Stat(
            _("Return on it"),
            percent(found.points) if enough else "–",
            note=_("what it brought less its cost, of its cost") if enough else _("too few people to tell"),
        ),
    ]
