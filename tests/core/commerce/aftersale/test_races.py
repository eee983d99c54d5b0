"""Many at once: units are claimed once, an order is cancelled or shipped but never both, money goes back once."""

import pytest

from core.commerce.aftersale.answers import accept_case, receive_goods
from core.commerce.aftersale.queries import cases_of_order
from core.commerce.fulfilment.actions import ship_order
from core.commerce.fulfilment.queries import shipments_of
from core.kernel.db import reading
from core.kernel.errors import PinpuError
from core.kernel.ids import new_id
from core.testing.buying import order_row
from core.testing.goods import make_product, stock_left
from core.testing.races import overlapping_pairs, race
from tests.core.commerce.aftersale.conftest import line_keys
from tests.core.commerce.aftersale.test_cases import refunds


def cases(order_id):
    with reading():
        return cases_of_order(order_id)


def test_units_are_claimed_once(sent, ask):
    order_id = sent(2)
    done = race([lambda: ask(order_id, kind, 2) for kind in ("return", "exchange", "refund") * 2])
    assert overlapping_pairs(done) > 0
    assert [one.error is None for one in done].count(True) == 1
    assert all(isinstance(one.error, PinpuError) for one in done if one.error)
    assert len(cases(order_id)) == 1


def test_case_sent_by_a_double_click_is_one_case(sent, ask):
    order_id, case_id = sent(2), new_id()
    done = race([lambda: ask(order_id, "return", 1, case_id=case_id) for _ in range(4)])
    won = [one for one in done if one.error is None]
    assert won
    assert len({one.value.code for one in won}) == 1
    assert len(cases(order_id)) == 1


def test_order_is_cancelled_or_shipped_but_never_both(paid, ask):
    for _ in range(5):
        order_id = paid(1)
        key = line_keys(order_id)[0]
        done = race(
            [
                lambda order_id=order_id: ask(order_id, "cancel"),
                lambda order_id=order_id, key=key: ship_order(
                    order_id=order_id, units={key: 1}, carrier="sf", tracking_number="SF1"
                ),
            ]
        )
        assert [one.error is None for one in done].count(True) == 1, done
        with reading():
            left = shipments_of(order_id)
        cancelled = order_row(order_id).lifecycle == "cancelled"
        assert cancelled != bool(left)
        assert len(refunds(order_id)) == cancelled


def test_answer_and_receipt_clicked_twice_pay_once(sent, ask):
    order_id = sent(2)
    refund = ask(order_id, "refund", 2)
    done = race([lambda: accept_case(case_id=refund.id) for _ in range(4)])
    assert [one.error is None for one in done].count(True) == 1
    assert len(refunds(order_id)) == 1
    other = sent(1)
    back = ask(other, "return", 1)
    accept_case(case_id=back.id)
    done = race([lambda: receive_goods(case_id=back.id, restock=True) for _ in range(4)])
    assert [one.error is None for one in done].count(True) == 1
    assert len(refunds(other)) == 1


@pytest.mark.usefixtures("in_shop")
def test_last_units_in_stock_replace_one_exchange(buyer, gateway, ask, platform):
    from core.testing.buying import pay

    pot = make_product(prices=[5_000], stock=5)
    opened = []
    for _ in range(4):
        order_id = buyer().order([(pot.variant_id, 1)]).order_id
        pay(gateway, order_id)
        ship_order(order_id=order_id, units={line_keys(order_id)[0]: 1}, carrier="sf", tracking_number="SF1")
        opened.append(ask(order_id, "exchange", 1))
    done = race([lambda case=case: accept_case(case_id=case.id) for case in opened])
    assert overlapping_pairs(done) > 0
    assert [one.error is None for one in done].count(True) == 1
    assert stock_left(pot) == 0
