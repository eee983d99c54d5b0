"""Pages about a shop's plugins: what they are, switching them with an impact report, their settings, and the record."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_, gettext
from core.rendering.console.forms import Form
from core.rendering.console.parts import Action, Toast
from core.rendering.console.render import add_templates, render_console
from core.rendering.console.visits import may, tell
from tenants.actions.plugins import (
    impact_of_switching_off,
    save_plugin_settings,
    settings_schema,
    switch_plugin_off,
    switch_plugin_on,
)
from tenants.errors import SwitchRefused
from tenants.queries import PluginView, changes, count_changes, shop_plugin, shop_plugins, stored_settings
from tenants.web.impact import impact_report
from tenants.web.words import audit_words, plugin_badge

add_templates("tenants", Path(__file__).resolve().parent / "templates" / "tenants")
pages = Blueprint("tenants", __name__)
SWITCH = "plugins.switch"
_PER_PAGE = 50


@pages.get("/plugins")
def plugins() -> Response:
    """Every plugin of this installation as the shop has it."""
    record = Action(gettext(N_("Record of changes")), url_for("tenants.audit"), icon="history")
    return _page("plugins", plugins=shop_plugins(), badge_of=plugin_badge, record=record)


@pages.post("/plugins/<name>/on")
def switch_on(name: str) -> Response:
    """Switch a plugin on; what stands in the way is shown with the way out."""
    plugin = _known(name)
    try:
        switch_plugin_on(plugin=name)
    except SwitchRefused as refused:
        return _page("refused", status=refused.status, plugin=plugin, problems=refused.problems)
    tell(Toast(gettext(N_("“%(plugin)s” is on."), plugin=plugin.title), seconds=6))
    return _go("tenants.plugins")


@pages.get("/plugins/<name>/off")
def before_switching_off(name: str) -> Response:
    """What switching off would mean now: shown before it happens."""
    plugin = _known(name)
    impact = impact_of_switching_off(plugin=name)
    if impact.problems:
        return _page("refused", plugin=plugin, problems=impact.problems)
    return _page("impact", plugin=plugin, report=impact_report(plugin, impact))


@pages.post("/plugins/<name>/off")
def switch_off(name: str) -> Response:
    """Stop the plugin's new business; what is open is finished first."""
    plugin = _known(name)
    try:
        state = switch_plugin_off(plugin=name)
    except SwitchRefused as refused:
        return _page("refused", status=refused.status, plugin=plugin, problems=refused.problems)
    words = {
        "draining": N_("“%(plugin)s” takes no new business and finishes what is open."),
        "off": N_("“%(plugin)s” is off."),
    }
    text = gettext(words.get(state, words["off"]), plugin=plugin.title)
    undo = url_for("tenants.switch_on", name=name)
    tell(Toast(text, undo_url=undo, seconds=10))
    return _go("tenants.plugins")


@pages.route("/plugins/<name>/settings", methods=["GET", "POST"])
def settings(name: str) -> Response:
    """The form that the plugin's own schema makes."""
    plugin, schema = _known(name), settings_schema(name)
    if schema is None or not may(SWITCH):
        raise NotFound
    form = Form(schema(), values=stored_settings(name))
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None and _saved(form, schema().dump(data), name):
            tell(Toast(gettext(N_("The settings are saved.")), seconds=6))
            return _go("tenants.settings", name=name)
    status = 422 if request.method == "POST" else 200
    return _page("settings", status=status, plugin=plugin, form=form)


def _saved(form: Form, values: dict[str, object], name: str) -> bool:
    try:
        save_plugin_settings(plugin=name, settings=values)
    except PinpuError as error:
        form.refuse(error.text)
        return False
    return True


@pages.get("/audit")
def audit() -> Response:
    """Who changed what in the shop's set-up, newest first."""
    if not may(SWITCH):
        raise NotFound
    asked = request.args.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    total = count_changes()
    last = max(1, -(-total // _PER_PAGE))
    page = min(max(page, 1), last)
    found = changes(limit=_PER_PAGE, offset=(page - 1) * _PER_PAGE)
    return _page("audit", entries=[audit_words(one) for one in found], total=total, page=page, last=last)


def _known(name: str) -> PluginView:
    plugin = shop_plugin(name)
    if plugin is None:
        raise NotFound
    return plugin


def _page(template: str, *, status: int = 200, **context: Any) -> Response:
    html = render_console(f"tenants/{template}.html", url=url_for, may=may, **context)
    return Response(html, status, mimetype="text/html")


def _go(endpoint: str, **values: str) -> Response:
    address: str = url_for(endpoint, **dict[str, Any](values))
    answer = redirect(address, 303)
    assert isinstance(answer, Response)
    return answer
