"""The forms about how goods reach buyers, about taxes and about store hours."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from core.commerce.shops.taxes import TAX_CLASSES
from core.kernel.i18n import N_
from core.rendering.console.fields import DurationField, MoneyField, PercentField, TagsField
from core.web.console.settings.place_fields import (
    KilometresField,
    PlaceField,
    PlacesField,
    PointField,
    WindowsField,
)

_COSTS, _WHERE, _WHEN = N_("What the buyer pays"), N_("Where it goes"), N_("When it is open")
_STEPS = {"by": ["weight", "pieces"]}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_LABELS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
_TAX_LABELS = [N_("Standard rate"), N_("Reduced rate"), N_("No tax")]
_ACTIVE = {"label": N_("Offered to buyers"), "help": N_("Orders that chose it keep it either way.")}


def _free_from() -> MoneyField:
    return MoneyField(
        allow_none=True,
        load_default=None,
        metadata={
            "label": N_("Free from"),
            "help": N_("Goods value; empty means never free."),
            "group": _COSTS,
        },
    )


def _whole(label: str, default: int, help_: str = "") -> fields.Integer:
    return fields.Integer(
        load_default=default,
        validate=validate.Range(min=1, max=1_000_000),
        metadata={"label": label, "visible_if": _STEPS, "group": _COSTS, "width": "half", "help": help_},
    )


def _name(placeholder: str) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Length(1, 60),
        metadata={"label": N_("Name"), "placeholder": placeholder},
    )


def _note(placeholder: str) -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={"label": N_("How long it takes"), "placeholder": placeholder},
    )


class ZoneSchema(Schema):
    """Places with fees of their own."""

    places = PlacesField(
        required=True,
        metadata={"label": N_("Places"), "placeholder": N_("Xinjiang, Tibet, France"), "width": "full"},
    )
    fee = MoneyField(required=True, metadata={"label": N_("Fee")})
    step_fee = MoneyField(allow_none=True, load_default=None, metadata={"label": N_("Each further step")})
    free_from = MoneyField(allow_none=True, load_default=None, metadata={"label": N_("Free from")})


class MethodSchema(Schema):
    """A way to send goods as parcels."""

    name = _name(N_("Standard parcel"))
    note = _note(N_("2–4 days after it left"))
    by = fields.String(
        load_default="order",
        validate=validate.OneOf(
            ["order", "weight", "pieces"], [N_("One fee"), N_("By weight"), N_("By pieces")]
        ),
        metadata={"label": N_("The fee depends on"), "group": _COSTS, "widget": "segmented"},
    )
    fee_minor = MoneyField(required=True, metadata={"label": N_("Fee"), "group": _COSTS})
    first = _whole(N_("It covers the first"), 1000, N_("Grams, or pieces."))
    step = _whole(N_("Each further"), 1000, N_("Grams, or pieces; a part counts as whole."))
    step_fee = MoneyField(
        allow_none=True,
        load_default=None,
        metadata={"label": N_("costs"), "visible_if": _STEPS, "group": _COSTS},
    )
    free_from_minor = _free_from()
    zones = fields.List(
        fields.Nested(ZoneSchema),
        load_default=list,
        validate=validate.Length(max=60),
        metadata={
            "label": N_("Zones with fees of their own"),
            "add_label": N_("Add a zone"),
            "group": _WHERE,
            "help": N_(
                "Provinces and countries by name. A province comes before its country, and the first zone wins."
            ),
        },
    )
    listed_only = fields.Boolean(
        load_default=False,
        metadata={"label": N_("Deliver to these zones only"), "group": _WHERE},
    )
    excluded = PlacesField(
        load_default=list,
        metadata={
            "label": N_("Not delivered to"),
            "group": _WHERE,
            "help": N_("Buyers there read that it does not come to them, and what else they can choose."),
        },
    )
    active = fields.Boolean(load_default=True, metadata=_ACTIVE)


class LocalSchema(Schema):
    """The shop brings it itself."""

    name = _name(N_("We bring it"))
    note = _note(N_("On the same day"))
    fee_minor = MoneyField(required=True, metadata={"label": N_("Fee"), "group": _COSTS})
    free_from_minor = _free_from()
    minimum = MoneyField(
        allow_none=True,
        load_default=None,
        metadata={
            "label": N_("Orders from"),
            "group": _COSTS,
            "help": N_("Goods value from which on you come."),
        },
    )
    point = PointField(
        allow_none=True,
        load_default=None,
        metadata={
            "label": N_("Where you start"),
            "group": _WHERE,
            "placeholder": "30.2467, 120.1485",
            "width": "half",
            "help": N_("Latitude and longitude, as map apps show them for a place."),
        },
    )
    radius_m = KilometresField(
        allow_none=True,
        load_default=None,
        metadata={
            "label": N_("How far you come"),
            "unit": "km",
            "group": _WHERE,
            "width": "half",
            "help": N_("Buyers share their position once; only the distance is kept."),
        },
    )
    districts = TagsField(
        load_default=list,
        most=200,
        longest=40,
        metadata={
            "label": N_("Postcodes and districts"),
            "group": _WHERE,
            "help": N_("An address that contains one of these needs no position."),
        },
    )
    active = fields.Boolean(load_default=True, metadata=_ACTIVE)


class SlotSchema(Schema):
    """A window of some weekdays in which the shop delivers."""

    weekdays = fields.List(
        fields.String(validate=validate.OneOf(DAYS, DAY_LABELS)),
        required=True,
        validate=validate.Length(min=1),
        metadata={"label": N_("Days"), "widget": "choices"},
    )
    window = WindowsField(required=True, metadata={"label": N_("From – to"), "placeholder": "14:00-16:00"})
    cutoff = DurationField(
        load_default=timedelta(hours=1),
        least=0,
        most=7 * 86_400,
        units=("minutes", "hours", "days"),
        metadata={"label": N_("Orders until"), "help": N_("So long before the window begins.")},
    )
    capacity = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=10_000),
        metadata={
            "label": N_("Orders that fit"),
            "help": N_("For each day; when they are taken, the time is full."),
        },
    )


class OneSlotSchema(SlotSchema):
    """A slot that is there already: it stands on one day."""

    class Meta:
        """The days of several slots are not asked for."""

        exclude = ("weekdays",)

    weekday = fields.String(
        required=True,
        validate=validate.OneOf(DAYS, DAY_LABELS),
        metadata={"label": N_("Day"), "widget": "select", "width": "half"},
    )


class DaySchema(Schema):
    """A day that differs from the week."""

    day = fields.Date(required=True, metadata={"label": N_("Day")})
    windows = WindowsField(
        load_default="", metadata={"label": N_("Hours"), "placeholder": N_("empty: closed"), "width": "half"}
    )


def _weekday(label: str) -> WindowsField:
    return WindowsField(
        load_default="",
        metadata={"label": label, "placeholder": "9:00-12:00, 13:30-18:00", "group": _WHEN, "width": "half"},
    )


def _days() -> fields.List[Any]:
    return fields.List(
        fields.Nested(DaySchema),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={
            "label": N_("Days that differ"),
            "add_label": N_("Add a day"),
            "group": _WHEN,
            "help": N_("Holidays, fairs: their hours count instead of the week's."),
        },
    )


WeekSchema = type(
    "WeekSchema",
    (Schema,),
    {
        "__doc__": "Hours of each weekday and days that differ.",
        **{day: _weekday(label) for day, label in zip(DAYS, DAY_LABELS, strict=True)},
        "days": _days(),
    },
)


class PointSchema(WeekSchema):  # type: ignore[misc,valid-type]
    """A place where buyers fetch their goods."""

    class Meta:
        """The place comes before its hours."""

        fields = ("name", "address", "phone", "active", *DAYS, "days", "hours")

    name = fields.String(required=True, validate=validate.Length(1, 60), metadata={"label": N_("Name")})
    address = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"label": N_("Address"), "autocomplete": "street-address"},
    )
    phone = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": N_("Phone"), "widget": "tel", "width": "half"},
    )
    active = fields.Boolean(load_default=True, metadata=_ACTIVE)
    hours = fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={
            "label": N_("More about the hours"),
            "placeholder": N_("Ring twice before ten"),
            "group": _WHEN,
        },
    )


class HoursSchema(WeekSchema):  # type: ignore[misc,valid-type]
    """When the shop is open, and whether it takes orders meanwhile."""

    class Meta:
        """Whether orders are taken comes first."""

        fields = ("paused", "note", "outside", *DAYS, "days")

    paused = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Pause orders"),
            "group": N_("Orders"),
            "help": N_("Buyers can look around and fill their cart, and nobody can order."),
        },
    )
    note = fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={
            "label": N_("What buyers read meanwhile"),
            "placeholder": N_("Picking tea, back on Monday."),
            "group": N_("Orders"),
        },
    )
    outside = fields.String(
        load_default="take",
        validate=validate.OneOf(
            ["take", "refuse"], [N_("Take orders, ship when open"), N_("Take no orders")]
        ),
        metadata={"label": N_("Outside of the hours"), "group": N_("Orders"), "widget": "segmented"},
    )


class PlaceRateSchema(Schema):
    """Rates of a country or province."""

    place = PlaceField(required=True, metadata={"label": N_("Place"), "width": "half"})
    standard = PercentField(required=True, metadata={"label": N_("Standard rate")})
    reduced = PercentField(load_default=0, metadata={"label": N_("Reduced rate")})


class TaxSchema(Schema):
    """Rates, and whether prices contain them."""

    mode = fields.String(
        load_default="inclusive",
        validate=validate.OneOf(
            ["inclusive", "added"], [N_("Prices contain the tax"), N_("Tax is added to prices")]
        ),
        metadata={"label": N_("Your prices"), "widget": "segmented"},
    )
    standard = PercentField(load_default=0, metadata={"label": N_("Standard rate")})
    reduced = PercentField(
        load_default=0,
        metadata={"label": N_("Reduced rate"), "help": N_("For products that you put into this class.")},
    )
    freight_class = fields.String(
        load_default="standard",
        validate=validate.OneOf(TAX_CLASSES, _TAX_LABELS),
        metadata={"label": N_("On shipping"), "widget": "select"},
    )
    places = fields.List(
        fields.Nested(PlaceRateSchema),
        load_default=list,
        validate=validate.Length(max=300),
        metadata={
            "label": N_("Rates of places"),
            "add_label": N_("Add a place"),
            "help": N_(
                "Where goods go to decides. A province comes before its country; elsewhere the rates above count."
            ),
        },
    )


class TrySchema(Schema):
    """A basket and an address to look what buyers would be offered."""

    place = PlaceField(
        load_default="", allow_none=True, metadata={"label": N_("Country or province"), "width": "full"}
    )
    district = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata={"label": N_("City, street or postcode"), "width": "full"},
    )
    position = PointField(
        allow_none=True,
        load_default=None,
        metadata={"label": N_("Position"), "placeholder": "30.25, 120.16", "width": "full"},
    )
    grams = fields.Integer(
        load_default=500, validate=validate.Range(0, 10**8), metadata={"label": N_("Weight"), "unit": "g"}
    )
    pieces = fields.Integer(
        load_default=1, validate=validate.Range(1, 9999), metadata={"label": N_("Pieces")}
    )
    goods = MoneyField(
        load_default=0, allow_none=True, metadata={"label": N_("Goods value"), "width": "full"}
    )
