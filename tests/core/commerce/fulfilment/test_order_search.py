"""Words of orders: the database's terms are those of the catalogue, common words work as rare ones, shops stay apart."""

import contextvars

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, func, literal, select, text

from core.commerce.fulfilment import order_lists, order_search
from core.commerce.fulfilment.order_lists import OrderFilters, orders_page
from core.kernel import tenancy
from core.kernel.db import reading, session
from core.kernel.search_terms import search_query, terms
from core.kernel.tenancy import SYSTEM, current_scope, shop_bound
from core.testing.buying import Buyer, order_row
from core.testing.goods import make_customer, make_product, make_shipping

LETTERS = st.text(st.sampled_from("aBé9 -_.,@'/%龙井茶ＡがテйØ·🌸한ไ\\\"·"), max_size=30)

# What the database does the quick way, with the signs that part words.
PLAIN = st.text(st.sampled_from("aBZ09_ -.,@'/%\\\"\t龙井茶王鿿一"), max_size=30)


@pytest.fixture
def stock(platform, in_shop):
    tea = make_product(title="明前龙井", prices=[10_000])
    silk = make_product(title="真丝围巾", prices=[20_000])
    person = Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())})
    return [person.order([(one.variant_id, 1)]).order_id for one in (tea, tea, silk)]


def found(**how) -> set:
    with reading():
        page = orders_page(**how)
    assert page.total == len(page.rows)
    return {row.id for row in page.rows}


@given(said=LETTERS | PLAIN)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_terms_are_those_of_the_catalogue(platform, in_shop, said):
    shop_id = current_scope().shop_id
    with reading():
        array = func.tsvector_to_array(func.order_terms(shop_id, literal(said, Text())))
        kept = session().scalars(select(array)).one()
    assert set(kept) == {f"{shop_id}.{term}" for term in terms(said)}


@pytest.mark.parametrize("most", [10_000, 0])
def test_common_words_find_what_rare_words_find(stock, monkeypatch, most):
    monkeypatch.setattr(order_search, "MOST_BY_INDEX", most)
    assert found(search="龙井") == set(stock[:2])
    assert found(search="丝围") == {stock[2]}
    assert found(search="井丝") == set()
    assert found(search="…") == set()
    assert found(filters=OrderFilters(product="围巾")) == {stock[2]}
    assert found(filters=OrderFilters(product="茶")) == set()


def test_order_is_found_by_number_and_the_phones_last_digits(stock):
    first = order_row(stock[0])
    assert found(search=first.number.lower()) == {stock[0]}
    assert stock[0] in found(search=first.contact["phone"][-4:])


def test_words_of_many_are_counted_to_a_bound_and_paged_further(stock, monkeypatch):
    monkeypatch.setattr(order_lists, "MOST_FOUND", 1)
    with reading():
        page = orders_page(search="龙井", limit=1)
        again = orders_page(search="龙井", limit=1, offset=1)
    assert (page.total, page.most_counted) == (2, 1)
    assert {row.id for row in (*page.rows, *again.rows)} == set(stock[:2])


def test_functions_that_search_answer_for_the_bound_shop_only(stock, other_shop):
    query = search_query("龙井")
    for name in ("龙井", "王龙井"):
        make_customer(name=name)
    asked = [
        text(f"SELECT count(*) FROM {name}(CAST(:q AS tsquery), 100)")
        for name in ("orders_found", "customers_found")
    ]

    def counts():
        with reading():
            return [session().execute(one, {"q": query}).scalar_one() for one in asked]

    def as_another_shop():
        tenancy._scope.set(None)
        with shop_bound(other_shop, SYSTEM):
            # Asked even with the terms of the first shop.
            assert counts() == [0, 0]
            assert found(search="龙井") == set()

    assert counts() == [2, 2]
    contextvars.copy_context().run(as_another_shop)
