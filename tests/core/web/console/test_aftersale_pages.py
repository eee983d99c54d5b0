"""After-sale in the console: the list, one case, every answer, many at once, and the shop's promises."""

import re

import pytest
from sqlalchemy import select

from core.commerce.aftersale.actions import send_goods
from core.commerce.aftersale.answers import accept_case, receive_goods, save_promises
from core.commerce.aftersale.models import Case
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import promises
from core.commerce.aftersale.telling import case_facts
from core.commerce.fulfilment.actions import ship_order
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import Buyer
from core.testing.goods import make_customer, make_product, make_shipping
from core.testing.statements import count_statements
from tests.core.commerce.aftersale.opened import opened_case
from tests.core.web.console.orders_at_hand import counts, keys_of, paid_order, rows


@pytest.fixture
def asked(platform, shop, gateway, files):
    """`asked("return")` is a case about one of two pieces that have left."""
    with shop_bound(shop, SYSTEM):
        goods = make_product(title="Green cup", prices=[10_000], stock=500)
        buyer = Buyer(make_customer(name="Lin"), {"kind": "method", "id": str(make_shipping())})

    def make(kind="refund", **more):
        with shop_bound(shop, SYSTEM):
            order_id = paid_order(buyer, gateway, [(goods.variant_id, 2)])
            key = keys_of(order_id)[0]
            ship_order(order_id=order_id, units={key: 2}, carrier="sf", tracking_number="SF1")
            return opened_case(order_id, kind=kind, **more)

    return make


@pytest.fixture
def now_is(shop):
    def look(case):
        with shop_bound(shop, SYSTEM), reading():
            return session().scalars(select(Case).where(Case.id == case.id)).one()

    return look


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_empty_list_offers_the_next_step(owner):
    page = owner.get("/aftersale/")
    assert page.status_code == 200
    assert "/settings/aftersale" in page.text


def test_list_takes_the_same_statements_for_one_row_and_for_three(owner, asked):
    asked(words="a scratch")
    owner.get("/aftersale/")
    with count_statements() as one:
        first = owner.get("/aftersale/")
    assert len(rows(first.text)) == 1
    asked("return")
    asked("exchange")
    with count_statements() as three:
        page = owner.get("/aftersale/")
    assert len(rows(page.text)) == 3
    assert len(one) == len(three) <= 8
    assert counts(page.text)["Waiting for us"] == 3
    assert len(rows(owner.get("/aftersale/?kind=return").text)) == 1
    assert rows(owner.get("/aftersale/?view=done").text) == []


def test_case_shows_everything_that_an_answer_needs(owner, asked):
    case = asked("return", words="It leaks")
    page = owner.get(f"/aftersale/{case.id}")
    said = words(page)
    for part in (
        "It leaks",
        "Damaged or faulty",
        "Green cup",
        "¥100.00",
        "Lin",
        case.number,
        "it is accepted",
    ):
        assert part in said, part
    shown = re.search(r'href="([^"]*/aftersale/pictures/[^"]*)"', page.text)[1]
    assert owner.get(shown).mimetype == "image/png"
    assert case.number in words(owner.get(f"/orders/{case.order_id}"))


def test_amount_is_lowered_only_with_words(owner, asked, now_is):
    case = asked("refund")
    owner.get(f"/aftersale/{case.id}")
    refused = owner.post(f"/aftersale/{case.id}/accept", {"amount": "30", "ready": "", "answer": ""})
    assert refused.status_code == 422
    assert now_is(case).state == "open"
    too_much = owner.post(f"/aftersale/{case.id}/accept", {"amount": "999", "ready": "", "answer": "x"})
    assert too_much.status_code == 422
    done = owner.post(
        f"/aftersale/{case.id}/accept", {"amount": "30", "ready": "", "answer": "A small scratch"}
    )
    assert done.status_code == 303
    assert (now_is(case).state, now_is(case).agreed_minor) == ("refunding", 3_000)
    late = owner.post(f"/aftersale/{case.id}/decline", {"why": "no", "ready_why": ""})
    assert late.status_code == 409


def test_ready_answer_is_sent_as_words(owner, asked, now_is):
    case = asked("return")
    ready = "The goods show traces of use, so we cannot take them back."
    owner.get(f"/aftersale/{case.id}")
    assert owner.post(f"/aftersale/{case.id}/decline", {"why": "", "ready_why": ready}).status_code == 303
    assert (now_is(case).state, now_is(case).answer) == ("declined", ready)


def test_return_and_exchange_are_finished_from_their_pages(owner, asked, now_is, shop):
    back, other = asked("return"), asked("exchange")
    with shop_bound(shop, SYSTEM):
        for case in (back, other):
            accept_case(case_id=case.id)
            send_goods(case_id=case.id, carrier="yto", tracking_number="YT7")
    assert "YT7" in owner.get(f"/aftersale/{back.id}").text
    done = owner.post(f"/aftersale/{back.id}/receive", {"restock": "no", "amount": "100", "answer": ""})
    assert done.status_code == 303
    assert now_is(back).state == "refunding"
    with shop_bound(shop, SYSTEM):
        receive_goods(case_id=other.id, restock=True)
    owner.get(f"/aftersale/{other.id}")
    wrong = owner.post(f"/aftersale/{other.id}/replacement", {"carrier": "sf", "tracking_number": ""})
    assert wrong.status_code == 422
    sent = owner.post(f"/aftersale/{other.id}/replacement", {"carrier": "sf", "tracking_number": "SF8"})
    assert sent.status_code == 303
    assert now_is(other).state == "replaced"


def test_return_is_agreed_to_only_with_an_address_that_the_buyer_then_sees(
    owner, asked, now_is, platform, shop
):
    case = asked("return")
    assert 'name="return_to"' in owner.get(f"/aftersale/{case.id}").text
    yes = {"amount": "100", "ready": "", "answer": ""}
    refused = owner.post(f"/aftersale/{case.id}/accept", yes)
    assert refused.status_code == 422
    assert "Say where the goods go back to" in words(refused)
    assert now_is(case).state == "open"
    assert "1 stays open: Say where" in words(
        owner.post("/aftersale/accept", {"ids": str(case.id)}, follow_redirects=True)
    )
    done = owner.post(f"/aftersale/{case.id}/accept", {**yes, "return_to": "Dock 4\r\nBristol"})
    assert done.status_code == 303
    assert (now_is(case).state, now_is(case).return_to.split()) == ("accepted", ["Dock", "4", "Bristol"])


def test_address_of_the_shop_stands_ready_and_one_case_may_have_another(owner, asked, now_is, shop):
    with shop_bound(shop, SYSTEM):
        save_promises(rules=Promises(return_to="Dock 4, Bristol"))
    usual, other = asked("return"), asked("exchange")
    for case in (usual, other):
        assert "Dock 4, Bristol" in owner.get(f"/aftersale/{case.id}").text
    owner.post(f"/aftersale/{usual.id}/accept", {"amount": "100", "ready": "", "answer": ""})
    owner.post(f"/aftersale/{other.id}/accept", {"ready": "", "answer": "", "return_to": "Pier 9"})
    assert (now_is(usual).return_to, now_is(other).return_to) == ("Dock 4, Bristol", "Pier 9")
    with shop_bound(shop, SYSTEM), reading():
        assert promises().return_to == "Dock 4, Bristol"
        assert case_facts(other.id)["return_to"] == "Pier 9"


def test_several_are_accepted_at_once(owner, asked, now_is, shop):
    with shop_bound(shop, SYSTEM):
        save_promises(rules=Promises(return_to="Dock 4, Bristol"))
    first, second = asked("refund"), asked("return")
    owner.get("/aftersale/")
    answer = owner.post("/aftersale/accept", {"ids": [str(first.id), str(second.id), "nonsense"]})
    assert answer.status_code == 303
    assert (now_is(first).state, now_is(second).state) == ("refunding", "accepted")


def test_everything_says_how_many_are_left_when_one_press_is_not_enough(owner, asked, now_is, monkeypatch):
    cases = [asked("refund") for _ in range(3)]
    monkeypatch.setattr("core.web.console.aftersale.views._MOST_AT_ONCE", 2)
    everything = {"everything": "1", "query": "?view=ours&kind=refund"}
    owner.get("/aftersale/")
    first = words(owner.post("/aftersale/accept", everything, follow_redirects=True))
    assert "2 cases accepted. These were the first 2 of 3; 1 is left" in first
    assert sorted(now_is(one).state for one in cases) == ["open", "refunding", "refunding"]
    rest = words(owner.post("/aftersale/accept", everything, follow_redirects=True))
    assert "1 case accepted." in rest
    assert "These were the first" not in rest
    assert {now_is(one).state for one in cases} == {"refunding"}


def test_who_may_not_refund_reads_and_cannot_answer(hired, shop, asked, now_is):
    case = asked("refund")
    reader = hired(shop, name="许航", permissions={"orders.ship"})
    page = reader.get(f"/aftersale/{case.id}")
    assert page.status_code == 200
    assert "/accept" not in page.text
    for place, data in (
        ("accept", {"amount": "1"}),
        ("decline", {"why": "no"}),
        ("receive", {"restock": "yes"}),
    ):
        assert reader.post(f"/aftersale/{case.id}/{place}", data).status_code == 403
    assert reader.post("/aftersale/accept", {"ids": str(case.id)}).status_code == 403
    assert now_is(case).state == "open"


def test_promises_are_edited_and_keep_both_languages(owner, shop):
    page = owner.get("/settings/aftersale/")
    assert page.status_code == 200
    values = {
        **{name: str(value) for name, value in Promises().as_json().items() if isinstance(value, int | str)},
        "cancel_at_once": "",
        "return_days": "30",
        "return_to": "Dock 4\nBristol",
        "cancel_reasons": "I changed my mind\nMy cat ordered it",
        "fault_reasons": "Damaged or faulty",
        "other_reasons": "I do not like it",
        "accepting": "Yes",
        "declining": "No",
    }
    assert owner.post("/settings/aftersale/", {**values, "return_days": "999"}).status_code == 422
    assert owner.post("/settings/aftersale/", {**values, "fault_reasons": " \n "}).status_code == 422
    assert owner.post("/settings/aftersale/", values).status_code == 303
    with shop_bound(shop, SYSTEM), reading():
        stored = promises()
    assert (stored.return_days, stored.cancel_at_once) == (30, False)
    assert stored.cancel_reasons == ("I changed my mind", "My cat ordered it")
    assert stored.return_to.splitlines() == ["Dock 4", "Bristol"]


def test_note_is_for_staff_only(owner, asked):
    case = asked("refund")
    owner.get(f"/aftersale/{case.id}")
    assert owner.post(f"/aftersale/{case.id}/notes", {"text": "Old customer"}).status_code == 303
    assert "Old customer" in owner.get(f"/aftersale/{case.id}").text
