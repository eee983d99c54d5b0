"""Browsers at two shops' storefronts, served by the real application."""

from collections.abc import Callable
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from core.kernel.db import Base, TenantTable
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from core.rendering import engine
from core.rendering.theme import install_themes
from core.testing.browsers import Page, ShopBrowser, host_of
from core.testing.goods import make_product, make_shipping
from core.web.storefront.application import Storefront, make_storefront, storefront_parts
from core.web.storefront.limits import limiter
from themes.catalog import installed_themes

ADDRESS = {
    "name": "林知夏",
    "phone": "13800000000",
    "region": "浙江省",
    "city": "杭州市西湖区",
    "line1": "转塘街道 1 号",
}


@pytest.fixture(scope="session")
def storefront(platform) -> Storefront:
    """The buyers' application; templates are strict, so that a name that does not exist fails the test."""
    install_themes(installed_themes())
    app = make_storefront(platform)
    engine.configure(strict=True)
    return app


@pytest.fixture
def parts(storefront):
    return storefront_parts(storefront)


@pytest.fixture
def fresh(parts):
    """Nothing of an earlier test is remembered."""
    limiter.reset()
    parts.cache.forget()
    parts.frames.forget()


@pytest.fixture
def open_browser(storefront, fresh, shop) -> Callable[..., ShopBrowser]:
    """`open_browser()` is a new browser at `shop`; `open_browser(other_shop)` at another one."""

    def open_one(at: ShopScope | None = None, *, scheme: str = "http") -> ShopBrowser:
        return ShopBrowser(storefront, host_of(at or shop), scheme=scheme)

    return open_one


@pytest.fixture
def visitor(open_browser) -> ShopBrowser:
    """A browser at `shop`."""
    return open_browser()


@pytest.fixture
def stocked(shop, platform):
    """`stocked(function, …, at=shop)` runs a factory as the system in a shop."""

    def run(factory, *arguments, at=None, **named):
        with shop_bound(at or shop, SYSTEM):
            return factory(*arguments, **named)

    return run


@pytest.fixture
def tea(stocked):
    """A product at ¥128 with 100 pieces, and a way to send it."""
    stocked(make_shipping)
    return stocked(make_product)


@pytest.fixture
def at_checkout(visitor, tea) -> Page:
    """The checkout page of one piece of tea, bought at once."""
    return visitor.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")


@pytest.fixture
def order_page(at_checkout, gateway) -> Page:
    """The page of an order that was placed and not paid."""
    gone = at_checkout.send(at_checkout.path, button="提交订单", follow=False, **ADDRESS)
    assert gone.status == 303, gone.text
    code = gateway.payments[-1].request.return_url.split("/")[-2]
    return at_checkout.browser.get(f"/orders/{code}")


@pytest.fixture
def unchanged(owner_engine):
    """`with unchanged(shop, …):` every row of these shops is the same afterwards; `but` names tables that may grow."""

    @contextmanager
    def watch(*shops, but=()):
        before = [snapshot(one) for one in shops]
        yield
        for one, rows in zip(shops, before, strict=True):
            now = snapshot(one)
            assert {name for name in rows if rows[name] != now[name]} <= set(but)

    def snapshot(shop):
        with owner_engine.connect() as connection:
            return {
                mapper.class_.__tablename__: connection.execute(
                    text(
                        f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text))"
                        f" FROM {mapper.local_table} t WHERE shop_id = :shop"
                    ),
                    {"shop": shop.shop_id},
                ).one()
                for mapper in Base.registry.mappers
                if issubclass(mapper.class_, TenantTable)
            }

    return watch
