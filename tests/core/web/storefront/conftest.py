"""Browsers at two shops' storefronts, served by the real application."""

from collections.abc import Callable, Iterator

import pytest

from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from core.rendering import engine
from core.rendering.theme import install_themes
from core.testing.browsers import ShopBrowser, host_of
from core.web.storefront.application import Storefront, make_storefront, storefront_parts
from core.web.storefront.limits import limiter
from themes.catalog import installed_themes


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


@pytest.fixture(autouse=True)
def fresh(storefront) -> Iterator[None]:
    """Nothing of an earlier test is remembered."""
    limiter.reset()
    found = storefront_parts(storefront)
    found.cache.forget()
    found.frames.forget()
    yield


@pytest.fixture
def open_browser(storefront, shop) -> Callable[..., ShopBrowser]:
    """`open_browser()` is a new browser at `shop`; `open_browser(other_shop)` at another one."""

    def open_one(at: ShopScope | None = None, *, scheme: str = "http") -> ShopBrowser:
        return ShopBrowser(storefront, host_of(at or shop), scheme=scheme)

    return open_one


@pytest.fixture
def browser(open_browser) -> ShopBrowser:
    return open_browser()


@pytest.fixture
def stocked(shop):
    """`stocked(function, …)` runs a factory as the system in `shop`."""

    def run(factory, *arguments, **named):
        with shop_bound(named.pop("at", shop), SYSTEM):
            return factory(*arguments, **named)

    return run
