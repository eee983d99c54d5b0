"""Routes of payments: the ways in which the shop is paid, their credentials, and the way to real payments."""

from typing import Any, cast

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from core.commerce.payments.account_queries import AccountView, accounts, milestones, obligations_of
from core.commerce.payments.accounts import TEST, notify_url
from core.commerce.payments.actions import accounts as actions
from core.commerce.payments.gateways.interface import GatewayProfile, Mode
from core.commerce.payments.gateways.registry import all_gateways, gateways_of_shop
from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, gettext, sentences
from core.kernel.tenancy import require
from core.rendering.console import formats
from core.rendering.console.forms import Form
from core.rendering.console.parts import Toast
from core.rendering.console.widgets import Choice
from core.web.console.answers import go, show
from core.web.console.payments import words
from core.web.console.settings.blueprint import settings_tabs

blueprint = Blueprint("console_payments", __name__)


@blueprint.before_request
def owners_only() -> None:
    """Who sees these pages may move the shop's money elsewhere."""
    require(actions.PERMISSION)


@blueprint.get("/")
def index() -> Response:
    """The ways to be paid, and how far the shop is on its way to real payments."""
    found = accounts()
    reached = milestones(found)
    stored = {(one.gateway, one.mode): one for one in found}
    offered = [one.profile for one in gateways_of_shop() if one.name != TEST]
    known = {one.name for one in offered}
    first = next((one.gateway for one in found if one.gateway in known), offered[0].name if offered else "")
    test_row = stored.get((TEST, "test"))
    return show(
        "payments/index",
        tabs=settings_tabs(),
        rows=[
            (
                one,
                words.gateway_name(one.gateway),
                words.mode_badge(one.mode),
                _said(one),
                place > 0,
                words.state_badge(one, live_on=reached.live_on),
            )
            for place, one in enumerate(one for one in found if one.gateway != TEST)
        ],
        more=[(one, _missing_modes(one, stored)) for one in offered if _missing_modes(one, stored)],
        elsewhere=[gettext(one.profile.label) for one in all_gateways() if one.name not in {TEST, *known}],
        steps=words.steps(reached, first) if first and not reached.live_paid else [],
        reached=reached,
        test_on=test_row.enabled if test_row else True,
        mode_name=words.MODES,
    )


def _said(one: AccountView) -> str:
    if one.trouble:
        return words.trouble_said(one)
    return words.methods_said(tuple(method for method in one.methods if method in one.ready_methods))


def _missing_modes(profile: GatewayProfile, stored: dict[tuple[str, str], AccountView]) -> list[str]:
    return [
        mode for mode in ("live", "test") if mode in profile.base_urls and (profile.name, mode) not in stored
    ]


@blueprint.route("/<gateway>/<mode>", methods=["GET", "POST"])
def account(gateway: str, mode: str) -> Response:
    """One account: its form, what its gateway says of it, and its switch."""
    profile = _profile(gateway, mode)
    one = next((row for row in accounts() if (row.gateway, row.mode) == (gateway, mode)), None)
    form = _form(profile, one)
    if request.method == "POST" and (data := form.submit(request.form)) is not None:
        try:
            actions.save_account(
                gateway=gateway,
                mode=cast("Mode", mode),
                typed={field.name: str(data.get(field.name) or "") for field in profile.fields},
                methods=tuple(data["methods"]) if "methods" in data else None,
                version=request.args.get("version", 0, type=int),
            )
        except InputRefused as refused:
            form.refuse(refused.fields)
        except PinpuError as refused:
            form.refuse(sentences(refused.text, refused.fix_text))
        else:
            return go(
                "console_payments.account",
                gateway=gateway,
                mode=mode,
                said=gettext(N_("The account is saved.")),
            )
    status = 422 if request.method == "POST" else 200
    return show("payments/account", status=status, form=form, **_account_page(profile, mode, one))


def _profile(gateway: str, mode: str) -> GatewayProfile:
    for one in gateways_of_shop():
        if one.name == gateway and gateway != TEST and mode in one.profile.base_urls:
            return one.profile
    raise NotFound


def _account_page(profile: GatewayProfile, mode: str, one: AccountView | None) -> dict[str, Any]:
    live_on = one is not None and any(row.enabled and row.mode == "live" for row in accounts())
    return {
        "profile": profile,
        "name": gettext(profile.label),
        "mode": mode,
        "one": one,
        "badge": words.mode_badge(mode),
        "state": words.state_badge(one, live_on=live_on) if one else None,
        "trouble": words.trouble_said(one) if one else "",
        "ready": words.methods_said(one.ready_methods) if one else "",
        "problems": [gettext(said) for said in one.problems] if one else [],
        "checked": formats.moment(one.checked_at) if one and one.checked_at else "",
        "history": words.history_said(one) if one else [],
        "owed": obligations_of(profile.name, mode) if one else None,
        "notify_url": notify_url(profile.name),
        "reachable": not notify_url(profile.name).startswith("http://"),
    }


def _form(profile: GatewayProfile, one: AccountView | None) -> Form:
    shown = dict(one.shown) if one else {}
    described: dict[str, Any] = {}
    for field in profile.fields:
        known = dict(shown.get(field.name, {}))
        # A secret that is stored stays when its field is left empty.
        needed = field.required and not (field.secret and known)
        described[field.name] = fields.String(
            **({"required": True} if needed else {"load_default": ""}),
            validate=validate.Length(max=actions.LONGEST_VALUE),
            metadata={
                "label": field.label,
                "help": words.field_help(known, field.help) if field.secret else field.help,
                "widget": "textarea" if field.multiline else "password" if field.secret else "text",
                "autocomplete": "off",
                "secret": field.secret,
            },
        )
    choices: dict[str, list[Choice]] = {}
    if len(profile.methods) > 1:
        described["methods"] = fields.List(
            fields.String(),
            load_default=list,
            validate=validate.Length(min=1, error=N_("Choose at least one.")),
            metadata={"label": N_("Buyers may pay with"), "widget": "choices"},
        )
        choices["methods"] = [Choice(name, gettext(words.METHODS[name])) for name in profile.methods]
    values: dict[str, Any] = {name: known["value"] for name, known in shown.items() if "value" in known}
    values["methods"] = list(one.methods) if one else list(profile.methods)
    schema = Schema.from_dict(described, name="AccountSchema")
    return Form(schema(), values=values, choices=choices)


def _stored(gateway: str, mode: str) -> AccountView:
    found = next((row for row in accounts() if (row.gateway, row.mode) == (gateway, mode)), None)
    if found is None:
        raise NotFound
    return found


@blueprint.post("/<gateway>/<mode>/check")
def check(gateway: str, mode: str) -> Response:
    """Ask the provider again."""
    good = actions.check_account(account_id=_stored(gateway, mode).id)
    toast = Toast(gettext(N_("The provider confirms the account.")), seconds=6)
    if not good:
        toast = Toast(words.trouble_said(_stored(gateway, mode)), tone="bad", seconds=12)
    return go("console_payments.account", gateway=gateway, mode=mode, toast=toast)


@blueprint.post("/<gateway>/<mode>/<switch>")
def switch(gateway: str, mode: str, switch: str) -> Response:
    """Offer it to buyers, or stop offering it; put it first; forget it."""
    found = _stored(gateway, mode)
    if switch == "first":
        actions.put_first(account_id=found.id)
        return go("console_payments.index", said=gettext(N_("Buyers see it first.")))
    if switch == "remove":
        return _removed(found)
    if switch not in ("on", "off"):
        raise NotFound
    try:
        actions.switch_account(account_id=found.id, on=switch == "on")
    except PinpuError as refused:
        toast = Toast(sentences(refused.text, refused.fix_text), tone="bad", seconds=12)
        return go("console_payments.account", gateway=gateway, mode=mode, toast=toast)
    said = (
        N_("Buyers can pay this way now.") if switch == "on" else N_("Buyers are no longer offered this way.")
    )
    return go("console_payments.index", said=gettext(said))


def _removed(found: AccountView) -> Response:
    if actions.remove_account(account_id=found.id) == "removed":
        return go("console_payments.index", said=gettext(N_("The account is forgotten.")))
    words_said = N_(
        "The account is switched off and stays for now: payments that went through it may still have to be finished or "
        "given back."
    )
    return go("console_payments.index", toast=Toast(gettext(words_said), seconds=12))


@blueprint.post("/test-payments/<switch>")
def test_payments(switch: str) -> Response:
    """Our own test payments, on or off."""
    if switch not in ("on", "off"):
        raise NotFound
    actions.switch_test_payments(on=switch == "on")
    said = N_("Buyers can pay with test payments.") if switch == "on" else N_("Test payments are off.")
    return go("console_payments.index", said=gettext(said))
