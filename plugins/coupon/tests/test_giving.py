"""Who gets a coupon: limits, audience, control group, triggers; and what stops a leak."""

import pytest

from core.sdk.commands import command, reading
from core.sdk.customers import CustomerRegistered, RewardEarned, record
from core.sdk.errors import InputRefused, NotFound
from core.testing.buying import cancel_order, pay
from plugins.coupon.actions.campaigns import publish_campaign, save_campaign
from plugins.coupon.actions.giving import give_to_audience
from plugins.coupon.domain import Standing
from plugins.coupon.errors import CouponError
from plugins.coupon.holdout import is_held_out
from plugins.coupon.queries import numbers
from plugins.coupon.queries.campaigns import campaign as campaign_view
from plugins.coupon.queries.campaigns import offers_for
from plugins.coupon.queries.numbers import return_on
from plugins.coupon.tests.people import make_campaign, plan


def refusal(act):
    with pytest.raises(CouponError) as error:
        act()
    return error.value.code


def test_limits_per_customer_and_day(person, coupon_shop, clock):
    campaign = make_campaign(per_customer=2, per_day=1)
    who = person()
    who.claim(campaign)
    assert refusal(lambda: who.claim(campaign)) == "coupon.had_today"
    clock.advance(days=1)
    who.claim(campaign)
    clock.advance(days=1)
    assert refusal(lambda: who.claim(campaign)) == "coupon.had_yours"
    with reading():
        assert [one.way for one in offers_for(who.id)] == ["have"]


def test_refused_claim_leaves_nothing_counted(person, coupon_shop):
    """The total is used up: whoever is refused has still their own limit."""
    campaign = make_campaign(total=1)
    first, second = person(), person()
    first.claim(campaign)
    assert refusal(lambda: second.claim(campaign)) == "coupon.all_given"
    save_campaign(campaign_id=campaign, plan=plan(total=2))
    assert second.claim(campaign)


def test_only_the_audience_is_offered_and_given_a_coupon(person, coupon_shop, tea, gateway, run_jobs):
    campaign = make_campaign(audience="never_bought")
    new, old = person(), person()
    pay(gateway, old.order((tea.variant_id, 1)))
    run_jobs()
    assert refusal(lambda: old.claim(campaign)) == "coupon.not_for_you"
    assert new.claim(campaign)
    with reading():
        assert offers_for(old.id) == []


def test_control_group_is_never_offered_the_coupon_and_measures_what_it_brings(
    person, coupon_shop, tea, gateway, run_jobs, monkeypatch
):
    campaign = make_campaign(holdout_points=5_000, threshold=0)
    people = [person() for _ in range(12)]
    out = [who for who in people if is_held_out(campaign, who.id, 5_000)]
    offered = [who for who in people if who not in out]
    assert out, "with twelve people and half of them, one is in it (1 in 4096 that none is)"
    for who in out:
        assert refusal(lambda who=who: who.claim(campaign)) == "coupon.not_for_you"
    for who in offered[:2]:
        who.claim(campaign)
        pay(gateway, who.order((tea.variant_id, 2)))
    with reading():
        found = return_on(campaign_view(campaign), 60_00)
    # SQL and Python agree on who is in which group.
    assert (found.offered, found.control) == (len(offered), len(out))
    assert found.control_each == 0
    assert found.extra > 0
    assert found.points is None, "twelve people are too few to tell"
    monkeypatch.setattr(numbers, "LEAST_PEOPLE", 1)
    with reading():
        enough = return_on(campaign_view(campaign), 60_00)
        losing = return_on(campaign_view(campaign), found.extra * 2)
        assert return_on(campaign_view(campaign), 0).points is None, "nothing was spent"
    assert enough.points == (found.extra - 60_00) * 10_000 // 60_00
    assert losing.points == -5_000


def test_more_claims_than_expected_pause_the_campaign_by_itself(person, coupon_shop, tea):
    campaign = make_campaign(hourly_alarm=2, threshold=0)
    people = [person() for _ in range(3)]
    for who in people:
        who.claim(campaign)
    with reading():
        found = campaign_view(campaign)
    assert (found.state, found.paused_by) == ("paused", "leak")
    assert refusal(lambda: person().claim(campaign)) == "coupon.not_open"
    assert people[0].off((tea.variant_id, 1)) == 0
    publish_campaign(campaign_id=campaign)
    assert people[0].off((tea.variant_id, 1)) == 30_00


def test_signup_gives_once_however_often_it_is_told(person, coupon_shop, run_jobs):
    make_campaign(way="trigger", trigger="signup", per_customer=None)
    who = person()
    told(CustomerRegistered(customer_id=who.id))
    told(CustomerRegistered(customer_id=who.id))
    run_jobs()
    assert [one.source for one in who.wallet()] == ["signup"]


def told(event):
    @command("system")
    def tell():
        record(event)

    tell()


def test_reward_of_another_plugin_becomes_a_coupon(person, coupon_shop, run_jobs):
    make_campaign(way="trigger", trigger="lottery_consolation")
    who = person()
    told(RewardEarned(customer_id=who.id, occasion="lottery_consolation", source="group:1"))
    run_jobs()
    assert [one.source for one in who.wallet()] == ["lottery_consolation"]


def test_coupon_given_after_payment_goes_with_its_order(person, coupon_shop, tea, gateway, run_jobs):
    make_campaign(way="trigger", trigger="paid", threshold=0)
    who = person()
    order_id = who.order((tea.variant_id, 1))
    pay(gateway, order_id)
    run_jobs()
    assert [one.standing for one in who.wallet()] == [Standing.AVAILABLE]
    cancel_order(order_id=order_id)
    run_jobs()
    assert [one.standing for one in who.wallet()] == [Standing.REVOKED]


def test_everybody_of_a_segment_gets_one_and_only_one(person, coupon_shop, run_jobs):
    campaign = make_campaign(way="staff")
    people = [person() for _ in range(3)]
    give_to_audience(campaign_id=campaign, audience="never_bought")
    give_to_audience(campaign_id=campaign, audience="never_bought")
    run_jobs()
    assert [len(who.wallet()) for who in people] == [1, 1, 1]
    with pytest.raises(InputRefused):
        give_to_audience(campaign_id=campaign, audience="nobody-knows")


def test_a_campaign_that_is_not_claimed_cannot_be_claimed(person, coupon_shop):
    for way in ("code", "trigger", "staff"):
        campaign = make_campaign(way=way, trigger="signup" if way == "trigger" else "")
        with pytest.raises(NotFound):
            person().claim(campaign)
