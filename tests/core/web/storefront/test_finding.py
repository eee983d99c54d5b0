"""Orders without an account: found by number and contact with a code, opened by a link of a message, told to nobody else."""

import re
from urllib.parse import urlsplit

import pytest

from core.commerce.checkout.order_searches import (
    CODES_PER_CONTACT,
    TRIES_PER_CODE,
    open_order,
    send_order_code,
)
from core.commerce.customers.errors import CodeRefused, TooManyCodes
from core.commerce.orders import keys
from core.commerce.orders.queries import order_of_code
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.tenancy import GUEST, SYSTEM, shop_bound
from core.testing.buying import pay
from core.testing.messages import written_messages
from core.testing.races import race
from tests.core.web.storefront.conftest import ADDRESS
from tests.core.web.storefront.test_login import logged_in

PHONE = ADDRESS["phone"]


@pytest.fixture
def told(shop, run_jobs):
    """`told("orders.find")`: bodies of messages of these topics, oldest first."""

    def read(topics, *, at=shop):
        run_jobs()
        with shop_bound(at, SYSTEM), reading():
            return [body for _, body in written_messages(topics)]

    return read


@pytest.fixture
def order(order_page, shop):
    """An order that a guest placed in another browser."""
    with shop_bound(shop, SYSTEM), reading():
        return order_of_code(order_page.path.rpartition("/")[2])


def code_in(body):
    return re.search(r"(?<!\d)\d{6}(?!\d)", body)[0]


def test_guest_finds_the_order_in_another_browser_and_can_do_what_a_buyer_can(order, open_browser, told):
    browser = open_browser()
    masked = browser.get(f"/orders/{order.code}")
    assert ADDRESS["line1"] not in masked.text
    page = browser.get("/").follow_link("查找订单")
    page = page.send("/find-order", number=f" #{order.number} ", contact="+86 138 0000 0000")
    assert page.status == 200
    assert PHONE not in page.text
    done = page.send("/find-order/code", code=code_in(told("orders.find")[-1]))
    assert done.path == f"/orders/{order.code}"
    assert ADDRESS["line1"] in done.text
    assert "这是你的订单吗" not in done.text
    assert ADDRESS["line1"] in browser.get(f"/orders/{order.code}").text
    assert browser.post(f"/orders/{order.code}/cancel").status == 200
    assert ADDRESS["line1"] not in open_browser().get(f"/orders/{order.code}").text


def test_masked_order_leads_to_the_proof(order, open_browser):
    page = open_browser().get(f"/orders/{order.code}").follow_link("是我的订单")
    assert page.form("/find-order").values["number"] == order.number


def test_answer_is_the_same_whether_there_is_such_an_order_or_not(order, open_browser, told):
    asked = {
        "right": (order.number, PHONE),
        "another's contact": (order.number, "13900000000"),
        "no such order": ("99999", PHONE),
        "neither": ("99999", "13900000000"),
    }

    def seen(page, number, contact):
        text = page.text.replace(number, "N").replace(f"{contact[:3]}****{contact[-4:]}", "C")
        return page.status, text

    sent = {
        name: seen(
            open_browser().post("/find-order", {"number": number, "contact": contact}), number, contact
        )
        for name, (number, contact) in asked.items()
    }
    assert set(sent.values()) == {sent["right"]}
    assert len(told("orders.find")) == 1
    tried = set()
    for number, contact in asked.values():
        data = {"number": number, "contact": contact, "code": "000000"}
        tried.add(seen(open_browser().post("/find-order/code", data), number, contact))
    assert len(tried) == 1


def test_code_for_one_order_opens_no_other(order, open_browser, told, at_checkout):
    browser = open_browser()
    browser.post("/find-order", {"number": "99999", "contact": PHONE})
    assert told("orders.find") == []
    browser.post("/find-order", {"number": order.number, "contact": PHONE})
    code = code_in(told("orders.find")[-1])
    wrong = {"number": "99999", "contact": PHONE, "code": code}
    assert browser.post("/find-order/code", wrong).status != 200
    right = {"number": order.number, "contact": PHONE, "code": code}
    assert browser.post("/find-order/code", right).path == f"/orders/{order.code}"
    assert open_browser().post("/find-order/code", right).status != 200  # once


def test_codes_and_tries_are_counted_alike_for_contacts_that_exist_and_not(order, open_browser, told, clock):
    answers = {}
    for contact in (PHONE, "13900000000"):
        browser = open_browser()
        data = {"number": order.number, "contact": contact}
        sent = [browser.post("/find-order", data).status for _ in range(CODES_PER_CONTACT + 1)]
        tried = [
            browser.post("/find-order/code", {**data, "code": "x"}).status for _ in range(TRIES_PER_CODE + 1)
        ]
        answers[contact] = (sent, tried)
    assert answers[PHONE] == answers["13900000000"]
    assert answers[PHONE][0] == [200] * CODES_PER_CONTACT + [429]
    assert answers[PHONE][1][-1] == 429
    late = {"number": order.number, "contact": PHONE, "code": code_in(told("orders.find")[-1])}
    assert open_browser().post("/find-order/code", late).status == 429
    clock.advance(minutes=11)
    assert open_browser().post("/find-order/code", late).status == 422
    assert open_browser().post("/find-order", {"number": order.number, "contact": PHONE}).status == 200


def test_order_of_another_shop_is_not_found(order, open_browser, other_shop, told, shop):
    theirs = open_browser(other_shop)
    theirs.post("/find-order", {"number": order.number, "contact": PHONE})
    assert told("orders.find") == []
    assert told("orders.find", at=other_shop) == []
    open_browser().post("/find-order", {"number": order.number, "contact": PHONE})
    data = {"number": order.number, "contact": PHONE, "code": code_in(told("orders.find")[-1])}
    assert theirs.post("/find-order/code", data).status == 422
    with shop_bound(shop, SYSTEM):
        key = keys.order_key(order.id)
    assert theirs.get(f"/orders/{order.code}?key={key}").status == 404
    with shop_bound(other_shop, SYSTEM):
        forged = keys.order_key(order.id)
    mine = open_browser()
    assert ADDRESS["line1"] not in mine.get(f"/orders/{order.code}?key={forged}").text


@pytest.mark.parametrize(
    ("number", "contact"), [("", PHONE), ("10001", "nobody"), ("10001", ""), ("##", PHONE)]
)
def test_what_cannot_be_an_order_is_said_in_place(visitor, number, contact):
    page = visitor.post("/find-order", {"number": number, "contact": contact})
    assert page.status == 422
    assert page.form("/find-order").values["number"] == number


class TestLinks:
    @pytest.fixture
    def link(self, order, shop):
        with shop_bound(shop, SYSTEM):
            return f"/orders/{order.code}?key={keys.order_key(order.id)}"

    def test_messages_lead_to_the_whole_order_and_the_address_keeps_no_key(
        self, order, shop, told, gateway, open_browser
    ):
        with shop_bound(shop, SYSTEM):
            pay(gateway, order.id)
        (body,) = told("orders.paid")
        address = urlsplit(re.search(r"http\S+/orders/\S+", body)[0])
        gone = open_browser().get(f"{address.path}?{address.query}", follow=False)
        assert (gone.status, gone.location) == (303, f"/orders/{order.code}")
        assert gone.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in gone.headers["Cache-Control"]
        assert ADDRESS["line1"] in open_browser().get(f"{address.path}?{address.query}").text

    @pytest.mark.parametrize("spoil", [lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
                                       lambda key: "9" + key, lambda key: key + "x" * 100, lambda key: "é", lambda key: "-"])  # fmt: skip
    def test_spoilt_key_opens_nothing(self, link, open_browser, spoil, order):
        path, _, key = link.partition("?key=")
        page = open_browser().get(path, query={"key": spoil(key)})
        assert page.status == 200
        assert ADDRESS["line1"] not in page.text

    def test_key_ends(self, link, open_browser, clock):
        clock.advance(days=92)
        page = open_browser().get(link)
        assert ADDRESS["line1"] not in page.text
        assert "是我的订单" in page.text

    def test_key_of_one_order_opens_no_other(self, shop, order, open_browser):
        with shop_bound(shop, SYSTEM):
            other = keys.order_key(new_id())
        assert ADDRESS["line1"] not in open_browser().get(f"/orders/{order.code}?key={other}").text


def test_order_that_was_proved_goes_to_the_account_with_its_contact(order, open_browser, told):
    browser = open_browser()
    browser.post("/find-order", {"number": order.number, "contact": PHONE})
    data = {"number": order.number, "contact": PHONE, "code": code_in(told("orders.find")[-1])}
    browser.post("/find-order/code", data)
    other = open_browser()
    assert order.number not in logged_in(other, "13900000000").get("/account/orders").text
    assert order.number in logged_in(browser, PHONE).get("/account/orders").text


@pytest.mark.race
def test_parallel_wishes_get_no_more_codes_than_are_allowed(order, shop, told):
    with shop_bound(shop, GUEST):
        wishes = race([lambda: send_order_code(number=order.number, contact=PHONE)] * (CODES_PER_CONTACT + 4))
    assert sum(one.error is None for one in wishes) == CODES_PER_CONTACT
    assert all(isinstance(one.error, TooManyCodes) for one in wishes if one.error)
    assert len(told("orders.find")) == CODES_PER_CONTACT


@pytest.mark.race
def test_code_opens_once_however_many_use_it_at_the_same_time(order, shop, told):
    with shop_bound(shop, GUEST):
        send_order_code(number=order.number, contact=PHONE)
        found = {"number": order.number, "contact": PHONE, "code": code_in(told("orders.find")[-1])}
        tries = race([lambda: open_order(token="t", **found)] * 8)
    assert [one.value for one in tries if one.error is None] == [order.code]
    assert all(isinstance(one.error, CodeRefused | TooManyCodes) for one in tries if one.error)


@pytest.mark.race
def test_parallel_guesses_are_all_counted(order, shop, told):
    with shop_bound(shop, GUEST):
        send_order_code(number=order.number, contact=PHONE)
        right = code_in(told("orders.find")[-1])
        wrong = {"number": order.number, "contact": PHONE, "code": "x", "token": "t"}
        tries = race([lambda: open_order(**wrong)] * (TRIES_PER_CODE + 5))
        assert sum(isinstance(one.error, CodeRefused) for one in tries) == TRIES_PER_CODE
        with pytest.raises(TooManyCodes):
            open_order(**wrong | {"code": right})
