"""What a buyer chooses among at the checkout and afterwards: by browser, without JavaScript, as a page or a code to scan."""

import pytest

from core.commerce.payments.actions.accounts import save_account, switch_account, switch_test_payments
from core.kernel.tenancy import SYSTEM, shop_bound
from core.rendering.qr_codes import qr_path
from core.testing.gateway_fake import gateway_added, provider
from tests.core.web.storefront.conftest import ADDRESS

TYPED = {"account": "acct-7", "key": "sk_a_long_secret_4711", "notification_secret": ""}
IN_WECHAT = "Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0.50"
PHONE = "Mozilla/5.0 (Linux; Android 14) Mobile"
PLACE = "提交订单"


@pytest.fixture
def giro(shop, gateway, platform):
    """A gateway with all methods beside the test gateway; WeChat Pay begins with a code."""
    with gateway_added(one := provider(methods=("card", "wechat_pay", "alipay"))):
        one.addresses["wechat_pay"] = "weixin://wxpay/bizpayurl?pr="
        with shop_bound(shop, SYSTEM):
            switch_account(account_id=save_account(gateway="giro", mode="test", typed=TYPED), on=True)
        yield one


@pytest.fixture
def placed(giro, at_checkout):
    """`placed("giro:card")` places the order that way; the answer is not followed."""

    def place(way):
        return at_checkout.send(at_checkout.path, button=PLACE, follow=False, payment=way, **ADDRESS)

    return place


def scan_page(answer):
    return answer.browser.get(answer.location.partition(answer.browser.host)[2] or answer.location)


def test_checkout_names_the_ways_in_the_shops_order_with_the_first_ticked(giro, at_checkout):
    html = at_checkout.html
    places = [
        html.index(f'value="{way}"') for way in ("giro:card", "giro:wechat_pay", "giro:alipay", "test:page")
    ]
    assert places == sorted(places)
    for words in ("银行卡", "微信支付", "支付宝", "测试支付"):
        assert words in at_checkout.text
    assert html.count('name="payment"') == 4
    assert "icons.svg" in html
    assert "#i-alipay" in html


def test_chosen_way_leads_to_its_gateway(placed, giro, gateway):
    answer = placed("giro:alipay")
    assert answer.status == 303
    assert answer.location.startswith("https://test.example/")
    assert giro.payments[0].request.method == "alipay"
    assert gateway.payments == []


def test_inside_wechat_only_what_works_there_is_offered(giro, at_checkout):
    page = at_checkout.browser.get(at_checkout.path, user_agent=IN_WECHAT)
    assert 'value="giro:alipay"' not in page.html
    assert 'value="giro:wechat_pay"' in page.html
    assert 'value="giro:alipay"' in at_checkout.browser.get(at_checkout.path, user_agent=PHONE).html


def test_address_of_an_app_is_drawn_as_a_code_that_waits(placed, giro):
    answer = placed("giro:wechat_pay")
    page = scan_page(answer)
    address = f"weixin://wxpay/bizpayurl?pr={giro.payments[0].gateway_ref}"
    assert qr_path(address)[0] in page.html
    assert "用微信支付扫码" in page.text
    assert '<meta http-equiv="refresh" content="3">' in page.html
    assert "<time" in page.html
    # Another way is one press away, without JavaScript; this one is not offered again.
    assert 'value="giro:card"' in page.html
    assert 'value="giro:wechat_pay"' not in page.html
    assert address not in page.html
    giro.capture(giro.payments[0].request.reference)
    paid = page.browser.get(page.path)
    assert paid.path.startswith("/orders/")
    assert "已付款" in paid.text


def test_phone_is_led_into_the_app(placed, giro, at_checkout):
    page = scan_page(placed("giro:wechat_pay"))
    on_phone = page.browser.get(page.path, user_agent=PHONE)
    assert "打开应用" in on_phone.text
    assert "weixin://wxpay/" in on_phone.html


def test_another_way_closes_the_code(placed, giro, gateway):
    page = scan_page(placed("giro:wechat_pay"))
    answer = page.send(page.path.removesuffix("/scan"), follow=False, payment="test:page")
    assert answer.location.endswith(gateway.payments[0].gateway_ref)
    assert giro.payments[0].status == "cancelled"


def test_failed_payment_offers_every_way_again(placed, giro, at_checkout):
    placed("giro:card")
    reference = giro.payments[0].request.reference
    giro.decline(reference)
    asked = giro.payments[0].request
    code = asked.return_url.split("/")[-2]
    page = at_checkout.browser.get(f"/pay/{code}/return")
    assert "这次没有付成" in page.text
    for way in ("giro:card", "giro:wechat_pay", "giro:alipay", "test:page"):
        assert f'value="{way}"' in page.html
    again = page.send(f"/orders/{code}/pay", follow=False, payment="giro:alipay")
    assert again.location.startswith("https://test.example/")
    assert giro.payments[-1].request.method == "alipay"


def test_payment_that_is_under_way_is_waited_for(placed, giro):
    page = scan_page(placed("giro:wechat_pay"))
    giro.begin(giro.payments[0].request.reference)
    answer = page.send(page.path.removesuffix("/scan"), payment="giro:card")
    assert "这笔订单正在付款" in answer.text
    assert len(giro.payments) == 1


def test_shop_without_a_way_says_so_and_keeps_the_order(at_checkout, shop, gateway):
    with shop_bound(shop, SYSTEM):
        switch_test_payments(on=False)
    page = at_checkout.send(at_checkout.path, button=PLACE, **ADDRESS)
    assert page.path.startswith("/orders/")
    assert "店铺暂时没有可在这里使用的付款方式" in page.text


def test_code_of_an_order_that_is_paid_or_strange_is_not_drawn(placed, giro, open_browser, other_shop):
    page = scan_page(placed("giro:wechat_pay"))
    assert open_browser(other_shop).get(page.path).status == 404
    giro.capture(giro.payments[0].request.reference)
    assert page.browser.get(page.path).path == page.path.removesuffix("/pay/scan")
