"""The host decides which shop answers; a host that is nobody's is never answered with another shop."""

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from core.testing import answers
from core.testing.browsers import ShopBrowser, host_of
from core.testing.goods import make_product
from core.web.hosts import host_name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Tea.Localhost:8000", "tea.localhost"),
        ("tea.localhost.", "tea.localhost"),
        ("TEA.localhost.:443", "tea.localhost"),
        ("[::1]:8000", "[::1]"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("茶.Example".encode().decode("latin-1"), "茶.example".encode("idna").decode()),
        ("\xff\xfe", "\xff\xfe"),
        ("", ""),
    ],
)
def test_host_is_compared_in_one_spelling(given, name):
    assert host_name({"HTTP_HOST": given}) == name


@pytest.mark.parametrize("spelling", ["{}", "{}:8000", "{}.", "{}.:80"])
def test_shop_answers_however_its_host_is_spelt(storefront, shop, spelling):
    host = host_of(shop)
    for written in (host, host.upper()):
        page = ShopBrowser(storefront, spelling.format(written)).get("/")
        assert (page.status, page.title) == (200, shop.name)


def test_international_host_is_found_in_its_ascii_form(storefront, shop):
    answers.hosts["茶.example".encode("idna").decode()] = shop
    answer = storefront.test_client().get("/", headers={"Host": "茶.example".encode().decode("latin-1")})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["nobody.localhost", "evil.example", "a.b.c.d", "-", "xn--", "tea localhost", "\xff"]
)
def test_unknown_host_is_421_and_shows_no_shop(storefront, shop, host):
    host_of(shop)
    for path in ("/", "/cart", "/x/group-buy/", "/media/x", "/theme/starter/x/starter.css"):
        chunks, status, headers = run_wsgi_app(storefront, create_environ(path, headers={"Host": host}))
        assert status.startswith("421")
        assert shop.name not in b"".join(chunks).decode()
        assert "Set-Cookie" not in headers


def test_unknown_host_speaks_the_language_of_the_browser(storefront):
    def title(language):
        client = storefront.test_client()
        return client.get("/", headers={"Host": "no.localhost", "Accept-Language": language}).text

    assert "这个地址没有店铺" in title("zh-CN,zh;q=0.9")
    assert "There is no shop at this address" in title("de, en;q=0.5")


def test_post_to_an_unknown_host_is_421(storefront):
    answer = storefront.test_client().post(
        "/cart/add", data={"variant_id": "x"}, headers={"Host": "no.localhost"}
    )
    assert answer.status_code == 421


def test_forwarded_host_is_not_believed_without_a_proxy(visitor, other_shop, shop):
    host_of(other_shop)
    page = visitor.get("/", X_Forwarded_Host=f"{other_shop.handle}.localhost")
    assert page.title == shop.name


def test_two_shops_with_the_same_handle_of_a_product_show_their_own(open_browser, stocked, other_shop):
    stocked(make_product, title="自己的茶", handle="same")
    stocked(make_product, title="Their mug", handle="same", at=other_shop)
    assert "自己的茶" in open_browser().get("/products/same").text
    assert "Their mug" in open_browser(other_shop).get("/products/same").text
