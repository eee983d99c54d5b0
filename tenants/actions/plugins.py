"""Switching plugins on, to draining and off, per shop, with an impact report before and an audit entry after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.shops.actions import bump_epoch
from core.hooks.current import installed
from core.hooks.errors import HookFailure
from core.hooks.loading import LoadedPlugin
from core.hooks.manifest import Manifest
from core.hooks.results import DrainReport, Problem
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, current_language, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope
from tenants import directory, jobs_named
from tenants.actions.audit import note_change
from tenants.errors import SwitchRefused, UnknownPlugin
from tenants.models import PluginSwitch

# How long a draining plugin is left alone before it is asked again whether it has finished.
# How often a draining plugin is asked whether anything is still open.
_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Impact:
    """What switching a plugin off would mean now: what stands in the way, and what it still has to finish."""

    problems: tuple[Problem, ...]
    report: DrainReport

    @property
    def until(self) -> datetime | None:
        """When the last open business ends, as far as anybody can know."""
        return _last_end(self.report)


@command("plugins.switch")
def switch_plugin_on(*, plugin: str) -> None:
    """Switch a plugin on in the bound shop; its own `switch_on` runs in the same transaction.

    A plugin that is on stays on. Raises UnknownPlugin, SwitchRefused (with what to do first), HookFailure.
    """
    manifest = _switchable(plugin)
    row = _locked_switch(plugin)
    if row is not None and row.state == "on":
        return
    hooks = installed().only(plugin)
    problems = [*_clashes(plugin), *_said(hooks.call("switch_check", turning="on"))]
    if problems:
        raise SwitchRefused(problems)
    _set_state(plugin, row, "on", version=manifest.version)
    hooks.call("switch_on")


@command("plugins.switch")
def impact_of_switching_off(*, plugin: str) -> Impact:
    """What switching the plugin off would mean now; changes nothing. Raises UnknownPlugin, HookFailure."""
    _switchable(plugin)
    return _impact(plugin, dry_run=True)


@command("plugins.switch")
def switch_plugin_off(*, plugin: str) -> str:
    """Stop new business at once; with open business the plugin drains, without it is off. Returns the new state.

    Raises UnknownPlugin, SwitchRefused (with what to do first), HookFailure.
    """
    _switchable(plugin)
    row = _locked_switch(plugin)
    if row is None or row.state != "on":
        return row.state if row else "off"
    impact = _impact(plugin, dry_run=False)
    if impact.problems:
        raise SwitchRefused(impact.problems)
    state = "draining" if impact.report.open else "off"
    _set_state(plugin, row, state)
    if state == "draining":
        _look_again(plugin)
    return state


@command("plugins.switch")
def save_plugin_settings(*, plugin: str, settings: Mapping[str, Any]) -> None:
    """Keep what the merchant filled in; `settings` has passed the plugin's own schema and is plain JSON.

    Raises UnknownPlugin, InputRefused for names that the schema does not know.
    """
    _switchable(plugin)
    _refuse_unknown(plugin, settings)
    row = _locked_switch(plugin)
    before = dict(row.settings) if row else {}
    after = dict(settings)
    if before == after and row is not None:
        return
    _write(plugin, {"settings": after}, state=row.state if row else "off")
    secret = secret_settings(plugin)
    note_change("plugin.settings", plugin, _masked(before, secret), _masked(after, secret))
    _announce()


@command("system")
def finish_draining(*, plugin: str) -> bool:
    """Switch a draining plugin off when its open business is finished; else ask again later. True: it is off now."""
    row = _locked_switch(plugin)
    known = installed().registry.plugins.get(plugin)
    if row is None or row.state != "draining" or known is None or not known.loaded:
        return False
    report = _drain_report(plugin, dry_run=True)
    if report.open:
        _look_again(plugin)
        return False
    _set_state(plugin, row, "off")
    return True


@command("system")
def ask_again_later(*, plugin: str) -> None:
    """Defer another look at a draining plugin, after one that failed."""
    _look_again(plugin)


def open_business(plugin: str) -> int | None:
    """How much a draining plugin still has to finish in the bound shop; None when it cannot tell."""
    try:
        return _drain_report(plugin, dry_run=True).open
    except HookFailure:
        return None


def loaded_plugin(plugin: str) -> LoadedPlugin:
    """The plugin by name, if its code is in use in this installation. Raises UnknownPlugin."""
    found = installed().registry.plugins.get(plugin)
    if found is None or not found.loaded or found.manifest is None:
        raise UnknownPlugin(plugin=plugin)
    return found


def _switchable(plugin: str) -> Manifest:
    manifest = loaded_plugin(plugin).manifest
    if manifest is None or manifest.level != "shop":
        raise UnknownPlugin(plugin=plugin)
    return manifest


def _locked_switch(plugin: str) -> PluginSwitch | None:
    statement = select(PluginSwitch).where(PluginSwitch.plugin == plugin).with_for_update(key_share=True)
    return session().scalars(statement.execution_options(populate_existing=True)).first()


def _enabled() -> set[str]:
    return set(session().scalars(select(PluginSwitch.plugin).where(PluginSwitch.state == "on")))


def _clashes(plugin: str) -> Iterator[Problem]:
    """What the manifests of the plugins that would be on together say."""
    for clash in installed().registry.clashes(_enabled() | {plugin}):
        if plugin not in (clash.plugin, clash.other):
            continue
        other = clash.other if clash.plugin == plugin else clash.plugin
        if clash.why == "needs" and clash.plugin == plugin:
            message, fix = N_("It needs “%(other)s”, which is off here."), N_("Switch “%(other)s” on first.")
        elif clash.why == "conflicts":
            message, fix = (
                N_("It cannot work together with “%(other)s”."),
                N_("Switch “%(other)s” off first."),
            )
        else:
            continue
        yield _problem(clash.why, message, fix, other)


def _dependents(plugin: str) -> Iterator[Problem]:
    for name in sorted(_enabled() - {plugin}):
        known = installed().registry.plugins.get(name)
        if known is not None and known.manifest is not None and plugin in known.manifest.needs:
            yield _problem("needed", N_("“%(other)s” needs it."), N_("Switch “%(other)s” off first."), name)


def _problem(why: str, message: str, fix: str, other: str) -> Problem:
    known = installed().registry.plugins.get(other)
    title = known.manifest.title.in_language(current_language()) if known and known.manifest else other
    return Problem(f"tenants.{why}", gettext(message, other=title), gettext(fix, other=title))


def _said(results: Any) -> list[Problem]:
    return [problem for result in results for problem in result.value]


def _impact(plugin: str, *, dry_run: bool) -> Impact:
    problems = [*_dependents(plugin), *_said(installed().only(plugin).call("switch_check", turning="off"))]
    if problems and not dry_run:
        return Impact(tuple(problems), DrainReport())
    return Impact(tuple(problems), _drain_report(plugin, dry_run=dry_run))


def _drain_report(plugin: str, *, dry_run: bool) -> DrainReport:
    reports = [result.value for result in installed().only(plugin).call("switch_off", dry_run=dry_run)]
    return DrainReport(
        tuple(item for report in reports for item in report.counts),
        tuple(note for report in reports for note in report.notes),
    )


def _last_end(report: DrainReport) -> datetime | None:
    ends = [item.until for item in report.counts if item.count and item.until is not None]
    return max(ends, default=None)


def _look_again(plugin: str) -> None:
    jobs.defer(jobs_named.finish_draining(), at=now() + _AGAIN, plugin=plugin)


def _set_state(plugin: str, row: PluginSwitch | None, state: str, *, version: str = "") -> None:
    before = row.state if row else "off"
    values = {"state": state, "changed_at": now(), **({"version": version} if version else {})}
    _write(plugin, values, state=state)
    note_change("plugin.switch", plugin, {"state": before}, {"state": state})
    _announce()


def _write(plugin: str, values: Mapping[str, Any], *, state: str) -> None:
    row = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "plugin": plugin,
        "state": state,
        "version": "",
        "settings": {},
        "changed_at": now(),
        "created_at": now(),
        **values,
    }
    made = insert(PluginSwitch).values(row)
    session().execute(made.on_conflict_do_update(index_elements=["shop_id", "plugin"], set_=dict(values)))
    session().expire_all()


def _announce() -> None:
    bump_epoch()
    directory.forget_when_committed()


def _refuse_unknown(plugin: str, settings: Mapping[str, Any]) -> None:
    schema = settings_schema(plugin)
    known = set(schema().dump_fields) if schema is not None else set()
    unknown = sorted(set(settings) - known)
    if unknown:
        raise InputRefused({name: [gettext(N_("This field is not part of the form."))] for name in unknown})


def settings_schema(plugin: str) -> Any | None:
    """The schema class that the plugin declared for its settings, or None."""
    declared = dict(installed().registry.declarations("declare_settings"))
    return declared.get(plugin)


def secret_settings(plugin: str) -> set[str]:
    """The settings that nobody may read again: fields with the widget "password"."""
    schema = settings_schema(plugin)
    fields = schema().dump_fields if schema is not None else {}
    return {name for name, one in fields.items() if one.metadata.get("widget") == "password"}


def _masked(settings: Mapping[str, Any], secret: set[str]) -> dict[str, Any]:
    return {name: "•••" if name in secret and value else value for name, value in settings.items()}
