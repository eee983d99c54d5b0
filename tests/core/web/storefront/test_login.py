"""Logging in by code, staying on the own shop's pages, logging out, the demo's mailbox."""

import re

import pytest

from core.platform import Platform
from core.rendering import engine
from core.testing.browsers import ShopBrowser, host_of
from core.web.storefront.application import make_storefront
from core.web.storefront.limits import limiter


def newest_code(browser):
    """The code in the newest message of the mailbox."""
    return re.search(r"\b\d{6}\b", browser.get("/mailbox").text)[0]


def logged_in(browser, contact, *, back="/"):
    """`browser`, logged in through the pages."""
    page = browser.get("/login", query={"next": back}).send("/login", contact=contact)
    page.send("/login/code", code=newest_code(browser))
    assert browser.cookie("session")
    return browser


@pytest.mark.parametrize(
    "contact", ["buyer@example.com", "138 0000 0000", "１３８００００００００", " Buyer@Example.COM "]
)
def test_code_logs_in_and_leads_back(visitor, contact):
    page = visitor.get("/account/orders")
    assert page.path == "/login?next=%2Faccount%2Forders"
    page = page.send("/login", contact=contact)
    assert "输入验证码" in page.text
    assert contact not in page.text
    done = page.send("/login/code", code=newest_code(visitor))
    assert done.path == "/account/orders"
    assert "欢迎" in done.text
    assert "欢迎" not in visitor.get("/account").text


def test_second_log_in_is_the_same_customer(open_browser):
    for _ in range(2):
        page = logged_in(open_browser(), "buyer@example.com").get("/account")
        assert "b***@example.com" in page.text
    assert "已登录" not in page.text


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\tevil",
        "/a\nSet-Cookie: x=1",
        "///evil.example",
        "",
        "/%0a%0d",
        "http:evil.example",
    ],
)
def test_next_leads_nowhere_else(visitor, open_browser, target):
    page = visitor.get("/login", query={"next": target[:1500]})
    values = page.form("/login").values
    assert values.get("next", "/").startswith("/")
    assert not values.get("next", "/").startswith(("//", "/\\"))
    page = page.send("/login", contact="a@example.com", next=target)
    gone = page.send("/login/code", code=newest_code(visitor), next=target, follow=False)
    assert gone.status == 303
    assert re.fullmatch(r"/(%0a%0d)?", gone.location)
    assert "x" not in gone.headers.getlist("Set-Cookie")
    again = visitor.get("/login", query={"next": target[:1500]}, follow=False)
    assert re.fullmatch(r"/(%0a%0d)?", again.location)
    left = open_browser().get("/lang", query={"to": "en", "next": target[:1500]}, follow=False)
    assert re.fullmatch(r"/(%0a%0d)?", left.location)


def test_next_that_is_too_long_leads_home(visitor):
    page = visitor.get("/login").send("/login", contact="a@example.com")
    gone = page.send("/login/code", code=newest_code(visitor), next="/" + "a" * 3000, follow=False)
    assert gone.location == "/"


def test_wrong_code_is_refused_in_words_and_the_right_one_still_works(visitor):
    page = visitor.get("/login").send("/login", contact="a@example.com")
    code = newest_code(visitor)
    wrong = page.send("/login/code", code="000000" if code != "000000" else "111111")
    assert wrong.status == 422
    assert "验证码" in wrong.text
    assert not visitor.cookie("session")
    assert wrong.send("/login/code", code=code).path == "/"
    assert visitor.cookie("session")


def test_code_is_dead_after_five_wrong_tries(visitor):
    page = visitor.get("/login").send("/login", contact="a@example.com")
    code = newest_code(visitor)
    wrong = "000000" if code != "000000" else "111111"
    answers = [page.send("/login/code", code=wrong).status for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert page.send("/login/code", code=code).status == 429
    assert not visitor.cookie("session")


@pytest.mark.parametrize(
    "contact", ["", "nobody", "a@b", "12", "'; DROP TABLE", "a" * 300 + "@example.com", "😀@😀", "١٣٨٠٠٠"]
)
def test_odd_contact_is_refused_in_words(visitor, contact, unchanged, shop):
    page = visitor.get("/login")
    with unchanged(shop):
        refused = page.send("/login", contact=contact)
    assert refused.status == 422
    assert "邮箱" in refused.text


def test_code_of_another_shop_opens_nothing(open_browser, other_shop):
    here, there = open_browser(), open_browser(other_shop)
    page = here.get("/login").send("/login", contact="a@example.com")
    there.get("/login").send("/login", contact="a@example.com")
    code = newest_code(there)
    if code != newest_code(here):
        assert page.send("/login/code", code=code).status == 422
    there_token = logged_in(open_browser(other_shop), "b@example.com").cookie("session")
    here.client.set_cookie("session", there_token, domain=here.host)
    assert here.get("/account").path.startswith("/login")


def test_too_many_codes_from_one_address_are_refused_with_a_way_on(visitor):
    statuses = [
        visitor.post("/login", {"contact": f"a{n % 20}x{n // 20}@example.com"}).status for n in range(61)
    ]
    assert statuses == [200] * 60 + [429]
    page = visitor.post("/login", {"contact": "z@example.com"})
    assert "有点太快" in page.text
    assert page.headers["Retry-After"]


def test_too_many_codes_for_one_contact_are_refused(visitor):
    statuses = [visitor.post("/login", {"contact": "a@example.com"}).status for n in range(6)]
    assert statuses == [200] * 5 + [429]


def test_log_out_ends_the_session_and_leaves_nothing_behind(visitor, tea):
    logged_in(visitor, "a@example.com")
    visitor.get(f"/products/{tea.handle}").send("/cart/add")
    token = visitor.cookie("session")
    visitor.get("/account").send("/logout")
    assert [visitor.cookie(name) for name in ("session", "cart", "browser")] == [""] * 3
    visitor.client.set_cookie("session", token, domain=visitor.host)
    assert visitor.get("/account").path.startswith("/login")


def test_log_out_needs_a_form_of_this_shop(visitor):
    logged_in(visitor, "a@example.com")
    assert visitor.get("/logout").status == 405
    assert visitor.post("/logout", Origin="https://evil.example", Sec_Fetch_Site="cross-site").status == 403
    assert visitor.get("/account").path == "/account"


@pytest.mark.parametrize(
    ("scheme", "name", "secure"), [("http", "session", False), ("https", "__Host-session", True)]
)
def test_cookies_are_host_only_and_out_of_reach_of_scripts(open_browser, scheme, name, secure):
    browser = open_browser(scheme=scheme)
    page = browser.get("/login").send("/login", contact="a@example.com")
    done = page.send("/login/code", code=newest_code(browser), follow=False)
    (cookie,) = [one for one in done.headers.getlist("Set-Cookie") if one.startswith(f"{name}=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert ("Secure" in cookie) == secure


@pytest.mark.parametrize("value", ["x", "x" * 1000, "\x01", "é", "%00", "' OR 1=1"])
def test_made_up_session_is_nobody(visitor, value):
    visitor.client.set_cookie("session", value, domain=visitor.host)
    visitor.client.set_cookie("cart", value, domain=visitor.host)
    visitor.client.set_cookie("browser", value, domain=visitor.host)
    visitor.client.set_cookie("notice", value, domain=visitor.host)
    visitor.client.set_cookie("lang", value, domain=visitor.host)
    assert visitor.get("/account").path.startswith("/login")
    assert visitor.get("/cart").status == 200


def test_mailbox_shows_only_this_shops_messages(open_browser, other_shop):
    open_browser(other_shop).get("/login").send("/login", contact="secret@example.com")
    assert "secret" not in open_browser().get("/mailbox").text


def test_mailbox_is_missing_outside_of_the_demo(platform, storefront, shop):
    from dataclasses import replace

    real = Platform(replace(platform.settings, demo=False), platform.registry, platform.dispatcher)
    app = make_storefront(real)
    engine.configure(strict=True)
    limiter.reset()
    browser = ShopBrowser(app, host_of(shop))
    assert browser.get("/mailbox").status == 404
    assert "/mailbox" not in browser.get("/").html
    assert "/mailbox" not in browser.get("/login").html
