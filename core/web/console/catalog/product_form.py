"""The form of a product, and what it means: a draft with a stock for each variant."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields as dataclass_fields
from typing import Any

from marshmallow import Schema, fields, validate

from core.commerce.catalog.drafts import (
    LONGEST,
    LONGEST_BODY,
    Fact,
    ImageDraft,
    Option,
    ProductDraft,
    VariantDraft,
)
from core.commerce.catalog.provenance import LONGEST as LONGEST_PROVENANCE
from core.commerce.catalog.provenance import LONGEST_STORY, Provenance
from core.commerce.catalog.queries import CollectionLink
from core.commerce.merchandising.queries import EditedProduct
from core.commerce.merchandising.values import LEAVE, StockWish
from core.kernel.i18n import N_
from core.kernel.ids import as_id
from core.rendering.console.fields import MoneyField, TagsField
from core.rendering.console.forms import Form

# Option values of a variant travel as a JSON list; longer than any that can be saved.
_LONGEST_VALUES = 2_000
# All values of one option.
_LONGEST_LISTS = 30_000


def _text(name: str, label: str, **metadata: Any) -> fields.String:
    return fields.String(
        load_default="", validate=validate.Length(max=LONGEST[name]), metadata={"label": label, **metadata}
    )


def _known(name: str, label: str, **metadata: Any) -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_PROVENANCE[name]),
        metadata={"label": label, **metadata},
    )


def _hidden(longest: int = 64) -> fields.String:
    return fields.String(
        load_default="", validate=validate.Length(max=longest), metadata={"widget": "hidden"}
    )


class OptionSchema(Schema):
    """Something to choose, with its values; `was` is what it was when the variants below were made."""

    name = fields.String(
        load_default="", validate=validate.Length(max=LONGEST["name"]), metadata={"label": N_("Option")}
    )
    values = fields.String(
        load_default="",
        validate=validate.Length(max=_LONGEST_LISTS),
        metadata={"label": N_("Values"), "widget": "textarea", "rows": 2, "help": N_("One on each line.")},
    )
    was = _hidden(_LONGEST_LISTS)


class VariantSchema(Schema):
    """One row of the matrix."""

    id = _hidden()
    option_values = _hidden(_LONGEST_VALUES)
    price_minor = MoneyField(required=True, metadata={"label": N_("Price")})
    compare_at_minor = MoneyField(allow_none=True, load_default=None, metadata={"label": N_("Before")})
    cost_minor = MoneyField(allow_none=True, load_default=None, metadata={"label": N_("Unit cost")})
    stock = fields.Integer(
        allow_none=True,
        load_default=None,
        validate=validate.Range(min=0),
        metadata={"label": N_("Stock"), "placeholder": N_("not counted")},
    )
    stock_seen = _hidden()
    sku = _text("sku", N_("SKU"))
    barcode = _hidden(LONGEST["barcode"])
    grams = fields.Integer(
        load_default=0, validate=validate.Range(min=0), metadata={"label": N_("Grams"), "unit": "g"}
    )
    asset_id = _hidden()


class ImageSchema(Schema):
    """A picture of the product."""

    asset_id = _hidden()
    alt = _text("alt", N_("What it shows"), placeholder=N_("What it shows, for people who do not see it"))
    tile = _hidden()


class FactSchema(Schema):
    """A line of the table of details."""

    label = _text("label", N_("Detail"), width="half")
    value = _text("value", N_("What it is"), width="half")


class ProvenanceSchema(Schema):
    """Where the product comes from; nothing has to be known."""

    origin = _known("origin", N_("Origin"), placeholder=N_("Tongmu, Wuyi Mountains, Fujian"))
    producer = _known("producer", N_("Producer"), width="half")
    batch = _known("batch", N_("Batch"), width="half")
    made_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"label": N_("Harvested or made on"), "width": "half"},
    )
    shelf_life = _known("shelf_life", N_("Keeps for"), width="half", placeholder=N_("18 months"))
    storage = _known("storage", N_("How to store it"), placeholder=N_("Cool, dry and dark"))
    story = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_STORY),
        metadata={
            "label": N_("The producer's story"),
            "widget": "textarea",
            "rows": 4,
            "help": N_("Who makes it, where and how. Shown below the description."),
        },
    )


class ProductSchema(Schema):
    """The whole product; names are those of a ProductDraft."""

    title = fields.String(
        required=True, validate=validate.Length(1, LONGEST["title"]), metadata={"label": N_("Name")}
    )
    subtitle = _text("subtitle", N_("Selling point"), help=N_("One line in lists and on share cards."))
    body_html = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_BODY),
        metadata={"label": N_("Description"), "widget": "textarea", "rows": 8},
    )
    status = fields.String(
        load_default="draft",
        validate=validate.OneOf(
            ["active", "draft", "archived"], [N_("On sale"), N_("Draft"), N_("Put away")]
        ),
        metadata={"label": N_("Status"), "widget": "select", "width": "full"},
    )
    handle = _text("handle", N_("Address"), help=N_("Left empty, it is made from the name."))
    vendor = _text("vendor", N_("Maker"))
    kind = _text("kind", N_("Kind of goods"))
    tax_class = fields.String(
        load_default="standard",
        validate=validate.OneOf(
            ["standard", "reduced", "zero"], [N_("Standard rate"), N_("Reduced rate"), N_("No tax")]
        ),
        metadata={"label": N_("Tax"), "widget": "select", "help": N_("The rates stand in the settings.")},
    )
    tags = TagsField(load_default=list, most=100, longest=LONGEST["tags"], metadata={"label": N_("Tags")})
    collection_ids = fields.List(
        fields.UUID(), load_default=list, metadata={"label": N_("Collections"), "widget": "choices"}
    )
    facts = fields.List(
        fields.Nested(FactSchema),
        load_default=list,
        metadata={
            "label": N_("Table of details"),
            "add_label": N_("Add a detail"),
            "help": N_("Origin, size, material: shown as a table on the product page."),
        },
    )
    provenance = fields.Nested(
        ProvenanceSchema,
        load_default=None,
        metadata={
            "label": N_("Where it comes from"),
            "widget": "group",
            "help": N_("Only what you fill in is shown on the product's page."),
        },
    )
    options = fields.List(fields.Nested(OptionSchema), load_default=list, metadata={"label": N_("Options")})
    variants = fields.List(
        fields.Nested(VariantSchema), load_default=list, metadata={"label": N_("Variants")}
    )
    images = fields.List(fields.Nested(ImageSchema), load_default=list, metadata={"label": N_("Pictures")})


def product_form(edited: EditedProduct | None, collections: Sequence[CollectionLink]) -> Form:
    """The form for a stored product, or for a new one with one variant that has no options."""
    values = _stored_values(edited) if edited else {"variants": [{"option_values": "[]"}]}
    return Form(
        ProductSchema(),
        values=values,
        choices={"collection_ids": [(str(one.id), one.title) for one in collections]},
    )


def _stored_values(edited: EditedProduct) -> dict[str, Any]:
    draft = edited.stored.draft
    return {
        **{name: getattr(draft, name) for name in _PLAIN},
        "tags": list(draft.tags),
        "collection_ids": list(draft.collection_ids or ()),
        "facts": [{"label": fact.label, "value": fact.value} for fact in draft.facts],
        "provenance": _provenance_values(draft.provenance or Provenance()),
        "options": [
            {"name": one.name, "values": "\n".join(one.values), "was": json_list(one.values)}
            for one in draft.options
        ],
        "variants": [_variant_values(one, edited) for one in draft.variants],
        "images": [{"asset_id": str(one.asset_id), "alt": one.alt, "tile": one.tile} for one in draft.images],
    }


def _provenance_values(known: Provenance) -> dict[str, Any]:
    return {one.name: getattr(known, one.name) for one in dataclass_fields(known)}


_PLAIN = ("title", "subtitle", "body_html", "status", "handle", "vendor", "kind", "tax_class")


def _variant_values(variant: VariantDraft, edited: EditedProduct) -> dict[str, Any]:
    stock = edited.stock[variant.id].on_hand if variant.id in edited.stock else None
    return {
        "id": str(variant.id),
        "option_values": json_list(variant.option_values),
        "price_minor": variant.price_minor,
        "compare_at_minor": variant.compare_at_minor,
        "cost_minor": variant.cost_minor,
        "stock": stock,
        "stock_seen": "" if stock is None else str(stock),
        "sku": variant.sku,
        "barcode": variant.barcode,
        "grams": variant.grams,
        "asset_id": str(variant.asset_id or ""),
    }


def json_list(values: Sequence[str]) -> str:
    """Texts as they travel in a hidden field."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def texts_of(text: str) -> tuple[str, ...]:
    """The inverse of `json_list`; () for anything else."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return ()
    return tuple(found) if isinstance(found, list) and all(isinstance(one, str) for one in found) else ()


def lines_of(text: str) -> list[str]:
    """The values of an option, one on each line, without repeats and empty lines."""
    return list(dict.fromkeys(filter(None, (" ".join(line.split()) for line in text.splitlines()))))


def draft_of(data: Mapping[str, Any]) -> ProductDraft:
    """The draft that a loaded form means."""
    images = tuple(
        ImageDraft(asset_id=asset_id, alt=one["alt"], tile=one["tile"])
        for one in data["images"]
        if (asset_id := as_id(one["asset_id"])) is not None
    )
    shown = {image.asset_id for image in images}
    return ProductDraft(
        **{name: data[name] for name in _PLAIN},
        tags=tuple(data["tags"]),
        facts=tuple(Fact(one["label"], one["value"]) for one in data["facts"]),
        options=tuple(Option(one["name"], tuple(lines_of(one["values"]))) for one in data["options"]),
        variants=tuple(_variant_draft(one, shown) for one in data["variants"]),
        images=images,
        collection_ids=tuple(data["collection_ids"]),
        provenance=Provenance(**data["provenance"]) if data.get("provenance") else None,
    )


def _variant_draft(one: Mapping[str, Any], shown: set[Any]) -> VariantDraft:
    before, cost, asset_id = one["compare_at_minor"], one["cost_minor"], as_id(one["asset_id"])
    return VariantDraft(
        id=as_id(one["id"]),
        option_values=texts_of(one["option_values"]),
        price_minor=one["price_minor"].minor,
        compare_at_minor=None if before is None else before.minor,
        cost_minor=None if cost is None else cost.minor,
        sku=one["sku"],
        barcode=one["barcode"],
        grams=one["grams"] or 0,
        asset_id=asset_id if asset_id in shown else None,
    )


def stock_of_form(data: Mapping[str, Any]) -> list[StockWish]:
    """A stock per variant; one that the editor did not touch is left, so that what sold meanwhile stays sold."""
    return [_wish(one) for one in data["variants"]]


def _wish(one: Mapping[str, Any]) -> StockWish:
    typed: int | None = one["stock"]
    seen = one["stock_seen"]
    untouched = bool(one["id"]) and seen == ("" if typed is None else str(typed))
    return LEAVE if untouched else typed


def options_changed(data: Mapping[str, Any]) -> bool:
    """Whether the options name other values than the variants below them were made for."""
    changed = [json_list(lines_of(one["values"])) != (one["was"] or "[]") for one in data["options"]]
    lengths = {len(texts_of(one["option_values"])) for one in data["variants"]}
    return any(changed) or lengths != {len(data["options"])}
