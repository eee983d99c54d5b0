"""Forms of a case: the answer, what came back, the replacement's parcel, a note."""

from typing import Any

from marshmallow import Schema, fields, validate

from core.commerce.aftersale.answers import LONGEST_ANSWER, LONGEST_RETURN_ADDRESS
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import CaseView
from core.commerce.fulfilment.actions import LONGEST_NUMBER
from core.commerce.fulfilment.carriers import OWN_DELIVERY, carrier_choices
from core.kernel.i18n import N_, current_language, gettext
from core.rendering.console.fields import MoneyField
from core.rendering.console.forms import Form


def _words(label: str, *, help_: str = "") -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_ANSWER),
        metadata={"label": label, "widget": "textarea", "help": help_},
    )


def _ready(label: str, width: str = "full") -> fields.String:
    return fields.String(load_default="", metadata={"label": label, "widget": "select", "width": width})


class AcceptSchema(Schema):
    """Yes, with an amount and a few words."""

    amount = MoneyField(required=True, metadata={"label": N_("Amount that goes back"), "width": "half"})
    ready = _ready(N_("Ready answer"), "half")
    answer = _words(N_("Words to the buyer"), help_=N_("Needed when the amount is less than asked for."))


class PlainAcceptSchema(Schema):
    """Yes, where there is nothing to say about the amount."""

    ready = _ready(N_("Ready answer"))
    answer = _words(N_("Words to the buyer"))


class PlaceSchema(Schema):
    """Where goods go back to."""

    return_to = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_RETURN_ADDRESS),
        metadata={
            "label": N_("Where goods go back to"),
            "widget": "textarea",
            "help": N_("Name, phone and address; the buyer sees it at once."),
        },
    )


class AcceptReturnSchema(AcceptSchema, PlaceSchema):
    """Yes, once the goods are back."""


class AcceptExchangeSchema(PlainAcceptSchema, PlaceSchema):
    """Yes, another one for the goods that come back."""


_ACCEPTING: dict[str, type[Schema]] = {
    "refund": AcceptSchema,
    "return": AcceptReturnSchema,
    "exchange": AcceptExchangeSchema,
}


class DeclineSchema(Schema):
    """No, with the reason."""

    ready_why = _ready(N_("Ready answer"))
    why = _words(N_("Why not"), help_=N_("The buyer reads it as the reason."))


class ReceiveSchema(Schema):
    """What came back."""

    restock = fields.String(
        load_default="yes",
        validate=validate.OneOf(["yes", "no"]),
        metadata={"label": N_("The goods"), "widget": "segmented"},
    )
    amount = MoneyField(load_default=None, allow_none=True, metadata={"label": N_("Amount that goes back")})
    answer = _words(N_("Words to the buyer"), help_=N_("Needed when the amount is less than agreed."))


class ReplacementSchema(Schema):
    """The parcel of the replacement."""

    carrier = fields.String(
        required=True, metadata={"label": N_("Carrier"), "widget": "select", "width": "half"}
    )
    tracking_number = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_NUMBER),
        metadata={"label": N_("Tracking number"), "width": "half"},
    )


class CaseNoteSchema(Schema):
    """A staff member's own words."""

    text = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_ANSWER),
        metadata={"label": N_("Note"), "widget": "text"},
    )


def accept_form(case: CaseView, rules: Promises) -> Form:
    """The form that agrees."""
    schema = _ACCEPTING.get(case.kind, PlainAcceptSchema)()
    ready: dict[str, Any] = {"amount": case.amount, "return_to": case.return_to or rules.return_to}
    values = {name: value for name, value in ready.items() if name in schema.fields}
    return Form(schema, values=values, choices={"ready": _texts(rules.accepting)})


def decline_form(rules: Promises) -> Form:
    """The form that says no."""
    return Form(DeclineSchema(), choices={"ready_why": _texts(rules.declining)})


def receive_form(case: CaseView) -> Form:
    """The form that takes goods in."""
    return Form(
        ReceiveSchema(),
        values={"restock": "yes", "amount": None if case.kind == "exchange" else case.amount},
        choices={"restock": [("yes", gettext(N_("Back on sale"))), ("no", gettext(N_("Write off")))]},
    )


def replacement_form() -> Form:
    """The form that sends a replacement."""
    choices = [one for one in carrier_choices(current_language()) if one[0] != OWN_DELIVERY]
    own = [one for one in carrier_choices(current_language()) if one[0] == OWN_DELIVERY]
    return Form(
        ReplacementSchema(),
        values={"carrier": choices[0][0]},
        choices={"carrier": [*choices, *own]},
    )


def _texts(texts: tuple[str, ...]) -> list[tuple[str, str]]:
    """Ready texts as choices; the words that are sent are those of the shop's language."""
    return [("", gettext(N_("Write my own"))), *((gettext(one), gettext(one)) for one in texts)]


def answer_words(data: dict[str, Any]) -> str:
    """What the buyer reads: the words that were typed, else the ready ones."""
    typed = (data.get(name) for name in ("answer", "ready", "why", "ready_why"))
    return next((str(words).strip() for words in typed if words and str(words).strip()), "")
