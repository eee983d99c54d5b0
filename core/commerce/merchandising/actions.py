"""Saving a product together with the stock of its variants."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from core.commerce.catalog.actions import SavedProduct, write_product
from core.commerce.catalog.drafts import Fault, ProductDraft, faults, nested, tidy
from core.commerce.catalog.events import ProductsChanged
from core.commerce.catalog.queries import sold_variants
from core.commerce.merchandising.cell_values import MOST_UNITS
from core.commerce.merchandising.values import StockWish
from core.commerce.reservations.stock import ensure_stock, set_stock, stock_of
from core.commerce.shops.actions import bump_epoch
from core.kernel.command import command
from core.kernel.errors import InputRefused, NotFound
from core.kernel.events import record
from core.kernel.i18n import N_, gettext


@command("catalog.edit")
def save_product_with_stock(
    *,
    draft: ProductDraft,
    stock: Sequence[StockWish],
    product_id: UUID | None = None,
    version: int | None = None,
) -> SavedProduct:
    """As catalog's `save_product`, with a stock for each variant of the draft, in its order.

    A stock is the units on hand (held ones included), None for untracked, or "leave": a field that the editor did not
    touch, so that what was sold in the meantime is not put back. All of it is saved, or nothing.
    Raises InputRefused (a stock's field is called "stock"), EditConflict, UnknownProduct, VariantGone.
    """
    saved = write_product_with_stock(draft=draft, stock=stock, product_id=product_id, version=version)
    record(ProductsChanged(product_ids=(saved.id,)))
    bump_epoch()
    return saved


@command("catalog.edit")
def set_variant_stock(*, levels: Mapping[UUID, int | None]) -> None:
    """Set the stock of variants: the units on hand, held ones included; None is not counted.

    All of it is set, or nothing. Raises NotFound for a variant that is not there, InputRefused (by variant id).
    """
    fields = {
        str(one): [gettext(N_("Write a whole number of units, 0 or more."))]
        for one, level in levels.items()
        if level is not None and not 0 <= level <= MOST_UNITS
    }
    if fields:
        raise InputRefused(fields)
    goods = {one.id: one.product_id for one in sold_variants(levels).values()}
    if goods.keys() != levels.keys():
        raise NotFound
    ids = sorted(levels)
    ensure_stock(ids)
    _refuse_less_than_held(ids, levels)
    set_stock(dict(levels))
    if goods:
        record(ProductsChanged(product_ids=tuple(sorted(set(goods.values())))))
    bump_epoch()


def write_product_with_stock(
    *,
    draft: ProductDraft,
    stock: Sequence[StockWish],
    product_id: UUID | None = None,
    version: int | None = None,
) -> SavedProduct:
    """As `save_product_with_stock`, inside a command that records the event and makes pages stale itself."""
    found = [*faults(tidy(draft)), *_stock_faults(stock)]
    if found:
        raise InputRefused(nested(found))
    saved = write_product(draft=draft, product_id=product_id, version=version)
    wishes = dict(zip(saved.variant_ids, stock, strict=True))
    levels = {one: wish for one, wish in wishes.items() if not isinstance(wish, str)}
    _refuse_less_than_held(saved.variant_ids, levels)
    # A new variant whose stock is left alone is untracked, and can be bought: it needs its pool all the same.
    ensure_stock(saved.variant_ids)
    set_stock(levels)
    return saved


def _stock_faults(stock: Sequence[StockWish]) -> list[Fault]:
    message = N_("Write a whole number of units, 0 or more; leave it empty when stock is not tracked.")
    return [
        Fault(("variants", index, "stock"), message)
        for index, wish in enumerate(stock)
        if not (wish is None or wish == "leave" or (type(wish) is int and 0 <= wish <= MOST_UNITS))
    ]


def _refuse_less_than_held(variant_ids: Sequence[UUID], levels: Mapping[UUID, int | None]) -> None:
    tracked = {one: level for one, level in levels.items() if level is not None}
    held = stock_of(tracked)
    message = N_("%(taken)s are already reserved by orders; the number cannot be lower.")
    found = [
        Fault(("variants", index, "stock"), message, {"taken": held[one].reserved})
        for index, one in enumerate(variant_ids)
        if one in tracked and tracked[one] < held[one].reserved
    ]
    if found:
        raise InputRefused(nested(found))
