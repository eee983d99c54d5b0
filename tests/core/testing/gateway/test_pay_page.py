"""Integration: the hosted page as a browser without JavaScript sees it."""

import re

import pytest

BACK = "http://tea.localhost:8000/checkout/back?order=T1001"


def buttons(text: str) -> list[str]:
    return re.findall(r'<button[^>]*name="choice" value="(\w+)"', text)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("zh-CN", ('lang="zh-CN"', "不动真钱", "¥10.00", "还可支付 15 分钟", "银行拒付", "English")),
        ("en", ('lang="en"', "no real money", "CN¥10.00", "Open for another 15 minutes", "中文")),
        ("zh_Hans_SG", ("不动真钱",)),
        ("fr-FR", ("no real money",)),
        ("", ("no real money",)),
    ],
)
def test_page_speaks_the_payers_language(merchant, browse, locale, words):
    page = browse("GET", merchant.start(locale=locale).redirect_url)
    assert page.status == 200
    assert [word for word in words if word not in page.text] == []


def test_other_language_is_one_link_away_and_stays(merchant, browse):
    url = merchant.start(locale="zh-CN").redirect_url
    assert 'href="?lang=en"' in browse("GET", url).text
    page = browse("GET", f"{url}?lang=en")
    assert "no real money" in page.text
    (action,) = re.findall(r'action="([^"]+)"', page.text)
    assert action.endswith("?lang=en")
    answer = browse("POST", f"{url}?lang=en", {"choice": "never_returns"})
    assert answer.headers["location"].endswith("?lang=en")


def test_browsers_language_decides_where_the_payment_names_none(merchant, browse):
    url = merchant.start(locale="").redirect_url
    assert "不动真钱" in browse("GET", url, **{"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.1"}).text


def test_page_offers_six_ways_and_one_way_out(merchant, browse):
    page = browse("GET", merchant.start().redirect_url)
    assert buttons(page.text) == ["succeed", "decline", "slow", "never_returns", "twice", "late"]
    assert f'href="{BACK}"' in page.text


def test_page_needs_no_script_and_loads_nothing_from_elsewhere(merchant, browse, gateway):
    page = browse("GET", merchant.start().redirect_url)
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert re.findall(r'(?:src|href)="(?:https?:)?//(?!tea\.localhost)[^"]*"', page.text) == []
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    for asset in re.findall(r'href="(/static/[^"]+)"', page.text):
        assert browse("GET", gateway.base_url + asset).status == 200


def test_description_is_shown_as_text(merchant, browse):
    page = browse("GET", merchant.start(description="<img src=x onerror=alert(1)>").redirect_url)
    assert "<img" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.text


@pytest.mark.parametrize(
    ("choice", "status"), [("succeed", "captured"), ("twice", "captured"), ("decline", "failed")]
)
def test_decision_brings_the_browser_back_to_the_shop(merchant, choice, status):
    start = merchant.start()
    assert merchant.press(start, choice).headers["location"] == BACK
    assert merchant.status(start) == status


def test_payer_who_never_returns_is_shown_no_way_back(merchant, browse):
    start = merchant.start()
    page = browse("GET", after(start, merchant.press(start, "never_returns")))
    assert "已付款，页面已关" in page.text
    assert BACK not in page.text
    assert merchant.status(start) == "captured"


def test_slow_bank_keeps_the_page_waiting_and_then_sends_it_back(merchant, browse, clock):
    clock.freeze()
    start = merchant.start()
    url = after(start, merchant.press(start, "slow"))
    page = browse("GET", url)
    assert '<meta http-equiv="refresh" content="2">' in page.text
    assert merchant.status(start) == "pending"
    clock.advance(seconds=1)
    answer = browse("GET", url)
    assert (answer.status, answer.headers["location"]) == (303, BACK)
    assert merchant.status(start) == "captured"


def test_late_payer_pays_when_the_time_has_come(merchant, browse, clock):
    start = merchant.start()
    page = browse("GET", after(start, merchant.press(start, "late", delay="3600")))
    assert "约 60 分钟后自动扣款" in page.text
    clock.advance(minutes=59)
    assert merchant.status(start) == "pending"
    assert merchant.cancel(start) == "pending"
    clock.advance(minutes=2)
    assert merchant.status(start) == "captured"


def test_late_payer_pays_by_the_button_after_the_payment_expired(merchant, browse, clock):
    start = merchant.start()
    page = browse("GET", after(start, merchant.press(start, "late", delay="")))
    assert buttons(page.text) == ["pay_now"]
    clock.advance(days=3)
    assert merchant.status(start) == "pending"
    assert merchant.press(start, "pay_now").headers["location"] == BACK
    assert merchant.status(start) == "captured"


@pytest.mark.parametrize("delay", ["1e9", "-5", "x", "60; DROP TABLE payment"])
def test_delay_that_is_not_offered_counts_as_a_minute(merchant, clock, delay):
    start = merchant.paid("late", delay=delay)
    clock.advance(seconds=61)
    assert merchant.status(start) == "captured"


def test_second_press_changes_nothing(merchant, shop):
    start = merchant.start()
    merchant.press(start, "succeed")
    for choice in ("decline", "succeed", "twice", "pay_now"):
        assert merchant.press(start, choice).status == 303
    shop.wait_for(1)
    assert shop.nothing_more()
    assert merchant.status(start) == "captured"


def test_decision_while_the_payment_is_under_way_changes_nothing(merchant):
    start = merchant.paid("late", delay="")
    for choice in ("decline", "succeed", "slow"):
        merchant.press(start, choice)
    assert merchant.status(start) == "pending"


@pytest.mark.parametrize("choice", ["", "steal", "pay_now"])
def test_press_that_is_not_offered_changes_nothing(merchant, choice):
    start = merchant.start()
    merchant.press(start, choice)
    assert merchant.status(start) == "pending"


def test_closed_payment_says_why_and_takes_no_money(merchant, browse):
    start = merchant.start(locale="en")
    merchant.cancel(start)
    page = browse("GET", start.redirect_url)
    assert "The shop closed this payment. Nothing was charged." in page.text
    assert buttons(page.text) == []
    merchant.press(start, "succeed")
    assert merchant.status(start) == "cancelled"


def test_expired_payment_says_so(merchant, browse, clock):
    start = merchant.start(locale="en")
    clock.advance(minutes=16)
    assert "Nobody paid in time. Nothing was charged." in browse("GET", start.redirect_url).text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_payment_is_a_plain_page(gateway, browse, method):
    form = {"choice": "succeed"} if method == "POST" else None
    page = browse(method, f"{gateway.base_url}/pay/pay_nothing?lang=en", form)
    assert page.status == 404
    assert "No such payment" in page.text


def test_front_page_says_what_this_is(gateway, browse):
    assert "The test gateway is running" in browse("GET", f"{gateway.base_url}/?lang=en").text
    assert browse("GET", f"{gateway.base_url}/health").text == "ok\n"


def after(start, answer) -> str:
    """The absolute address of a redirect to the page itself."""
    root = start.redirect_url.partition("/pay/")[0]
    return root + answer.headers["location"]
