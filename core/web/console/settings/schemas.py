"""The forms of the shop's settings."""

from datetime import timedelta

from marshmallow import Schema, fields, validate

from core.kernel.i18n import N_
from core.rendering.console.fields import DurationField

_SAYS, _BUYING = N_("What the shop says"), N_("Buying")


class ShopSchema(Schema):
    """Name, line and payment window; announcement and contact belong to the frame of the shop's design."""

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
