"""The console's list of products: views, search, order, counts."""

import pytest

from core.commerce.catalog.drafts import Option
from core.commerce.merchandising.actions import save_product_with_stock
from core.commerce.merchandising.queries import INDEX_SORTS, LOW_STOCK, PER_PAGE, products_index
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.statements import count_statements
from tests.core.commerce.catalog.goods import pictured, sell, simple, tea, variant


def stocked(title, *stock, prices=(100, 200), **more):
    values = ("S", "M")[: len(stock)]
    options = (Option("Size", values),)
    variants = tuple(variant(price, one) for price, one in zip(prices, values, strict=False))
    return save_product_with_stock(
        draft=tea(title, options=options, variants=variants, **more), stock=stock
    ).id


def titles(**wanted):
    with reading():
        return [row.title for row in products_index(**wanted).rows]


def test_row_sums_up_its_variants(in_shop, files):
    stocked("茶壶", 50, 0, subtitle="紫砂", kind="茶具", images=pictured("red"))
    with reading():
        [row] = products_index().rows
    assert (row.title, row.subtitle, row.kind, row.status, row.handle) == (
        "茶壶",
        "紫砂",
        "茶具",
        "active",
        "茶壶",
    )
    assert (row.price_from_minor, row.price_to_minor, row.variants) == (100, 200, 2)
    assert (row.available, row.low, row.sold_out) == (50, 1, 1)
    assert row.picture is not None


def test_untracked_product_has_no_number_and_is_never_low(in_shop):
    stocked("A", None, None)
    stocked("B", None, 3)
    with reading():
        rows = {row.title: row for row in products_index().rows}
        counts = products_index().counts
    assert (rows["A"].available, rows["A"].low, rows["B"].available, rows["B"].low) == (None, 0, 3, 1)
    assert counts["low"] == 1
    assert titles(view="low") == ["B"]


def test_views_and_their_counts(in_shop):
    stocked("active", LOW_STOCK + 1)
    stocked("low", LOW_STOCK)
    stocked("draft", 0, status="draft")
    stocked("archived", 0, status="archived")
    with reading():
        counts = products_index(view="draft", search="nothing").counts
    assert counts == {"all": 4, "active": 2, "draft": 1, "archived": 1, "low": 1}
    assert sorted(titles()) == ["active", "archived", "draft", "low"]
    assert sorted(titles(view="active")) == ["active", "low"]
    assert titles(view="draft") == ["draft"]
    assert titles(view="low") == ["low"]
    assert len(titles(view="'; --")) == 4


def test_search_looks_into_every_view(in_shop):
    save_product_with_stock(draft=simple("安溪铁观音", status="draft", variant={"sku": "TGY-250"}), stock=[1])
    stocked("大红袍", 1)
    for words in ("铁", "tgy", "TGY-250"):
        assert titles(search=words) == ["安溪铁观音"]
    assert titles(search="铁", view="active") == []
    assert titles(search="!!!") == []
    assert len(titles(search="  ")) == 2
    assert titles(search="\x00") == []


def test_orders(in_shop):
    stocked("B", 5, prices=(300,))
    stocked("A", None, prices=(200,))
    stocked("C", 1, prices=(100,))
    expected = {
        "updated": ["C", "A", "B"], "created": ["C", "A", "B"], "title": ["A", "B", "C"], "price": ["C", "A", "B"],
        "stock": ["C", "B", "A"], "position": ["B", "A", "C"],
    }  # fmt: skip
    assert {sort: titles(sort=sort) for sort in INDEX_SORTS} == expected
    assert titles(sort="nonsense") == expected["updated"]


def test_pages(in_shop):
    for number in range(PER_PAGE + 1):
        sell(f"P{number}")
    with reading():
        first, second, beyond = (products_index(page=page) for page in (1, 2, 40))
    assert (len(first.rows), len(second.rows), len(beyond.rows)) == (PER_PAGE, 1, 0)
    assert {(one.total, one.pages) for one in (first, second, beyond)} == {(PER_PAGE + 1, 2)}


@pytest.mark.parametrize("count", [1, 3])
def test_index_needs_two_statements(in_shop, files, count):
    for number in range(count):
        stocked(f"茶 {number}", 1, 2, images=pictured("red"))
    for wanted in ({}, {"search": "茶"}, {"view": "low"}, {"sort": "stock"}):
        with reading(), count_statements() as sent:
            assert len(products_index(**wanted).rows) == count
        assert len(sent) == 2


def test_lists_of_two_shops_do_not_mix(shop, other_shop):
    for scope in (shop, other_shop):
        with shop_bound(scope, SYSTEM):
            stocked(f"茶 {scope.handle}", 1)
    with shop_bound(shop, SYSTEM):
        assert titles() == titles(search="茶") == titles(view="low") == [f"茶 {shop.handle}"]
        with reading():
            assert set(products_index().counts.values()) == {0, 1}
            assert products_index().counts["all"] == 1
