"""Buyers are asked to share within the caps: of each buyer in a week, of the shop in a day."""

import pytest

from core.commerce.sharing.actions import save_sharing, take_prompt
from core.commerce.sharing.queries import sharing_settings
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_customer
from core.testing.races import overlapping_pairs, race


def allowed(**caps):
    save_sharing(
        **{"prompts_per_week": 2, "prompts_per_day": None, "wechat_app_id": "", "wechat_secret": "", **caps}
    )


def asked(customer, times):
    return [take_prompt(customer_id=customer) for _ in range(times)]


def test_buyer_is_asked_twice_a_week_unless_the_shop_says_otherwise(in_shop, clock):
    ann, bob = make_customer(), make_customer()
    assert asked(ann, 3) == [True, True, False]
    assert asked(bob, 1) == [True]
    clock.advance(days=6, hours=23)
    assert asked(ann, 1) == [False]
    clock.advance(hours=2)
    assert asked(ann, 3) == [True, True, False]
    allowed(prompts_per_week=0)
    assert asked(make_customer(), 1) == [False]


def test_shop_is_not_loud_on_one_day(in_shop, clock):
    allowed(prompts_per_day=3)
    people = [make_customer() for _ in range(5)]
    assert [take_prompt(customer_id=one) for one in people] == [True, True, True, False, False]
    # Who was not asked for the shop's sake has not used up their own share.
    clock.advance(days=1)
    assert asked(people[4], 3) == [True, True, False]


def test_caps_of_one_shop_are_not_those_of_another(platform, shop, other_shop):
    with shop_bound(shop, SYSTEM):
        allowed(prompts_per_week=1)
        assert asked(make_customer(), 2) == [True, False]
    with shop_bound(other_shop, SYSTEM), reading():
        assert sharing_settings().prompts_per_week == 2
    with shop_bound(other_shop, SYSTEM):
        assert asked(make_customer(), 3) == [True, True, False]


@pytest.mark.race
def test_pages_opened_at_once_ask_as_often_as_allowed(in_shop):
    allowed(prompts_per_week=3, prompts_per_day=3)
    ann = make_customer()
    attempts = race([lambda: take_prompt(customer_id=ann)] * 8)
    assert sorted(one.value for one in attempts) == [False] * 5 + [True] * 3
    assert overlapping_pairs(attempts) > 5
