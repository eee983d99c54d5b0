"""Sending goods: what is sent is counted once, nothing leaves that is unpaid, held, refunded or already gone."""

import pytest
from sqlalchemy import select

from core.commerce.fulfilment.actions import hand_over_order, ship_order
from core.commerce.fulfilment.carriers import CARRIERS, OWN_DELIVERY, carrier_choices, carrier_name
from core.commerce.fulfilment.errors import NothingToShip
from core.commerce.fulfilment.models import Shipment, ShipmentLine
from core.commerce.fulfilment.queries import shipments_of
from core.commerce.orders.errors import OrderNotCancellable, OrderNotShippable, TooManyUnits
from core.commerce.orders.models import OrderLine
from core.commerce.orders.queries import order, timeline
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units
from core.kernel.db import reading, session
from core.kernel.errors import InputRefused, NotFound, PermissionRefused
from core.kernel.i18n import speaking
from core.kernel.idempotency import KeyReused
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.testing import answers
from core.testing.buying import order_row, pay
from core.testing.goods import make_product
from core.testing.races import overlapping_pairs, race


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000, 3_000])


@pytest.fixture
def paid(tea, buyer, gateway):
    """A paid order of three units of one variant and one of another; its id and line keys."""

    def make():
        placed = buyer().order([(tea.variant_ids[0], 3), (tea.variant_ids[1], 1)])
        pay(gateway, placed.order_id)
        with reading():
            return placed.order_id, [line.key for line in order(placed.order_id).lines]

    return make


def shipments(order_id):
    with reading():
        return shipments_of(order_id)


def refund(order_id, wanted):
    amount = preview_refund(order_id=order_id, wanted=wanted).amount
    refund_units(order_id=order_id, wanted=wanted, include_shipping=False, reason="", confirmed_amount=amount)


def test_parcels_count_units_until_nothing_is_left(paid):
    order_id, (first, second) = paid()
    ship_order(order_id=order_id, units={first: 2}, carrier="sf", tracking_number=" SF 123 ")
    assert order_row(order_id).fulfilment == "partial"
    ship_order(order_id=order_id, units={first: 1, second: 1}, carrier="Bike Ben", tracking_number="7")
    assert order_row(order_id).fulfilment == "fulfilled"
    sent = shipments(order_id)
    assert [(one.carrier, one.tracking_number, sum(one.units.values())) for one in sent] == [
        ("顺丰速运 SF Express", "SF 123", 2),
        ("Bike Ben", "7", 2),
    ]
    with pytest.raises(TooManyUnits):
        ship_order(order_id=order_id, units={first: 1}, carrier="sf", tracking_number="1")


def test_timeline_names_carrier_number_and_units_in_both_languages(paid):
    order_id, (first, _second) = paid()
    ship_order(order_id=order_id, units={first: 2}, carrier="sf", tracking_number="SF123")
    said = {}
    for language in ("en", "zh-CN"):
        with reading(), speaking(language):
            said[language] = timeline(order_id)[-1].text
    assert said["en"] == "Sent with 顺丰速运 SF Express, number SF123 (units: 2)."
    assert said["zh-CN"] == "已由顺丰速运 SF Express 发出，单号 SF123，共 2 件。"


def test_same_shipment_sent_twice_has_one_effect(paid):
    order_id, (first, _second) = paid()
    shipment_id = new_id()
    for _ in range(2):
        made = ship_order(
            order_id=order_id, units={first: 1}, carrier="sf", tracking_number="1", shipment_id=shipment_id
        )
        assert made == shipment_id
    assert [sum(one.units.values()) for one in shipments(order_id)] == [1]
    other, (key, _rest) = paid()
    with pytest.raises(KeyReused):
        ship_order(order_id=other, units={key: 1}, carrier="sf", tracking_number="1", shipment_id=shipment_id)


def test_hand_over_at_the_pickup_point_needs_no_carrier(paid):
    order_id, keys = paid()
    hand_over_order(order_id=order_id, units=dict(zip(keys, (3, 1), strict=True)))
    assert order_row(order_id).fulfilment == "fulfilled"
    assert [(one.kind, one.carrier) for one in shipments(order_id)] == [("pickup", "")]


def test_own_delivery_needs_no_number(paid):
    order_id, (first, _second) = paid()
    ship_order(order_id=order_id, units={first: 1}, carrier=OWN_DELIVERY, tracking_number="ignored")
    assert shipments(order_id)[0].tracking_number == ""


@pytest.mark.parametrize(
    ("carrier", "number", "field"),
    [
        ("", "1", "carrier"),
        ("x" * 61, "1", "carrier"),
        ("sf\x00", "1", "carrier"),
        ("sf", "", "tracking_number"),
        ("sf", "9" * 81, "tracking_number"),
        ("sf", "1\x00", "tracking_number"),
        ("sf", "\u202e321", "tracking_number"),
    ],
)
def test_carrier_and_number_must_be_ordinary_text(paid, carrier, number, field):
    order_id, (first, _second) = paid()
    with pytest.raises(InputRefused) as refused:
        ship_order(order_id=order_id, units={first: 1}, carrier=carrier, tracking_number=number)
    assert list(refused.value.fields) == [field]
    assert shipments(order_id) == []


@pytest.mark.parametrize("units", [{}, {"line": 0}])
def test_shipment_of_nothing_is_refused(paid, units):
    order_id, (first, _second) = paid()
    with pytest.raises(NothingToShip):
        ship_order(
            order_id=order_id,
            units={first if key == "line" else key: n for key, n in units.items()},
            carrier="sf",
            tracking_number="1",
        )


@pytest.mark.parametrize("count", [-1, 1.5, True, "2"])
def test_units_that_are_no_whole_numbers_are_refused(paid, count):
    order_id, (first, _second) = paid()
    with pytest.raises(InputRefused):
        ship_order(order_id=order_id, units={first: count}, carrier="sf", tracking_number="1")
    assert shipments(order_id) == []


def test_more_units_than_are_left_change_nothing(paid):
    order_id, (first, second) = paid()
    with pytest.raises(TooManyUnits) as refused:
        ship_order(order_id=order_id, units={second: 1, first: 4}, carrier="sf", tracking_number="1")
    assert refused.value.params["left"] == 3
    assert order_row(order_id).fulfilment == "unfulfilled"
    with reading():
        assert {line.shipped for line in session().scalars(select(OrderLine))} == {0}
        assert session().scalars(select(ShipmentLine)).all() == []


def test_line_of_another_order_is_not_found(paid):
    order_id, _keys = paid()
    with pytest.raises(NotFound):
        ship_order(order_id=order_id, units={str(new_id()): 1}, carrier="sf", tracking_number="1")
    with pytest.raises(NotFound):
        ship_order(order_id=new_id(), units={"x": 1}, carrier="sf", tracking_number="1")


def test_unpaid_and_cancelled_orders_do_not_ship(tea, buyer, gateway, paid):
    unpaid = buyer().order([(tea.variant_id, 1)])
    with reading():
        key = order(unpaid.order_id).lines[0].key
    with pytest.raises(OrderNotShippable):
        ship_order(order_id=unpaid.order_id, units={key: 1}, carrier="sf", tracking_number="1")
    order_id, (first, _second) = paid()
    cancel_order(order_id=order_id)
    with pytest.raises(OrderNotShippable):
        ship_order(order_id=order_id, units={first: 1}, carrier="sf", tracking_number="1")


def test_refund_of_the_rest_ends_a_partly_sent_order(paid):
    order_id, (first, second) = paid()
    ship_order(order_id=order_id, units={first: 3}, carrier="sf", tracking_number="1")
    refund(order_id, {second: 1})
    row = order_row(order_id)
    assert (row.fulfilment, row.lifecycle, row.financial) == ("fulfilled", "placed", "partly_refunded")
    with pytest.raises(TooManyUnits):
        ship_order(order_id=order_id, units={second: 1}, carrier="sf", tracking_number="2")


def test_refunded_units_are_not_left_to_send(paid):
    order_id, (first, _second) = paid()
    refund(order_id, {first: 2})
    with pytest.raises(TooManyUnits):
        ship_order(order_id=order_id, units={first: 2}, carrier="sf", tracking_number="1")
    ship_order(order_id=order_id, units={first: 1}, carrier="sf", tracking_number="1")


def test_sent_order_is_not_cancelled(paid):
    order_id, (first, _second) = paid()
    ship_order(order_id=order_id, units={first: 1}, carrier="sf", tracking_number="1")
    with pytest.raises(OrderNotCancellable):
        cancel_order(order_id=order_id)


def test_refund_request_sent_twice_gives_money_back_once(paid):
    order_id, (first, _second) = paid()
    request = new_id()
    amount = preview_refund(order_id=order_id, wanted={first: 1}).amount
    ids = {
        refund_units(
            order_id=order_id,
            wanted={first: 1},
            include_shipping=False,
            reason="",
            confirmed_amount=amount,
            request_id=request,
        )
        for _ in range(2)
    }
    assert len(ids) == 1
    assert order_row(order_id).refunded_minor == amount


def test_shipping_needs_the_permission(paid, in_shop):
    order_id, (first, _second) = paid()
    clerk = Actor("staff", new_id(), "许航")
    with acting_as(clerk), pytest.raises(PermissionRefused):
        ship_order(order_id=order_id, units={first: 1}, carrier="sf", tracking_number="1")
    answers.permissions[clerk.id] = {"orders.ship"}
    with acting_as(clerk):
        ship_order(order_id=order_id, units={first: 1}, carrier="sf", tracking_number="1")
    with reading():
        assert timeline(order_id)[-1].actor_name == "许航"


@pytest.mark.race
def test_two_people_sending_the_last_units_at_once_send_them_once(paid, in_shop):
    order_id, (first, _second) = paid()

    def send(number):
        def run():
            with shop_bound(in_shop, SYSTEM):
                ship_order(order_id=order_id, units={first: 3}, carrier="sf", tracking_number=str(number))

        return run

    results = race([send(number) for number in range(4)])
    assert overlapping_pairs(results) > 0
    refused = [one.error for one in results if one.error is not None]
    assert len(refused) == 3
    assert all(isinstance(error, TooManyUnits) for error in refused)
    with reading():
        assert session().scalars(select(Shipment)).one().order_id == order_id


def test_carriers_of_the_shops_part_of_the_world_come_first():
    assert carrier_choices("zh-CN")[0][0] == "sf"
    assert carrier_choices("en")[0][0] == "dhl"
    for language in ("zh-CN", "en"):
        codes = [code for code, _name in carrier_choices(language)]
        assert codes[-1] == OWN_DELIVERY
        assert set(codes) == {carrier.code for carrier in CARRIERS} | {OWN_DELIVERY}
    assert carrier_name("Bike Ben") == "Bike Ben"
