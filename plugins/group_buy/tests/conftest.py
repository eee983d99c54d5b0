"""What tests of group-buy share: a shop that has it on, goods, an activity and members."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from core.testing.buying import pay
from core.testing.goods import MadeProduct, make_product
from plugins.group_buy.tests.groups import Member, group_of, make_activity


@pytest.fixture(autouse=True)
def no_hook_fails(platform) -> Iterator[None]:
    """A block or hook that fails is left out quietly for buyers; no test may overlook that."""
    before = platform.dispatcher.health()["group_buy"].errors
    yield
    health = platform.dispatcher.health()["group_buy"]
    assert health.errors == before, f"{health.last_error_hook}: {health.last_error}"


@pytest.fixture
def tea_shop(platform, in_shop, enable):
    """The bound shop, with group-buy on."""
    enable(in_shop, "group_buy")
    return in_shop


@pytest.fixture
def tea(tea_shop) -> MadeProduct:
    """A product of two kinds: 12,800 and 14,800."""
    return make_product(title="安溪铁观音", prices=[12_800, 14_800])


@pytest.fixture
def activity(tea) -> UUID:
    """Three people, 8,900 for the first kind, 24 hours, at most two pieces each."""
    return make_activity(tea)


@pytest.fixture
def member(buyer, tea_shop) -> Callable[[], Member]:
    """`member()` is a new buyer with an account."""
    return lambda: Member(buyer())


@pytest.fixture
def open_group(member, activity, tea, gateway) -> Callable[..., str]:
    """`open_group()` is the code of a group whose leader has paid."""

    def make(activity_id: UUID = activity, variant_id: UUID = tea.variant_id, **more: Any) -> str:
        order_id = member().start(activity_id, variant_id, **more)
        pay(gateway, order_id)
        return group_of(order_id).code

    return make
