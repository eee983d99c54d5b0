"""Routes of the sharing settings: how often buyers are asked to share, and the shop's WeChat account."""

from typing import Any

from flask import Response, request
from marshmallow import Schema, fields, validate

from core.commerce.sharing.actions import save_sharing
from core.commerce.sharing.queries import SharingView, sharing_settings
from core.kernel.i18n import N_, gettext
from core.rendering.console.forms import Form
from core.web.console.answers import go, show
from core.web.console.settings.blueprint import blueprint, settings_tabs
from core.web.console.sharing import ways_to_share
from core.web.console.shell import storefront_link

_ASKING, _WECHAT = N_("Asking buyers to share"), N_("Cards inside WeChat")


class SharingSchema(Schema):
    """Caps on prompts, and the WeChat account."""

    prompts_per_week = fields.Integer(
        load_default=2,
        validate=validate.Range(0, 50),
        metadata={
            "label": N_("Times a week, to one buyer"),
            "group": _ASKING,
            "width": "half",
            "help": N_("After paying, a buyer may be asked to share. 0 asks nobody."),
        },
    )
    prompts_per_day = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 1_000_000),
        metadata={
            "label": N_("Times a day, to all buyers"),
            "group": _ASKING,
            "width": "half",
            "help": N_("Empty: no limit."),
        },
    )
    wechat_app_id = fields.String(
        load_default="",
        validate=validate.Regexp(
            r"(wx[0-9a-f]{16})?\Z", error=N_("An AppID is wx and 16 letters or digits.")
        ),
        metadata={
            "label": N_("AppID of your service account"),
            "group": _WECHAT,
            "width": "half",
            "placeholder": "wx0123456789abcdef",
            "help": N_("Your shop's address must be among its JS domains at WeChat."),
        },
    )
    wechat_secret = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata={
            "label": N_("AppSecret"),
            "group": _WECHAT,
            "width": "half",
            "widget": "password",
            "help": N_("Leave it empty to keep the one that is stored; it is never shown again."),
        },
    )


@blueprint.route("/sharing", methods=["GET", "POST"])
def sharing() -> Response:
    """Caps and account."""
    stored = sharing_settings()
    names = ("prompts_per_week", "prompts_per_day", "wechat_app_id")
    form = Form(SharingSchema(), values={name: getattr(stored, name) for name in names})
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None and _complete(form, data, stored):
            save_sharing(**data)
            return go("console_settings.sharing", said=gettext(N_("The settings are saved.")))
    status = 422 if request.method == "POST" else 200
    return show(
        "settings/sharing",
        status=status,
        form=form,
        tabs=settings_tabs(),
        ways=ways_to_share(storefront_link()),
    )


def _complete(form: Form, data: dict[str, Any], stored: SharingView) -> bool:
    """A new account needs its secret; the old one's would not fit."""
    account = data["wechat_app_id"]
    kept = stored.has_secret and account == stored.wechat_app_id
    if account and not data["wechat_secret"] and not kept:
        form.refuse({"wechat_secret": [gettext(N_("Fill in the AppSecret of this account."))]})
        return False
    return True
