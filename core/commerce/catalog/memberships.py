"""Which collections products are in."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from core.commerce.catalog.models import CollectionItem
from core.kernel.db import session


def collections_of(product_ids: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The ids of the collections that each product is in, in one statement; products in none are left out."""
    wanted = list(product_ids)
    if not wanted:
        return {}
    statement = select(CollectionItem.product_id, CollectionItem.collection_id).where(
        CollectionItem.product_id.in_(wanted)
    )
    found: dict[UUID, set[UUID]] = {}
    for product_id, collection_id in session().execute(statement):
        found.setdefault(product_id, set()).add(collection_id)
    return {product_id: frozenset(ids) for product_id, ids in found.items()}
