"""The shop's settings: words, contact, time to pay, ways to send, pick-up points."""

import pytest

from core.commerce.shipping.queries import (
    pickup_point,
    pickup_points,
    shipping_methods,
    stored_methods,
    stored_points,
)
from core.commerce.shops.actions import update_shop
from core.commerce.shops.queries import shop_settings
from core.kernel.db import reading
from core.kernel.ids import new_id

SHOP = {
    "name": "青山茶事",
    "tagline": "",
    "payment_window-amount": "30",
    "payment_window-unit": "minutes",
}


@pytest.fixture(autouse=True)
def bound(platform, in_shop):
    return in_shop


def settings():
    with reading():
        return shop_settings()


def methods():
    with reading():
        return stored_methods()


def test_settings_are_shown_and_saved(owner):
    page = owner.get("/settings/").text
    assert 'value="青山茶事"' in page
    answer = owner.post(
        "/settings/",
        SHOP
        | {
            "name": "青山 <茶>",
            "tagline": "自家茶园",
            "payment_window-amount": "２",
            "payment_window-unit": "hours",
        },
    )
    assert answer.status_code == 303
    saved = settings()
    assert (saved.name, saved.tagline, saved.payment_window) == ("青山 <茶>", "自家茶园", 120)
    page = owner.get("/settings/").text
    assert "The settings are saved." in page
    assert 'value="青山 &lt;茶&gt;"' in page


def test_announcement_and_contact_have_one_owner(owner, hired, shop):
    said = {"announcement": "中秋照常发货", "contact": {"email": "a@example.com", "phone": "+86 138"}}
    update_shop(changes=said)
    page = owner.get("/settings/").text
    assert all(
        one in page
        for one in ("中秋照常发货", "+86 138 · a@example.com", "design/frame?section=frame_contact")
    )
    assert 'name="announcement"' not in page
    # A form that was open since before still sends these names: nothing of them is taken, nothing is lost.
    assert owner.post("/settings/", SHOP | {"announcement": "", "email": "b@example.com"}).status_code in (
        303,
        422,
    )
    assert (settings().announcement, settings().contact) == (said["announcement"], said["contact"])
    opened = owner.get("/design/frame?section=frame_announcement").text
    assert 'value="中秋照常发货"' in opened
    other = hired(shop, permissions={"shop.edit"}).get("/settings/").text
    assert "中秋照常发货" in other
    assert "design/frame?section" not in other


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"name": "茶" * 61}, {"name": "a\x00b"}, {"payment_window-amount": "4"},
     {"payment_window-amount": "-1"}, {"payment_window-amount": "1.5"}, {"payment_window-amount": "9" * 30},
     {"payment_window-unit": "days"}, {"currency": "USD"}],
)  # fmt: skip
def test_bad_settings_are_refused_and_what_was_typed_stays(owner, changes):
    before = settings()
    page = owner.post("/settings/", SHOP | {"tagline": "我写的"} | changes)
    assert page.status_code == 422
    assert 'value="我写的"' in page.text
    assert settings() == before


def test_ways_to_send_are_added_changed_ordered_and_taken_out(owner):
    assert "Add flat freight" in owner.get("/settings/delivery").text
    form = {
        "name": "普通快递",
        "note": "2–4 天",
        "fee_minor": "８",
        "free_from_minor": "88.00",
        "active": "1",
    }
    assert owner.post("/settings/methods/new", form).status_code == 303
    owner.post("/settings/methods/new", {"name": "顺丰", "fee_minor": "18", "active": "1"})
    first, second = methods()
    assert (first.name, first.note, first.fee_minor, first.free_from_minor) == (
        "普通快递",
        "2–4 天",
        800,
        8_800,
    )
    assert second.free_from_minor is None
    page = owner.get("/settings/delivery").text
    assert "free from ¥88.00" in page
    owner.post(f"/settings/methods/{second.id}/move", {"to": "up"})
    assert [one.name for one in methods()] == ["顺丰", "普通快递"]
    owner.post(f"/settings/methods/{second.id}", {"name": "顺丰特快", "fee_minor": "20"})
    with reading():
        assert [one.name for one in shipping_methods()] == ["普通快递"]
    assert [(one.name, one.active) for one in methods()] == [("顺丰特快", False), ("普通快递", True)]


@pytest.mark.parametrize("fee", ["", "-1", "1.234", "1e3", "九", "9" * 30, "NaN"])
def test_fee_that_is_no_amount_is_refused_in_place(owner, fee):
    page = owner.post("/settings/methods/new", {"name": "快递", "fee_minor": fee, "active": "1"})
    assert page.status_code == 422
    assert 'value="快递"' in page.text
    assert methods() == []


def test_pickup_points_are_kept_for_the_orders_that_chose_them(owner):
    owner.post(
        "/settings/points/new",
        {"name": "感德老店", "address": "青山路 19 号", "hours": "9–18", "active": "1"},
    )
    owner.post("/settings/points/new", {"name": "厦门茶室", "address": "望潮巷 7 号", "active": "1"})
    with reading():
        first, _second = stored_points()
    owner.post(f"/settings/points/{first.id}/move", {"to": "down"})
    owner.post(f"/settings/points/{first.id}", {"name": "感德老店", "address": "青山路 20 号"})
    with reading():
        assert [one.name for one in stored_points()] == ["厦门茶室", "感德老店"]
        assert [one.name for one in pickup_points()] == ["厦门茶室"]
        assert pickup_point(str(first.id)).address == "青山路 20 号"
    assert owner.post("/settings/points/new", {"name": "x", "address": ""}).status_code == 422


def test_what_is_not_there_is_404(owner):
    for path in ("methods", "points"):
        assert owner.get(f"/settings/{path}/{new_id()}").status_code == 404
        assert owner.get(f"/settings/{path}/x").status_code == 404
        assert owner.post(f"/settings/{path}/{new_id()}/move", {"to": "up"}).status_code == 404


def test_owners_only(hired, shop):
    clerk = hired(shop, permissions={"orders.ship", "catalog.edit"})
    assert "/settings/" not in clerk.get("/orders/").text
    for path in ("/settings/", "/settings/methods/new", "/settings/points/new"):
        assert clerk.get(path).status_code == 403
        assert clerk.post(path, SHOP).status_code == 403
