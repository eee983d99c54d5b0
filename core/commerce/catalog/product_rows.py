"""Writes a checked draft into the rows of product, variants, pictures and collections; joins the caller's transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import TSVECTOR

from core.commerce.catalog.drafts import ImageDraft, ProductDraft, VariantDraft
from core.commerce.catalog.errors import VariantGone
from core.commerce.catalog.models import Collection, CollectionItem, Product, ProductImage, Variant
from core.commerce.catalog.rich_text import plain_text
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.search_terms import document_vector
from core.kernel.tenancy import current_scope

# Enough to find a product by; the whole of a long description would only blur the ranking.
_SEARCHED_BODY = 3000


def product_values(draft: ProductDraft) -> dict[str, Any]:
    """The columns of the product's own row, except handle, position, version and instants."""
    terms = cast(literal(search_vector(draft), Text()), TSVECTOR)
    return {**plain_values(draft), "search_terms": terms}


def plain_values(draft: ProductDraft) -> dict[str, Any]:
    """`product_values` without what the product is found by."""
    return {
        "title": draft.title,
        "subtitle": draft.subtitle,
        "body_html": draft.body_html,
        "vendor": draft.vendor,
        "kind": draft.kind,
        "tags": list(draft.tags),
        "facts": [{"label": fact.label, "value": fact.value} for fact in draft.facts],
        "options": [{"name": option.name, "values": list(option.values)} for option in draft.options],
        "status": draft.status,
        "tax_class": draft.tax_class,
        **({} if draft.provenance is None else {"provenance": draft.provenance.as_json()}),
    }


def search_vector(draft: ProductDraft) -> str:
    """What the product is found by, as PostgreSQL writes a tsvector."""
    named = [draft.subtitle, draft.vendor, draft.kind, *draft.tags]
    for variant in draft.variants:
        named += [*variant.option_values, variant.sku, variant.barcode]
    told = [
        *(f"{fact.label} {fact.value}" for fact in draft.facts),
        *_provenance_words(draft),
        plain_text(draft.body_html)[:_SEARCHED_BODY],
    ]
    return document_vector([("A", [draft.title]), ("B", named), ("D", told)])


def _provenance_words(draft: ProductDraft) -> list[str]:
    known = draft.provenance
    return [] if known is None else [known.origin, known.producer, known.batch]


def write_variants(product_id: UUID, drafts: Sequence[VariantDraft]) -> tuple[UUID, ...]:
    """Make the product's variants be `drafts`, in order; those that are not among them are put away.

    Returns the variants' ids in the order of `drafts`. Raises VariantGone.
    """
    existing = session().scalars(select(Variant).where(Variant.product_id == product_id)).all()
    kept = _matched(existing, drafts)
    kept_ids = {row.id for row in kept if row is not None}
    _make_room([row for row in existing if row.id not in kept_ids], kept, drafts)
    rows = []
    for position, (known, draft) in enumerate(zip(kept, drafts, strict=True)):
        row = known or Variant(product_id=product_id, id=new_id())
        row.position, row.title, row.option_values = position, draft.title, list(draft.option_values)
        row.sku, row.barcode, row.grams = draft.sku, draft.barcode, draft.grams
        row.price_minor, row.compare_at_minor = draft.price_minor, draft.compare_at_minor
        row.cost_minor = draft.cost_minor
        row.asset_id, row.archived = draft.asset_id, False
        rows.append(row)
    session().add_all(rows)
    session().flush()
    return tuple(row.id for row in rows)


def _matched(existing: Sequence[Variant], drafts: Sequence[VariantDraft]) -> list[Variant | None]:
    by_id = {row.id: row for row in existing}
    if any(draft.id is not None and draft.id not in by_id for draft in drafts):
        raise VariantGone
    named = {draft.id for draft in drafts if draft.id is not None}
    by_title = {row.title: row for row in existing if row.id not in named}
    return [by_id[draft.id] if draft.id is not None else by_title.get(draft.title) for draft in drafts]


def _make_room(
    rest: Sequence[Variant], kept: Sequence[Variant | None], drafts: Sequence[VariantDraft]
) -> None:
    """Give up titles and SKUs that change hands: rows are written one by one, and each must be free when it is taken."""
    pairs = [(row, draft) for row, draft in zip(kept, drafts, strict=True) if row is not None]
    _change([row.id for row, draft in pairs if row.title != draft.title], title=cast(Variant.id, Text()))
    _change([row.id for row, draft in pairs if row.sku != draft.sku], sku="")
    _change([row.id for row in rest if not row.archived], archived=True)
    taken = {draft.title for draft in drafts}
    _change(
        [row.id for row in rest if row.title in taken], title=Variant.title + " #" + cast(Variant.id, Text())
    )
    for row in rest:
        session().expire(row)


def _change(ids: Sequence[UUID], **values: Any) -> None:
    if ids:
        statement = update(Variant).where(Variant.shop_id == current_scope().shop_id, Variant.id.in_(ids))
        session().execute(statement.values(**values).execution_options(synchronize_session=False))


def write_images(product_id: UUID, drafts: Sequence[ImageDraft]) -> None:
    """Make the product's pictures be `drafts`, in order."""
    order = select(ProductImage).where(ProductImage.product_id == product_id).order_by(ProductImage.position)
    present = [(row.asset_id, row.alt, row.tile) for row in session().scalars(order)]
    if present == [(draft.asset_id, draft.alt, draft.tile) for draft in drafts]:
        return
    session().execute(delete(ProductImage).where(ProductImage.product_id == product_id))
    rows = [
        {
            "shop_id": current_scope().shop_id,
            "id": new_id(),
            "product_id": product_id,
            "asset_id": draft.asset_id,
            "position": position,
            "alt": draft.alt,
            "tile": draft.tile,
        }
        for position, draft in enumerate(drafts)
    ]
    if rows:
        session().execute(insert(ProductImage), rows)


def write_memberships(product_id: UUID, collection_ids: Sequence[UUID]) -> None:
    """Put the product into exactly these collections; a new one gets it at its end, unknown ids are passed over."""
    of_product = CollectionItem.product_id == product_id
    present = set(session().scalars(select(CollectionItem.collection_id).where(of_product)))
    wanted = set(session().scalars(select(Collection.id).where(Collection.id.in_(list(collection_ids)))))
    if gone := present - wanted:
        session().execute(delete(CollectionItem).where(of_product, CollectionItem.collection_id.in_(gone)))
    for collection_id in sorted(wanted - present):
        last = select(func.coalesce(func.max(CollectionItem.position), -1)).where(
            CollectionItem.collection_id == collection_id
        )
        session().add(
            CollectionItem(
                collection_id=collection_id, product_id=product_id, position=(session().scalar(last) or 0) + 1
            )
        )
    session().flush()


def next_position() -> int:
    """The place behind all products of the shop."""
    return (session().scalar(select(func.max(Product.position))) or 0) + 1
