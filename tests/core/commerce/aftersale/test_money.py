"""Money of cases as properties: never above what was paid, exact to the minor unit, whatever the order of events."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.commerce.aftersale.answers import accept_case, decline_case, receive_goods
from core.commerce.aftersale.queries import case_chances
from core.commerce.fulfilment.actions import ship_order
from core.commerce.ledger.queries import balances
from core.commerce.orders.queries import order
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.kernel.db import reading
from core.kernel.errors import PinpuError
from core.testing.buying import order_row, pay
from core.testing.goods import make_product
from tests.core.commerce.aftersale.conftest import FAULT, LIKING, line_keys

FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def bought(buyer, gateway, quantities, *, price, away):
    tea = make_product(prices=[price], stock=200)
    order_id = buyer().order([(tea.variant_id, units) for units in quantities]).order_id
    pay(gateway, order_id)
    if away:
        units = dict(zip(line_keys(order_id), quantities, strict=True))
        ship_order(order_id=order_id, units=units, carrier="sf", tracking_number="SF1")
    return order_id


@FEW
@given(
    quantities=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    price=st.integers(1, 9_999),
    away=st.booleans(),
    data=st.data(),
)
def test_partial_then_full_equals_full_to_the_minor_unit(
    platform, in_shop, buyer, gateway, ask, quantities, price, away, data
):
    order_id = bought(buyer, gateway, quantities, price=price, away=away)
    before = order_row(order_id)
    for _ in range(20):
        with reading():
            limits = case_chances(order(order_id)).unit_limits("refund")
        left = [limits[key] for key in line_keys(order_id)]
        if not any(left):
            break
        units = [data.draw(st.integers(0, most)) for most in left]
        if not any(units):
            units = left
        case = ask(order_id, "refund", *units, reason=FAULT)
        accept_case(case_id=case.id)
        assert order_row(order_id).refunded_minor <= before.captured_minor
    row = order_row(order_id)
    assert (row.financial, row.refunded_minor) == ("refunded", before.captured_minor)


@FEW
@given(
    quantities=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    price=st.integers(1, 9_999),
    steps=st.lists(
        st.tuples(st.sampled_from(["refund", "return", "direct"]), st.integers(0, 120), st.booleans()),
        max_size=6,
    ),
)
def test_cases_and_direct_refunds_together_never_exceed_what_was_paid(
    platform, in_shop, buyer, gateway, ask, quantities, price, steps
):
    order_id = bought(buyer, gateway, quantities, price=price, away=True)
    paid_back = 0
    for kind, percent, with_fault in steps:
        before = order_row(order_id).refunded_minor
        try:
            done = _step(ask, order_id, kind, percent, LIKING if with_fault else FAULT)
        except PinpuError:
            done = 0
        paid_back += done
        row = order_row(order_id)
        assert row.refunded_minor == before + done == paid_back
        assert row.refunded_minor <= row.captured_minor
    with reading():
        sums = {one.code: one.net for one in balances()}
    assert sum(sums.values()) == 0


def _step(ask, order_id, kind, percent, reason):
    """One thing that happens to the order; returns what it paid back."""
    key = line_keys(order_id)[0]
    if kind == "direct":
        amount = preview_refund(order_id=order_id, wanted={key: 1}).amount
        refund_units(
            order_id=order_id, wanted={key: 1}, include_shipping=False, reason="", confirmed_amount=amount
        )
        return amount
    case = ask(order_id, kind, 1, reason=reason)
    wanted = case.offered_minor * percent // 100
    try:
        accept_case(case_id=case.id, amount=wanted, answer="so")
    except PinpuError:
        decline_case(case_id=case.id, answer="no")
        return 0
    if kind == "return":
        receive_goods(case_id=case.id, restock=True)
    return wanted
