"""Buyers' programs at the two shops."""

from collections.abc import Callable

import pytest

from core.testing.goods import make_product, make_shipping
from core.web.api.store.rooms import make_store_api
from tests.core.web.api.store.program import Program


@pytest.fixture(scope="session")
def store_api(platform):
    return make_store_api(platform)


@pytest.fixture
def program(store_api, shop) -> Callable[..., Program]:
    """`program()` is a program without a token at the shop."""
    return lambda at=shop, token="": Program(store_api, at, token)


@pytest.fixture
def goods(in_shop):
    make_shipping()
    return make_product(title="安溪铁观音", prices=[12_800, 14_800], handle="tea")
