"""Rounds of fission: enough friends, and everybody has the coupon; nobody twice, nobody too many."""

import pytest

from core.testing.races import overlapping_pairs, race
from plugins.coupon.actions.rounds import join_round, start_round
from plugins.coupon.errors import CouponError
from plugins.coupon.tests.people import make_campaign


@pytest.fixture
def campaign(coupon_shop):
    return make_campaign(way="fission", fission_need=3, threshold=0)


def start(who, campaign):
    with who.acting:
        return start_round(campaign_id=campaign)


def join(who, code):
    with who.acting:
        return join_round(code=code)


def refusal(act):
    with pytest.raises(CouponError) as error:
        act()
    return error.value.code


def test_everybody_gets_the_coupon_when_the_third_joins(person, campaign):
    people = [person() for _ in range(4)]
    code = start(people[0], campaign)
    assert start(people[0], campaign) == code, "an open round is found again"
    assert join(people[1], code) is False
    assert people[0].wallet() == []
    assert refusal(lambda: join(people[1], code)) == "coupon.already_joined"
    assert refusal(lambda: join(people[0], code)) == "coupon.already_joined"
    assert join(people[2], code) is True
    assert [len(who.wallet()) for who in people] == [1, 1, 1, 0]
    assert refusal(lambda: join(people[3], code)) == "coupon.round_over"


def test_round_that_ran_out_gives_nothing(person, campaign, clock):
    one, two = person(), person()
    code = start(one, campaign)
    clock.advance(hours=24)
    assert refusal(lambda: join(two, code)) == "coupon.round_over"
    assert one.wallet() == []


@pytest.mark.race
def test_of_sixteen_joiners_two_fill_the_round(person, campaign):
    first = person()
    code = start(first, campaign)
    friends = [person() for _ in range(16)]
    attempts = race([lambda who=who: join(who, code) for who in friends])
    assert overlapping_pairs(attempts) > 10
    assert sum(one.error is None for one in attempts) == 2
    assert sum(len(who.wallet()) for who in [first, *friends]) == 3
