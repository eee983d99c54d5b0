"""The columns of a product file, under every name that exports, templates and merchants give them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from core.kernel.i18n import LANGUAGES, N_, gettext, speaking

# Our name → the names in files: Shopify's classic export first, then its newer ones, then what people write.
NAMES: Mapping[str, tuple[str, ...]] = {
    "handle": ("Handle", "URL handle", "链接名", "商品编码", "商品编号", "SPU"),
    "title": ("Title", "Product name", "Name", "商品名称", "商品标题", "名称", "品名", "标题"),
    "body": ("Body (HTML)", "Body HTML", "Description", "描述", "商品描述", "详情", "商品详情"),
    "vendor": ("Vendor", "Brand", "品牌"),
    "kind": ("Type", "Product Type", "Custom Product Type", "Category", "分类", "类目", "商品分类"),
    "tags": ("Tags", "标签"),
    "published": ("Published", "Published on online store", "上架", "是否上架"),
    "status": ("Status", "状态"),
    "option1_name": ("Option1 Name", "规格1名称", "规格名1", "规格名"),
    "option1_value": ("Option1 Value", "规格1值", "规格值1", "规格值", "规格"),
    "option2_name": ("Option2 Name", "规格2名称", "规格名2"),
    "option2_value": ("Option2 Value", "规格2值", "规格值2"),
    "option3_name": ("Option3 Name", "规格3名称", "规格名3"),
    "option3_value": ("Option3 Value", "规格3值", "规格值3"),
    "sku": ("Variant SKU", "SKU", "货号", "商家编码", "SKU编码"),
    "grams": ("Variant Grams", "Weight value (grams)", "Weight (g)", "重量（克）", "重量(克)", "重量(g)", "克重"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "quantity": ("Variant Inventory Qty", "Inventory quantity", "Stock", "Quantity", "库存", "库存数量", "数量"),
    "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "price": ("Variant Price", "Price", "价格", "售价", "单价", "销售价", "零售价"),
    "compare_at": ("Variant Compare At Price", "Compare-at price", "Price before", "划线价", "原价", "市场价"),
    "cost": ("Cost per item", "Cost", "成本价", "成本", "进价"),
    "barcode": ("Variant Barcode", "Barcode", "条码", "条形码", "商品条码"),
    "image": ("Image Src", "Product image URL", "Picture", "图片", "商品图片", "主图"),
    "image_position": ("Image Position",),
    "image_alt": ("Image Alt Text", "Picture description", "图片说明"),
    "variant_image": ("Variant Image", "Variant image URL", "Picture of the variant", "规格图片"),
    "tax_class": ("Tax class", "税率类别", "税率", "Tax"),
    "origin": ("Origin", "Country of origin", "产地", "原产地"),
    "producer": ("Producer", "生产者", "生产商", "种植户"),
    "batch": ("Batch", "Lot", "批次", "批号"),
    "made_on": ("Harvested or made on", "Production date", "生产日期", "采收日期"),
    "shelf_life": ("Keeps for", "Shelf life", "保质期"),
    "storage": ("How to store it", "Storage", "储存方法", "贮存条件"),
    "story": ("The producer's story", "Story", "产地故事", "生产者故事"),
    "gift_card": ("Gift Card",),
}  # fmt: skip
# Those of the provenance of a product, in our names of its fields.
PROVENANCE = ("origin", "producer", "story", "batch", "made_on", "shelf_life", "storage")
REQUIRED = ("title", "price")
# What people choose from, and what it means to them, in the order of the list.
LABELS: Mapping[str, str] = {
    "title": N_("Product name"), "price": N_("Price"), "compare_at": N_("Price before"),
    "cost": N_("Cost per item"), "quantity": N_("Stock"),
    "sku": N_("SKU"), "barcode": N_("Barcode"), "body": N_("Description"), "kind": N_("Category"),
    "vendor": N_("Brand"), "tags": N_("Tags"), "grams": N_("Weight in grams"), "status": N_("Status"),
    "published": N_("On sale (yes or no)"), "option1_name": N_("Name of option 1"),
    "option1_value": N_("Value of option 1"), "option2_name": N_("Name of option 2"),
    "option2_value": N_("Value of option 2"), "option3_name": N_("Name of option 3"),
    "option3_value": N_("Value of option 3"), "image": N_("Picture (file name or https address)"),
    "image_position": N_("Place of the picture"), "image_alt": N_("Description of the picture"),
    "variant_image": N_("Picture of the variant"), "handle": N_("Handle (what tells products apart)"),
    "tracker": N_("Stock is tracked (empty: no)"), "policy": N_("Sold out: deny or continue"),
    "gift_card": N_("Gift card"), "tax_class": N_("Tax class"), "origin": N_("Origin"), "producer": N_("Producer"),
    "batch": N_("Batch"), "made_on": N_("Harvested or made on"), "shelf_life": N_("Keeps for"),
    "storage": N_("How to store it"), "story": N_("The producer's story"),
}  # fmt: skip
# Filled in every export and without meaning here: not worth a note.
_SILENT = {
    "variant fulfillment service", "fulfillment service", "variant requires shipping", "requires shipping",
    "variant taxable", "charge tax", "variant weight unit", "weight unit for display", "google shopping / condition",
}  # fmt: skip


def _plain(name: str) -> str:
    return " ".join(name.split()).rstrip("*＊ ").casefold()


@cache
def _known() -> dict[str, str]:
    """Our name by every name in files; what the form and the template call it, in each language, among them."""
    known = {}
    for language in LANGUAGES:
        with speaking(language):
            known.update({_plain(gettext(label)): name for name, label in LABELS.items()})
    known.update({_plain(alias): name for name, aliases in NAMES.items() for alias in aliases})
    return known


@dataclass(frozen=True, slots=True)
class FileColumns:
    """Which column of a file is which of ours.

    `places` are our names by position, `headers` the file's own names by ours, `others` what we do not keep, `width`
    is how many columns the header names.
    """

    places: dict[int, str]
    headers: dict[str, str]
    others: dict[int, str]
    width: int

    def header(self, column: str) -> str:
        """What the file calls a column (or would, if it had it)."""
        return self.headers.get(column) or (NAMES[column][0] if column in NAMES else "")


def detected_mapping(header: Sequence[str]) -> dict[str, int]:
    """Our name → position, for the columns that we know by name; of two with the same meaning the first counts."""
    found: dict[str, int] = {}
    for position, cell in enumerate(header):
        name = _known().get(_plain(cell))
        if name is not None:
            found.setdefault(name, position)
    return found


def file_columns(header: Sequence[str], mapping: Mapping[str, int]) -> FileColumns:
    """The columns of a file with this header under this mapping."""
    places = {position: name for name, position in mapping.items() if 0 <= position < len(header)}
    plain = [" ".join(cell.split()) for cell in header]
    others = {
        position: name
        for position, name in enumerate(plain)
        if position not in places and name and name.casefold() not in _SILENT
    }
    return FileColumns(
        places, {name: plain[position] for position, name in places.items()}, others, len(header)
    )


def missing_columns(mapping: Mapping[str, int]) -> list[str]:
    """What a file must have and this mapping does not name, in words."""
    return [gettext(LABELS[name]) for name in REQUIRED if name not in mapping]


def is_understood(header: Sequence[str], mapping: Mapping[str, int]) -> bool:
    """Whether nobody needs to be asked: everything required is named, and nothing is left over."""
    return not missing_columns(mapping) and not file_columns(header, mapping).others


def header_mark(header: Sequence[str]) -> str:
    """What files with the same set of columns, in any order, have in common."""
    names = "\x1f".join(sorted(_plain(cell) for cell in header))
    return hashlib.sha256(names.encode("utf-8", "surrogatepass")).hexdigest()
