"""After the sale as a buyer does it, without scripts: ask, look at the money, follow, send back; and what cannot be done."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from core.commerce.aftersale.answers import accept_case, receive_goods, save_promises
from core.commerce.aftersale.models import Case, CasePicture
from core.commerce.aftersale.promises import Promises
from core.commerce.fulfilment.actions import ship_order
from core.commerce.orders.queries import order
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import Buyer, order_row, pay
from core.testing.goods import make_customer, make_product, make_shipping
from tests.core.web.storefront.test_login import logged_in

FAULT = "Damaged or faulty"


@pytest.fixture
def bought(stocked, shop, gateway):
    """`bought(customer_id, 2, away=True)` is a paid order of two pieces that has left."""
    method = stocked(make_shipping)
    tea = stocked(make_product, prices=[10_000])

    def buy(customer, quantity=1, *, away=False, paid=True):
        def run():
            who = Buyer(customer, {"kind": "method", "id": str(method)})
            order_id = who.order([(tea.variant_id, quantity)]).order_id
            if paid:
                pay(gateway, order_id)
            if away:
                with reading():
                    key = order(order_id).lines[0].key
                ship_order(order_id=order_id, units={key: quantity}, carrier="sf", tracking_number="SF1")
            return order_row(order_id)

        return stocked(run)

    return buy


@pytest.fixture
def customer(stocked):
    return stocked(make_customer, email="lin@example.com")


@pytest.fixture
def me(visitor, customer):
    return logged_in(visitor, "lin@example.com")


def cases_in(shop):
    with shop_bound(shop, SYSTEM), reading():
        return session().scalars(select(Case).order_by(Case.opened_at)).all()


def picture():
    target = io.BytesIO()
    Image.new("RGB", (500, 400), "green").save(target, "JPEG")
    return target.getvalue()


def test_order_is_cancelled_in_three_pages_and_the_sum_is_exact(bought, me, customer, shop):
    row = bought(customer, 2)
    page = me.get(f"/orders/{row.code}")
    chosen = page.follow_link("取消订单")
    checked = chosen.send(f"/orders/{row.code}/aftersale", reason="I changed my mind")
    assert "¥212.00" in checked.text
    done = checked.send(f"/orders/{row.code}/aftersale")
    assert done.status == 200
    assert "¥212.00" in done.text
    [case] = cases_in(shop)
    assert (case.state, case.agreed_minor) == ("refunding", 21_200)
    with shop_bound(shop, SYSTEM):
        assert order_row(row.id).lifecycle == "cancelled"
    again = me.get(f"/orders/{row.code}")
    assert case.number in again.text
    assert "取消订单" not in [words for _url, words in again.links]


def test_return_is_asked_for_shown_with_pictures_and_sent_back(bought, me, customer, shop, stocked, files):
    row = bought(customer, 2, away=True)
    stocked(save_promises, rules=Promises(return_to="杭州市转塘街道 1 号\n林知夏 13800000000"))
    url = f"/orders/{row.code}/aftersale"
    kinds = me.get(url)
    assert {"refund", "return", "exchange"} == {
        link.partition("kind=")[2] for link, _words in kinds.links if "kind=" in link
    }
    checked = me.get(f"{url}?kind=return&step=check&units-0=1&reason={FAULT}&words=漏气")
    form = checked.form(url)
    data = dict(form.values) | {"pictures": (io.BytesIO(picture()), "漏气.jpg")}
    opened = me.post(url, data)
    assert opened.status == 200
    assert "漏气" in opened.text
    [case] = cases_in(shop)
    assert (case.kind, case.offered_minor) == ("return", 10_000)
    stocked(accept_case, case_id=case.id)
    page = me.get(f"/cases/{case.code}")
    assert "杭州市转塘街道 1 号" in page.text
    wrong = page.send(f"/cases/{case.code}/parcel", carrier="", tracking_number="YT1")
    assert wrong.status == 422
    assert "YT1" in wrong.html
    sent = wrong.send(f"/cases/{case.code}/parcel", carrier="yto", tracking_number="YT123")
    assert sent.status == 200
    assert "YT123" in sent.text
    stocked(receive_goods, case_id=case.id, restock=True)
    assert "¥100.00" in me.get(f"/cases/{case.code}").text
    assert case.number in me.get(f"/orders/{row.code}").text


def test_what_is_missing_is_said_and_what_was_typed_stays(bought, me, customer):
    row = bought(customer, 2, away=True)
    url = f"/orders/{row.code}/aftersale"
    nothing = me.get(f"{url}?kind=return&step=check&reason={FAULT}&words=漏气")
    assert (nothing.status, "漏气" in nothing.html) == (422, True)
    no_reason = me.get(f"{url}?kind=return&step=check&units-0=1")
    assert no_reason.status == 422
    too_many = me.get(f"{url}?kind=return&step=check&units-0=3&reason={FAULT}")
    assert too_many.status == 409
    odd = me.get(f"{url}?kind=gift&step=check&units-0=zwei")
    assert odd.status == 200


def test_amount_that_is_no_amount_is_refused_with_the_page(bought, me, customer, shop):
    row = bought(customer, 1, away=True)
    url = f"/orders/{row.code}/aftersale"
    checked = me.get(f"{url}?kind=refund&step=check&units-0=1&reason={FAULT}")
    for amount, status in (("viel", 422), ("112.01", 422), ("30", 200)):
        page = checked.send(url, amount=amount)
        assert page.status == status, amount
    assert [case.wanted_minor for case in cases_in(shop)] == [3_000]


def test_files_that_are_no_pictures_are_refused(bought, me, customer, shop, files):
    row = bought(customer, 1, away=True)
    url = f"/orders/{row.code}/aftersale"
    checked = me.get(f"{url}?kind=return&step=check&units-0=1&reason={FAULT}")
    fields = dict(checked.form(url).values)
    refused = me.post(url, fields | {"pictures": (io.BytesIO(b"MZ not a picture"), "a.jpg")})
    assert refused.status == 422
    assert cases_in(shop) == []


def test_after_the_window_the_shops_contact_stands_there_instead_of_a_button(
    bought, me, customer, clock, stocked, shop
):
    row = bought(customer, 1, away=True)
    clock.advance(days=16)
    page = me.get(f"/orders/{row.code}")
    assert not [link for link, _words in page.links if "/aftersale" in link]
    closed = me.get(f"/orders/{row.code}/aftersale?kind=return")
    assert closed.status == 200
    assert not [form for form in closed.forms if form.action == f"/orders/{row.code}/aftersale"]
    late = me.post(
        f"/orders/{row.code}/aftersale", {"kind": "return", "units-0": "1", "reason": FAULT, "case": ""}
    )
    assert late.status == 409
    assert cases_in(shop) == []


def test_double_click_is_one_case(bought, me, customer, shop):
    row = bought(customer, 2, away=True)
    url = f"/orders/{row.code}/aftersale"
    checked = me.get(f"{url}?kind=return&step=check&units-0=1&reason={FAULT}")
    first, second = checked.send(url, follow=False), checked.send(url, follow=False)
    assert first.location == second.location
    assert len(cases_in(shop)) == 1


def test_guest_with_the_browser_of_the_order_can_do_it_and_a_stranger_cannot(
    order_page, gateway, stocked, open_browser, shop
):
    code = order_page.path.split("/")[-1]
    assert order_page.send(f"/orders/{code}/cancel").status == 200
    stranger = open_browser()
    assert stranger.get(f"/orders/{code}/aftersale", follow=False).status == 303
    answer = stranger.post(f"/orders/{code}/cancel", {}, follow=False)
    assert answer.status == 303
    assert "/login" in answer.location


def test_case_and_its_pictures_are_for_their_buyer_only(
    bought, me, customer, shop, stocked, files, open_browser
):
    row = bought(customer, 1, away=True)
    url = f"/orders/{row.code}/aftersale"
    checked = me.get(f"{url}?kind=return&step=check&units-0=1&reason={FAULT}")
    fields = dict(checked.form(url).values)
    me.post(url, fields | {"pictures": (io.BytesIO(picture()), "a.jpg")})
    [case] = cases_in(shop)
    with shop_bound(shop, SYSTEM), reading():
        code = session().scalars(select(CasePicture.code)).one()
        path = session().scalars(select(CasePicture.path)).one()
    shown = me.get(f"/case-pictures/{code}?small=1")
    assert shown.status == 200
    stocked(make_customer, email="other@example.com")
    other = logged_in(open_browser(), "other@example.com")
    for address in (f"/cases/{case.code}", f"/case-pictures/{code}", url):
        assert other.get(address).status == 404
    assert open_browser().get(f"/case-pictures/{code}").status == 404
    assert me.get(f"/media/{path.partition('/')[2]}/full.jpg").status == 404
    assert other.post(f"/cases/{case.code}/withdraw", {}).status == 404
    gone = me.get(f"/cases/{case.code}").send(f"/cases/{case.code}/withdraw")
    assert gone.status == 200
    assert cases_in(shop)[0].state == "withdrawn"
