"""What tests of coupons share: a shop that has them on, goods, buyers with an account, and campaigns."""

from collections.abc import Callable, Iterator

import pytest

from core.testing.goods import MadeProduct, make_product
from plugins.coupon.tests.people import Person


@pytest.fixture(autouse=True)
def no_hook_fails(request) -> Iterator[None]:
    """A block or hook that fails is left out quietly for buyers; no test may overlook that."""
    if "platform" not in request.fixturenames:
        yield
        return
    platform = request.getfixturevalue("platform")
    before = platform.dispatcher.health()["coupon"].errors
    yield
    health = platform.dispatcher.health()["coupon"]
    assert health.errors == before, f"{health.last_error_hook}: {health.last_error}"


@pytest.fixture
def coupon_shop(platform, in_shop, enable):
    """The bound shop, with coupons on."""
    enable(in_shop, "coupon")
    return in_shop


@pytest.fixture
def tea(coupon_shop) -> MadeProduct:
    """Tea at 100.00."""
    return make_product(title="铁观音", prices=[100_00])


@pytest.fixture
def cup(coupon_shop) -> MadeProduct:
    """A cup at 60.00."""
    return make_product(title="品茗杯", prices=[60_00])


@pytest.fixture
def person(buyer, coupon_shop) -> Callable[[], Person]:
    """`person()` is a new buyer with an account."""
    return lambda: Person(buyer())
