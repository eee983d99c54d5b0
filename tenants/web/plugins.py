"""Pages about a shop's plugins: what they are, switching them with an impact report, and their settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema

from core.hooks.results import Problem
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import require
from core.rendering.console.forms import Form
from core.rendering.console.parts import Action, Badge, Toast
from core.rendering.console.visits import tell
from tenants.actions.plugins import (
    impact_of_switching_off,
    save_plugin_settings,
    secret_settings,
    settings_schema,
    switch_plugin_off,
    switch_plugin_on,
)
from tenants.errors import SwitchRefused
from tenants.queries import PluginView, shop_plugin, shop_plugins, stored_settings
from tenants.web.answers import SWITCH, go, pages, show
from tenants.web.impact import impact_report
from tenants.web.words import HealthFigure, health_figures, last_error, plugin_badge

# The tabs of the page: key, words, and the states that they show (none: all).
_VIEWS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("all", N_("Installed"), frozenset()),
    ("on", N_("On"), frozenset({"on", "always"})),
    ("draining", N_("Finishing"), frozenset({"draining"})),
    ("trouble", N_("In trouble"), frozenset({"quarantined"})),
)


@dataclass(frozen=True, slots=True)
class Card:
    """A plugin as its card shows it."""

    plugin: PluginView
    badge: Badge
    figures: Sequence[HealthFigure]
    last_error: str


@pages.get("/plugins")
def plugins() -> Response:
    """Every plugin of this installation as the shop has it."""
    found = shop_plugins()
    asked = request.args.get("view", "all")
    shown = [one for one in found if _belongs(one, asked)]
    record = Action(gettext(N_("Record of changes")), url_for("tenants.audit"), icon="history")
    return show("plugins", cards=[_card(one) for one in shown], tabs=_tabs(found, asked), record=record)


def _belongs(plugin: PluginView, view: str) -> bool:
    states = next((states for key, _, states in _VIEWS if key == view), frozenset())
    return not states or plugin.state in states or (view == "trouble" and plugin.health.errors > 0)


def _tabs(found: Sequence[PluginView], asked: str) -> list[tuple[str, str, int, bool, bool]]:
    known = asked if asked in {key for key, _, _ in _VIEWS} else "all"
    return [
        (
            gettext(words),
            url_for("tenants.plugins", view=key) if key != "all" else url_for("tenants.plugins"),
            sum(_belongs(one, key) for one in found),
            key == known,
            key == "trouble",
        )
        for key, words, _ in _VIEWS
    ]


def _card(plugin: PluginView) -> Card:
    return Card(plugin, plugin_badge(plugin), health_figures(plugin.health), last_error(plugin.health))


@pages.post("/plugins/<name>/on")
def switch_on(name: str) -> Response:
    """Switch a plugin on; what stands in the way is shown with the way out."""
    plugin = _known(name)
    try:
        switch_plugin_on(plugin=name)
    except SwitchRefused as refused:
        return _refused(plugin, refused.problems, status=refused.status)
    tell(Toast(gettext(N_("“%(plugin)s” is on."), plugin=plugin.title), seconds=6))
    return go("tenants.plugins")


@pages.get("/plugins/<name>/off")
def before_switching_off(name: str) -> Response:
    """What switching off would mean now, before it happens: a dialog for scripts, else a page of its own."""
    plugin = _known(name)
    impact = impact_of_switching_off(plugin=name)
    if impact.problems:
        return _refused(plugin, impact.problems)
    alone = not _wants_dialog()
    report = impact_report(plugin, impact, alone=alone)
    return show("impact" if alone else "impact_dialog", plugin=plugin, report=report)


@pages.post("/plugins/<name>/off")
def switch_off(name: str) -> Response:
    """Stop the plugin's new business; what is open is finished first."""
    plugin = _known(name)
    try:
        state = switch_plugin_off(plugin=name)
    except SwitchRefused as refused:
        return _refused(plugin, refused.problems, status=refused.status)
    words = {
        "draining": N_("“%(plugin)s” takes no new business and finishes what is open."),
        "off": N_("“%(plugin)s” is off."),
    }
    text = gettext(words.get(state, words["off"]), plugin=plugin.title)
    tell(Toast(text, undo_url=url_for("tenants.switch_on", name=name), seconds=10))
    return go("tenants.plugins")


def _wants_dialog() -> bool:
    return "HX-Request" in request.headers


def _refused(plugin: PluginView, problems: Sequence[Problem], *, status: int = 200) -> Response:
    if not _wants_dialog():
        return show("refused", status=status, plugin=plugin, problems=problems)
    understood = Action(gettext(N_("Close")))
    return show("refused_dialog", plugin=plugin, problems=problems, understood=understood)


@pages.route("/plugins/<name>/settings", methods=["GET", "POST"])
def settings(name: str) -> Response:
    """The form that the plugin's own schema makes."""
    plugin, schema = _known(name), settings_schema(name)
    require(SWITCH)
    if schema is None:
        raise NotFound
    form = Form(schema(), values=_shown_settings(schema, name))
    if request.method == "POST" and _saved(form, schema, name):
        tell(Toast(gettext(N_("The settings are saved.")), seconds=6))
        return go("tenants.settings", name=name)
    status = 422 if request.method == "POST" else 200
    return show("settings", status=status, plugin=plugin, form=form)


def _shown_settings(schema: type[Schema], name: str) -> dict[str, Any]:
    """What is stored, without secrets and without what today's schema no longer takes."""
    stored = stored_settings(name)
    left_out = {*schema().validate(stored), *secret_settings(name)}
    return {key: value for key, value in stored.items() if key not in left_out}


def _saved(form: Form, schema: type[Schema], name: str) -> bool:
    data = form.submit(request.form)
    if data is None:
        return False
    values = schema().dump(data)
    # A secret that was left empty stays what it was: its field never shows it.
    kept = stored_settings(name)
    values |= {
        field: kept[field] for field in secret_settings(name) if not values.get(field) and kept.get(field)
    }
    try:
        save_plugin_settings(plugin=name, settings=values)
    except InputRefused as refused:
        form.refuse(refused.fields)
        return False
    return True


def _known(name: str) -> PluginView:
    plugin = shop_plugin(name)
    if plugin is None:
        raise NotFound
    return plugin
