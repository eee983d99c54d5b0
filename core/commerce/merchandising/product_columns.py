"""The columns of a product file, under every name that Shopify's exports and templates give them."""

from collections.abc import Mapping, Sequence

# Our name → the names in files, the classic export first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "body": ("Body (HTML)", "Body HTML", "Description"),
    "vendor": ("Vendor",),
    "kind": ("Type", "Product Type", "Custom Product Type"),
    "tags": ("Tags",),
    "published": ("Published", "Published on online store"),
    "status": ("Status",),
    "option1_name": ("Option1 Name",),
    "option1_value": ("Option1 Value",),
    "option2_name": ("Option2 Name",),
    "option2_value": ("Option2 Value",),
    "option3_name": ("Option3 Name",),
    "option3_value": ("Option3 Value",),
    "sku": ("Variant SKU", "SKU"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "quantity": ("Variant Inventory Qty", "Inventory quantity"),
    "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "price": ("Variant Price", "Price"),
    "compare_at": ("Variant Compare At Price", "Compare-at price"),
    "barcode": ("Variant Barcode", "Barcode"),
    "image": ("Image Src", "Product image URL"),
    "image_position": ("Image Position",),
    "image_alt": ("Image Alt Text",),
    "variant_image": ("Variant Image", "Variant image URL"),
    "gift_card": ("Gift Card",),
}
REQUIRED = ("handle", "title", "price")
# Filled in every export and without meaning here: not worth a note.
_SILENT = {
    "variant fulfillment service", "fulfillment service", "variant requires shipping", "requires shipping",
    "variant taxable", "charge tax", "variant weight unit", "weight unit for display", "google shopping / condition",
}  # fmt: skip
_KNOWN = {alias.casefold(): name for name, aliases in NAMES.items() for alias in aliases}


def known_columns(header: Sequence[str]) -> dict[int, str]:
    """Position → our name, for the columns that we read; of two with the same meaning the first counts."""
    found: dict[int, str] = {}
    for position, cell in enumerate(header):
        name = _KNOWN.get(" ".join(cell.split()).casefold())
        if name is not None and name not in found.values():
            found[position] = name
    return found


def other_columns(header: Sequence[str]) -> dict[int, str]:
    """Position → the file's name, for columns whose content we do not keep."""
    known = known_columns(header)
    plain = {position: " ".join(cell.split()) for position, cell in enumerate(header)}
    return {
        position: name
        for position, name in plain.items()
        if position not in known and name and name.casefold() not in _SILENT
    }
