"""What product pages say of bundles, and the goods that belong to one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.storefront import SlotBlock, SlotRequest, product_url
from core.sdk.tables import PRODUCT
from plugins.bundle.domain import reason_of
from plugins.bundle.queries import BundleView, running

HOME = "/x/bundle/"
# So many are named on a product's page.
_MOST = 2


@dataclass(frozen=True, slots=True)
class Goods:
    """A product by name and address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A bundle in words, and its page."""

    text: str
    url: str


def goods_of(product_ids: Iterable[UUID]) -> tuple[Goods, ...]:
    """Products on sale, in the order asked for."""
    wanted = list(product_ids)
    rows = session().execute(
        select(PRODUCT.c.id, PRODUCT.c.title, PRODUCT.c.handle).where(
            PRODUCT.c.shop_id == current_scope().shop_id,
            PRODUCT.c.id.in_(wanted),
            PRODUCT.c.status == "active",
        )
    )
    found = {row.id: Goods(row.title, product_url(row.handle)) for row in rows}
    return tuple(found[one] for one in wanted if one in found)


def offer_of(one: BundleView) -> Offer:
    """A bundle as a line of words."""
    return Offer(reason_of(one.terms, current_scope().currency).text(), f"{HOME}{one.id}")


def product_blocks(request: SlotRequest) -> list[SlotBlock]:
    """The bundles that this product belongs to."""
    mine = set(request.subject_ids)
    fit = [one for one in running(now()) if mine.intersection((*one.product_ids, *one.addon_ids))]
    if not fit:
        return []
    context = {"offers": tuple(offer_of(one) for one in fit[:_MOST])}
    return [SlotBlock("product.offers", "bundle/blocks/product.html", context, max_age=60)]
