"""Settings, API: the tokens of a shop, each made, seen once, and revoked; the reference stands beside them."""

from uuid import UUID

from flask import Response, request, url_for
from marshmallow import Schema, fields, validate

from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import current_actor, current_scope, require
from core.rendering.console import formats
from core.rendering.console.forms import Form
from core.rendering.console.widgets import Choice
from core.web.console.settings.blueprint import PERMISSION, settings_tabs
from tenants import permissions
from tenants.actions import tokens as actions
from tenants.api_tokens import TokenView, tokens
from tenants.web.answers import go, pages, show


class TokenSchema(Schema):
    """What a new token is for."""

    name = fields.String(
        required=True,
        validate=validate.Length(1, actions.LONGEST_NAME),
        metadata={
            "label": N_("Name"),
            "placeholder": "ERP",
            "help": N_(
                "Which program it is for; it stands beside your name wherever the program does something."
            ),
        },
    )
    days = fields.String(
        load_default="365",
        validate=validate.OneOf(["30", "90", "365", "0"]),
        metadata={"label": N_("Good for"), "widget": "select"},
    )
    scopes = fields.List(
        fields.String(),
        load_default=list,
        metadata={
            "label": N_("What it may do"),
            "widget": "choices",
            "help": N_("Tick as little as the program needs. It never may more than you."),
        },
    )


def _form() -> Form:
    held = {name: label for name, label in permissions.scope_labels().items() if _held(name)}
    lives = [
        Choice("30", gettext(N_("30 days"))),
        Choice("90", gettext(N_("90 days"))),
        Choice("365", gettext(N_("A year"))),
        Choice("0", gettext(N_("Until it is revoked"))),
    ]
    offered = [Choice(name, gettext(label), name) for name, label in held.items()]
    return Form(TokenSchema(), choices={"scopes": offered, "days": lives})


def _held(permission: str) -> bool:
    me = current_actor().id
    return me is not None and permissions.may(me, permission, current_scope().shop_id)


@pages.get("/settings/api")
def api_tokens() -> Response:
    """The shop's tokens."""
    require(PERMISSION)
    return show("api_tokens", tabs=settings_tabs(), rows=[_row(one) for one in tokens()])


def _row(one: TokenView) -> dict[str, object]:
    last = one.last_used_at
    return {
        "one": one,
        "until": formats.moment(one.expires_at) if one.expires_at else "",
        "used": formats.moment(last) if last else "",
        "scopes": ", ".join(one.scopes),
    }


@pages.route("/settings/api/new", methods=["GET", "POST"])
def new_api_token() -> Response:
    """Make a token; the answer to the form is the only page that ever shows it."""
    require(PERMISSION)
    form = _form()
    if request.method == "POST" and (data := form.submit(request.form)) is not None:
        try:
            made = actions.make_token(
                name=data["name"], scopes=data["scopes"], days=int(data["days"]) or None
            )
        except InputRefused as refused:
            form.refuse(refused.fields)
        else:
            address = url_for("tenants.api_tokens", _external=True).partition("/console/")[0]
            return show(
                "api_token_made", secret=made.secret, name=data["name"], address=f"{address}/api/admin/v1"
            )
    return show("api_token_new", form=form, status=422 if request.method == "POST" else 200)


@pages.post("/settings/api/<ref>/revoke")
def revoke_api_token(ref: str) -> Response:
    """End a token."""
    found: UUID | None = as_id(ref)
    if found is None:
        raise NotFound
    actions.revoke_token(token_id=found)
    return go("tenants.api_tokens")
