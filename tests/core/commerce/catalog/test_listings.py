"""Lists of products and collections, and their statements."""

import pytest

from core.commerce.catalog.actions import (
    change_product_status,
    delete_collection,
    reorder_collections,
    save_collection,
    save_product,
)
from core.commerce.catalog.drafts import CollectionDraft, Option
from core.commerce.catalog.errors import UnknownCollection
from core.commerce.catalog.listings import (
    all_products,
    collection_choices,
    collection_listing,
    collections,
    product_cards,
    related_cards,
    search_listing,
    stored_collection,
)
from core.commerce.catalog.queries import product_page, stored_product
from core.kernel.db import reading
from core.kernel.errors import InputRefused
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.statements import count_statements
from tests.core.commerce.catalog.goods import epoch, pictured, rows, sell, simple, tea, variant


def gather(title, *product_ids, **more):
    return save_collection(draft=CollectionDraft(title=title, product_ids=product_ids, **more))


def titles(listing):
    return [card.title for card in listing.cards]


def test_card_tells_the_cheapest_price(in_shop):
    saved = save_product(
        draft=tea(
            "A",
            options=(Option("Size", ("S", "M")),),
            variants=(variant(300, "S"), variant(200, "M", compare_at_minor=250)),
        )
    )
    with reading():
        card = product_cards([saved.id])[saved.id]
    assert (card.price_minor, card.compare_at_minor, card.several_prices) == (200, 250, True)
    assert card.variant_ids == saved.variant_ids


def test_former_price_is_shown_only_above_the_price(in_shop):
    for former in (100, 99):
        product_id = sell(f"A{former}", 100, variant={"compare_at_minor": former})
        with reading():
            assert product_cards([product_id])[product_id].compare_at_minor is None


def test_cards_come_in_the_order_asked_for_and_only_on_sale(in_shop):
    first, second, hidden = sell("A"), sell("B"), sell("C", status="draft")
    with reading():
        assert list(product_cards([second, hidden, new_id(), first])) == [second, first]
        assert product_cards([]) == {}


def test_collection_lists_its_products_in_its_own_order(in_shop):
    first, second, third = sell("A", 300), sell("B", 100), sell("C", 200)
    gather("春茶", third, first, second)
    with reading():
        assert titles(collection_listing("春茶").listing) == ["C", "A", "B"]
        assert titles(collection_listing("春茶", sort="price_up").listing) == ["B", "C", "A"]
        assert titles(collection_listing("春茶", sort="price_down").listing) == ["A", "C", "B"]
        assert titles(collection_listing("春茶", sort="newest").listing) == ["C", "B", "A"]
        assert titles(collection_listing("春茶", sort="title").listing) == ["A", "B", "C"]
        assert titles(collection_listing("春茶", sort="'; DROP").listing) == ["C", "A", "B"]
        assert collection_listing("nothing") is None


def test_hidden_collection_and_hidden_products_are_not_listed(in_shop):
    first, second = sell("A"), sell("B")
    collection_id = gather("X", first, second)
    change_product_status(product_ids=[first], status="draft")
    with reading():
        assert titles(collection_listing("x").listing) == ["B"]
        assert [(one.title, one.count) for one in collections()] == [("X", 1)]
    save_collection(
        draft=CollectionDraft(title="X", visible=False, product_ids=(first,)), collection_id=collection_id
    )
    with reading():
        assert collection_listing("x") is None
        assert collections() == ()
        assert [(one.title, one.count) for one in collections(hidden_too=True)] == [("X", 0)]
        assert product_page("b").collections == ()


def test_pages_have_twenty_four_products(in_shop):
    gather("X", *(sell(f"P{number:02}") for number in range(26)))
    with reading():
        first, second, beyond = (collection_listing("x", page=page).listing for page in (1, 2, 9))
        assert collection_listing("x", page=-3).listing == first
        assert (len(first.cards), len(second.cards), len(beyond.cards)) == (24, 2, 0)
        assert {(one.total, one.pages) for one in (first, second, beyond)} == {(26, 2)}
        assert titles(second) == ["P24", "P25"]
        assert collection_listing("x", page=10**30).listing.total == 26


@pytest.mark.parametrize("count", [1, 3])
def test_listings_need_few_statements(in_shop, files, count):
    ids = [sell(f"龙井 {number}", images=pictured("red")) for number in range(count)]
    gather("X", *ids)
    wanted = {
        2: [
            lambda: collection_listing("x").listing.cards,
            lambda: collection_listing("x", sort="price_up").listing.cards,
        ],
        1: [
            lambda: all_products().cards,
            lambda: search_listing("龙").cards,
            lambda: product_cards(ids),
            lambda: collections()[:1] * count,
        ],
    }
    for number, lists in wanted.items():
        for listed in lists:
            with reading(), count_statements() as sent:
                assert len(listed()) == count
            assert len(sent) == number
    with reading(), count_statements() as sent:
        assert collection_listing("x", page=5).listing.total == count
    assert len(sent) == 3  # the page behind the end is asked for once more


def test_related_products_share_a_collection(in_shop):
    first, second, third, other = (sell(name) for name in "ABCD")
    gather("X", first, second)
    gather("Y", first, second, third)
    gather("Z", other)
    with reading():
        assert [card.title for card in related_cards(first)] == ["B", "C"]
        assert related_cards(other) == ()
        assert len(related_cards(first, limit=1)) == 1


def test_collection_is_stored_and_edited(in_shop):
    first, second = sell("A"), sell("B")
    before = epoch()
    collection_id = gather("绿茶", first, first, new_id(), body="<b>好</b><script>x</script>")
    assert epoch() == before + 1
    with reading():
        stored = stored_collection(collection_id)
    assert (stored.draft.handle, stored.draft.body, stored.draft.product_ids) == (
        "绿茶",
        "<b>好</b>",
        (first,),
    )
    save_collection(
        draft=CollectionDraft(title="Green", product_ids=(second, first)), collection_id=collection_id
    )
    with reading():
        stored = stored_collection(collection_id)
        assert (stored.draft.handle, stored.titles) == ("绿茶", ("B", "A"))
        assert stored_collection(new_id()) is None
    delete_collection(collection_id=collection_id)
    with reading():
        assert collection_choices() == ()
        assert product_page("a") is not None
    with pytest.raises(UnknownCollection):
        delete_collection(collection_id=collection_id)


def test_collection_refuses_bad_titles_and_taken_handles(in_shop):
    gather("X")
    second = gather("X")
    with reading():
        assert [one.handle for one in collection_choices()] == ["x", "x-2"]
    for draft in (
        CollectionDraft(title=" "),
        CollectionDraft(title="a\x00"),
        CollectionDraft(title="a", body="b" * 100_001),
    ):
        with pytest.raises(InputRefused):
            save_collection(draft=draft)
    for collection_id in (None, second):
        with pytest.raises(InputRefused) as refused:
            save_collection(draft=CollectionDraft(title="Y", handle="x"), collection_id=collection_id)
        assert list(refused.value.fields) == ["handle"]


def test_collections_can_be_put_in_another_order(in_shop):
    first, _second, third = (gather(name) for name in "XYZ")
    reorder_collections(collection_ids=[third, new_id(), first])
    with reading():
        assert [one.title for one in collections()] == ["Z", "X", "Y"]


def test_product_joins_and_leaves_collections_when_it_is_saved(in_shop):
    first, second = gather("X", sell("A")), gather("Y")
    saved = save_product(draft=simple("B", collection_ids=(first, new_id())))
    with reading():
        assert stored_collection(first).titles == ("A", "B")
    save_product(draft=simple("B"), product_id=saved.id)
    with reading():
        assert stored_product(saved.id).draft.collection_ids == (first,)
    save_product(draft=simple("B", collection_ids=(second,)), product_id=saved.id)
    with reading():
        assert (stored_collection(first).titles, stored_collection(second).titles) == (("A",), ("B",))


def test_lists_of_two_shops_do_not_mix(shop, other_shop, files):
    ids = {}
    for scope in (shop, other_shop):
        with shop_bound(scope, SYSTEM):
            ids[scope.shop_id] = [sell(f"茶 {scope.handle}", images=pictured("red"))]
            gather("X", *ids[scope.shop_id])
    with shop_bound(shop, SYSTEM):
        foreign = ids[other_shop.shop_id]
        assert gather("Stolen", *foreign)
        with reading():
            mine = [f"茶 {shop.handle}"]
            assert (
                titles(all_products())
                == titles(search_listing("茶"))
                == titles(collection_listing("x").listing)
                == mine
            )
            assert product_cards(foreign) == {}
            assert related_cards(foreign[0]) == ()
            assert [(one.title, one.count) for one in collections()] == [("X", 1), ("Stolen", 0)]
        assert rows() == 1
