"""What really happens to orders is told, once each, to whom it concerns."""

import pytest
from sqlalchemy import select

from core.commerce.fulfilment.actions import hand_over_order, ship_order
from core.commerce.messages.models import Message, SendingRule
from core.commerce.orders.models import OrderLine
from core.commerce.payments.actions.capture import settle_capture
from core.commerce.payments.actions.refund import cancel_order, refund_units
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.testing.buying import pay
from core.testing.goods import make_pickup_point, make_product
from core.testing.races import race


def told(run_jobs):
    """(topic, receiver, subject) of everything that was written, oldest first."""
    run_jobs()
    with reading():
        rows = session().scalars(select(Message).order_by(Message.created_at, Message.id))
        return [(row.topic, row.recipient, row.body) for row in rows]


def topics(run_jobs):
    return [topic for topic, _, _ in told(run_jobs)]


def units_of(order_id):
    with reading():
        lines = session().scalars(select(OrderLine).where(OrderLine.order_id == order_id))
        return {line.key: line.quantity for line in lines}


@command("system")
def merchant_hears_at(*emails):
    session().add(SendingRule(merchant_emails=list(emails)))


@pytest.fixture
def tea(in_shop):
    return make_product(title="明前龙井", prices=[12_800])


@pytest.fixture
def order_id(buyer, tea):
    return buyer().order([(tea.variant_id, 2)]).order_id


def test_unpaid_order_that_runs_out_says_nothing(order_id, run_jobs, clock):
    clock.advance(minutes=31)
    assert topics(run_jobs) == []


def test_payment_is_told_to_both_sides_with_everything_filled_in(order_id, gateway, run_jobs):
    merchant_hears_at("boss@shop.example", "boss2@shop.example")
    pay(gateway, order_id)
    mine, first, second = sorted(told(run_jobs), key=lambda one: one[0], reverse=True)
    assert (mine[0], first[0]) == ("orders.paid", "orders.new_paid")
    assert {first[1], second[1]} == {"boss@shop.example", "boss2@shop.example"}
    assert "明前龙井 #0 × 2" in mine[2]
    assert "¥268.00" in mine[2]
    assert f"/orders/{order_id}" in first[2]
    assert "{{" not in mine[2] + first[2]


@pytest.mark.race
def test_capture_that_arrives_six_times_at_once_is_told_once(order_id, gateway, run_jobs):
    payment = pay(gateway, order_id)
    race([lambda: settle_capture(payment_id=payment.id, captured_at=None)] * 6)
    assert topics(run_jobs) == ["orders.paid"]


def test_each_parcel_is_told_once_with_its_number(order_id, gateway, run_jobs):
    pay(gateway, order_id)
    ((key, _),) = units_of(order_id).items()
    decision = new_id()
    for _ in range(2):
        ship_order(
            order_id=order_id,
            units={key: 1},
            carrier="sf",
            tracking_number="SF1029384756",
            shipment_id=decision,
        )
    ship_order(order_id=order_id, units={key: 1}, carrier="own")
    found = told(run_jobs)
    assert [topic for topic, _, _ in found] == [
        "orders.paid",
        "fulfilment.shipped",
        "fulfilment.own_delivery",
    ]
    assert "SF1029384756" in found[1][2]
    assert "https://" in found[1][2].replace("http://", ""), "a link to the carrier's page"


def test_pick_up_is_told_with_its_code_and_the_hand_over(buyer, tea, gateway, run_jobs):
    who = buyer()
    who = type(who)(who.customer_id, {"kind": "pickup", "id": str(make_pickup_point())})
    order_id = who.order([(tea.variant_id, 1)]).order_id
    pay(gateway, order_id)
    hand_over_order(order_id=order_id, units=units_of(order_id))
    found = {topic: body for topic, _, body in told(run_jobs)}
    assert set(found) == {"orders.paid", "orders.pickup_ready", "fulfilment.handed_over"}
    assert "{{" not in "".join(found.values())


def test_cancelling_a_paid_order_tells_why_and_then_that_the_money_is_back(order_id, gateway, run_jobs):
    pay(gateway, order_id)
    cancel_order(order_id=order_id)
    found = told(run_jobs)
    assert [topic for topic, _, _ in found] == ["orders.paid", "orders.cancelled", "payments.refund_done"]
    assert "The shop cancelled the order." in found[1][2]
    assert "¥268.00" in found[2][2], "with the freight"


def test_part_refund_is_told_with_its_own_amount(order_id, gateway, run_jobs):
    pay(gateway, order_id)
    ((key, _),) = units_of(order_id).items()
    refund_units(
        order_id=order_id, wanted={key: 1}, include_shipping=False, reason="", confirmed_amount=12_800
    )
    found = [body for topic, _, body in told(run_jobs) if topic == "payments.refund_done"]
    assert len(found) == 1
    assert "¥128.00" in found[0]
