"""Making, editing and putting away products."""

import pytest
from sqlalchemy import select

from core.commerce.catalog.actions import (
    change_product_status,
    reorder_products,
    restore_product_status,
    save_product,
)
from core.commerce.catalog.drafts import Fact, Option
from core.commerce.catalog.errors import UnknownProduct, VariantGone
from core.commerce.catalog.listings import all_products
from core.commerce.catalog.models import Product, ProductImage, Variant
from core.commerce.catalog.queries import product_page, sold_variants, stored_product, stored_product_at
from core.kernel.db import reading
from core.kernel.errors import EditConflict, InputRefused, PermissionRefused
from core.kernel.events import EventRow
from core.kernel.ids import new_id
from core.kernel.tenancy import GUEST, SYSTEM, Actor, acting_as, shop_bound
from core.testing.races import overlapping_pairs, race
from core.testing.statements import count_statements
from tests.core.commerce.catalog.goods import epoch, pictured, rows, sell, simple, tea, variant, variant_rows

SIZES = (Option("Size", ("S", "M", "L")),)


def in_sizes(*variants, **more):
    return tea("Shirt", options=SIZES, variants=variants, **more)


def test_new_product_is_stored_whole(in_shop, files):
    saved = save_product(
        draft=tea(
            subtitle="清明前手采",
            body_html="<p>豆香<script>x</script></p>",
            vendor="梅家坞",
            kind="绿茶",
            tags=("茶", "新"),
            facts=(Fact("产地", "杭州"),),
            images=pictured("red", "green"),
        )
    )
    assert saved.created
    assert (saved.handle, saved.version, len(saved.variant_ids)) == ("明前龙井", 1, 2)
    with reading():
        page = product_page("明前龙井")
    assert page.body_html == "<p>豆香</p>"
    assert (page.vendor, page.kind, page.tags) == ("梅家坞", "绿茶", ("茶", "新"))
    assert page.facts == (Fact("产地", "杭州"),)
    assert [(one.title, one.price_minor) for one in page.variants] == [("50g", 6800), ("100g", 12800)]
    assert [one.alt for one in page.pictures] == ["茶", "茶"]


def test_each_save_makes_cached_pages_stale_and_tells_plugins(in_shop):
    before = epoch()
    product_id = sell("A")
    assert epoch() == before + 1
    with reading() as session:
        [event] = session.scalars(select(EventRow))
    assert (event.name, event.body) == ("catalog.products_changed", {"product_ids": [str(product_id)]})


def test_edit_keeps_variants_with_the_same_values_and_puts_others_away(in_shop):
    first = save_product(draft=in_sizes(variant(1, "S", sku="a"), variant(2, "M", sku="b")))
    again = save_product(
        draft=in_sizes(variant(3, "M", sku="b"), variant(4, "L", sku="c")), product_id=first.id
    )
    assert again.variant_ids[0] == first.variant_ids[1]
    assert variant_rows(first.id) == [("M", "b", False), ("S", "a", True), ("L", "c", False)]
    back = save_product(draft=in_sizes(variant(1, "S")), product_id=first.id)
    assert back.variant_ids == (first.variant_ids[0],)
    assert rows(Variant) == 3


def test_edit_by_id_renames_a_variant(in_shop):
    first = save_product(draft=in_sizes(variant(1, "S"), variant(2, "M")))
    small, medium = first.variant_ids
    again = save_product(
        draft=in_sizes(variant(1, "M", id=small), variant(2, "S", id=medium)), product_id=first.id
    )
    assert again.variant_ids == (small, medium)
    assert [title for title, _, _ in variant_rows(first.id)] == ["M", "S"]


def test_name_of_a_variant_that_was_put_away_can_be_given_to_another(in_shop):
    first = save_product(draft=in_sizes(variant(1, "S"), variant(2, "M")))
    small, medium = first.variant_ids
    save_product(draft=in_sizes(variant(1, "S", id=small)), product_id=first.id)
    save_product(draft=in_sizes(variant(1, "M", id=small)), product_id=first.id)
    assert variant_rows(first.id) == [("M", "", False), (f"M #{medium}", "", True)]


def test_skus_can_change_hands_within_a_product(in_shop):
    first = save_product(
        draft=in_sizes(variant(1, "S", sku="a"), variant(2, "M", sku="b"), variant(3, "L", sku="c"))
    )
    save_product(draft=in_sizes(variant(1, "S", sku="b"), variant(2, "M", sku="c")), product_id=first.id)
    assert variant_rows(first.id) == [("S", "b", False), ("M", "c", False), ("L", "c", True)]
    save_product(
        draft=in_sizes(variant(1, "S", sku="c"), variant(2, "M", sku="b"), variant(3, "L", sku="a")),
        product_id=first.id,
    )
    assert variant_rows(first.id) == [("S", "c", False), ("M", "b", False), ("L", "a", False)]


def test_sku_of_another_product_is_refused_by_name(in_shop):
    save_product(draft=simple("Pot", variant={"sku": "X1"}))
    with pytest.raises(InputRefused) as refused:
        save_product(draft=simple("Pan", variant={"sku": "X1"}))
    assert "Pot" in refused.value.fields["variants"][0]["sku"][0]
    assert rows() == 1


def test_sku_of_a_variant_that_was_put_away_is_free(in_shop):
    first = save_product(draft=in_sizes(variant(1, "S", sku="X1"), variant(2, "M")))
    save_product(draft=in_sizes(variant(2, "M")), product_id=first.id)
    assert save_product(draft=simple("Pan", variant={"sku": "X1"})).created


def test_two_editors_the_second_gets_a_conflict(in_shop):
    first = save_product(draft=simple("A"))
    save_product(draft=simple("B"), product_id=first.id, version=first.version)
    with pytest.raises(EditConflict):
        save_product(draft=simple("C"), product_id=first.id, version=first.version)
    with reading():
        stored = stored_product(first.id)
    assert (stored.draft.title, stored.version) == ("B", 2)


@pytest.mark.race
def test_two_editors_at_the_same_moment_one_wins(in_shop):
    first = save_product(draft=simple("A"))
    attempts = race(
        [
            lambda title=title: save_product(draft=simple(title), product_id=first.id, version=1)
            for title in "BCDE"
        ]
    )
    assert overlapping_pairs(attempts) >= 3
    assert sorted(type(one.error).__name__ for one in attempts) == ["EditConflict"] * 3 + ["NoneType"]


@pytest.mark.race
def test_same_sku_at_the_same_moment_is_given_once(in_shop):
    attempts = race(
        [lambda title=title: save_product(draft=simple(title, variant={"sku": "X"})) for title in "BCDE"]
    )
    assert overlapping_pairs(attempts) >= 3
    assert sorted(type(one.error).__name__ for one in attempts) == ["InputRefused"] * 3 + ["NoneType"]
    assert rows() == 1


@pytest.mark.race
def test_same_title_at_the_same_moment_never_fails_without_a_reason(in_shop):
    attempts = race([lambda: save_product(draft=simple("Same")) for _ in range(4)])
    assert {type(one.error).__name__ for one in attempts} <= {"InputRefused", "NoneType"}
    assert rows() == sum(one.error is None for one in attempts) >= 1


def test_handle_comes_from_the_title_and_is_numbered_when_taken(in_shop):
    assert [save_product(draft=simple("大红袍")).handle for _ in range(3)] == [
        "大红袍",
        "大红袍-2",
        "大红袍-3",
    ]


def test_title_without_letters_gets_an_opaque_handle(in_shop):
    assert len(save_product(draft=simple("🍵")).handle) == 8


def test_chosen_handle_is_kept_and_a_taken_one_refused(in_shop):
    first = save_product(draft=simple("A", handle="My Pot!"))
    assert first.handle == "my-pot"
    assert save_product(draft=simple("A2"), product_id=first.id).handle == "my-pot"
    second = save_product(draft=simple("B"))
    for product_id in (None, second.id):
        with pytest.raises(InputRefused) as refused:
            save_product(draft=simple("B", handle="my-pot"), product_id=product_id)
        assert list(refused.value.fields) == ["handle"]


def test_pictures_are_ordered_and_those_of_nobody_refused(in_shop, files):
    red, green = pictured("red", "green")
    saved = save_product(draft=simple("A", images=(red, green), variant={"asset_id": green.asset_id}))
    with reading():
        assert product_page("a").variants[0].picture_index == 1
    save_product(draft=simple("A", images=(green, red)), product_id=saved.id)
    with reading():
        assert stored_product(saved.id).draft.images == (green, red)
    assert rows(ProductImage) == 2
    with pytest.raises(InputRefused) as refused:
        save_product(draft=simple("B", images=(red, type(red)(asset_id=new_id()))))
    assert list(refused.value.fields["images"]) == [1]


def test_unknown_ids_are_not_found(in_shop):
    with pytest.raises(UnknownProduct):
        save_product(draft=simple("A"), product_id=new_id())
    first = save_product(draft=simple("A"))
    with pytest.raises(VariantGone):
        save_product(draft=simple("A", variant={"id": new_id()}), product_id=first.id)


def test_refused_draft_changes_nothing(in_shop):
    first = save_product(draft=simple("A"))
    before = epoch()
    with pytest.raises(InputRefused):
        save_product(draft=simple("", -1), product_id=first.id)
    with pytest.raises(InputRefused):
        save_product(draft=simple("x\x00"))
    assert (rows(), rows(EventRow), epoch()) == (1, 1, before)


def test_status_changes_say_what_was_before(in_shop):
    first, second = sell("A"), sell("B", status="draft")
    before = change_product_status(product_ids=[first, second, new_id()], status="archived")
    assert before == {first: "active", second: "draft"}
    assert change_product_status(product_ids=[first], status="archived") == {}
    with reading():
        assert product_page("a") is None
    assert restore_product_status(statuses=before) == {first: "archived", second: "archived"}
    with reading():
        assert product_page("a") is not None
        assert product_page("b") is None
        assert product_page("b", drafts_too=True).status == "draft"
    with pytest.raises(InputRefused):
        change_product_status(product_ids=[first], status="gone")


def test_archived_product_keeps_its_variants_for_orders(in_shop):
    saved = save_product(draft=simple("A", 500))
    change_product_status(product_ids=[saved.id], status="archived")
    with reading():
        sold = sold_variants(saved.variant_ids)[saved.variant_ids[0]]
        assert stored_product_at("a").draft.status == "archived"
    assert (sold.for_sale, sold.price_minor, sold.product_title) == (False, 500, "A")


def test_products_can_be_put_in_another_order(in_shop):
    first, second, third = (sell(name) for name in "ABC")
    reorder_products(product_ids=[third, first, new_id()])
    with reading():
        assert [card.id for card in all_products().cards] == [third, second, first]


def test_nobody_but_staff_and_system_may_save(in_shop):
    for actor in (GUEST, Actor("customer", new_id()), Actor("staff", new_id())):
        with acting_as(actor), pytest.raises(PermissionRefused):
            save_product(draft=simple("A"))
        with acting_as(actor), pytest.raises(PermissionRefused):
            change_product_status(product_ids=[], status="active")


def test_shops_with_the_same_handles_and_skus_do_not_touch(shop, other_shop):
    ours, theirs = [], []
    for scope, made, price in ((shop, ours, 100), (other_shop, theirs, 999)):
        with shop_bound(scope, SYSTEM):
            made.append(save_product(draft=simple("Pot", price, variant={"sku": "S1"})))
            assert made[0].handle == "pot"
    with shop_bound(shop, SYSTEM):
        save_product(draft=simple("Pot 2", 200, variant={"sku": "S2"}), product_id=ours[0].id)
        for foreign in (theirs[0].id,):
            with pytest.raises(UnknownProduct):
                save_product(draft=simple("Mine"), product_id=foreign)
            assert change_product_status(product_ids=[foreign], status="archived") == {}
            with reading():
                assert stored_product(foreign) is None
                assert sold_variants(theirs[0].variant_ids) == {}
    with shop_bound(other_shop, SYSTEM), reading():
        page = product_page("pot")
        assert (page.title, page.variants[0].price_minor, page.variants[0].sku) == ("Pot", 999, "S1")


@pytest.mark.parametrize("count", [1, 3])
def test_product_page_needs_one_statement(in_shop, files, count):
    values = ("S", "M", "L")[:count]
    options = (Option("Size", values),)
    colours = ("red", "green", "blue")[:count]
    save_product(
        draft=tea(
            "A", options=options, variants=tuple(variant(1, one) for one in values), images=pictured(*colours)
        )
    )
    with reading(), count_statements() as sent:
        page = product_page("a")
    assert (len(page.variants), len(page.pictures)) == (count, count)
    assert len(sent) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_variants_for_a_cart_need_one_statement(in_shop, files, count):
    ids = [save_product(draft=simple(f"P{n}", images=pictured("red"))).variant_ids[0] for n in range(count)]
    with reading(), count_statements() as sent:
        found = sold_variants(ids)
    assert len(found) == count
    assert all(one.picture is not None for one in found.values())
    assert len(sent) == 1


def test_variant_shows_its_own_picture_before_the_products_first(in_shop, files):
    red, green = pictured("red", "green")
    saved = save_product(
        draft=in_sizes(variant(1, "S"), variant(1, "M", asset_id=green.asset_id), images=(red, green))
    )
    with reading():
        found = sold_variants(saved.variant_ids)
        pictures = product_page("shirt").pictures
    assert [found[one].picture for one in saved.variant_ids] == list(pictures)


def test_search_terms_are_not_read_with_the_product(in_shop):
    sell("A")
    with reading() as session, count_statements() as sent:
        session.scalars(select(Product)).all()
    assert "search_terms" not in sent.texts[0]
