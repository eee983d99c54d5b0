"""Settings of delivery, taxes and hours: rules by name, slots with their fill, and the box that tries them."""

import pytest

from core.commerce.pricing.freight import Rate
from core.commerce.shipping.queries import pickup_points, shipping_methods
from core.commerce.shops.opening import Window
from core.commerce.shops.queries import shop_settings
from core.commerce.shops.taxes import PlaceRates, TaxRules
from core.kernel.db import reading

WEIGHT = {
    "name": "顺丰", "by": "weight", "fee_minor": "12", "first": "1000", "step": "500", "step_fee": "3", "active": "1",
    "zones-0-places": "新疆, Qinghai", "zones-0-fee": "25", "zones-0-step_fee": "10", "zones-0-free_from": "",
    "excluded": "西藏、France",
}  # fmt: skip
LOCAL = {
    "name": "同城送",
    "fee_minor": "5",
    "point": "30.2467, 120.1485",
    "radius_m": "2.5",
    "districts": "转塘",
    "active": "1",
}
TRY = {"district": "", "position": "", "grams": "1600", "pieces": "1", "goods": "50"}


@pytest.fixture(autouse=True)
def bound(platform, in_shop):
    return in_shop


def methods():
    with reading():
        return shipping_methods()


def test_empty_delivery_offers_three_next_steps(owner):
    page = owner.get("/settings/delivery").text
    for step in ("Add flat freight", "I only do pick-up", "I bring it myself"):
        assert step in page


def test_zones_and_exclusions_are_typed_by_name_and_tried_with_fee_or_reason(owner):
    assert owner.post("/settings/methods/new", WEIGHT).status_code == 303
    (one,) = methods()
    assert [zone.places for zone in one.freight.zones] == [("CN-XJ", "CN-QH")]
    assert one.freight.zones[0].rate == Rate(2500, 1000)
    assert one.freight.excluded == ("CN-XZ", "FR")
    page = owner.get(f"/settings/methods/{one.id}").text
    assert 'value="Xinjiang, Qinghai"' in page
    assert "¥12.00 for 1,000 g, each further 500 g ¥3.00" in owner.get("/settings/delivery").text
    assert "¥18.00" in owner.get("/settings/delivery", query_string={**TRY, "place": "广东"}).text
    assert "¥45.00" in owner.get("/settings/delivery", query_string={**TRY, "place": "Xinjiang"}).text
    page = owner.get("/settings/delivery", query_string={**TRY, "place": "西藏"}).text
    assert "Xizang is not delivered to by “顺丰”." in page
    assert "not offered" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"excluded": "Atlantis"}, "“Atlantis” is no country or province that we know."),
        ({"zones-0-places": ""}, "Fill this in."),
        ({"first": "0"}, ""),
        ({"step_fee": "-1"}, "An amount cannot be negative."),
        ({"by": "mood"}, ""),
        (
            {
                "zones-0-places": "",
                "zones-0-fee": "",
                "zones-0-step_fee": "",
                "listed_only": "1",
                "excluded": "",
            },
            "",
        ),
    ],
)
def test_rules_that_mean_nothing_are_refused_and_what_was_typed_stays(owner, changes, said):
    page = owner.post("/settings/methods/new", WEIGHT | changes)
    assert page.status_code == 422
    assert 'value="顺丰"' in page.text
    assert said in page.text
    assert methods() == []


def test_local_delivery_has_slots_that_can_be_added_and_removed(owner):
    assert owner.post("/settings/local/new", LOCAL | {"radius_m": ""}).status_code == 422
    assert (
        owner.post("/settings/local/new", LOCAL | {"radius_m": "", "point": "", "districts": ""}).status_code
        == 422
    )
    assert owner.post("/settings/local/new", LOCAL).status_code == 303
    (one,) = methods()
    assert (one.freight.reach.radius_m, one.freight.reach.districts) == (2500, ("转塘",))
    assert 'value="30.246700, 120.148500"' in owner.get(f"/settings/local/{one.id}").text
    slot = {
        "weekdays": ["mon", "sun"],
        "window": "14:00-16:00",
        "cutoff-amount": "2",
        "cutoff-unit": "hours",
        "capacity": "8",
    }
    assert owner.post(f"/settings/local/{one.id}/slots", slot | {"window": "16:00-14:00"}).status_code == 422
    assert owner.post(f"/settings/local/{one.id}/slots", slot).status_code == 303
    (one,) = methods()
    assert [(s.weekday, s.from_minute, s.capacity, s.cutoff_minutes) for s in one.slots] == [
        (0, 840, 8, 120), (6, 840, 8, 120),
    ]  # fmt: skip
    assert "0 of 8 taken" in owner.get(f"/settings/local/{one.id}").text
    first = one.slots[0]
    place = f"/settings/local/{one.id}/slots/{first.id}"
    assert place in owner.get(f"/settings/local/{one.id}").text
    assert 'value="14:00-16:00"' in owner.get(place).text
    change = {
        "weekday": "tue",
        "window": "9:30-11:00",
        "cutoff-amount": "30",
        "cutoff-unit": "minutes",
        "capacity": "7",
    }
    assert owner.post(place, change | {"window": "9:00-10:00, 14:00-15:00"}).status_code == 422
    assert owner.post(place, change | {"weekday": "someday"}).status_code == 422
    assert owner.post(place, change).status_code == 303
    changed = next(one for one in methods()[0].slots if one.id == first.id)
    assert (changed.weekday, changed.window.text, changed.cutoff_minutes, changed.capacity) == (
        1,
        "09:30–11:00",
        30,
        7,
    )
    assert owner.get(f"/settings/local/{one.id}/slots/{one.id}").status_code == 404
    owner.post(f"/settings/local/{one.id}/slots/{one.slots[0].id}/remove")
    assert [s.weekday for s in methods()[0].slots] == [6]
    asked = {**TRY, "position": "30.28, 120.20"}
    page = owner.get("/settings/delivery", query_string=asked).text
    assert "You are 6.2 km away; “同城送” comes as far as 2.5 km." in page


def test_points_have_hours_of_the_week_and_days_that_differ(owner):
    form = {
        "name": "转塘店", "address": "转塘街道 1 号", "phone": "", "active": "1", "hours": "",
        "mon": "9:00-12:00, 13:30-18:00", "sat": "１０：００-16:00", "days-0-day": "2026-10-01", "days-0-windows": "",
    }  # fmt: skip
    assert owner.post("/settings/points/new", form | {"tue": "9-17"}).status_code == 422
    assert owner.post("/settings/points/new", form).status_code == 303
    with reading():
        (point,) = pickup_points()
    assert point.opening.week[0] == (Window(540, 720), Window(810, 1080))
    assert [day.isoformat() for day in point.opening.days] == ["2026-10-01"]
    page = owner.get(f"/settings/points/{point.id}").text
    assert 'value="09:00-12:00, 13:30-18:00"' in page
    assert "Sat 10:00–16:00" in owner.get("/settings/delivery").text


def test_hours_and_pause_are_saved(owner):
    assert "Always open" in owner.get("/settings/hours").text
    form = {"paused": "1", "note": "采茶去了", "outside": "refuse", "mon": "9:00-18:00"}
    assert owner.post("/settings/hours", form).status_code == 303
    with reading():
        hours = shop_settings().hours
    assert (hours.paused, hours.refuses, hours.note, hours.week[0]) == (
        True,
        True,
        "采茶去了",
        (Window(540, 1080),),
    )
    assert "Orders are paused" in owner.get("/settings/hours").text
    assert owner.post("/settings/hours", form | {"mon": "18:00-9:00"}).status_code == 422


def test_taxes_are_saved_by_place_and_class(owner):
    form = {
        "mode": "added", "standard": "13", "reduced": "9", "freight_class": "zero",
        "places-0-place": "California", "places-0-standard": "7.25", "places-0-reduced": "0",
    }  # fmt: skip
    assert owner.post("/settings/taxes", form).status_code == 303
    with reading():
        rules = shop_settings().tax_rules
    assert rules == TaxRules("added", 1300, 900, "zero", (PlaceRates("US-CA", 725, 0),))
    assert 'value="California"' in owner.get("/settings/taxes").text
    assert owner.post("/settings/taxes", form | {"standard": "101"}).status_code == 422
