"""A product and the stock of its variants are saved together, or not at all."""

from datetime import timedelta

import pytest

from core.commerce.catalog.actions import save_product
from core.commerce.catalog.drafts import Option
from core.commerce.catalog.errors import UnknownProduct
from core.commerce.catalog.models import Product
from core.commerce.merchandising.actions import save_product_with_stock
from core.commerce.merchandising.queries import edited_product
from core.commerce.merchandising.values import LEAVE
from core.commerce.reservations.actions import reserve
from core.commerce.reservations.models import Pool
from core.commerce.reservations.stock import stock_of, stock_pool_id
from core.commerce.reservations.values import Holder, Want
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading
from core.kernel.errors import EditConflict, InputRefused
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.statements import count_statements
from tests.core.commerce.catalog.goods import epoch, rows, simple, tea, variant

SIZES = (Option("Size", ("S", "M")),)


def shirt(**more):
    return tea("Shirt", options=SIZES, variants=(variant(100, "S", **more), variant(200, "M")))


@command("system")
def hold(variant_id, quantity):
    wants = [Want(stock_pool_id(variant_id), quantity)]
    reserve(holder=Holder("order", new_id()), wants=wants, expires_at=now() + timedelta(hours=1))


def on_hand(saved):
    with reading():
        levels = stock_of(saved.variant_ids)
    return [levels[one].on_hand for one in saved.variant_ids]


def test_new_product_has_stock_or_is_untracked(in_shop):
    assert on_hand(save_product_with_stock(draft=shirt(), stock=[5, None])) == [5, None]


def test_field_that_was_not_touched_leaves_the_stock_alone(in_shop):
    saved = save_product_with_stock(draft=shirt(), stock=[5, 7])
    save_product_with_stock(draft=shirt(), stock=[3, LEAVE], product_id=saved.id)
    save_product_with_stock(draft=shirt(), stock=[LEAVE, 9], product_id=saved.id)
    assert on_hand(saved) == [3, 9]


def test_new_variant_whose_stock_is_left_alone_can_be_bought(in_shop):
    saved = save_product_with_stock(draft=shirt(), stock=[LEAVE, LEAVE])
    hold(saved.variant_ids[0], 3)
    assert on_hand(saved) == [None, None]


def test_stock_cannot_go_below_what_orders_hold(in_shop):
    saved = save_product_with_stock(draft=shirt(), stock=[5, 7])
    hold(saved.variant_ids[0], 3)
    with pytest.raises(InputRefused) as refused:
        save_product_with_stock(draft=shirt(), stock=[2, 8], product_id=saved.id)
    assert "3" in refused.value.fields["variants"][0]["stock"][0]
    assert on_hand(saved) == [5, 7]
    save_product_with_stock(draft=shirt(), stock=[3, 8], product_id=saved.id)
    assert on_hand(saved) == [3, 8]


@pytest.mark.parametrize("bad", [-1, 1.5, True, "5", 10**10])
def test_stock_that_is_no_number_of_units_is_refused_with_everything_else(in_shop, bad):
    before = epoch()
    with pytest.raises(InputRefused) as refused:
        save_product_with_stock(draft=shirt(sku="s" * 81), stock=[1, bad])
    assert sorted(refused.value.fields["variants"]) == [0, 1]
    assert (rows(Product), rows(Pool), epoch()) == (0, 0, before)


def test_conflict_changes_no_stock(in_shop):
    saved = save_product_with_stock(draft=shirt(), stock=[5, 7])
    save_product(draft=shirt(), product_id=saved.id)
    with pytest.raises(EditConflict):
        save_product_with_stock(draft=shirt(), stock=[1, 1], product_id=saved.id, version=saved.version)
    assert on_hand(saved) == [5, 7]


def test_editor_sees_the_product_with_its_stock(in_shop):
    saved = save_product_with_stock(draft=shirt(), stock=[5, None])
    hold(saved.variant_ids[0], 2)
    with reading():
        edited = edited_product(saved.id)
        assert edited_product(new_id()) is None
    first, second = (edited.stock[draft.id] for draft in edited.stored.draft.variants)
    assert (first.on_hand, first.reserved, first.available, second.available) == (5, 2, 3, None)


@pytest.mark.parametrize("count", [1, 3])
def test_editor_needs_five_statements(in_shop, count):
    values = ("S", "M", "L")[:count]
    variants = tuple(variant(1, one) for one in values)
    saved = save_product_with_stock(
        draft=tea("A", options=(Option("Size", values),), variants=variants), stock=[1] * count
    )
    with reading(), count_statements() as sent:
        assert len(edited_product(saved.id).stock) == count
    assert len(sent) == 5


def test_stock_of_another_shop_cannot_be_set(shop, other_shop):
    with shop_bound(other_shop, SYSTEM):
        theirs = save_product_with_stock(draft=simple("A"), stock=[4])
    with shop_bound(shop, SYSTEM):
        with pytest.raises(UnknownProduct):
            save_product_with_stock(draft=simple("A"), stock=[0], product_id=theirs.id)
        assert rows(Pool) == 0
        with reading():
            assert edited_product(theirs.id) is None
    with shop_bound(other_shop, SYSTEM):
        assert on_hand(theirs) == [4]
