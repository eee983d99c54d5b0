"""Lists of the storefront's API ask as much for three rows as for one."""

import pytest

from core.testing.goods import make_product
from core.testing.statements import count_statements
from tests.core.web.api.store.program import RECEIVER
from tests.core.web.api.store.signing_in import log_in

MOST = 8


def asked(program, path):
    """How many statements an address takes; the application is warm."""
    program.get(path)
    with count_statements() as counted:
        program.get(path)
    return len(counted)


@pytest.mark.parametrize(
    "path", ["/products", "/products?sort=newest", "/collections", "/shop", "/ways-to-pay"]
)
def test_catalog_takes_as_many_statements_for_three_rows_as_for_one(program, goods, path):
    one = asked(program(), path)
    make_product(title="Second", prices=[100, 200])
    make_product(title="Third", prices=[300])
    assert asked(program(), path) == one <= MOST


def test_orders_and_cart_take_as_many_statements_for_three_rows_as_for_one(program, goods):
    buyer = log_in(program(), RECEIVER["phone"])
    others = [make_product(title=f"T{n}", prices=[500]) for n in range(2)]

    def order(product):
        buyer.check_out(
            buyer.post("/checkouts", {"lines": [{"variant_id": str(product.variant_id)}]})["code"]
        )

    order(goods)
    buyer.post("/cart/lines", {"variant_id": str(goods.variant_id)})
    orders, cart = asked(buyer, "/orders"), asked(buyer, "/cart")
    for product in others:
        order(product)
        buyer.post("/cart/lines", {"variant_id": str(product.variant_id)})
    assert asked(buyer, "/orders") == orders <= MOST
    assert asked(buyer, "/cart") == cart <= 12
