"""What the page cache gives to whom: the same page to everybody, nobody's cart, no other shop, nothing old for long."""

import re

import pytest
from sqlalchemy import update

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.catalog.models import Product
from core.commerce.shops.actions import update_shop
from core.kernel.command import command
from core.kernel.db import session
from core.testing.goods import make_customer, make_product
from core.testing.statements import count_statements
from tests.core.web.storefront.test_login import logged_in


@command("system")
def rename(handle, title):
    session().execute(update(Product).where(Product.handle == handle).values(title=title))


def test_second_visitor_gets_the_page_without_a_statement(open_browser, tea, parts):
    path = f"/products/{tea.handle}"
    first = open_browser().get(path)
    parts.frames.epochs.seconds = 60
    with count_statements() as sent:
        second = open_browser().get(path)
    parts.frames.epochs.seconds = 0.5
    assert len(sent) == 0
    assert parts.cache.hits
    assert second.text == first.text


def test_each_answer_has_its_own_nonce_and_time(open_browser, tea):
    pages = [open_browser().get("/") for _ in range(2)]
    nonces = [set(re.findall(r'nonce="([^"]+)"', page.html)) for page in pages]
    assert len(nonces[0]) == 1
    assert nonces[0] != nonces[1]
    for page, (nonce,) in zip(pages, nonces, strict=True):
        assert f"'nonce-{nonce}'" in page.headers["Content-Security-Policy"]
        assert "\ue000" not in page.html


def test_cart_of_one_visitor_never_shows_to_another(open_browser, tea):
    path, buying, other = f"/products/{tea.handle}", open_browser(), open_browser()
    buying.get(path)
    buying.get(path).send("/cart/add", quantity="7")
    mine, theirs = buying.get(path), other.get(path)
    assert 'class="count"' in mine.html
    assert 'class="count"' not in theirs.html
    assert "已加入购物车" not in theirs.text
    assert 'class="count"' in buying.get(path).html


def test_page_of_a_visitor_with_cart_or_login_is_not_kept(open_browser, tea, parts, stocked):
    path = f"/products/{tea.handle}"
    with_cart = open_browser()
    with_cart.get(path).send("/cart/add")
    with_login = logged_in(open_browser(), "buyer@example.com")
    parts.cache.forget()
    with_cart.get(path)
    with_login.get(path)
    assert len(parts.cache) == 0
    assert "buyer" not in open_browser().get(path).html


def test_pages_of_two_shops_and_two_languages_stay_apart(open_browser, stocked, other_shop):
    stocked(make_product, title="自己的", handle="same")
    stocked(make_product, title="Theirs", handle="same", at=other_shop)
    for _ in range(2):
        assert "自己的" in open_browser().get("/products/same").text
        assert "Theirs" in open_browser(other_shop).get("/products/same").text
        assert "加入购物车" in open_browser().get("/products/same").text
        assert "Add to cart" in open_browser().get("/products/same?lang=en").text


def test_change_that_moves_the_epoch_shows_at_once(open_browser, stocked, tea, parts):
    assert "旧公告" not in open_browser().get("/").text
    stocked(update_shop, changes={"announcement": "旧公告"})
    parts.frames.epochs.forget()  # half a second later
    assert "旧公告" in open_browser().get("/").text


def test_change_without_an_epoch_shows_when_the_page_is_old(open_browser, stocked, tea, parts):
    path = f"/products/{tea.handle}"
    open_browser().get(path)
    stocked(rename, tea.handle, "新名字")
    assert "新名字" not in open_browser().get(path).text
    parts.cache.forget()  # five seconds later
    assert "新名字" in open_browser().get(path).text


def test_plugin_switch_makes_new_pages(open_browser, tea, parts, shop, enable):
    open_browser().get("/")
    assert len(parts.cache) == 1
    enable(shop, "group_buy")
    open_browser().get("/")
    assert len(parts.cache) == 2


def test_parameters_that_mean_nothing_share_a_page_and_unknown_ones_are_not_kept(open_browser, tea, parts):
    for query in ("", "?utm_source=wechat", "?lang=zh-CN&fbclid=1"):
        open_browser().get(f"/products/{tea.handle}{query}")
    assert len(parts.cache) == 1
    for query in ("?group=abc", "?variant=a&variant=b", f"?variant={'x' * 300}"):
        open_browser().get(f"/products/{tea.handle}{query}")
    assert len(parts.cache) == 1
    open_browser().get(f"/products/{tea.handle}?variant={tea.variant_id}")
    assert len(parts.cache) == 2


def test_failures_and_redirects_are_not_kept(open_browser, tea, parts):
    stranger = open_browser()
    for path in ("/nothing", "/products/none", "/collections/none", "/policies/none", "/search?q=x&page=9"):
        stranger.get(path)
    assert len(parts.cache) <= 1  # the first page of the empty search
    assert "x" not in [key.path for key in parts.cache._pages]


@pytest.mark.parametrize("path", ["/cart", "/login", "/mailbox", "/account"])
def test_personal_pages_are_never_kept(open_browser, path, parts):
    page = open_browser().get(path)
    assert len(parts.cache) == 0
    assert "no" in page.headers["Cache-Control"]


class TestStatements:
    """How many statements a page needs that is not cached; the shop around it is known already."""

    @pytest.fixture(autouse=True)
    def warm(self, visitor, tea, parts):
        visitor.get("/")
        parts.frames.epochs.seconds = parts.frames.frames.seconds = 3600
        yield
        parts.frames.epochs.seconds, parts.frames.frames.seconds = 0.5, 5

    def statements(self, visitor, path, parts):
        visitor.get(path)
        parts.cache.forget()
        with count_statements() as sent:
            assert visitor.get(path).status == 200
        return len(sent)

    @pytest.mark.parametrize("count", [1, 3])
    def test_product_page_needs_four(self, visitor, stocked, parts, count):
        ids = [
            stocked(make_product, title=f"T{n}", handle=f"t{n}", prices=[100] * count).id
            for n in range(count + 1)
        ]
        stocked(save_collection, draft=CollectionDraft(title="C", handle="c", product_ids=tuple(ids)))
        assert self.statements(visitor, "/products/t0", parts) <= 4

    @pytest.mark.parametrize("count", [1, 3])
    def test_listings_need_three(self, visitor, stocked, parts, count):
        ids = [stocked(make_product, title=f"T{n}", prices=[100] * count).id for n in range(count)]
        stocked(save_collection, draft=CollectionDraft(title="C", handle="c", product_ids=tuple(ids)))
        parts.frames.forget()
        assert self.statements(visitor, "/collections/c", parts) <= 3
        assert self.statements(visitor, "/search?q=T", parts) <= 3
        assert self.statements(visitor, "/collections", parts) == 0

    @pytest.mark.parametrize("count", [1, 3])
    def test_home_page_needs_the_same_however_many_sections(self, visitor, stocked, parts, count):
        for n in range(count):
            stocked(make_product, title=f"T{n}")
        assert self.statements(visitor, "/", parts) <= 3


def test_customer_id_reaches_no_cached_page(open_browser, stocked, tea, parts):
    stocked(make_customer, email="a@example.com")
    logged_in(open_browser(), "a@example.com").get("/")
    assert len(parts.cache) == 0
