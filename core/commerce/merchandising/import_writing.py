"""Writes a batch of planned products: new ones with few statements for all of them, the others one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from core.commerce.catalog.actions import sku_owners
from core.commerce.catalog.drafts import ProductDraft, VariantDraft
from core.commerce.catalog.new_products import taken_handles, write_new_products
from core.commerce.catalog.provenance import Provenance
from core.commerce.catalog.queries import StoredProduct, stored_product_at
from core.commerce.merchandising.actions import write_product_with_stock
from core.commerce.merchandising.picture_import import ImportedPictures, images_for
from core.commerce.merchandising.planner import Kind, PlannedProduct, new_draft
from core.commerce.merchandising.product_rows import ReadProduct
from core.commerce.merchandising.row_problems import RowProblem
from core.commerce.reservations.actions import ensure_pools
from core.commerce.reservations.stock import KIND, OWNER
from core.commerce.reservations.values import NewPool
from core.kernel.db import session
from core.kernel.errors import InputRefused, PinpuError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one product of a file."""

    read: ReadProduct
    kind: Kind
    product_id: UUID | None
    problems: tuple[RowProblem, ...]


def write_products(batch: Sequence[PlannedProduct], pictures: ImportedPictures) -> list[Outcome]:
    """Write what can be written; what is refused is reported, and the others land. Joins the caller's transaction."""
    together = _written_together(batch, pictures)
    return [together.get(one.read.handle) or _written_alone(one, pictures) for one in batch]


def _written_together(batch: Sequence[PlannedProduct], pictures: ImportedPictures) -> dict[str, Outcome]:
    """The new products that nothing in the shop stands in the way of, by handle; none when somebody was faster."""
    fresh = [one for one in batch if one.kind == "create"]
    taken = taken_handles([one.read.handle for one in fresh])
    owned = sku_owners([variant.sku for one in fresh for variant in one.draft.variants])
    fresh = [
        one
        for one in fresh
        if one.read.handle not in taken and not any(variant.sku in owned for variant in one.draft.variants)
    ]
    drafts = [_with_pictures(one, pictures) for one in fresh]
    try:
        with session().begin_nested():
            saved = write_new_products(drafts)
            ensure_pools(
                NewPool(OWNER, KIND, str(variant_id), None if wish == "leave" else wish)
                for one, product in zip(fresh, saved, strict=True)
                for variant_id, wish in zip(product.variant_ids, one.read.stock, strict=True)
            )
    except IntegrityError:
        return {}
    return {
        one.read.handle: Outcome(one.read, "create", product.id, tuple(pictures.problems(one.read)))
        for one, product in zip(fresh, saved, strict=True)
    }


def _with_pictures(planned: PlannedProduct, pictures: ImportedPictures) -> ProductDraft:
    images = images_for(planned.read, None, pictures.assets)
    shown = {image.asset_id for image in images}
    variants = []
    for draft, url in zip(planned.draft.variants, planned.read.variant_pictures, strict=True):
        asset_id = pictures.assets.get(url)
        variants.append(replace(draft, asset_id=asset_id if asset_id in shown else None))
    return replace(planned.draft, variants=tuple(variants), images=images)


def _written_alone(planned: PlannedProduct, pictures: ImportedPictures) -> Outcome:
    read = planned.read
    if planned.kind == "skip":
        return Outcome(read, "skip", None, planned.problems)
    try:
        with session().begin_nested():
            existing = stored_product_at(read.handle)
            draft = merged_draft(read, existing, pictures)
            saved = write_product_with_stock(
                draft=draft, stock=read.stock, product_id=existing.id if existing else None
            )
    except InputRefused as refused:
        told = tuple(RowProblem(read.line, "", message) for message in _leaves(refused.fields))
        return Outcome(read, "skip", None, told)
    except PinpuError as refused:
        return Outcome(read, "skip", None, (RowProblem(read.line, "", refused.message, refused.params),))
    kind: Kind = "create" if saved.created else "update"
    return Outcome(read, kind, saved.id, tuple(pictures.problems(read)))


def _leaves(fields: object) -> list[str]:
    if isinstance(fields, dict):
        return [message for below in fields.values() for message in _leaves(below)]
    if isinstance(fields, list):
        return [message for below in fields for message in _leaves(below)]
    return [str(fields)]


def merged_draft(
    read: ReadProduct, existing: StoredProduct | None, pictures: ImportedPictures
) -> ProductDraft:
    """The product after the import: the file's columns win, what it has no column for stays."""
    images = images_for(read, existing, pictures.assets)
    shown = {image.asset_id for image in images}
    known = {draft.title: draft for draft in existing.draft.variants} if existing else {}
    variants = []
    for draft, url in zip(read.variants, read.variant_pictures, strict=True):
        before = known.get(draft.title)
        kept = {} if before is None else _unnamed_fields(before, read.variant_fields)
        asset_id = pictures.assets.get(url) or (before.asset_id if before else None)
        variants.append(replace(draft, **kept, asset_id=asset_id if asset_id in shown else None))
    if existing is None:
        return replace(new_draft(read), variants=tuple(variants), images=images)
    return replace(
        existing.draft,
        **read.fields,
        options=read.options,
        variants=tuple(variants),
        images=images,
        collection_ids=None,
        provenance=_provenance(existing.draft, read),
    )


def _provenance(before: ProductDraft, read: ReadProduct) -> Provenance | None:
    """What was known, with what the file's columns say instead."""
    return (
        replace(before.provenance or Provenance(), **read.provenance)
        if read.provenance
        else before.provenance
    )


def _unnamed_fields(before: VariantDraft, named: frozenset[str]) -> dict[str, Any]:
    names = ("compare_at_minor", "cost_minor", "sku", "barcode", "grams")
    return {name: getattr(before, name) for name in names if name not in named}
