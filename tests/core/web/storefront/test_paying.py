"""From the order to the money: on to the gateway, back from it, and what happens when it fails, is slow or away."""

from typing import ClassVar

import pytest
from sqlalchemy import select

from core.commerce.orders.models import Order
from core.kernel.db import app_engine, reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.gateway_fake import FakeGateway, gateway_in_use
from core.testing.goods import make_pickup_point, make_product
from tests.core.web.storefront.conftest import ADDRESS

PLACE = "提交订单"


def the_order(shop):
    with shop_bound(shop, SYSTEM), reading():
        return session().scalars(select(Order)).one()


def reference(gateway):
    return gateway.payments[-1].request.reference


def back(page):
    """Where the gateway sends this order's browser."""
    return page.path.replace("/orders/", "/pay/") + "/return"


def test_unpaid_order_says_until_when_and_leads_to_the_gateway(order_page, gateway):
    assert "等待付款" in order_page.text
    gone = order_page.send(f"{order_page.path}/pay", follow=False)
    assert gone.status == 303
    assert gone.location.endswith(gateway.payments[0].gateway_ref)
    assert len(gateway.payments) == 1


def test_gateway_is_told_where_to_send_the_browser_and_in_which_language(order_page, gateway):
    asked = gateway.payments[0].request
    assert asked.return_url == f"http://{order_page.browser.host}{back(order_page)}"
    assert asked.locale == "zh-CN"
    assert "T10001" in asked.description


def test_coming_back_fetches_the_truth_without_a_notification(order_page, gateway, shop):
    gateway.capture(reference(gateway))
    page = order_page.browser.get(back(order_page))
    assert page.path == order_page.path
    assert "已付款" in page.text
    assert the_order(shop).financial == "paid"


def test_slow_gateway_shows_a_page_that_looks_again_by_itself(order_page, gateway, shop):
    gateway.begin(reference(gateway))
    page = order_page.browser.get(back(order_page))
    assert "正在等付款结果" in page.text
    assert '<meta http-equiv="refresh" content="3">' in page.html
    assert (back(order_page), "再看一次") in page.links or back(order_page) in [
        href for href, _ in page.links
    ]
    gateway.capture(reference(gateway))
    assert "已付款" in order_page.browser.get(back(order_page)).text


def test_declined_payment_is_said_and_a_new_attempt_is_offered(order_page, gateway, shop):
    gateway.decline(reference(gateway))
    page = order_page.browser.get(back(order_page))
    assert "这次没有付成" in page.text
    assert "没有扣款" in page.text
    gone = page.send(f"{order_page.path}/pay", follow=False)
    assert gone.status == 303
    assert len(gateway.payments) == 2
    gateway.capture(reference(gateway))
    assert "已付款" in page.browser.get(back(order_page)).text
    assert the_order(shop).financial == "paid"


def test_gateway_that_is_away_leaves_the_order_and_a_way_to_try_again(at_checkout, gateway, shop):
    gateway.fail_next("start_payment", times=2)
    page = at_checkout.send(at_checkout.path, button=PLACE, **ADDRESS)
    assert page.path.startswith("/orders/")
    assert 'class="note error"' in page.html
    assert the_order(shop).financial == "unpaid"
    again = page.send(f"{page.path}/pay")
    assert again.path == page.path
    assert page.send(f"{page.path}/pay", follow=False).location.startswith("http://127.0.0.1:8001/pay/")
    assert len(gateway.payments) == 1


def test_gateway_that_says_no_is_quoted_in_words(at_checkout, gateway):
    gateway.fail_next("start_payment", refused="account_closed")
    page = at_checkout.send(at_checkout.path, button=PLACE, **ADDRESS)
    assert "account_closed" in page.text
    assert page.form(f"{page.path}/pay").buttons


def test_gateway_away_while_coming_back_keeps_waiting(order_page, gateway):
    gateway.fail_next("payment_state")
    page = order_page.browser.get(back(order_page))
    assert page.status == 200
    assert "正在等付款结果" in page.text


def test_pay_page_names_amount_and_deadline(order_page):
    page = order_page.browser.get(f"{order_page.path}/pay")
    assert "还差一步：付款" in page.text
    assert "¥ 140.00" in page.text
    assert page.form(f"{order_page.path}/pay").buttons[0].label == "去付款 ¥140.00"


def test_paid_order_cannot_be_paid_again(order_page, gateway):
    gateway.capture(reference(gateway))
    order_page.browser.get(back(order_page))
    assert order_page.browser.get(f"{order_page.path}/pay").path == order_page.path
    page = order_page.browser.post(f"{order_page.path}/pay")
    assert page.path == order_page.path
    assert (
        "不需要付款" in page.text or "无需" in page.text or "没有需要付款" in page.text or "付款" in page.text
    )
    assert len(gateway.payments) == 1


def test_order_closes_after_its_time_and_says_so(order_page, gateway, clock, run_jobs):
    clock.advance(minutes=31)
    assert "付款时间已过" in order_page.browser.get(order_page.path).text
    run_jobs()
    page = order_page.browser.get(order_page.path)
    assert "订单已关闭" in page.text
    assert not [form for form in page.forms if form.action.endswith("/pay")]


def test_order_whose_time_is_over_is_not_offered_for_payment_while_it_closes(order_page, gateway, clock):
    """Nobody is sent to a page that can only say no."""
    pay = f"{order_page.path}/pay"
    clock.advance(minutes=31)
    page = order_page.browser.get(order_page.path)
    assert "付款时间已过" in page.text
    assert pay not in page.html
    assert order_page.browser.get(pay).path == order_page.path


def test_late_payment_of_a_closed_order_comes_back_and_is_shown(order_page, gateway, clock, run_jobs, shop):
    gateway.begin(reference(gateway))
    clock.advance(minutes=31)
    run_jobs()
    gateway.capture(reference(gateway))
    page = order_page.browser.get(back(order_page))
    run_jobs()
    page = order_page.browser.get(order_page.path)
    assert "¥140.00" in page.text
    assert "退款到账" in page.text


def test_free_order_needs_no_payment(visitor, stocked, gateway):
    stocked(make_pickup_point)
    gift = stocked(make_product, title="赠品", prices=[0])
    page = visitor.get(f"/products/{gift.handle}").send("/cart/add", button="checkout")
    page = page.send(page.path, button=PLACE, pickup_name="小王", pickup_phone="13900000000")
    assert page.path.startswith("/orders/")
    assert "已付款，备好即可来取" in page.text
    assert not gateway.payments


@pytest.mark.parametrize("path", ["/pay/nothing/return", "/orders/nothing", "/orders/nothing/pay"])
def test_unknown_code_is_missing(visitor, path):
    assert visitor.get(path).status == 404


def test_whoever_has_the_link_may_pay(order_page, open_browser, gateway):
    friend = open_browser()
    page = friend.get(order_page.path)
    assert page.send(f"{order_page.path}/pay", follow=False).status == 303
    assert len(gateway.payments) == 1


def test_form_may_lead_to_the_gateway(order_page):
    policy = order_page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8001" in policy


class WatchedGateway(FakeGateway):
    """Notes how many database connections are in use while it is asked."""

    held: ClassVar[list[int]] = []

    def payment_state(self, *arguments, **named):
        self.held.append(app_engine().pool.checkedout())
        return super().payment_state(*arguments, **named)


def test_no_connection_is_held_while_the_gateway_is_asked(at_checkout, shop):
    watched = WatchedGateway()
    with gateway_in_use(watched):
        at_checkout.send(at_checkout.path, button=PLACE, follow=False, **ADDRESS)
        at_checkout.browser.get(f"/pay/{the_order(shop).code}/return")
    assert watched.held == [0]
