"""The forms of the shop's settings."""

from datetime import timedelta

from marshmallow import Schema, fields, validate

from core.kernel.i18n import N_
from core.rendering.console.fields import DurationField

_SAYS, _REACHED, _BUYING = N_("What the shop says"), N_("How buyers reach you"), N_("Buying")


class ShopSchema(Schema):
    """Name, words, contact and payment window."""

    name = fields.String(
        required=True,
        validate=validate.Length(1, 60),
        metadata={"label": N_("Name of the shop"), "group": _SAYS},
    )
    tagline = fields.String(
        load_default="",
        validate=validate.Length(max=80),
        metadata={"label": N_("One line about it"), "group": _SAYS, "help": N_("Stands under the name.")},
    )
    announcement = fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={
            "label": N_("Announcement"),
            "group": _SAYS,
            "help": N_("On top of every page; leave it empty when there is nothing to announce."),
        },
    )
    email = fields.Email(
        load_default="",
        allow_none=True,
        metadata={"label": N_("E-mail"), "group": _REACHED, "autocomplete": "email", "width": "half"},
    )
    phone = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={
            "label": N_("Phone"), "group": _REACHED, "widget": "tel", "autocomplete": "tel", "width": "half",
        },
    )  # fmt: skip
    hours = fields.String(
        load_default="",
        validate=validate.Length(max=80),
        metadata={
            "label": N_("When somebody answers"), "group": _REACHED, "placeholder": N_("Every day 9:00–21:00"),
        },
    )  # fmt: skip
    payment_window = DurationField(
        load_default=timedelta(minutes=30),
        least=5 * 60,
        most=24 * 3600,
        units=("minutes", "hours"),
        metadata={
            "label": N_("Time to pay"),
            "group": _BUYING,
            "help": N_("An unpaid order keeps its goods for this long, then it closes by itself."),
        },
    )
