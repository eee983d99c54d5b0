"""The merchant's settings of coupons."""

from datetime import timedelta

from marshmallow import Schema, fields, validate

from core.sdk.forms import DurationField, PercentField
from core.sdk.words import N_


class CouponSettings(Schema):
    """What holds for every campaign of the shop."""

    most_points = PercentField(
        least=1,
        load_default=10_000,
        metadata={
            "label": N_("Coupons take off at most"),
            "help": N_("Of what the goods of an order cost, all its coupons together."),
            "group": N_("Limits"),
        },
    )
    aliases = fields.String(
        load_default="flag",
        validate=validate.OneOf(["off", "flag", "block"]),
        metadata={
            "label": N_("Several accounts of one person"),
            "widget": "select",
            "group": N_("Limits"),
            "help": N_(
                "Recognised by e-mail addresses and numbers that lead to the same mailbox or phone, by the browser, and by"
                " who pays. Families share devices: flagging tells you, blocking refuses."
            ),
            "choices": {
                "off": N_("do not look"),
                "flag": N_("flag them, do not block"),
                "block": N_("refuse more than one customer can have"),
            },
        },
    )
    return_grace = DurationField(
        least=0,
        most=30 * 86_400,
        units=("hours", "days"),
        load_default=timedelta(hours=24),
        metadata={
            "label": N_("Extra time after an order falls through"),
            "help": N_("A coupon that ran out while an order kept it can be used for so long again."),
            "group": N_("Limits"),
        },
    )
    remind_before = DurationField(
        least=3_600,
        most=14 * 86_400,
        units=("hours", "days"),
        load_default=timedelta(days=2),
        metadata={
            "label": N_("Remind before a coupon runs out"),
            "help": N_("Once for each coupon, to those who want such messages."),
            "group": N_("Messages"),
        },
    )
    open_centre = fields.Boolean(
        load_default=True,
        metadata={
            "label": N_("Show the coupon centre"),
            "help": N_("A page with everything that can be claimed, linked from accounts and the footer."),
            "group": N_("Storefront"),
        },
    )
