"""From a cart to its checkout and back: one checkout per version of a cart, and only what was ordered leaves it."""

import pytest
from sqlalchemy import func, select

from core.commerce.carts.actions import add_to_cart, set_quantity
from core.commerce.carts.models import Cart
from core.commerce.carts.queries import cart_of_token
from core.commerce.checkout.actions import place_order, quote_checkout, start_checkout
from core.commerce.checkout.basket import BasketLine
from core.commerce.checkout.models import Checkout
from core.commerce.orders.models import Order
from core.commerce.payments.actions.pay import check_payment, start_payment
from core.kernel.db import reading, session
from core.kernel.tenancy import GUEST, Actor, acting_as
from core.testing.buying import ADDRESS, CONTACT, order_row
from core.testing.goods import make_customer, make_pickup_point, make_product
from core.testing.races import overlapping_pairs, race


class Shopper:
    """A browser with a cart, that fetches what it buys."""

    def __init__(self, customer_id=None):
        self.customer_id = customer_id
        self.token = None
        self.delivery = {"kind": "pickup", "id": str(make_pickup_point())}

    def put(self, product, quantity=1):
        self.token = add_to_cart(
            token=self.token, variant_id=product.variant_id, quantity=quantity, customer_id=self.customer_id
        ).token

    def cart(self):
        with reading():
            return cart_of_token(self.token)

    def contents(self):
        return {line.variant_id: line.quantity for line in self.cart().lines}

    def start(self, cart=None):
        cart = cart or self.cart()
        lines = [BasketLine(str(line.id), line.variant_id, line.quantity, line.marks) for line in cart.lines]
        return start_checkout(
            lines=lines,
            token="browser secret",
            customer_id=self.customer_id,
            cart_id=cart.id,
            cart_version=cart.version,
        )

    def place(self, code):
        token = quote_checkout(code=code, delivery=self.delivery).token
        return place_order(code=code, quote=token, contact=CONTACT, address=ADDRESS, delivery=self.delivery)


def count(model):
    with reading():
        return session().scalar(select(func.count()).select_from(model))


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000], stock=100)


@pytest.fixture
def cup(platform, in_shop):
    return make_product(prices=[5_000], stock=100)


def test_placing_empties_the_cart_it_came_from(tea, cup):
    shopper = Shopper()
    shopper.put(tea, 2)
    shopper.put(cup)
    shopper.place(shopper.start())
    assert shopper.contents() == {}


def test_what_came_into_the_cart_since_stays_in_it(tea, cup):
    shopper = Shopper()
    shopper.put(tea, 2)
    code = shopper.start()
    shopper.put(cup)
    shopper.put(tea, 3)
    shopper.place(code)
    assert shopper.contents() == {cup.variant_id: 1, tea.variant_id: 3}


def test_what_was_taken_out_since_is_not_taken_twice(tea, cup):
    shopper = Shopper()
    shopper.put(tea, 2)
    shopper.put(cup, 4)
    code = shopper.start()
    lines = {line.variant_id: line.id for line in shopper.cart().lines}
    set_quantity(token=shopper.token, line_id=lines[tea.variant_id], quantity=0)
    set_quantity(token=shopper.token, line_id=lines[cup.variant_id], quantity=1)
    shopper.place(code)
    assert shopper.contents() == {}


@pytest.mark.race
def test_eight_starts_of_one_cart_are_one_checkout_and_one_order(tea):
    shopper = Shopper()
    shopper.put(tea)
    cart = shopper.cart()
    attempts = race([lambda: shopper.start(cart)] * 8)
    assert overlapping_pairs(attempts) > 10
    assert [attempt.error for attempt in attempts] == [None] * 8
    [code] = {attempt.value for attempt in attempts}
    placed = shopper.place(code)
    # A tab that had read the cart before it was ordered comes to the order, not to a second one.
    assert shopper.start(cart) == code
    with reading():
        assert session().scalars(select(Checkout.order_id)).all() == [placed.order_id]
    assert count(Order) == 1


@pytest.mark.race
def test_version_of_a_cart_counts_every_change(tea, cup):
    """Two contents under one version would give a buyer the checkout of other goods."""
    shopper = Shopper()
    shopper.put(tea)
    before = shopper.cart().version
    code = shopper.start()
    attempts = race([lambda: shopper.place(code), *[lambda: shopper.put(cup)] * 6])
    assert [attempt.error for attempt in attempts] == [None] * 7
    assert shopper.cart().version == before + 7
    assert shopper.contents() == {cup.variant_id: 6}
    assert count(Cart) == 1


@pytest.mark.parametrize("who", ["guest", "customer"])
def test_buyers_may_do_what_buying_takes_by_themselves(tea, gateway, run_jobs, who):
    customer_id = make_customer() if who == "customer" else None
    shopper = Shopper(customer_id)
    with acting_as(Actor("customer", customer_id) if customer_id else GUEST):
        shopper.put(tea)
        placed = shopper.place(shopper.start())
        attempt = start_payment(order_id=placed.order_id, return_url="http://x/")
        gateway.capture(str(attempt.payment_id))
        assert check_payment(attempt.payment_id) == "captured"
    assert order_row(placed.order_id).financial == "paid"
