"""A program buys: guests and customers, carts, quotes, orders, payments; and nobody else's things."""

from uuid import uuid4

import pytest

from core.commerce.orders.queries import order_of_code
from core.commerce.payments.actions.refund import cancel_order
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, acting_as
from core.testing.goods import set_price
from tests.core.web.api.store.program import RECEIVER
from tests.core.web.api.store.signing_in import log_in


def test_a_guest_looks_around_fills_a_cart_orders_pays_and_sees_the_money_come_back(
    program, goods, gateway, run_jobs, in_shop
):
    guest = program()
    (card,) = guest.get("/products")["items"]
    assert card["price"] == {"amount": 12_800, "currency": "CNY"}
    product = guest.get(f"/products/{card['handle']}")
    variant = product["variants"][0]
    assert variant["left"] == 100
    guest.as_guest()
    cart = guest.post("/cart/lines", {"variant_id": variant["id"], "quantity": 2})
    assert (cart["ready"], cart["price"]["total"]["amount"]) == (True, 25_600)
    code = guest.post("/checkouts")["code"]
    placed = guest.check_out(code)
    assert (placed["financial"], placed["total"]["amount"]) == ("unpaid", 26_800)
    assert guest.get("/cart")["lines"] == []
    started = guest.post(f"/orders/{placed['code']}/payment", {}, key=str(uuid4()))
    assert started["state"] == "pending"
    assert started["redirect_url"].startswith("http")
    gateway.capture(gateway.payments[-1].request.reference)
    assert guest.get(f"/orders/{placed['code']}/payment")["state"] == "captured"
    assert guest.get(f"/orders/{placed['code']}")["financial"] == "paid"
    with acting_as(SYSTEM), reading():
        order_id = order_of_code(placed["code"]).id
    cancel_order(order_id=order_id)
    run_jobs()
    (back,) = guest.get(f"/orders/{placed['code']}/refunds")["items"]
    assert (back["state"], back["amount"]["amount"]) == ("done", 26_800)
    assert len(guest.get(f"/orders/{placed['code']}/timeline")["items"]) >= 3


def test_a_log_in_takes_cart_and_orders_of_the_guest_along(program, goods):
    buyer = program().as_guest()
    buyer.post("/cart/lines", {"variant_id": str(goods.variant_id)})
    before = buyer.check_out(buyer.post("/checkouts")["code"])
    buyer.post("/cart/lines", {"variant_id": str(goods.variant_id), "quantity": 3})
    guest_token = buyer.token
    log_in(buyer, RECEIVER["phone"])
    assert buyer.token != guest_token
    assert buyer.get("/cart")["lines"][0]["quantity"] == 3
    assert [one["code"] for one in buyer.get("/orders")["items"]] == [before["code"]]
    assert buyer.get("/account")["contacts"] == [RECEIVER["phone"]]
    assert program(token=guest_token).get("/cart")["lines"] == []
    buyer.ask("DELETE", "/sessions/current")
    assert buyer.refused("GET", "/orders") == (401, "api.token_refused")


def test_a_checkout_is_one_order_however_often_it_is_placed(program, goods):
    guest = program().as_guest()
    code = guest.post("/checkouts", {"lines": [{"variant_id": str(goods.variant_id), "quantity": 1}]})["code"]
    first = guest.check_out(code)
    delivery = {"kind": "method", "id": str(uuid4())}
    body = {"quote": "anything", "delivery": delivery, "receiver": RECEIVER}
    assert guest.post(f"/checkouts/{code}/order", body, key=str(uuid4())) == first
    assert guest.get(f"/checkouts/{code}")["order_code"] == first["code"]
    assert guest.refused("POST", f"/checkouts/{code}/order", body) == (400, "api.key_needed")


def test_a_price_that_changed_is_refused_with_what_changed(program, goods):
    guest = program().as_guest()
    code = guest.post("/checkouts", {"lines": [{"variant_id": str(goods.variant_id)}]})["code"]
    quoted = guest.post(f"/checkouts/{code}/quote", {"address": RECEIVER})
    delivery = {name: quoted["ways_to_get"][0][name] for name in ("kind", "id")}
    quoted = guest.post(f"/checkouts/{code}/quote", {"address": RECEIVER, "delivery": delivery})
    set_price(goods.variant_id, 13_800)
    body = {"quote": quoted["quote"], "delivery": delivery, "receiver": RECEIVER}
    answer = guest.ask("POST", f"/checkouts/{code}/order", body, key=str(uuid4()))
    said = answer.get_json()
    assert (answer.status_code, said["code"]) == (409, "checkout.quote_changed")
    assert any("138" in words for words in said["fields"]["quote"])


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"receiver": {"name": "林"}}, 422, "receiver"),
        ({"note": "x" * 400}, 422, "note"),
        ({"choices": {"nobody.asked": "x"}}, 422, "choices"),
        ({"address_id": "0190b1f0-0000-7000-8000-000000000000"}, 422, "address_id"),
        ({"unknown": 1}, 422, "unknown"),
        ({"delivery": {"kind": "drone", "id": "0190b1f0-0000-7000-8000-000000000000"}}, 422, "delivery"),
    ],
)
def test_what_is_wrong_with_an_order_is_said_by_field(program, goods, change, status, field):
    guest = program().as_guest()
    code = guest.post("/checkouts", {"lines": [{"variant_id": str(goods.variant_id)}]})["code"]
    first = guest.post(f"/checkouts/{code}/quote", {"address": RECEIVER})["ways_to_get"][0]
    body = {
        "quote": "x",
        "delivery": {"kind": first["kind"], "id": first["id"]},
        "receiver": RECEIVER,
        **change,
    }
    answer = guest.ask("POST", f"/checkouts/{code}/order", body, key=str(uuid4()))
    assert answer.status_code == status, answer.text
    assert field in answer.get_json()["fields"]


def test_nothing_of_somebody_elses_is_there(program, goods, other_shop):
    owner, stranger = program().as_guest(), program().as_guest()
    owner.post("/cart/lines", {"variant_id": str(goods.variant_id)})
    (line,) = owner.get("/cart")["lines"]
    open_one = owner.post("/checkouts", {"lines": [{"variant_id": str(goods.variant_id)}]})["code"]
    placed = owner.check_out(owner.post("/checkouts")["code"])["code"]
    elsewhere = program(other_shop).as_guest()
    for other in (stranger, elsewhere, program()):
        seen = {
            other.refused("GET", f"/checkouts/{open_one}")[0],
            other.refused("POST", f"/checkouts/{open_one}/quote", {})[0],
            other.refused("GET", f"/orders/{placed}")[0],
            other.refused("GET", f"/orders/{placed}/refunds")[0],
            other.refused("POST", f"/orders/{placed}/payment", {}, key=str(uuid4()))[0],
            other.refused("DELETE", f"/cart/lines/{line['id']}")[0],
        }
        assert seen <= {401, 404}, seen
    assert elsewhere.get("/products")["items"] == []
    assert owner.get(f"/orders/{placed}")["financial"] == "unpaid"


def test_a_token_is_of_one_shop_and_cannot_be_made_up(program, other_shop):
    guest = program().as_guest()
    assert program(other_shop, guest.token).refused("GET", "/cart") == (401, "api.token_refused")
    for made_up in ("guest_a.b", "guest_.", "guest_", guest.token[:-1], f"{guest.token}x", "no-such-session"):
        assert program(token=made_up).refused("GET", "/cart") == (401, "api.token_refused")
    assert program().refused("GET", "/cart") == (401, "api.session_needed")
    assert guest.refused("GET", "/orders") == (401, "api.token_refused")


def test_lists_go_on_by_cursor_and_come_to_an_end(program, in_shop):
    from core.testing.goods import make_product

    for number in range(5):
        make_product(title=f"Tea {number}", prices=[100 + number])
    seen, after = [], ""
    while True:
        page = program().get("/products", sort="price_up", limit=2, after=after)
        seen += [one["price"]["amount"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [100, 101, 102, 103, 104]
    assert program().get("/products", collection="no-such")["items"] == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "http://", "ftp://a/b", "https://a b"]
)
def test_a_browser_is_sent_back_to_a_web_address_only(program, goods, gateway, url):
    guest = program().as_guest()
    code = guest.check_out(
        guest.post("/checkouts", {"lines": [{"variant_id": str(goods.variant_id)}]})["code"]
    )
    refused = guest.refused("POST", f"/orders/{code['code']}/payment", {"return_url": url}, key=str(uuid4()))
    assert refused == (422, "kernel.input_refused")
