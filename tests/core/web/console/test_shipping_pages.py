"""Sending an order from the console: units, carriers, replays, colleagues who were faster, and bad input."""

import pytest

from core.commerce.fulfilment.queries import shipments_of
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.testing.buying import Buyer, order_row
from core.testing.goods import make_customer, make_pickup_point, make_product
from tests.core.web.console.orders_at_hand import hidden, left_of, paid_order


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 3_000])


@pytest.fixture
def order_id(tea, buyer, gateway):
    return paid_order(buyer(), gateway, [(tea.variant_ids[0], 3), (tea.variant_ids[1], 1)])


def sent(order_id):
    with reading():
        return shipments_of(order_id)


def parcel(**changes):
    return {
        "carrier": "sf",
        "tracking_number": "SF1",
        "units_0": "3",
        "units_1": "1",
        "_request": str(new_id()),
    } | changes


def test_form_offers_what_is_left_and_carriers_of_the_shop(owner, order_id):
    page = owner.get(f"/orders/{order_id}/ship").text
    assert 'name="units_0" value="3"' in page
    assert 'name="units_1" value="1"' in page
    assert '<option value="sf" selected>' in page
    assert hidden(page, "_request")


def test_parcel_is_sent_and_told(owner, order_id):
    answer = owner.post(f"/orders/{order_id}/ship", parcel(units_0="2", units_1="0"))
    assert (answer.status_code, answer.location) == (303, f"{owner.home}/orders/{order_id}")
    page = owner.get(f"/orders/{order_id}").text
    for said in ("The parcel is on its way.", "Partly sent", "顺丰速运 SF Express", "SF1", "2 of 3 sent"):
        assert said in page, said
    assert left_of(order_id) == [1, 1]
    assert 'name="units_0" value="1"' in owner.get(f"/orders/{order_id}/ship").text


def test_double_click_sends_one_parcel(owner, order_id):
    form = parcel(units_0="1", units_1="0")
    answers = [owner.post(f"/orders/{order_id}/ship", form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert [sum(one.units.values()) for one in sent(order_id)] == [1]


def test_double_click_on_everything_sends_it_once(owner, order_id):
    form = parcel()
    assert [owner.post(f"/orders/{order_id}/ship", form).status_code for _ in range(2)] == [303, 303]
    assert len(sent(order_id)) == 1


def test_colleague_who_was_slower_reads_what_is_left(owner, hired, shop, order_id):
    slower = hired(shop, name="许航")
    slower.get(f"/orders/{order_id}/ship")
    owner.post(f"/orders/{order_id}/ship", parcel(units_0="2", units_1="0"))
    page = slower.post(f"/orders/{order_id}/ship", parcel())
    assert page.status_code == 409
    assert "Only 1 are left of “明前龙井”." in page.text
    assert 'value="SF1"' in page.text
    assert len(sent(order_id)) == 1
    owner.post(f"/orders/{order_id}/ship", parcel(units_0="1"))
    page = slower.post(f"/orders/{order_id}/ship", parcel())
    assert page.status_code == 409
    assert "This order cannot be shipped now." in page.text
    assert len(sent(order_id)) == 2


@pytest.mark.parametrize("units", ["-1", "1.5", "1e3", "9" * 30, "4", "三", "<b>", "1\x00"])
def test_units_that_are_no_fitting_number_are_refused_in_place(owner, order_id, units):
    page = owner.post(f"/orders/{order_id}/ship", parcel(units_0=units))
    assert page.status_code == 422
    assert 'id="f-units_0-error"' in page.text or "f-units_0" in page.text
    assert 'value="SF1"' in page.text
    assert sent(order_id) == []


def test_full_width_digits_count_as_digits(owner, order_id):
    assert owner.post(f"/orders/{order_id}/ship", parcel(units_0="２", units_1="０")).status_code == 303
    assert left_of(order_id) == [1, 1]


def test_nothing_chosen_is_told(owner, order_id):
    page = owner.post(f"/orders/{order_id}/ship", parcel(units_0="0", units_1=""))
    assert page.status_code == 409
    assert "Choose at least one unit to send." in page.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tracking_number": ""}, "Fill this in."),
        ({"tracking_number": "9" * 81}, "80 characters"),
        ({"tracking_number": "SF\x00"}, "An invisible character"),
        ({"tracking_number": "SF\u202e1"}, "ordinary characters"),
        ({"carrier": ""}, "Fill this in."),
        ({"carrier": "pigeon"}, "Choose one of the list."),
        ({"carrier": "other", "other_carrier": ""}, "Fill this in."),
        ({"carrier": "other", "other_carrier": "x" * 61}, "60 characters"),
    ],
)
def test_carrier_and_number_are_checked_in_place(owner, order_id, changes, said):
    page = owner.post(f"/orders/{order_id}/ship", parcel(**changes))
    assert page.status_code == 422
    assert said in page.text
    assert sent(order_id) == []


def test_other_carrier_is_kept_as_typed_and_own_delivery_needs_no_number(owner, order_id):
    owner.post(
        f"/orders/{order_id}/ship",
        parcel(carrier="other", other_carrier="Bike <Ben>", units_0="1", units_1="0"),
    )
    form = {"carrier": "own", "units_0": "1", "units_1": "0", "_request": str(new_id())}
    assert owner.post(f"/orders/{order_id}/ship", form).status_code == 303
    assert [one.carrier for one in sent(order_id)] == ["Bike <Ben>", "Own delivery"]
    page = owner.get(f"/orders/{order_id}").text
    assert "Bike &lt;Ben&gt;" in page


def test_goods_are_handed_over_at_the_pickup_point(owner, tea, gateway):
    buyer = Buyer(make_customer(), {"kind": "pickup", "id": str(make_pickup_point())})
    order_id = paid_order(buyer, gateway, [(tea.variant_id, 2)])
    page = owner.get(f"/orders/{order_id}/ship").text
    assert "Mark as handed over" in page
    assert 'name="carrier"' not in page
    assert (
        owner.post(f"/orders/{order_id}/ship", {"units_0": "2", "_request": str(new_id())}).status_code == 303
    )
    assert "Handed over" in owner.get(f"/orders/{order_id}").text
    assert order_row(order_id).fulfilment == "fulfilled"


def test_unpaid_order_is_not_sent(owner, tea, buyer):
    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    page = owner.get(f"/orders/{order_id}/ship")
    assert page.status_code == 200
    assert 'id="ship-form"' not in page.text
    page = owner.post(f"/orders/{order_id}/ship", parcel(units_0="1", units_1=None))
    assert page.status_code == 409
    assert "This order cannot be shipped now." in page.text


@pytest.mark.parametrize("request_id", ["", "not-an-id", "\x00", "01890a5d-ac96-774b-bcce-b302099a805"])
def test_strange_request_ids_are_no_reason_to_fail(owner, order_id, request_id):
    assert owner.post(f"/orders/{order_id}/ship", parcel(_request=request_id)).status_code == 303
