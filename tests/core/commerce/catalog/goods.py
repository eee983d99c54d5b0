"""Products for tests, made through the real actions."""

import io
from uuid import UUID

from PIL import Image
from sqlalchemy import func, select

from core.commerce.catalog.actions import save_product
from core.commerce.catalog.drafts import ImageDraft, Option, ProductDraft, VariantDraft
from core.commerce.catalog.models import Product, Variant
from core.commerce.media.actions import store_asset
from core.commerce.shops.queries import shop_epoch
from core.kernel.db import reading


def variant(price=1000, *values, **more):
    return VariantDraft(price_minor=price, option_values=values, **more)


def tea(title="明前龙井", **more):
    """A draft of a product on sale: two sizes unless `variants` and `options` say otherwise."""
    more.setdefault("status", "active")
    if "variants" not in more:
        more["options"] = (Option("净含量", ("50g", "100g")),)
        more["variants"] = (variant(6800, "50g"), variant(12800, "100g"))
    return ProductDraft(title=title, **more)


def simple(title, price=1000, **more):
    return tea(title, variants=(variant(price, **more.pop("variant", {})),), **more)


def sell(title, price=1000, **more):
    return save_product(draft=simple(title, price, **more)).id


def stored_picture(colour="red") -> UUID:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(target, "PNG")
    return store_asset(content=target.getvalue()).id


def pictured(*colours, alt="茶"):
    return tuple(ImageDraft(asset_id=stored_picture(colour), alt=alt) for colour in colours)


def epoch():
    with reading():
        return shop_epoch()


def rows(table=Product):
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def variant_rows(product_id):
    """(title, sku, archived) of every variant, also those that are put away, by position."""
    with reading() as session:
        found = session.scalars(
            select(Variant).where(Variant.product_id == product_id).order_by(Variant.position, Variant.title)
        )
        return [(row.title, row.sku, row.archived) for row in found]
