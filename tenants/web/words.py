"""Words for states and health of plugins, and for entries of the record of changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.hooks.counters import PluginHealth
from core.hooks.current import installed
from core.kernel.i18n import N_, current_language, gettext, ngettext
from core.rendering.console.formats import moment, number
from core.rendering.console.forms import Form
from core.rendering.console.parts import Badge, Tone
from core.rendering.console.widgets import FieldView
from tenants.actions.plugins import open_business, settings_schema
from tenants.queries import AuditView, PluginView

_STATES = {
    "on": N_("On"),
    "always": N_("Always on"),
    "draining": N_("Finishing"),
    "off": N_("Off"),
    "quarantined": N_("Not loaded"),
}
_ACTIONS = {
    "plugin.switch": N_("Plugin “%(subject)s” switched"),
    "plugin.settings": N_("Settings of plugin “%(subject)s” changed"),
    "demo.filled": N_("The example shop was filled"),
    "payments.account_saved": N_("Credentials of %(subject)s saved"),
    "payments.account_on": N_("Payments through %(subject)s switched on"),
    "payments.account_off": N_("Payments through %(subject)s switched off"),
    "payments.account_first": N_("Payments through %(subject)s put first"),
    "payments.account_removed": N_("Account with %(subject)s removed"),
    "customers.exported": N_("Customers exported: %(subject)s"),
    "customers.imported": N_("Customers imported: %(subject)s"),
}
# Names of what changed besides a plugin's own settings.
_NAMES = {"state": N_("State"), "orders": N_("Orders"), "customers": N_("Customers"), "format": N_("Format")}
# From this share of slow calls on, a plugin is called slow; a few calls, just after the start, say nothing yet.
_SLOW_SHARE = 0.05
_TELLING_CALLS = 100


def _state(key: str) -> str:
    return gettext(_STATES[key])


def plugin_badge(plugin: PluginView) -> Badge:
    """The state as a badge in the reader's language; an active plugin says how it is doing."""
    if plugin.state == "quarantined":
        return Badge(_state("quarantined"), "bad")
    if plugin.state == "off":
        return Badge(_state("off"), "", "ring")
    if plugin.state == "draining":
        return Badge(_finishing(plugin.name), "accent", "ring")
    if plugin.health.errors:
        return Badge(gettext(N_("On, with errors")), "warn")
    if _is_slow(plugin.health):
        return Badge(gettext(N_("On, but slow")), "warn")
    return Badge(_state(plugin.state), "ok")


def _finishing(plugin: str) -> str:
    left = open_business(plugin)
    if left is None:
        return _state("draining")
    return ngettext("Finishing, %(n)s left", "Finishing, %(n)s left", left)


def _is_slow(health: PluginHealth) -> bool:
    return health.calls >= _TELLING_CALLS and health.slow > health.calls * _SLOW_SHARE


@dataclass(frozen=True, slots=True)
class HealthFigure:
    """A figure about how a plugin does: what, how much, and whether it needs somebody."""

    label: str
    value: str
    tone: Tone = ""


def health_figures(health: PluginHealth) -> tuple[HealthFigure, ...]:
    """Errors, time of a call and number of calls since this server process started."""
    mean = health.total_ms / health.calls if health.calls else 0.0
    return (
        HealthFigure(gettext(N_("Errors")), number(health.errors), "bad" if health.errors else ""),
        HealthFigure(
            gettext(N_("Per call")),
            gettext(N_("%(count)s ms"), count=number(mean, 1)) if health.calls else "–",
            "warn" if _is_slow(health) else "",
        ),
        HealthFigure(gettext(N_("Calls")), number(health.calls)),
    )


def last_error(health: PluginHealth) -> str:
    """The latest failure in one line; "" when there was none."""
    if not health.last_error_at:
        return ""
    return f"{moment(health.last_error_at)} · {health.last_error_hook} · {health.last_error}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed: its name, and its words before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry of the record in words."""

    text: str
    who: str
    at: datetime
    differences: tuple[Difference, ...]


def audit_words(entry: AuditView) -> AuditLine:
    """An entry in the reader's language."""
    message = _ACTIONS.get(entry.action)
    subject = _title(entry.subject)
    text = gettext(message, subject=subject) if message else f"{entry.action}: {subject}"
    return AuditLine(text, entry.who or gettext(N_("the system")), entry.at, _differences(entry))


def _differences(entry: AuditView) -> tuple[Difference, ...]:
    names = list(dict.fromkeys([*entry.before, *entry.after]))
    schema = settings_schema(entry.subject) if entry.action == "plugin.settings" else None
    if schema is None:
        return tuple(
            Difference(
                gettext(_NAMES[name]) if name in _NAMES else name,
                _shown(entry.before.get(name)),
                _shown(entry.after.get(name)),
            )
            for name in names
        )
    before, after = (
        {view.name: view for view in Form(schema(), values=one).fields} for one in (entry.before, entry.after)
    )
    return tuple(
        Difference(
            after[name].label if name in after else name,
            _said(before.get(name), entry.before, name),
            _said(after.get(name), entry.after, name),
        )
        for name in names
    )


def _said(view: FieldView | None, stored: Mapping[str, Any], name: str) -> str:
    """A setting as the form shows it: a choice by its label, a length of time with its unit."""
    if name not in stored or view is None:
        return _shown(stored.get(name))
    if view.widget == "password":
        return str(stored[name] or "–")
    labels = {choice.value: choice.label for choice in view.choices}
    if view.widget == "duration" and isinstance(view.value, Mapping):
        return f"{view.value['amount']} {labels.get(view.value['unit'], '')}".strip() or "–"
    if view.widget in ("switch", "checkbox"):
        return _state("on") if stored[name] else _state("off")
    said = labels.get(str(view.value), _shown(view.value))
    return f"{view.prefix}{said}{' ' if view.unit else ''}{view.unit}"


def _title(plugin: str) -> str:
    known = installed().registry.plugins.get(plugin)
    manifest = known.manifest if known is not None else None
    return manifest.title.in_language(current_language()) if manifest is not None else plugin


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return _state(value) if isinstance(value, str) and value in _STATES else str(value)
