"""Coupons under pressure: parallel claimers, parallel checkouts, no coupon too many and none used twice."""

from collections import Counter

import pytest

from core.sdk.commands import reading
from core.sdk.reservations import pools
from core.testing.races import overlapping_pairs, race
from plugins.coupon.actions.claiming import claim_coupon
from plugins.coupon.actions.code_batches import make_public_code
from plugins.coupon.actions.redeeming import redeem_code
from plugins.coupon.domain import Standing
from plugins.coupon.pools import money_pool
from plugins.coupon.terms import Kind
from plugins.coupon.tests.people import make_campaign, standing


def codes_of(attempts):
    return Counter(getattr(one.error, "code", type(one.error).__name__) for one in attempts if one.error)


@pytest.mark.race
def test_32_claimers_get_the_ten_that_there_are(person):
    campaign = make_campaign(total=10)
    people = [person() for _ in range(32)]
    attempts = race([lambda who=who: who.claim(campaign) for who in people])
    assert overlapping_pairs(attempts) > 60
    assert sum(one.error is None for one in attempts) == 10
    assert codes_of(attempts) == {"coupon.all_given": 22}
    assert sum(len(who.wallet()) for who in people) == 10


@pytest.mark.race
def test_one_buyer_claiming_from_16_tabs_gets_the_two_of_the_limit(person):
    campaign, who = make_campaign(per_customer=2), person()
    attempts = race([lambda: who.claim(campaign)] * 16)
    assert overlapping_pairs(attempts) > 20
    assert codes_of(attempts) == {"coupon.had_yours": 14}
    assert len(who.wallet()) == 2


@pytest.mark.race
def test_random_values_never_exceed_their_budget(person):
    campaign = make_campaign(
        kind=Kind.RANDOM, value=0, threshold=0, least=1_00, most=9_00, random_total=40_00, per_customer=None
    )
    people = [person() for _ in range(32)]
    attempts = race([lambda who=who: who.claim(campaign) for who in people])
    given = [one.value.value for one in attempts if one.error is None]
    assert all(1_00 <= value <= 9_00 for value in given)
    assert 31_00 < sum(given) <= 40_00


@pytest.mark.race
def test_one_coupon_in_eight_checkouts_is_used_once_and_the_others_are_told(person, tea):
    who = person()
    coupon = who.claim(make_campaign())
    checkouts = [who.quoted((tea.variant_id, 2)) for _ in range(8)]
    assert {one.priced.discount_total for one in checkouts} == {30_00}
    attempts = race([lambda one=one: who.place(one) for one in checkouts])
    assert overlapping_pairs(attempts) > 5
    assert sum(one.error is None for one in attempts) == 1
    assert standing(coupon.id) is Standing.LOCKED
    # Nobody was charged more than they saw, and everybody reads why.
    said = codes_of(attempts)
    assert set(said) <= {"checkout.quote_changed", "checkout.refused", "coupon.in_use"}
    assert all(one.error.text for one in attempts if one.error)


@pytest.mark.race
def test_budget_for_five_is_used_by_five_of_16(person, tea):
    campaign = make_campaign(budget_minor=150_00)
    people = [person() for _ in range(16)]
    for who in people:
        who.claim(campaign)
    checkouts = [(who, who.quoted((tea.variant_id, 2))) for who in people]
    attempts = race([lambda who=who, one=one: who.place(one) for who, one in checkouts])
    used = sum(who.wallet()[0].standing is Standing.LOCKED for who in people)
    assert used == 5
    assert overlapping_pairs(attempts) > 10
    with reading():
        pool = next(iter(pools([money_pool(campaign, None).id]).values()))
    assert (pool.reserved, pool.capacity) == (150_00, 150_00)


@pytest.mark.race
@pytest.mark.parametrize(
    ("limit", "granted"),
    [
        ({"total": 7}, 7),
        ({"random_total": 21_07, "kind": Kind.RANDOM, "value": 0, "least": 3_00, "most": 3_01}, 7),
        ({"per_device": 7, "per_customer": None}, 7),
    ],
    ids=["in all", "random amounts", "a device"],
)
def test_32_claimers_at_every_counter_get_what_there_is(limit, granted, person):
    campaign = make_campaign(threshold=0, **limit)
    people = [person() for _ in range(32)]

    def claim(who):
        with who.acting:
            claim_coupon(campaign_id=campaign, device="device:one" if "per_device" in limit else "")

    attempts = race([lambda who=who: claim(who) for who in people])
    assert overlapping_pairs(attempts) > 60
    assert sum(one.error is None for one in attempts) == granted
    assert sum(len(who.wallet()) for who in people) == granted


@pytest.mark.race
@pytest.mark.parametrize("name", ["per_customer", "per_day"])
def test_32_claims_of_one_buyer_get_the_three_of_the_limit(name, person):
    limits = {"per_customer": None, name: 3}
    campaign, who = make_campaign(**limits), person()
    attempts = race([lambda: who.claim(campaign)] * 32)
    assert overlapping_pairs(attempts) > 60
    assert sum(one.error is None for one in attempts) == 3
    assert len(who.wallet()) == 3


@pytest.mark.race
def test_public_code_for_five_typed_by_32_people(person, coupon_shop):
    campaign = make_campaign(way="code")
    make_public_code(campaign_id=campaign, text="FORFIVE", max_uses=5)
    people = [person() for _ in range(32)]

    def redeem(who, number):
        with who.acting:
            redeem_code(code="forfive", seen_as=(f"address:{number}", f"device:{number}"))

    attempts = race([lambda who=who, n=n: redeem(who, n) for n, who in enumerate(people)])
    assert overlapping_pairs(attempts) > 60
    assert sum(one.error is None for one in attempts) == 5
    assert codes_of(attempts) == {"coupon.code_refused": 27}


@pytest.mark.race
@pytest.mark.parametrize("budget", ["budget_minor", "budget_day_minor", "budget_uses"])
def test_32_orders_at_every_budget_use_what_there_is(budget, person, tea):
    campaign = make_campaign(**{budget: 4 if budget == "budget_uses" else 120_00})
    people = [person() for _ in range(32)]
    for who in people:
        who.claim(campaign)
    checkouts = [(who, who.quoted((tea.variant_id, 2))) for who in people]
    attempts = race([lambda who=who, one=one: who.place(one) for who, one in checkouts])
    assert overlapping_pairs(attempts) > 60
    assert sum(who.wallet()[0].standing is Standing.LOCKED for who in people) == 4
    assert sum(one.error is None for one in attempts) == 4, "nobody pays more than they saw"
    assert all(one.error.text for one in attempts if one.error)


@pytest.mark.race
def test_two_checkouts_of_one_cart_use_a_coupon_once(person, tea):
    for _ in range(4):
        who = person()
        coupon = who.claim(make_campaign())
        first, second = (who.quoted((tea.variant_id, 2)) for _ in range(2))
        attempts = race(
            [lambda who=who, one=first: who.place(one), lambda who=who, one=second: who.place(one)]
        )
        assert sum(one.error is None for one in attempts) == 1
        assert standing(coupon.id) is Standing.LOCKED
