"""A whole purchase by links and forms alone, paid at the real test gateway over HTTP."""

import re
import threading
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.serving import make_server

from core.app import connect
from core.platform import Platform
from core.rendering import engine
from core.testing import answers
from core.testing.browsers import ShopBrowser, host_of
from core.testing.gateway.server import in_thread
from core.web.storefront.application import make_storefront
from core.web.storefront.limits import limiter
from core.web.webhooks.blueprint import webhooks
from tests.core.web.storefront.conftest import ADDRESS


@contextmanager
def serving(app):
    """`app` on a free port, in a thread."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def real_payments(platform, storefront):
    """The storefront with the test gateway as a service beside it, and our webhooks where it reports."""
    notified = Flask("platform")
    notified.register_blueprint(webhooks)
    with serving(notified) as port, in_thread() as gateway:
        settings = replace(platform.settings, port=port, test_gateway_url=gateway.base_url)
        real = Platform(settings, platform.registry, platform.dispatcher)
        connect(real, [answers])
        limiter.reset()
        yield make_storefront(real)
        engine.configure(strict=True)
    connect(platform, [answers])


def choose(address, choice):
    """What the payer presses on the gateway's page; where its answer leads."""
    form = urlencode({"choice": choice, "delay": ""}).encode()

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_arguments):
            return None

    try:
        answer = urllib.request.build_opener(Stay).open(urllib.request.Request(address, form), timeout=10)
    except urllib.error.HTTPError as redirected:
        answer = redirected
    return answer.headers.get("Location", "")


def to_the_gateway(browser, tea):
    """From the product by links and buttons to the gateway; its address."""
    page = browser.get("/").follow_link("明前龙井")
    page = page.send("/cart/add", button="加入购物车")
    page = page.follow_link("购物车").send("/cart", button="去结算")
    page = page.send(page.path, button="更新金额", **ADDRESS)
    gone = page.send("/checkout/", button="提交订单", follow=False)
    assert gone.status == 303, gone.text
    return gone.location


def test_purchase_that_succeeds(real_payments, shop, tea, run_jobs):
    browser = ShopBrowser(real_payments, host_of(shop))
    back = urlsplit(choose(to_the_gateway(browser, tea), "succeed"))
    assert back.netloc == browser.host
    page = browser.get(back.path)
    assert page.path.startswith("/orders/")
    assert "已付款，店家正在备货" in page.text
    run_jobs()
    assert "已付款" in browser.get(page.path).text


def test_payer_who_never_returns_is_known_by_the_notification(
    real_payments, shop, tea, run_jobs, gateway_told
):
    browser = ShopBrowser(real_payments, host_of(shop))
    address = to_the_gateway(browser, tea)
    assert choose(address, "never_returns").startswith("/pay/")
    assert gateway_told(shop)
    run_jobs()
    code = order_code(browser)
    assert "已付款" in browser.get(f"/orders/{code}").text


def test_declined_payment_can_be_tried_again(real_payments, shop, tea):
    browser = ShopBrowser(real_payments, host_of(shop))
    page = browser.get(urlsplit(choose(to_the_gateway(browser, tea), "decline")).path)
    assert "这次没有付成" in page.text
    again = page.send(page.form("/orders/").action, follow=False).location
    assert "已付款" in browser.get(urlsplit(choose(again, "succeed")).path).text


def test_double_notification_pays_once(real_payments, shop, tea, run_jobs, gateway_told):
    browser = ShopBrowser(real_payments, host_of(shop))
    page = browser.get(urlsplit(choose(to_the_gateway(browser, tea), "twice")).path)
    assert gateway_told(shop)
    run_jobs()
    assert browser.get(page.path).text.count("已收款 ¥140.00") == 1


def order_code(browser):
    """The code of the order that this browser's checkout became."""
    from sqlalchemy import select

    from core.commerce.orders.models import Order
    from core.kernel.db import reading, session
    from core.kernel.tenancy import SYSTEM, shop_bound

    with shop_bound(answers.hosts[browser.host], SYSTEM), reading():
        return session().scalars(select(Order.code)).one()


@pytest.fixture
def gateway_told():
    """Waits until the gateway's notification is stored; False when it never comes."""
    import time

    from sqlalchemy import func, select

    from core.commerce.payments.models import GatewayNotice
    from core.kernel.db import reading, session
    from core.kernel.tenancy import SYSTEM, shop_bound

    def wait(shop):
        for _ in range(100):
            with shop_bound(shop, SYSTEM), reading():
                if session().scalar(select(func.count()).select_from(GatewayNotice)):
                    return True
            time.sleep(0.1)
        return False

    return wait


def test_pages_need_no_script_to_be_complete(visitor, tea):
    html = re.sub(r"<script.*?</script>", "", visitor.get(f"/products/{tea.handle}").html, flags=re.DOTALL)
    assert "onclick" not in html
    assert "javascript:" not in html
