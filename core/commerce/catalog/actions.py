"""Changes to products and collections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.commerce.catalog.drafts import (
    STATUSES,
    CollectionDraft,
    Fault,
    ProductDraft,
    checked,
    checked_collection,
    nested,
)
from core.commerce.catalog.errors import UnknownCollection, UnknownProduct
from core.commerce.catalog.events import ProductsChanged
from core.commerce.catalog.models import Collection, CollectionItem, Product, Variant
from core.commerce.catalog.product_rows import (
    next_position,
    product_values,
    write_images,
    write_memberships,
    write_variants,
)
from core.commerce.catalog.slugs import numbered, slug_of
from core.commerce.media.models import Asset
from core.commerce.shops.actions import bump_epoch
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import EditConflict, InputRefused
from core.kernel.events import record
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import current_scope

_HANDLE_TAKEN = N_("Another product has this address.")
_COLLECTION_HANDLE_TAKEN = N_("Another collection has this address.")
_NOT_LISTED = N_("Choose one of the list.")
_SKU_TAKEN = N_("“%(title)s” has this SKU.")
_SKU_TAKEN_JUST_NOW = N_("Somebody used one of these SKUs a moment ago. Save again to see which.")


@dataclass(frozen=True, slots=True)
class SavedProduct:
    """What a save left: the ids of the variants in the order of the draft."""

    id: UUID
    handle: str
    version: int
    variant_ids: tuple[UUID, ...]
    created: bool


@command("catalog.edit")
def save_product(
    *, draft: ProductDraft, product_id: UUID | None = None, version: int | None = None
) -> SavedProduct:
    """Make a product, or make `product_id` be like `draft`; variants that are not in it are put away.

    `version` is the one that the editor saw: with a newer one stored, EditConflict (409) is raised. Stock is not part
    of it (see merchandising). Raises InputRefused with nested fields, UnknownProduct, VariantGone.
    """
    saved = write_product(draft=draft, product_id=product_id, version=version)
    record(ProductsChanged(product_ids=(saved.id,)))
    bump_epoch()
    return saved


def write_product(
    *, draft: ProductDraft, product_id: UUID | None = None, version: int | None = None
) -> SavedProduct:
    """As `save_product`, inside a command that records the event and makes pages stale itself (for many products)."""
    draft = checked(draft)
    created = product_id is None
    # The version's UPDATE locks the product: what follows sees no other editor.
    current = Product(id=new_id(), version=1) if product_id is None else _next_version(product_id, version)
    _refuse_foreign(draft)
    _refuse_taken_skus(draft, current.id)
    try:
        handle = _handle(draft, None if created else current)
        _write_row(current, draft, handle, created=created)
        variant_ids = write_variants(current.id, draft.variants)
    except IntegrityError as error:
        raise _as_refusal(error) from error
    write_images(current.id, draft.images)
    if draft.collection_ids is not None:
        write_memberships(current.id, draft.collection_ids)
    return SavedProduct(current.id, handle, current.version, variant_ids, created)


def _next_version(product_id: UUID, version: int | None) -> Product:
    statement = update(Product).where(Product.shop_id == current_scope().shop_id, Product.id == product_id)
    if version is not None:
        statement = statement.where(Product.version == version)
    counted = statement.values(version=Product.version + 1).execution_options(synchronize_session=False)
    raised = session().execute(counted.returning(Product.id)).first() is not None
    wanted = select(Product).where(Product.id == product_id).execution_options(populate_existing=True)
    row = session().scalars(wanted).first()
    if row is None:
        raise UnknownProduct
    if not raised:
        raise EditConflict
    return row


def _write_row(row: Product, draft: ProductDraft, handle: str, *, created: bool) -> None:
    row.handle, row.updated_at = handle, now()
    if created:
        row.position = next_position()
        session().add(row)
    for name, value in product_values(draft).items():
        setattr(row, name, value)
    session().flush()


def _handle(draft: ProductDraft, current: Product | None) -> str:
    if draft.handle or current is not None:
        wanted = draft.handle or str(current.handle if current else "")
        taken = select(Product.id).where(Product.handle == wanted)
        if current is not None:
            taken = taken.where(Product.id != current.id)
        if session().scalar(taken) is not None:
            raise InputRefused({"handle": [gettext(_HANDLE_TAKEN)]})
        return wanted
    return _free_handle(draft.title, Product)


def _free_handle(title: str, table: type[Product] | type[Collection]) -> str:
    slug = slug_of(title) or new_code(8)
    candidates = [slug, *(numbered(slug, number) for number in range(2, 30))]
    taken = set(session().scalars(select(table.handle).where(table.handle.in_(candidates))))
    return next((one for one in candidates if one not in taken), f"{slug[:60]}-{new_code(8)}")


def _refuse_foreign(draft: ProductDraft) -> None:
    wanted = {image.asset_id for image in draft.images}
    known = set(session().scalars(select(Asset.id).where(Asset.id.in_(wanted)))) if wanted else set()
    message = N_("This picture is gone. Choose another one.")
    found = [
        Fault(("images", index, "asset_id"), message)
        for index, image in enumerate(draft.images)
        if image.asset_id not in known
    ]
    if found:
        raise InputRefused(nested(found))


def _refuse_taken_skus(draft: ProductDraft, product_id: UUID) -> None:
    owners = sku_owners([variant.sku for variant in draft.variants], besides=product_id)
    found = [
        Fault(("variants", index, "sku"), _SKU_TAKEN, {"title": owners[variant.sku]})
        for index, variant in enumerate(draft.variants)
        if variant.sku in owners
    ]
    if found:
        raise InputRefused(nested(found))


def sku_owners(skus: Sequence[str], *, besides: UUID | None = None) -> dict[str, str]:
    """By SKU, the title of the product that has it; `besides` is a product that may have them."""
    wanted = {sku for sku in skus if sku}
    if not wanted:
        return {}
    statement = (
        select(Variant.sku, Product.title)
        .join(Product, (Product.shop_id == Variant.shop_id) & (Product.id == Variant.product_id))
        .where(
            Variant.shop_id == current_scope().shop_id, Variant.sku.in_(wanted), Variant.archived.is_(False)
        )
    )
    if besides is not None:
        statement = statement.where(Variant.product_id != besides)
    return {row.sku: row.title for row in session().execute(statement)}


def _as_refusal(error: IntegrityError) -> Exception:
    """Somebody was faster between the look and the write: say so instead of failing."""
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", "")
    if constraint == "uq_catalog_product_shop_id_handle":
        return InputRefused({"handle": [gettext(_HANDLE_TAKEN)]})
    if constraint == "uq_catalog_collection_shop_id_handle":
        return InputRefused({"handle": [gettext(_COLLECTION_HANDLE_TAKEN)]})
    if constraint == "uq_catalog_variant_sku":
        return InputRefused({"variants": [gettext(_SKU_TAKEN_JUST_NOW)]})
    return error


@command("catalog.edit")
def change_product_status(*, product_ids: Sequence[UUID], status: str) -> dict[UUID, str]:
    """Put products on sale ("active"), aside ("draft") or away ("archived").

    Returns the status that each changed product had before, for undo (`restore_product_status`); ids that the shop
    does not have, and products that already have the status, are not in it.
    """
    return restore_product_status(statuses=dict.fromkeys(product_ids, status))


@command("catalog.edit")
def restore_product_status(*, statuses: Mapping[UUID, str]) -> dict[UUID, str]:
    """Give each product the status named for it; returns what changed, as it was before."""
    if not set(statuses.values()) <= set(STATUSES):
        raise InputRefused({"status": [gettext(_NOT_LISTED)]})
    locked = select(Product).where(Product.id.in_(list(statuses))).order_by(Product.id).with_for_update()
    before = {}
    for row in session().scalars(locked):
        if row.status != statuses[row.id]:
            before[row.id] = row.status
            row.status, row.version, row.updated_at = statuses[row.id], row.version + 1, now()
    if before:
        record(ProductsChanged(product_ids=tuple(before)))
        bump_epoch()
    return before


@command("catalog.edit")
def reorder_products(*, product_ids: Sequence[UUID]) -> None:
    """Put these products in this order, at the places that they hold together now."""
    found = {row.id: row.position for row in session().execute(_places_of(product_ids))}
    places: dict[UUID, int] = {}
    free = -1
    order = [one for one in dict.fromkeys(product_ids) if one in found]
    for product_id, held in zip(order, sorted(found.values()), strict=True):
        free = places[product_id] = max(held, free + 1)
    _set_positions(Product, places)


def _places_of(product_ids: Sequence[UUID]) -> Any:
    return select(Product.id, Product.position).where(Product.id.in_(list(product_ids)))


@command("catalog.edit")
def save_collection(*, draft: CollectionDraft, collection_id: UUID | None = None) -> UUID:
    """Make a collection, or make `collection_id` be like `draft`, its products in that order; returns its id.

    Product ids that the shop does not have are passed over. Raises InputRefused, UnknownCollection.
    """
    draft = checked_collection(draft)
    row = (
        _locked_collection(collection_id)
        if collection_id
        else Collection(id=new_id(), position=_last_place() + 1)
    )
    if not (draft.handle or collection_id):
        row.handle = _free_handle(draft.title, Collection)
    elif draft.handle and draft.handle != row.handle:
        taken = select(Collection.id).where(Collection.handle == draft.handle, Collection.id != row.id)
        with session().no_autoflush:
            if session().scalar(taken) is not None:
                raise InputRefused({"handle": [gettext(_COLLECTION_HANDLE_TAKEN)]})
        row.handle = draft.handle
    row.title, row.body, row.visible = draft.title, draft.body, draft.visible
    session().add(row)
    try:
        session().flush()
    except IntegrityError as error:
        raise _as_refusal(error) from error
    _write_items(row.id, draft.product_ids)
    bump_epoch()
    return row.id


def _locked_collection(collection_id: UUID) -> Collection:
    row = (
        session().scalars(select(Collection).where(Collection.id == collection_id).with_for_update()).first()
    )
    if row is None:
        raise UnknownCollection
    return row


def _last_place() -> int:
    return max(session().scalars(select(Collection.position)), default=-1)


def _write_items(collection_id: UUID, product_ids: Sequence[UUID]) -> None:
    known = set(session().scalars(select(Product.id).where(Product.id.in_(list(product_ids)))))
    session().execute(delete(CollectionItem).where(CollectionItem.collection_id == collection_id))
    rows = [
        {
            "shop_id": current_scope().shop_id,
            "id": new_id(),
            "collection_id": collection_id,
            "product_id": product_id,
            "position": position,
        }
        for position, product_id in enumerate(one for one in product_ids if one in known)
    ]
    if rows:
        session().execute(insert(CollectionItem), rows)


@command("catalog.edit")
def delete_collection(*, collection_id: UUID) -> None:
    """Remove a collection; its products stay. Raises UnknownCollection."""
    session().delete(_locked_collection(collection_id))
    session().flush()
    bump_epoch()


@command("catalog.edit")
def reorder_collections(*, collection_ids: Sequence[UUID]) -> None:
    """Put the shop's collections in this order; those that are not named follow behind."""
    present = list(session().scalars(select(Collection.id).order_by(Collection.position, Collection.id)))
    named = [one for one in dict.fromkeys(collection_ids) if one in set(present)]
    order = named + [one for one in present if one not in set(named)]
    _set_positions(Collection, {one: place for place, one in enumerate(order)})


def _set_positions(table: type[Product] | type[Collection], places: Mapping[UUID, int]) -> None:
    if not places:
        return
    statement = update(table).where(table.shop_id == current_scope().shop_id, table.id.in_(list(places)))
    values: Any = case(dict(places), value=table.id)
    session().execute(statement.values(position=values).execution_options(synchronize_session=False))
    bump_epoch()
