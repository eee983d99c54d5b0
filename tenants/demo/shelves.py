"""What stands in an example shop: its words and look, collections, products with pictures and stock."""

from collections.abc import Callable, Mapping
from html import escape
from uuid import UUID

from sqlalchemy import select

from core.commerce.catalog.actions import reorder_products, save_collection
from core.commerce.catalog.drafts import (
    CollectionDraft,
    Fact,
    ImageDraft,
    Option,
    ProductDraft,
    VariantDraft,
)
from core.commerce.catalog.models import Collection, Product, Variant
from core.commerce.catalog.provenance import Provenance
from core.commerce.media.actions import store_asset
from core.commerce.merchandising.actions import save_product_with_stock
from core.commerce.shops.actions import update_shop
from core.kernel.db import reading, session
from core.kernel.tenancy import current_scope
from tenants.demo.content import Entry, ShopContent
from tenants.demo.links import link_to

Say = Callable[[str], None]


def write_shop(content: ShopContent) -> None:
    """What the shop says about itself, and its look."""
    shop, scope = content.shop, current_scope()
    logo = store_asset(content=content.drawing(shop["logo"]), file_name=shop["logo"], trusted=True)
    announcement = content.home["announcement"]
    theme = {
        "key": shop["theme"],
        "preset": shop["palette"],
        "seal": shop["name"][:1],
        "nav": _nav(content),
        "legal": [shop["legal_name"], address_line(shop["address"])],
        "search_hint": content.said(scope, zh="搜茶、茶器、产地", en="Search linen, stoneware, lamps"),
        "announcement_link": link_to(announcement["target"]),
    }
    contact = {"email": shop["email"], "phone": shop["phone"], **shop["contact"]}
    update_shop(
        changes={
            "tagline": shop["tagline"],
            "announcement": announcement["text"],
            "contact": contact,
            "theme": theme,
            "logo_asset": str(logo.id),
        }
    )


def _nav(content: ShopContent) -> list[dict[str, object]]:
    icons = {one["target"]: one["icon"] for one in content.home["icon_nav"]}
    return [
        {
            "label": entry["label"],
            "link": link_to(entry["target"]),
            "icon": icons.get(entry["target"], ""),
            # A plugin's front page is worth a place in the phone's bottom bar.
            "tab": entry["target"].startswith("plugin:"),
        }
        for entry in content.home["menu"]
    ]


def address_line(address: Entry) -> str:
    """An address of the content in one line, as its part of the world writes it."""
    if address["country"] == "CN":
        # Municipalities are province and city at once.
        parts = dict.fromkeys(address[name] for name in ("region", "city", "district", "line1"))
        return "".join(parts)
    return ", ".join(address[name] for name in ("line1", "city", "postcode") if address[name])


def write_goods(content: ShopContent, stock: Mapping[str, int | None], say: Say) -> None:
    """Collections and products that are not there yet; `stock` by SKU, None for untracked."""
    collections = _write_collections(content)
    with reading():
        known = set(session().scalars(select(Product.handle)))
    missing = [one for one in content.products if one["handle"] not in known]
    for number, product in enumerate(missing, 1):
        say(f"{content.shop['name']}: {number} of {len(missing)} products")
        draft = _draft(content, product, collections)
        save_product_with_stock(draft=draft, stock=[stock[one["sku"]] for one in product["variants"]])
    if missing:
        with reading():
            ids = dict(session().execute(select(Product.handle, Product.id)).all())
        reorder_products(product_ids=[ids[one["handle"]] for one in content.products])


def _write_collections(content: ShopContent) -> dict[str, UUID]:
    with reading():
        known = dict(session().execute(select(Collection.handle, Collection.id)).all())
    for one in content.collections:
        if one["handle"] not in known:
            body = "".join(f"<p>{escape(one[name])}</p>" for name in ("description",))
            draft = CollectionDraft(title=one["title"], handle=one["handle"], body=body)
            known[one["handle"]] = save_collection(draft=draft)
    return known


def _draft(content: ShopContent, product: Entry, collections: Mapping[str, UUID]) -> ProductDraft:
    return ProductDraft(
        handle=product["handle"],
        title=product["title"],
        subtitle=product["subtitle"],
        body_html="".join(f"<p>{escape(text)}</p>" for text in product["body"]),
        vendor=product["vendor"],
        kind=product["kind"],
        tags=tuple(product["tags"]),
        facts=tuple(Fact(label, value) for label, value in product["facts"].items()),
        options=tuple(Option(one["name"], tuple(one["values"])) for one in product["options"]),
        variants=tuple(_variant(one) for one in product["variants"]),
        status="active",
        images=tuple(_image(content, one) for one in product["images"]),
        collection_ids=tuple(collections[handle] for handle in product["collections"]),
        provenance=_provenance(product.get("provenance", {})),
    )


def _provenance(known: Entry) -> Provenance:
    story = "".join(f"<p>{escape(text)}</p>" for text in known.get("story", ()))
    return Provenance(**{**known, "story": story})


def _variant(one: Entry) -> VariantDraft:
    return VariantDraft(
        price_minor=one["price"],
        option_values=tuple(one["values"]),
        compare_at_minor=one.get("compare_at"),
        sku=one["sku"],
        grams=one["grams"],
    )


def _image(content: ShopContent, one: Entry) -> ImageDraft:
    kept = store_asset(content=content.drawing(one["file"]), file_name=one["file"], trusted=True)
    return ImageDraft(asset_id=kept.id, alt=one["alt"], tile=one["tile"])


def variant_ids() -> dict[str, UUID]:
    """The bound shop's variants by SKU."""
    with reading():
        return dict(session().execute(select(Variant.sku, Variant.id).where(Variant.sku != "")).all())
