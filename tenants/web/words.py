"""Words for states of plugins and for entries of the record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.hooks.current import installed
from core.kernel.i18n import N_, current_language, gettext
from core.rendering.console.parts import Badge
from tenants.queries import AuditView, PluginView

_STATES = {
    "on": Badge(N_("On"), "ok"),
    "always": Badge(N_("Always on"), "ok"),
    "draining": Badge(N_("Finishing"), "warn", "ring"),
    "off": Badge(N_("Off"), "", "ring"),
    "quarantined": Badge(N_("Not loaded"), "bad"),
}
_ACTIONS = {
    "plugin.switch": N_("Plugin “%(subject)s” switched"),
    "plugin.settings": N_("Settings of plugin “%(subject)s” changed"),
}


def plugin_badge(plugin: PluginView) -> Badge:
    """The state as a badge in the reader's language; errors since the process started turn it amber."""
    badge = _STATES[plugin.state]
    if plugin.state == "on" and plugin.health.errors:
        return Badge(gettext(N_("On, with errors")), "warn")
    return Badge(gettext(badge.label), badge.tone, badge.mark)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry of the record in words: what, who, when, and each difference as (name, before, after)."""

    text: str
    who: str
    at: datetime
    differences: tuple[tuple[str, str, str], ...]


def audit_words(entry: AuditView) -> AuditLine:
    """An entry in the reader's language."""
    message = _ACTIONS.get(entry.action)
    subject = _title(entry.subject)
    text = gettext(message, subject=subject) if message else f"{entry.action}: {subject}"
    names = dict.fromkeys([*entry.before, *entry.after])
    differences = tuple(
        (name, _shown(entry.before.get(name)), _shown(entry.after.get(name))) for name in names
    )
    return AuditLine(text, entry.who or gettext(N_("the system")), entry.at, differences)


def _title(plugin: str) -> str:
    known = installed().registry.plugins.get(plugin)
    manifest = known.manifest if known is not None else None
    return manifest.title.in_language(current_language()) if manifest is not None else plugin


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    state = _STATES.get(value) if isinstance(value, str) else None
    return gettext(state.label) if state is not None else str(value)
