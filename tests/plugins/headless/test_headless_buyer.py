"""A client that uses nothing but the API: browse, cart, a coupon, a group, paid at the test gateway, and the money back."""

import time
from datetime import timedelta
from uuid import uuid4

from core.testing.goods import make_product, make_shipping
from plugins.coupon.tests.people import make_campaign
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.tests.groups import make_activity
from tests.plugins.headless.conftest import press

RECEIVER = {
    "name": "林知夏", "phone": "13800000000", "region": "浙江省", "city": "杭州市", "line1": "西湖区转塘街道 1 号",
}  # fmt: skip
PATIENCE = 20.0


def until(found, run_jobs):
    """Let jobs run until `found()` is true; the gateway's notification comes over the network, in its own time."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        run_jobs()
        if found():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def pay(client, code, run_jobs):
    started = client.post(
        f"/orders/{code}/payment", {"return_url": "https://app.example/done"}, key=str(uuid4())
    )
    assert (started["state"], started["scan"]) == ("pending", False)
    assert press(started["redirect_url"], "succeed") == 303
    until(lambda: client.get(f"/orders/{code}")["financial"] == "paid", run_jobs)


def test_a_group_is_joined_with_a_coupon_paid_and_given_back_by_nothing_but_the_api(
    headless, in_shop, enable, run_jobs
):
    enable(in_shop, "group_buy")
    enable(in_shop, "coupon")
    make_shipping()
    tea = make_product(title="安溪铁观音", prices=[12_800], handle="tieguanyin")
    cup = make_product(title="建盏", prices=[4_000], handle="cup")
    make_activity(tea, size=3, window=timedelta(hours=24), rules=Rules(coupons=True))
    make_campaign(value=500, threshold=0, with_activity=True)

    # Look around: no token is needed for that.
    anna, ben = headless(), headless()
    assert anna.get("/shop")["test_payments"] is True
    (found,) = [
        one for one in anna.get("/products", sort="price_down")["items"] if one["handle"] == "tieguanyin"
    ]
    variant = anna.get(f"/products/{found['handle']}")["variants"][0]["id"]
    (offer,) = anna.get("/x/group-buy/activities", product_id=found["id"])["items"]
    assert offer["prices"] == [{"variant_id": variant, "price": {"amount": 8_900, "currency": "CNY"}}]

    # Somebody opens a group; it is there for others once it is paid.
    anna.log_in("anna@example.com")
    opened = anna.post(f"/x/group-buy/activities/{offer['id']}/groups", {"variant_id": variant})
    first = anna.place(opened["code"], RECEIVER)
    assert anna.get(f"/x/group-buy/activities/{offer['id']}/groups")["items"] == []
    pay(anna, first["code"], run_jobs)
    assert anna.get(f"/orders/{first['code']}")["waits"] is True

    # Ben fills a cart, claims a coupon, and joins.
    ben.log_in("ben@example.com")
    ben.post("/cart/lines", {"variant_id": str(cup.variant_id), "quantity": 2})
    (coupon,) = ben.get("/x/coupon/offers")["items"]
    ben.post(f"/x/coupon/offers/{coupon['id']}/claim")
    assert [one["standing"] for one in ben.get("/x/coupon/coupons")["items"]] == ["available"]
    (group,) = ben.get(f"/x/group-buy/activities/{offer['id']}/groups")["items"]
    assert (group["left"], group["missing"]) == (2, 2)
    joined = ben.post(f"/x/group-buy/groups/{group['code']}/join")
    assert ben.post(f"/x/group-buy/groups/{group['code']}/join") == joined
    assert ben.get(f"/x/group-buy/groups/{group['code']}")["left"] == 1
    quoted = ben.post(f"/checkouts/{joined['code']}/quote", {"address": RECEIVER})
    steps = [step["amount"]["amount"] for line in quoted["price"]["lines"] for step in line["steps"]]
    assert steps[:3] == [12_800, -3_900, -500]
    second = ben.place(joined["code"], RECEIVER, choices={"group_buy.if_full": "refund"})
    assert second["total"]["amount"] == 8_400 + 1_200
    pay(ben, second["code"], run_jobs)
    standing = ben.get(f"/x/group-buy/groups/{group['code']}")
    assert (standing["standing"], standing["paid"], standing["mine"]) == ("forming", 2, True)
    assert [one["state"] for one in standing["members"]] == ["paid", "paid", "free"]
    assert ben.get("/cart")["lines"][0]["quantity"] == 2, "what is bought in a group leaves the cart alone"

    # He leaves: the seat is free again, and all of his money comes back.
    ben.post(f"/x/group-buy/groups/{group['code']}/leave")
    until(
        lambda: [one["state"] for one in ben.get(f"/orders/{second['code']}/refunds")["items"]] == ["done"],
        run_jobs,
    )
    (back,) = ben.get(f"/orders/{second['code']}/refunds")["items"]
    assert back["amount"]["amount"] == 9_600
    assert ben.get(f"/orders/{second['code']}")["financial"] == "refunded"
    assert ben.get(f"/x/group-buy/groups/{group['code']}")["paid"] == 1
    assert ben.ask("GET", f"/orders/{first['code']}")[0] == 404
