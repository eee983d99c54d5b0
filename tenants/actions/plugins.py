"""Switching plugins on, to draining and off, per shop, with an impact report before and an audit entry after."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.shops.actions import bump_epoch
from core.hooks.current import installed
from core.hooks.results import DrainReport, Problem
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor, current_scope
from tenants import directory
from tenants.errors import SwitchRefused, UnknownPlugin
from tenants.models import AuditEntry, PluginSwitch


@dataclass(frozen=True, slots=True)
class Impact:
    """What switching a plugin off would mean now: what stands in the way, and what it still has to finish."""

    problems: tuple[Problem, ...]
    reports: tuple[DrainReport, ...]

    @property
    def must_drain(self) -> bool:
        """Whether there is open business to finish first."""
        return any(item.count for report in self.reports for item in report.counts)


def _loaded(plugin: str) -> Any:
    found = installed().registry.plugins.get(plugin)
    if found is None or not found.loaded:
        raise UnknownPlugin(plugin=plugin)
    return found


def _switch(plugin: str) -> PluginSwitch | None:
    return (
        session()
        .scalars(select(PluginSwitch).where(PluginSwitch.plugin == plugin).with_for_update(key_share=True))
        .first()
    )


@command("plugins.switch")
def switch_plugin_on(*, plugin: str) -> None:
    """Switch a plugin on in the bound shop; its own `switch_on` runs in the same transaction.

    Raises UnknownPlugin, SwitchRefused (with what to do first).
    """
    loaded = _loaded(plugin)
    hooks = installed().only(plugin)
    problems = [problem for result in hooks.call("switch_check", turning="on") for problem in result.value]
    if problems:
        raise SwitchRefused(problems)
    _set_state(plugin, "on", version=loaded.manifest.version)
    hooks.call("switch_on")


@command("plugins.switch")
def impact_of_switching_off(*, plugin: str) -> Impact:
    """What switching the plugin off would mean now; changes nothing."""
    _loaded(plugin)
    hooks = installed().only(plugin)
    problems = [problem for result in hooks.call("switch_check", turning="off") for problem in result.value]
    reports = [result.value for result in hooks.call("switch_off", dry_run=True)]
    return Impact(tuple(problems), tuple(reports))


@command("plugins.switch")
def switch_plugin_off(*, plugin: str) -> str:
    """Stop new business at once; with open business the plugin drains, without it is off. Returns the new state."""
    _loaded(plugin)
    hooks = installed().only(plugin)
    problems = [problem for result in hooks.call("switch_check", turning="off") for problem in result.value]
    if problems:
        raise SwitchRefused(problems)
    reports = [result.value for result in hooks.call("switch_off", dry_run=False)]
    draining = any(item.count for report in reports for item in report.counts)
    state = "draining" if draining else "off"
    _set_state(plugin, state)
    return state


@command("plugins.switch")
def save_plugin_settings(*, plugin: str, settings: dict[str, Any]) -> None:
    """Keep what the merchant filled in; `settings` has passed the plugin's own schema."""
    _loaded(plugin)
    row = _switch(plugin)
    before = dict(row.settings) if row else {}
    if row is None:
        session().add(PluginSwitch(plugin=plugin, state="off", settings=settings))
    else:
        row.settings = settings
    _audit("plugin.settings", plugin, before, settings)
    bump_epoch()
    directory.forget_all()


def finish_draining() -> list[str]:
    """Switch off every draining plugin of the bound shop whose business is finished; returns their names."""
    return _finish_draining()


@command("system")
def _finish_draining() -> list[str]:
    done = []
    for row in session().scalars(select(PluginSwitch).where(PluginSwitch.state == "draining")):
        if row.plugin not in installed().registry.plugins:
            continue
        reports = [result.value for result in installed().only(row.plugin).call("switch_off", dry_run=True)]
        if not any(item.count for report in reports for item in report.counts):
            _set_state(row.plugin, "off")
            done.append(row.plugin)
    return done


def _set_state(plugin: str, state: str, *, version: str = "") -> None:
    row = _switch(plugin)
    before = {"state": row.state if row else "off"}
    values: dict[str, Any] = {"state": state, "changed_at": now()}
    if version:
        values["version"] = version
    made = insert(PluginSwitch).values(
        shop_id=current_scope().shop_id,
        id=new_id(),
        plugin=plugin,
        settings={},
        created_at=now(),
        **{"version": "", **values},
    )
    session().execute(made.on_conflict_do_update(index_elements=["shop_id", "plugin"], set_=values))
    _audit("plugin.switch", plugin, before, {"state": state})
    bump_epoch()
    session().expire_all()
    directory.forget_all()


def _audit(action: str, subject: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    actor = current_actor()
    session().add(
        AuditEntry(
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            subject=subject,
            before=before,
            after=after,
        )
    )
