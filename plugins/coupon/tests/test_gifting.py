"""Giving a coupon away: once, whole, to one person; and back if nobody takes it."""

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from core.testing.races import overlapping_pairs, race
from plugins.coupon.actions.gifting import accept_gift, offer_gift, withdraw_gift
from plugins.coupon.domain import Standing
from plugins.coupon.errors import CouponError
from plugins.coupon.queries.wallet import coupons_of
from plugins.coupon.tests.people import make_campaign, standing


def offer(who, coupon_id):
    with who.acting:
        return offer_gift(instance_id=coupon_id)


def accept(who, token):
    with who.acting:
        return accept_gift(token=token)


def refusal(act):
    with pytest.raises(CouponError) as error:
        act()
    return error.value.code


@pytest.fixture
def campaign(coupon_shop):
    return make_campaign(gift=True, threshold=0, per_customer=None)


def test_a_gift_makes_one_hop_and_is_worth_the_same(person, campaign, tea):
    giver, friend, third = person(), person(), person()
    coupon = giver.claim(campaign)
    token = offer(giver, coupon.id)
    assert standing(coupon.id) is Standing.OFFERED
    assert giver.off((tea.variant_id, 1)) == 0
    assert refusal(lambda: accept(giver, token)) == "coupon.own_gift"
    got = accept(friend, token)
    assert standing(coupon.id) is Standing.GIVEN
    assert friend.off((tea.variant_id, 1)) == 30_00
    assert giver.off((tea.variant_id, 1)) == 0
    assert refusal(lambda: accept(third, token)) == "coupon.gift_gone"
    assert refusal(lambda: offer(friend, got)) == "coupon.not_giftable"


def test_nobody_gathers_gifts(person, campaign, clock):
    one, two, friend = person(), person(), person()
    first, second = offer(one, one.claim(campaign).id), offer(two, two.claim(campaign).id)
    accept(friend, first)
    assert refusal(lambda: accept(friend, second)) == "coupon.had_today"


def test_offer_ends_after_a_day_or_when_it_is_taken_back(person, campaign, tea, clock):
    giver, friend = person(), person()
    coupon = giver.claim(campaign)
    token = offer(giver, coupon.id)
    with giver.acting:
        withdraw_gift(instance_id=coupon.id)
    assert refusal(lambda: accept(friend, token)) == "coupon.gift_gone"
    token = offer(giver, coupon.id)
    clock.advance(hours=24)
    assert refusal(lambda: accept(friend, token)) == "coupon.gift_gone"
    assert giver.off((tea.variant_id, 1)) == 30_00


def test_used_locked_and_other_peoples_coupons_cannot_be_given(person, campaign, tea):
    giver, other = person(), person()
    coupon = giver.claim(campaign)
    assert refusal(lambda: offer(other, coupon.id)) == "coupon.not_yours"
    giver.order((tea.variant_id, 1))
    assert refusal(lambda: offer(giver, coupon.id)) == "coupon.not_yours"
    plain = giver.claim(make_campaign(group="plain"))
    assert refusal(lambda: offer(giver, plain.id)) == "coupon.not_giftable"


@pytest.mark.race
def test_of_twelve_friends_one_gets_the_gift(person, campaign):
    giver = person()
    token = offer(giver, giver.claim(campaign).id)
    friends = [person() for _ in range(12)]
    attempts = race([lambda who=who: accept(who, token) for who in friends])
    assert overlapping_pairs(attempts) > 5
    assert sum(one.error is None for one in attempts) == 1


@pytest.mark.race
def test_giving_and_using_at_once_does_one_of_both(person, campaign, tea):
    giver = person()
    coupon = giver.claim(campaign)
    quoted = giver.quoted((tea.variant_id, 1))
    attempts = race([lambda: giver.place(quoted), lambda: offer(giver, coupon.id)])
    assert sum(one.error is None for one in attempts) == 1
    assert standing(coupon.id) in (Standing.LOCKED, Standing.OFFERED)


def test_wallet_shows_what_holds_however_much_has_run_out(person, coupon_shop, clock):
    who = person()
    old = make_campaign(threshold=0, per_customer=None)
    for _ in range(3):
        who.claim(old)
    last_year = who.wallet()[0].valid_to - now()
    clock.advance(seconds=last_year.total_seconds() + 60)
    fresh = who.claim(make_campaign(threshold=0, per_customer=None))
    with reading():
        assert [one.id for one in coupons_of(who.id, limit=1)] == [fresh.id]
        assert len(coupons_of(who.id)) == 4
