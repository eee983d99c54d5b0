"""The impact of switching a plugin off, as the console shows it: now → finishing → off, with counts and money."""

from flask import url_for

from core.hooks.results import DrainItem
from core.kernel.i18n import N_, gettext, ngettext
from core.rendering.console.formats import moment, money, number
from core.rendering.console.parts import Action, Impact, ImpactReport, Step
from tenants.actions import plugins as switching
from tenants.queries import PluginView, held_money, sections_of


def impact_report(plugin: PluginView, impact: switching.Impact, *, alone: bool = True) -> ImpactReport:
    """What happens when `plugin` is switched off now; `alone` on a page of its own, else in a dialog."""
    confirm = N_("Switch off and finish") if impact.report.open else N_("Switch off")
    return ImpactReport(
        title=gettext(N_("Switch off %(plugin)s"), plugin=plugin.title),
        text=gettext(N_("No order is lost. You can switch it on again at any time.")),
        icon=plugin.icon,
        confirm=Action(
            gettext(confirm), url_for("tenants.switch_off", name=plugin.name), primary=True, post=True
        ),
        # Without an address the dialog closes, which is all that it takes.
        cancel=Action(gettext(N_("Leave it on")), url_for("tenants.plugins") if alone else ""),
        steps=_steps(impact),
        impacts=(
            *map(_open_item, (item for item in impact.report.counts if item.count)),
            *_money(plugin),
            *_pages(plugin),
            *(Impact("info-circle", note, "") for note in impact.report.notes),
            _kept(plugin),
        ),
    )


def _steps(impact: switching.Impact) -> tuple[Step, ...]:
    first = Step(gettext(N_("Now")), gettext(N_("no new business")), "now")
    if not impact.report.open:
        return (first, Step(gettext(N_("Off")), gettext(N_("at once, nothing is open"))))
    left = ngettext("%(count)s thing is finished as promised", "%(count)s things are finished as promised",
                    impact.report.open, count=number(impact.report.open))  # fmt: skip
    end = moment(impact.until) if impact.until is not None else gettext(N_("When all is finished"))
    return (
        first,
        Step(gettext(N_("Finishing")), left),
        Step(end, gettext(N_("everything done, off by itself"))),
    )


def _open_item(item: DrainItem) -> Impact:
    until = gettext(N_("until %(when)s at the latest"), when=moment(item.until)) if item.until else ""
    return Impact("clock", item.what[:1].upper() + item.what[1:], number(item.count), until, "warn")


def _money(plugin: PluginView) -> list[Impact]:
    held = held_money(plugin.name)
    if not held.orders:
        return []
    detail = ngettext(
        "%(count)s order; sent when complete, or refunded by itself",
        "%(count)s orders; sent when complete, or refunded by themselves",
        held.orders,
        count=number(held.orders),
    )
    return [Impact("cash", gettext(N_("Money that waits for it")), money(held.amount), detail, "warn")]


def _pages(plugin: PluginView) -> list[Impact]:
    sections = sections_of(plugin.name)
    if not sections:
        return []
    label = gettext(N_("Sections that disappear from your pages"))
    detail = gettext(N_("they come back when it is switched on"))
    return [Impact("layout-dashboard", label, number(sections), detail)]


def _kept(plugin: PluginView) -> Impact:
    detail = plugin.data or gettext(N_("Deleting data is a separate, later decision."))
    return Impact("check", gettext(N_("All data is kept")), gettext(N_("nothing deleted")), detail, "ok")
