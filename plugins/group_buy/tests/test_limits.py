"""Limits per order, day, address, phone and over all activities, and for whom an activity is; every counter is raced."""

import pytest

from core.testing.buying import pay
from core.testing.goods import tag_customer
from core.testing.races import overlapping_pairs, race
from plugins.group_buy.actions.activities import close_activity
from plugins.group_buy.domain.rules import Rules, distinct_payers
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.pools import address_key, payer_key
from plugins.group_buy.tests.groups import make_activity


def activity_with(tea, **rules):
    return make_activity(tea, limit_per_customer=None, rules=Rules(**rules))


def refused_code(call):
    with pytest.raises(GroupBuyError) as refused:
        call()
    return refused.value.code


def test_one_order_has_no_more_than_its_limit(tea, member):
    activity = activity_with(tea, per_order=2)
    assert member().start(activity, tea.variant_id, quantity=2)
    assert (
        refused_code(lambda: member().start(activity, tea.variant_id, quantity=3)) == "group_buy.limit_order"
    )


def test_limit_of_a_day_begins_anew_the_next_day(tea, member, gateway, clock):
    activity, who = activity_with(tea, per_day=2), member()
    pay(gateway, who.start(activity, tea.variant_id, quantity=2))
    assert refused_code(lambda: who.start(activity, tea.variant_id)) == "group_buy.limit_day"
    clock.advance(days=1)
    assert who.start(activity, tea.variant_id)


def test_day_of_a_limit_is_the_shops_own(tea, member, gateway, clock, tea_shop):
    """In Shanghai it is past midnight when it is still yesterday in Greenwich."""
    assert str(tea_shop.zone) == "Asia/Shanghai"
    there = clock().astimezone(tea_shop.zone)
    clock.advance(seconds=(there.replace(hour=23, minute=50) - there).total_seconds() % 86_400)
    activity, who = activity_with(tea, per_day=1), member()
    pay(gateway, who.start(activity, tea.variant_id))
    assert refused_code(lambda: who.start(activity, tea.variant_id)) == "group_buy.limit_day"
    clock.advance(minutes=15)
    assert who.start(activity, tea.variant_id)


def test_limit_of_a_product_counts_earlier_activities(tea, member, gateway):
    first, who = activity_with(tea), member()
    pay(gateway, who.start(first, tea.variant_id, quantity=2))
    close_activity(activity_id=first, groups="finish")
    second = activity_with(tea, per_product=3)
    assert refused_code(lambda: who.start(second, tea.variant_id, quantity=2)) == "group_buy.limit_product"
    assert who.start(second, tea.variant_id)


@pytest.mark.race
@pytest.mark.parametrize("limit", ["per_address", "per_payer"])
def test_32_accounts_that_send_to_one_address_or_pay_with_one_phone_get_its_limit(tea, member, limit):
    """Every buyer of these tests types the same address and phone number."""
    activity = activity_with(tea, **{limit: 3})
    people = [member() for _ in range(32)]
    attempts = race([lambda who=who: who.start(activity, tea.variant_id) for who in people])
    assert overlapping_pairs(attempts) > 60
    assert sum(one.error is None for one in attempts) == 3


@pytest.mark.race
def test_eight_orders_of_one_buyer_at_once_get_the_days_limit(tea, member):
    activity, who = activity_with(tea, per_day=2), member()
    attempts = race([lambda: who.start(activity, tea.variant_id)] * 8)
    assert overlapping_pairs(attempts)
    assert sum(one.error is None for one in attempts) == 2


def test_activity_for_a_segment_is_for_nobody_else(tea, member, gateway, run_jobs):
    activity = activity_with(tea, audience="never_bought")
    who = member()
    assert who.start(activity, tea.variant_id)
    pay(gateway, who.who.order([(tea.variant_ids[1], 1)]).order_id)
    run_jobs()
    assert refused_code(lambda: who.start(activity, tea.variant_id)) == "group_buy.not_for_you"


def test_activity_for_a_tag_is_for_those_who_have_it(tea, member):
    activity = activity_with(tea, audience="tag:老友")
    friend, stranger = member(), member()
    tag_customer(friend.id, "老友")
    assert friend.start(activity, tea.variant_id)
    assert refused_code(lambda: stranger.start(activity, tea.variant_id)) == "group_buy.not_for_you"


def test_activity_of_a_deleted_segment_is_for_nobody(tea, member):
    activity = activity_with(tea, audience="00000000-0000-0000-0000-000000000001")
    assert refused_code(lambda: member().start(activity, tea.variant_id)) == "group_buy.not_for_you"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"region": "浙江省", "city": "杭州市", "line1": "西湖区 1 号"},
            {"region": "浙江省", "city": "杭州市", "line1": "西湖区1号"},
        ),
        ({"line1": "Main St. 5"}, {"line1": "main st 5"}),
    ],
)
def test_address_is_the_same_however_it_is_written(one, other):
    assert address_key(one) == address_key(other) != ""


def test_phone_is_the_same_with_and_without_its_country():
    assert payer_key({"phone": "+86 138 0000 0000"}) == payer_key({"phone": "13800000000"})
    assert payer_key({"email": " A@b.cn"}) == "a@b.cn"


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([], 0),
        ([{"account": "1", "phone": "1"}, {"account": "2", "phone": "2"}], 2),
        ([{"account": "1", "phone": "1"}, {"account": "2", "phone": "1"}], 1),
        (
            [
                {"account": "1", "address": "a"},
                {"account": "2", "address": "a"},
                {"account": "3", "address": "b"},
            ],
            2,
        ),
    ],
)
def test_whatever_repeats_counts_once(people, expected):
    assert distinct_payers(people) == expected
