"""Routes of the after-sale settings: what the shop promises, in one form."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, ValidationError, fields, validate

from core.commerce.aftersale.answers import save_promises
from core.commerce.aftersale.promises import LONGEST_REASON, MOST_REASONS, Promises
from core.commerce.aftersale.queries import promises
from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import require
from core.rendering.console.forms import Form
from core.web.console.answers import go, show
from core.web.console.settings.blueprint import PERMISSION, settings_tabs

blueprint = Blueprint("console_aftersale_settings", __name__)
_CANCEL, _TIMES, _BACK = N_("Cancelling"), N_("Times and what happens then"), N_("Goods that come back")
_REASONS, _READY = N_("Reasons that buyers choose from"), N_("Ready answers")
_LISTS = ("cancel_reasons", "fault_reasons", "other_reasons", "accepting", "declining")


@blueprint.before_request
def owners_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


def _decides(label: str) -> fields.String:
    return fields.String(
        load_default="accept",
        validate=validate.OneOf(["accept", "decline"], [N_("Accept"), N_("Decline")]),
        metadata={"label": label, "group": _TIMES, "widget": "segmented", "width": "half"},
    )


def _number(label: str, least: int, most: int, help_: str = "", group: str = _TIMES) -> fields.Integer:
    return fields.Integer(
        required=True,
        validate=validate.Range(least, most),
        metadata={"label": label, "group": group, "width": "half", "help": help_},
    )


def _few_lines(text: str) -> None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValidationError(gettext(N_("Write at least one line.")))
    if len(lines) > MOST_REASONS:
        raise ValidationError(gettext(N_("At most %(most)s lines."), most=MOST_REASONS))


def _short_lines(text: str) -> None:
    if any(len(line.strip()) > LONGEST_REASON for line in text.splitlines()):
        raise ValidationError(gettext(N_("A line has at most %(most)s characters."), most=LONGEST_REASON))


def _list(label: str, group: str, help_: str = "") -> fields.String:
    return fields.String(
        required=True,
        validate=[_few_lines, _short_lines] if group == _REASONS else _few_lines,
        metadata={"label": label, "group": group, "widget": "textarea", "help": help_},
    )


class PromisesSchema(Schema):
    """What the shop promises after a sale."""

    cancel_at_once = fields.Boolean(
        load_default=True,
        metadata={
            "label": N_("Buyers cancel unsent orders without asking"),
            "group": _CANCEL,
            "help": N_("The money goes back at once. Switched off, you answer each cancellation."),
        },
    )
    return_days = _number(
        N_("Days to ask for something"), 0, 365, N_("Counted from when the goods leave. 0: no returns.")
    )
    answer_hours = _number(N_("Hours to answer"), 1, 720, N_("Buyers see this deadline."))
    default_cancel = _decides(N_("Nobody answered a cancellation"))
    default_refund = _decides(N_("Nobody answered a refund"))
    default_return = _decides(N_("Nobody answered a return"))
    default_exchange = _decides(N_("Nobody answered an exchange"))
    send_days = _number(N_("Days for the buyer to send goods back"), 1, 90, group=_BACK)
    receive_days = _number(
        N_("Days until goods count as received"),
        1,
        90,
        N_("After the buyer gave the parcel's number."),
        _BACK,
    )
    return_to = fields.String(
        load_default="",
        validate=validate.Length(max=400),
        metadata={
            "label": N_("Where goods go back to"),
            "group": _BACK,
            "widget": "textarea",
            "help": N_(
                "Name, phone and address; buyers see it once you agree. Without it, each return asks you for one."
            ),
        },
    )
    return_freight = fields.String(
        load_default="fault",
        validate=validate.OneOf(
            ["fault", "shop", "buyer"],
            [N_("Whoever answers for the reason"), N_("The shop"), N_("The buyer")],
        ),
        metadata={"label": N_("Who pays the way back"), "group": _BACK, "widget": "select", "width": "half"},
    )
    shipping_back = fields.String(
        load_default="fault",
        validate=validate.OneOf(
            ["fault", "all", "never"],
            [
                N_("When it is the shop's doing, or nothing left"),
                N_("Whenever everything goes back"),
                N_("Never"),
            ],
        ),
        metadata={
            "label": N_("The order's own freight goes back"),
            "group": _BACK,
            "widget": "select",
            "width": "half",
        },
    )
    cancel_reasons = _list(N_("To cancel"), _REASONS, N_("One reason per line."))
    fault_reasons = _list(N_("The shop's doing"), _REASONS, N_("Freight goes back with these."))
    other_reasons = _list(N_("The buyer's wish"), _REASONS)
    accepting = _list(N_("To agree"), _READY, N_("One answer per line."))
    declining = _list(N_("To decline"), _READY)


@blueprint.route("/", methods=["GET", "POST"])
def rules() -> Response:
    """What the shop promises."""
    stored = promises()
    values: dict[str, Any] = {name: getattr(stored, name) for name in PromisesSchema().fields}
    values |= {name: "\n".join(gettext(line) for line in values[name]) for name in _LISTS}
    form = Form(PromisesSchema(), values=values)
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            save_promises(rules=_promises(data, stored))
            return go("console_aftersale_settings.rules", said=gettext(N_("The settings are saved.")))
    status = 422 if request.method == "POST" else 200
    return show("aftersale/settings", status=status, form=form, tabs=settings_tabs())


def _promises(data: dict[str, Any], stored: Promises) -> Promises:
    """The form as promises; a line that was left as it stood stays ours, and so speaks both languages."""
    changes = dict(data)
    for name in _LISTS:
        ours = {gettext(line): line for line in (*getattr(Promises(), name), *getattr(stored, name))}
        lines = (line.strip() for line in data[name].splitlines())
        changes[name] = tuple(dict.fromkeys(ours.get(line, line) for line in lines if line))
    return replace(stored, **changes)
