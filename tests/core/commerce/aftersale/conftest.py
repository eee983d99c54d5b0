"""Paid and sent orders, and cases about them."""

import pytest
from sqlalchemy import select

from core.commerce.aftersale.actions import open_case
from core.commerce.aftersale.queries import case_of_code
from core.commerce.fulfilment.actions import ship_order
from core.commerce.orders.models import OrderLine
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.testing.buying import pay
from core.testing.goods import make_product

FAULT, LIKING, CANCEL = "Damaged or faulty", "I do not like it", "I changed my mind"


def line_keys(order_id):
    """The keys of an order's lines, in order."""
    with reading():
        rows = select(OrderLine.key).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
        return session().scalars(rows).all()


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000], stock=20)


@pytest.fixture
def paid(buyer, tea, gateway):
    """`paid(2, 1)` is a paid order of so many units per line, all of one variant."""

    def make(*quantities):
        placed = buyer().order([(tea.variant_id, units) for units in quantities])
        pay(gateway, placed.order_id)
        return placed.order_id

    return make


@pytest.fixture
def sent(paid):
    """The same, and everything has left."""

    def make(*quantities):
        order_id = paid(*quantities)
        units = dict(zip(line_keys(order_id), quantities, strict=True))
        ship_order(order_id=order_id, units=units, carrier="sf", tracking_number="SF1")
        return order_id

    return make


@pytest.fixture
def ask():
    """`ask(order_id, "return", 1)` opens a case about so many units of each line; returns it."""

    def open_one(order_id, kind, *units, reason=None, **more):
        keys = line_keys(order_id)
        code = open_case(
            order_id=order_id,
            case_id=more.pop("case_id", None) or new_id(),
            kind=kind,
            units={key: count for key, count in zip(keys, units, strict=False) if count},
            reason=reason or (CANCEL if kind == "cancel" else LIKING),
            **more,
        )
        with reading():
            return case_of_code(code)

    return open_one


@pytest.fixture
def now_is():
    """`now_is(case)` is the case as it stands now."""

    def look(case):
        with reading():
            return case_of_code(case.code)

    return look
