"""The form of a bundle."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.sdk.forms import LocalDateTimeField, MoneyField
from core.sdk.words import N_, _
from plugins.bundle.domain import MOST_PIECES


class BundleSchema(Schema):
    """What a bundle is, what it costs, and when it runs."""

    title = fields.String(
        required=True,
        validate=validate.Length(1, 60),
        metadata={"label": N_("Name"), "help": N_("Buyers read it beside the discount.")},
    )
    kind = fields.String(
        load_default="any",
        validate=validate.OneOf(
            ["any", "addon"], [N_("Any pieces for one price"), N_("Main product with add-ons")]
        ),
        metadata={"label": N_("Kind"), "widget": "select", "width": "full"},
    )
    pieces = fields.Integer(
        load_default=3,
        validate=validate.Range(min=2, max=MOST_PIECES),
        metadata={"label": N_("Pieces in a set"), "visible_if": {"kind": "any"}, "width": "half"},
    )
    price = MoneyField(
        required=True,
        metadata={
            "label": N_("Price"),
            "width": "half",
            "help": N_("Of the whole set; for add-ons, of one add-on."),
        },
    )
    product_ids = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, 200),
        metadata={"label": N_("Products of the set, or main products"), "widget": "choices"},
    )
    addon_ids = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=200),
        metadata={"label": N_("Add-ons"), "widget": "choices", "visible_if": {"kind": "addon"}},
    )
    starts_at = LocalDateTimeField(required=True, metadata={"label": N_("Begins"), "width": "half"})
    ends_at = LocalDateTimeField(
        allow_none=True, load_default=None, metadata={"label": N_("Ends"), "width": "half"}
    )

    @validates_schema
    def _fits(self, data: dict[str, Any], **_more: Any) -> None:
        if data.get("ends_at") and data["ends_at"] <= data["starts_at"]:
            raise ValidationError(_("It ends after it begins."), "ends_at")
        if data.get("kind") == "addon" and not data.get("addon_ids"):
            raise ValidationError(_("Choose at least one add-on."), "addon_ids")
        if data.get("kind") == "addon" and set(data.get("addon_ids", ())) & set(data.get("product_ids", ())):
            raise ValidationError(_("A product is either main or add-on."), "addon_ids")
