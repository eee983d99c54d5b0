"""Products for the sections of a page, in few statements and only of the bound shop."""

import pytest

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.catalog.shelves import shelves
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.statements import count_statements
from tests.core.commerce.catalog.goods import sell


def gather(title, *product_ids, **more):
    return save_collection(draft=CollectionDraft(title=title, handle=title, product_ids=product_ids, **more))


def titles(cards):
    return [card.title for card in cards]


def test_each_collection_gives_its_first_products_and_says_how_many_it_has(in_shop):
    a, b, c = (sell(name) for name in "ABC")
    gather("x", c, a, b)
    gather("y", b)
    with reading():
        found = shelves({"x": 2, "y": 5}).collections
    assert (titles(found["x"].cards), found["x"].total) == (["C", "A"], 3)
    assert (titles(found["y"].cards), found["y"].total) == (["B"], 1)


def test_hidden_collections_drafts_and_unknown_handles_are_left_out(in_shop):
    a, draft = sell("A"), sell("B", status="draft")
    gather("x", a, draft)
    gather("secret", a, visible=False)
    with reading():
        found = shelves({"x": 4, "secret": 4, "nothing": 4}, ["a", "b", "nothing"])
    assert titles(found.collections["x"].cards) == ["A"]
    assert set(found.collections) == {"x"}
    assert set(found.products) == {"a"}


@pytest.mark.parametrize("count", [1, 3])
def test_shelves_need_two_statements(in_shop, count):
    ids = [sell(name) for name in "ABC"[:count]]
    for number in range(count):
        gather(f"c{number}", *ids)
    with reading(), count_statements() as sent:
        found = shelves({f"c{number}": 4 for number in range(count)}, ["a", "b", "c"])
    assert len(found.collections) == len(found.products) == count
    assert len(sent) == 2


def test_shelves_hold_nothing_of_another_shop(platform, shop, other_shop):
    with shop_bound(other_shop, SYSTEM):
        gather("x", sell("Foreign", handle="same"))
    with shop_bound(shop, SYSTEM), reading():
        found = shelves({"x": 4}, ["same"])
    assert not found.collections
    assert not found.products
