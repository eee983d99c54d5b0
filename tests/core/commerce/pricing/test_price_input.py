"""A price input is checked where it is made and comes back from storage unchanged."""

import json
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given

from core.commerce.pricing.errors import PriceInputError
from core.commerce.pricing.price_input import CustomerFacts, PriceInput, ShippingOption
from core.kernel.money import MoneyError
from tests.core.commerce.pricing.baskets import MOMENT, basket, line, price_inputs


@given(price_inputs())
def test_a_basket_is_stored_without_loss(price_input):
    assert PriceInput.from_json(json.loads(json.dumps(price_input.as_json()))) == price_input


def test_marks_facts_and_codes_are_stored_without_loss():
    given_ = basket(
        line(
            "a",
            100,
            2,
            marks={"group_buy": {"group": "g1", "path": [1, {"x": None}], "odds": 0.25}},
            compare_at=150,
        ),
        codes=("TEA10", "茶"),
        customer=CustomerFacts(customer_id=UUID(int=3), paid_orders=2),
        shipping=ShippingOption(key="s", title="顺丰", fee=1200, free_from=9900),
        facts={"group_buy": {"activities": [{"id": "a", "price": 90}]}},
    )
    stored = json.loads(json.dumps(given_.as_json(), ensure_ascii=False))
    assert PriceInput.from_json(stored) == given_
    assert PriceInput.from_json(stored).as_json() == given_.as_json()


def test_a_moment_of_another_zone_is_kept_as_utc():
    local = datetime(2026, 3, 8, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    assert basket(moment=local) == basket(moment=MOMENT)
    assert basket(moment=local).as_json() == basket(moment=MOMENT).as_json()


def test_nobody_can_change_the_marks_of_a_line():
    marks = {"group_buy": {"seats": [1]}}
    priced = line("a", 1, marks=marks)
    marks["group_buy"]["seats"].append(2)
    assert priced.marks["group_buy"]["seats"] == (1,)


@pytest.mark.parametrize(
    "make",
    [
        lambda: line("", 1),
        lambda: line("order", 1),
        lambda: line("shipping", 1),
        lambda: line("a", -1),
        lambda: line("a", 1.0),
        lambda: line("a", 1, 0),
        lambda: line("a", 1, 10_000),
        lambda: line("a", 1, True),
        lambda: line("a", 1, compare_at=-1),
        lambda: line("a", 1, title="\0"),
        lambda: line("a", 1, product_id="x"),
        lambda: line("a", 1, marks={"p": object()}),
        lambda: line("a", 1, marks=None),
        lambda: basket(line("a", 1), line("a", 2)),
        lambda: basket(moment=datetime(2026, 1, 1)),  # noqa: DTZ001 - the mistake under test
        lambda: basket(codes=["x"]),
        lambda: basket(tax_mode="exclusive"),
        lambda: basket(tax_basis_points=10_001),
        lambda: basket(rounding_step=0),
        lambda: basket(facts={"p": float("inf")}),
        lambda: basket(customer=None),
        lambda: CustomerFacts(paid_orders=-1),
        lambda: ShippingOption(key="s", title="s", fee=-1),
        lambda: ShippingOption(key="s", title="s", fee=1, free_from=-1),
        lambda: PriceInput.from_json({**basket().as_json(), "version": 99}),
    ],
)
def test_a_basket_that_cannot_be_priced_is_refused(make):
    with pytest.raises(PriceInputError):
        make()


def test_an_unknown_currency_is_refused():
    with pytest.raises(MoneyError):
        basket(currency="RMB")
