"""A price that falls after it was paid: the difference goes back once, and no unit ever gives back more than it cost."""

import pytest
from sqlalchemy import func, select

from core.commerce.ledger.models import Transfer
from core.commerce.payments.actions.cuts import lower_price
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.commerce.payments.models import Refund
from core.kernel.command import command
from core.kernel.db import reading, session
from core.testing.buying import order_row, pay
from core.testing.goods import make_product


@command("system")
def cut(order_id, off, source="tier"):
    from core.commerce.orders.queries import order

    line = order(order_id).lines[0]
    return lower_price(order_id=order_id, cuts={line.key: [off] * line.quantity}, source=source)


@pytest.fixture
def bought(in_shop, buyer, gateway):
    """An order of three units at 9,000, paid, and its line's key."""
    tea = make_product(prices=[9_000], stock=10)
    order_id = buyer().order([(tea.variant_id, 3)]).order_id
    pay(gateway, order_id)
    return order_id


def key_of(order_id):
    from core.commerce.orders.queries import order

    with reading():
        return order(order_id).lines[0].key


def refunds(order_id):
    with reading():
        rows = session().scalars(
            select(Refund).where(Refund.order_id == order_id).order_by(Refund.created_at)
        )
        return [(row.amount_minor, row.cause, row.state) for row in rows]


def test_difference_of_each_unit_goes_back_and_the_goods_stay(bought, run_jobs):
    cut(bought, 1_000)
    run_jobs()
    order = order_row(bought)
    assert refunds(bought) == [(3_000, "cut:tier", "done")]
    assert (order.lifecycle, order.financial, order.refunded_minor) == ("placed", "partly_refunded", 3_000)
    assert order.fulfilment == "unfulfilled"


def test_told_twice_it_goes_back_once(bought):
    assert cut(bought, 1_000) == cut(bought, 1_000)
    assert [amount for amount, *_ in refunds(bought)] == [3_000]


def test_units_that_are_refunded_later_give_back_what_is_left_of_their_price(bought, run_jobs):
    cut(bought, 1_000)
    shown = preview_refund(order_id=bought, wanted={key_of(bought): 1})
    assert (shown.amount, shown.lines[0].cut) == (8_000, 1_000)
    for _ in range(3):
        refund_units(
            order_id=bought,
            wanted={key_of(bought): 1},
            include_shipping=False,
            reason="",
            confirmed_amount=8_000,
        )
    run_jobs()
    order = order_row(bought)
    assert order.refunded_minor + order.shipping_minor == order.captured_minor
    with reading():
        back = select(func.sum(Transfer.amount)).where(
            Transfer.purpose == "refund_settled", Transfer.order_id == bought
        )
        assert session().scalars(back).one() == order.refunded_minor == 27_000


def test_units_that_were_refunded_before_get_nothing(bought):
    refund_units(
        order_id=bought, wanted={key_of(bought): 1}, include_shipping=False, reason="", confirmed_amount=9_000
    )
    cut(bought, 1_000)
    assert [amount for amount, *_ in refunds(bought)] == [9_000, 2_000]


def test_cuts_add_up_to_the_price_at_the_most(bought):
    cut(bought, 8_000, "first")
    cut(bought, 8_000, "second")
    cut(bought, 8_000, "third")
    assert [amount for amount, *_ in refunds(bought)] == [24_000, 3_000]


def test_order_without_kept_money_gets_nothing(in_shop, buyer):
    tea = make_product(prices=[9_000], stock=10)
    assert cut(buyer().order([(tea.variant_id, 1)]).order_id, 100) is None
