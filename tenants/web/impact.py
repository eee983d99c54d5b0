"""The impact of switching a plugin off, as the console shows it: now → finishing → off, with counts and money."""

from datetime import datetime

from babel.dates import format_datetime
from flask import url_for

from core.hooks.results import DrainItem
from core.kernel.i18n import N_, current_locale, gettext
from core.kernel.money import format_money
from core.kernel.tenancy import current_scope
from core.rendering.console.parts import Action, Impact, ImpactReport, Step
from tenants.actions import plugins as switching
from tenants.queries import PluginView, held_money, sections_of


def impact_report(plugin: PluginView, impact: switching.Impact) -> ImpactReport:
    """What happens when `plugin` is switched off now."""
    draining = impact.report.open
    confirm = N_("Switch off and finish what is open") if draining else N_("Switch off")
    return ImpactReport(
        title=gettext(N_("Switch off “%(plugin)s”"), plugin=plugin.title),
        text=gettext(N_("No order is lost. You can switch it on again at any time.")),
        icon="plug",
        confirm=Action(
            gettext(confirm), url_for("tenants.switch_off", name=plugin.name), primary=True, post=True
        ),
        cancel=Action(gettext(N_("Leave it on")), url_for("tenants.plugins")),
        steps=_steps(impact),
        impacts=(*_open_business(impact), *_money(plugin), *_pages(plugin), _kept(plugin)),
    )


def _steps(impact: switching.Impact) -> tuple[Step, ...]:
    first = Step(gettext(N_("Now")), gettext(N_("no new business")), "now")
    if not impact.report.open:
        return (first, Step(gettext(N_("Off")), gettext(N_("at once"))))
    end = impact.until
    when = _instant(end) if end is not None else gettext(N_("when all is finished"))
    return (
        first,
        Step(gettext(N_("Finishing")), gettext(N_("what is open goes on as promised"))),
        Step(gettext(N_("Off")), when),
    )


def _instant(moment: datetime) -> str:
    return str(format_datetime(moment, "short", tzinfo=current_scope().zone, locale=current_locale()))


def _open_business(impact: switching.Impact) -> list[Impact]:
    return [_open_item(item) for item in impact.report.counts if item.count] + [
        Impact("info-circle", note, "") for note in impact.report.notes
    ]


def _open_item(item: DrainItem) -> Impact:
    until = gettext(N_("until %(when)s at the latest"), when=_instant(item.until)) if item.until else ""
    return Impact("clock", item.what, str(item.count), until, "warn")


def _money(plugin: PluginView) -> list[Impact]:
    held = held_money(plugin.name)
    if not held.orders:
        return []
    label = gettext(N_("Paid orders that wait for it"))
    detail = gettext(N_("shipped when complete, or refunded by themselves"))
    return [Impact("cash", label, f"{held.orders} · {format_money(held.amount)}", detail, "warn")]


def _pages(plugin: PluginView) -> list[Impact]:
    sections = sections_of(plugin.name)
    if not sections:
        return []
    label = gettext(N_("Sections that disappear from your pages"))
    return [Impact("category", label, str(sections), gettext(N_("they come back when it is switched on")))]


def _kept(plugin: PluginView) -> Impact:
    detail = plugin.data or gettext(N_("Deleting data is a separate, later decision."))
    return Impact("check", gettext(N_("All data is kept")), gettext(N_("nothing deleted")), detail, "ok")
