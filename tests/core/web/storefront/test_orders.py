"""Order pages: whole for the owner, masked for others, in the shop's zone and the reader's language; and the account."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from core.commerce.fulfilment.actions import ship_order
from core.commerce.orders.models import Order, OrderHold, OrderLine
from core.commerce.payments.actions.deadlines import end_pool
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units
from core.commerce.reservations.actions import ensure_pools
from core.commerce.reservations.models import Pool
from core.commerce.reservations.values import NewPool, pool_id
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import Buyer, pay
from core.testing.goods import make_customer, make_product, make_shipping
from tests.core.web.storefront.conftest import ADDRESS
from tests.core.web.storefront.test_login import logged_in


@pytest.fixture
def placed(stocked, shop, gateway):
    """`placed(customer_id, …)` places and pays an order through the actions; returns it."""
    method = stocked(make_shipping)
    tea = stocked(make_product)

    def place(customer=None, *, quantity=1, paid=True):
        def run():
            who = Buyer(customer, {"kind": "method", "id": str(method)})
            order = who.order([(tea.variant_id, quantity)])
            if paid:
                pay(gateway, order.order_id)
            return order

        return stocked(run)

    return place


def line_key(order_id, shop):
    with shop_bound(shop, SYSTEM), reading():
        return session().scalars(select(OrderLine.key).where(OrderLine.order_id == order_id)).one()


def test_owner_sees_all_and_a_stranger_with_the_link_sees_it_masked(order_page, open_browser):
    stranger = open_browser().get(order_page.path)
    for page in (order_page, stranger):
        assert page.status == 200
        assert "明前龙井" in page.text
        assert "T10001" in page.text
    assert "林知夏 138****0000" in order_page.text
    assert ADDRESS["line1"] in order_page.text
    assert "林** 138****0000" in stranger.text
    assert "浙江省杭州市西湖区" in stranger.text
    for secret in (ADDRESS["line1"], "林知夏", "13800000000"):
        assert secret not in stranger.html


def test_customer_sees_the_own_order_in_every_browser(placed, open_browser, stocked):
    customer = stocked(make_customer, email="a@example.com")
    order = placed(customer)
    assert "林知夏" in logged_in(open_browser(), "a@example.com").get(f"/orders/{order.code}").text
    assert "林知夏" not in logged_in(open_browser(), "b@example.com").get(f"/orders/{order.code}").text


def test_order_of_another_shop_is_missing(placed, open_browser, other_shop):
    order = placed()
    there = open_browser(other_shop)
    missing = there.get("/orders/nothing")
    for path in (f"/orders/{order.code}", f"/orders/{order.code}/pay", f"/pay/{order.code}/return"):
        page = there.get(path)
        assert (page.status, page.text) == (404, missing.text)
    assert there.post(f"/orders/{order.code}/pay").status == 404


def test_timeline_speaks_the_readers_language_in_the_shops_zone(stocked, placed, open_browser, clock):
    clock.freeze(datetime(2026, 3, 1, 18, 30, tzinfo=UTC))
    order = placed()
    chinese = open_browser().get(f"/orders/{order.code}")
    assert "已收款 ¥140.00" in chinese.text
    assert "3月2日 02:30" in chinese.text
    english = open_browser().get(f"/orders/{order.code}?lang=en")
    assert "¥140.00 was paid." in english.text
    assert "Mar 2, 02:30" in english.text


def test_price_is_explained_and_ends_in_what_was_paid(placed, visitor):
    text = visitor.get(f"/orders/{placed(quantity=3).code}").text
    assert "商品原价 384.00" in text
    assert "运费 顺丰 ¥12.00、满 ¥299.00 包邮 0.00" in text
    assert "合计 ¥384.00" in text


def test_shipped_order_shows_its_parcel(placed, visitor, stocked, shop):
    order = placed()
    units = {line_key(order.order_id, shop): 1}
    stocked(ship_order, order_id=order.order_id, units=units, carrier="sf", tracking_number="SF123")
    page = visitor.get(f"/orders/{order.code}")
    assert "已发货" in page.text
    assert "顺丰速运" in page.text
    assert "SF123" in page.text
    assert "明前龙井 × 1" in page.text


def test_refund_shows_each_step_each_line_and_the_sum(placed, visitor, stocked, shop, run_jobs):
    order = placed(quantity=2)
    key = line_key(order.order_id, shop)
    seen = stocked(preview_refund, order_id=order.order_id, wanted={key: 1}, include_shipping=False)
    stocked(
        refund_units, order_id=order.order_id, wanted={key: 1}, include_shipping=False, reason="漏发",
        confirmed_amount=seen.amount,
    )  # fmt: skip
    page = visitor.get(f"/orders/{order.code}")
    assert "退款 ¥128.00" in page.text
    assert "店家发起退款" in page.text
    assert "漏发" in page.text
    assert "通常几分钟内" in page.text
    run_jobs()
    page = visitor.get(f"/orders/{order.code}")
    assert "已退 1 件" in page.text
    assert "退款到账" in page.text
    assert "通常几分钟内" not in page.text
    stocked(cancel_order, order_id=order.order_id)
    page = visitor.get(f"/orders/{order.code}")
    assert "T10001-R1" in page.text
    assert "T10001-R2" in page.text


def test_refused_refund_says_that_somebody_looks(placed, visitor, stocked, gateway, run_jobs):
    order = placed()
    gateway.next_refunds("failed", retry=False)
    stocked(cancel_order, order_id=order.order_id)
    assert "正在退款 ¥140.00" in visitor.get(f"/orders/{order.code}").text
    run_jobs()
    assert "退款遇到问题" in visitor.get(f"/orders/{order.code}").text


@command("system")
def hold(order_id, until):
    ensure_pools([NewPool("test", "group", "g", None)])
    session().flush()
    session().get(Pool, (session().shop_id, pool_id("test", "group", "g"))).deadline = until
    session().add(
        OrderHold(
            order_id=order_id, pool_id=pool_id("test", "group", "g"), plugin="test", state="waiting", release_by=until,
            reason={"message": "Waiting for %(n)s more.", "params": {"n": 2}},
        )
    )  # fmt: skip
    session().get(Order, (session().shop_id, order_id)).holds_open = 1


def test_held_order_says_why_and_until_when(placed, visitor, stocked, clock):
    clock.freeze(datetime(2026, 3, 1, 4, 0, tzinfo=UTC))
    order = placed()
    stocked(hold, order.order_id, datetime(2026, 3, 2, 12, 8, tzinfo=UTC))
    page = visitor.get(f"/orders/{order.code}")
    assert "Waiting for 2 more." in page.text
    assert "3月2日 20:08" in page.text
    clock.freeze(datetime(2026, 3, 2, 12, 9, tzinfo=UTC))
    stocked(lambda: end_pool(pool_id=pool_id("test", "group", "g")))
    page = visitor.get(f"/orders/{order.code}")
    assert "正在退款 ¥140.00 Waiting for 2 more." in page.text
    assert "%(" not in page.text


def test_account_lists_the_own_orders_by_how_they_stand(placed, open_browser, stocked, parts):
    mine = stocked(make_customer, email="a@example.com")
    theirs = stocked(make_customer, email="b@example.com")
    paid, unpaid, foreign = placed(mine), placed(mine, paid=False), placed(theirs)
    me = logged_in(open_browser(), "a@example.com")
    account = me.get("/account")
    assert "待付款 1" in account.text
    assert foreign.number not in account.text
    everything = me.get("/account/orders")
    assert paid.number in everything.text
    assert unpaid.number in everything.text
    assert foreign.number not in everything.text
    open_ones = everything.follow_link("待付款")
    assert unpaid.number in open_ones.text
    assert paid.number not in open_ones.text
    assert me.get("/account/orders?view='; DROP").status == 200
    assert (f"/orders/{unpaid.code}/pay") in [href for href, _ in open_ones.links]


def test_list_does_not_offer_payment_of_an_order_that_is_closing(placed, open_browser, stocked, clock):
    mine = stocked(make_customer, email="a@example.com")
    unpaid = placed(mine, paid=False)
    me = logged_in(open_browser(), "a@example.com")
    pay_at = f"/orders/{unpaid.code}/pay"
    assert pay_at in me.get("/account/orders").html
    clock.advance(minutes=31)
    closing = me.get("/account/orders")
    assert unpaid.number in closing.text
    assert pay_at not in closing.html


def test_orders_are_paged(placed, open_browser, stocked):
    mine = stocked(make_customer, email="a@example.com")
    numbers = [placed(mine, paid=False).number for _ in range(11)]
    me = logged_in(open_browser(), "a@example.com")
    first = me.get("/account/orders")
    assert numbers[-1] in first.text
    assert numbers[0] not in first.text
    assert numbers[0] in first.follow_link("下一页").text
    assert me.get("/account/orders?page=99").status == 200


@pytest.mark.parametrize("path", ["/account", "/account/orders", "/account/orders?view=unpaid"])
def test_account_asks_for_a_log_in_and_comes_back(visitor, path):
    page = visitor.get(path)
    assert page.path.startswith("/login?next=")
    assert page.form("/login").values["next"] == path


def test_customer_session_of_another_shop_shows_nothing_here(placed, open_browser, other_shop, stocked):
    stocked(make_customer, email="a@example.com")
    here = logged_in(open_browser(), "a@example.com")
    there = open_browser(other_shop)
    there.client.set_cookie("session", here.cookie("session"), domain=there.host)
    assert there.get("/account").path.startswith("/login")


def test_guest_finds_the_order_after_logging_in_with_the_same_number_in_the_same_browser(
    order_page, open_browser
):
    assert "T10001" in logged_in(order_page.browser, "138 0000 0000").get("/account/orders").text
    assert "T10001" in logged_in(open_browser(), "13800000000").get("/account/orders").text


@pytest.mark.parametrize("contact", ["13900000000", "a@example.com"])
def test_guest_order_with_another_contact_stays_nobodys(order_page, contact):
    assert "T10001" not in logged_in(order_page.browser, contact).get("/account/orders").text
    assert "林知夏" in order_page.browser.get(order_page.path).text


def test_guest_order_of_another_browser_stays_nobodys(order_page, open_browser):
    assert "T10001" not in logged_in(open_browser(), "13800000000").get("/account/orders").text
