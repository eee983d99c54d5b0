"""What gives coupons by itself: birthdays, events of other plugins, rounds that run out; longer coupons, and what is owed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.sdk.clock import now
from core.sdk.commands import command, reading
from core.sdk.customers import RewardEarned, record
from core.sdk.errors import InputRefused
from core.testing.buying import cancel_order, pay
from core.testing.races import race
from plugins.coupon.actions.birthdays import tell_birthday
from plugins.coupon.actions.campaigns import extend_coupon, revoke_coupon, save_campaign
from plugins.coupon.actions.giving import give_portion, give_to_audience
from plugins.coupon.actions.rounds import end_round, join_round, start_round
from plugins.coupon.domain import Standing
from plugins.coupon.errors import CouponError
from plugins.coupon.queries.boards import givings_of, round_list, round_numbers
from plugins.coupon.tests.people import make_campaign, plan, standing

SHANGHAI = ZoneInfo("Asia/Shanghai")


def refusal(act):
    with pytest.raises(CouponError) as error:
        act()
    return error.value.code


def told(event):
    @command("system")
    def tell():
        record(event)

    tell()


def sources(who):
    return [one.source for one in who.wallet()]


def celebrates(who, on):
    with who.acting:
        tell_birthday(month=on.month, day=on.day)


def test_birthday_brings_a_coupon_on_the_day_and_again_next_year(person, coupon_shop, clock, run_jobs):
    make_campaign(way="trigger", trigger="birthday", hours=48, ends_at=None, per_customer=None)
    who = person()
    celebrates(who, now().astimezone(SHANGHAI).date() + timedelta(days=10))
    run_jobs()
    assert sources(who) == []
    clock.advance(days=10, hours=1)
    run_jobs()
    assert sources(who) == ["birthday"]
    clock.advance(days=1)
    run_jobs()
    assert sources(who) == ["birthday"]
    clock.advance(days=364)
    run_jobs()
    # What holds stands first.
    assert sources(who)[:1] == ["birthday"]
    assert who.wallet()[0].created_at > now() - timedelta(days=1)


def test_birthday_cannot_be_moved_to_whenever_one_shops(person, coupon_shop, clock):
    who = person()
    today = now().astimezone(SHANGHAI).date()
    celebrates(who, today)
    assert refusal(lambda: celebrates(who, today + timedelta(days=1))) == "coupon.birthday_told"
    clock.advance(days=365)
    celebrates(who, today + timedelta(days=1))
    with who.acting:
        assert refusal(lambda: tell_birthday(month=2, day=30)) == "coupon.bad_birthday"


def test_any_event_that_a_plugin_tells_can_give_a_coupon(person, coupon_shop, run_jobs):
    """The live room's own event is told in the same way."""
    for occasion in ("live_stay", "review_written"):
        make_campaign(way="trigger", trigger=occasion, group=occasion)
    who = person()
    for occasion in ("live_stay", "review_written", "unknown"):
        told(RewardEarned(customer_id=who.id, occasion=occasion, source=f"{occasion}:1"))
    run_jobs()
    assert sorted(sources(who)) == ["live_stay", "review_written"]
    with pytest.raises(InputRefused):
        save_campaign(plan=plan(way="trigger", trigger="No Event"))


def begin(who, campaign):
    with who.acting:
        return start_round(campaign_id=campaign)


def join(who, code):
    with who.acting:
        return join_round(code=code)


def test_round_that_runs_out_gives_its_people_the_consolation_once(person, coupon_shop, clock, run_jobs):
    small = make_campaign(way="staff", value=5_00, threshold=0, per_customer=None)
    campaign = make_campaign(way="fission", fission_need=3, consolation_id=small)
    one, two = person(), person()
    join(two, begin(one, campaign))
    clock.advance(hours=23)
    run_jobs()
    assert sources(one) == []
    clock.advance(hours=1)
    run_jobs()
    assert (sources(one), sources(two)) == (["consolation"], ["consolation"])
    with reading():
        row = round_list(campaign_id=campaign, view="over", limit=5, offset=0).rows[0]
        found = round_numbers(campaign)
    end_round(fission_id=row.id)
    assert sources(one) == ["consolation"]
    assert (found.started, found.over, found.people, found.newcomers) == (1, 1, 2, 2)


def test_filled_round_gives_no_consolation(person, coupon_shop, clock, run_jobs):
    small = make_campaign(way="staff", value=5_00, threshold=0)
    campaign = make_campaign(way="fission", fission_need=2, consolation_id=small)
    one, two = person(), person()
    assert join(two, begin(one, campaign))
    clock.advance(days=2)
    run_jobs()
    assert (sources(one), sources(two)) == (["fission"], ["fission"])


def test_staff_makes_one_coupon_longer_also_when_it_has_run_out(person, tea, clock):
    campaign = make_campaign(ends_at=None, hours=24)
    who, other = person(), person()
    coupon, same = who.claim(campaign), other.claim(campaign)
    clock.advance(days=2)
    assert standing(coupon.id) is Standing.EXPIRED
    extend_coupon(instance_id=coupon.id, until=now() + timedelta(days=1))
    assert standing(coupon.id) is Standing.AVAILABLE
    assert standing(same.id) is Standing.EXPIRED
    assert who.off((tea.variant_id, 2)) == 30_00
    assert refusal(lambda: extend_coupon(instance_id=coupon.id, until=now())) == "coupon.in_the_past"
    revoke_coupon(instance_id=coupon.id)
    late = now() + timedelta(days=9)
    assert refusal(lambda: extend_coupon(instance_id=coupon.id, until=late)) == "coupon.not_yours"


def test_coupon_begins_on_the_next_day_of_the_shops_zone(person, tea, clock):
    claimed = now().astimezone(SHANGHAI)
    midnight = datetime(claimed.year, claimed.month, claimed.day, tzinfo=SHANGHAI) + timedelta(days=1)
    who = person()
    coupon = who.claim(make_campaign(ends_at=None, hours=5, next_day=True))
    found = who.wallet()[0]
    assert (found.valid_from, found.valid_to) == (midnight, midnight + timedelta(hours=5))
    assert who.off((tea.variant_id, 2)) == 0
    assert standing(coupon.id) is Standing.PENDING


def test_claim_window_and_hours_after_the_claim(person, coupon_shop, clock):
    begins = now() + timedelta(hours=1)
    campaign = make_campaign(claim_from=begins, claim_to=begins + timedelta(hours=2), ends_at=None, hours=3)
    who, late = person(), person()
    assert refusal(lambda: who.claim(campaign)) == "coupon.not_begun_yet"
    clock.advance(hours=1)
    issued = who.claim(campaign)
    assert timedelta(0) <= now() + timedelta(hours=3) - issued.valid_to < timedelta(minutes=1)
    clock.advance(hours=2)
    assert refusal(lambda: late.claim(campaign)) == "coupon.over"


def test_coupon_of_a_cancelled_order_that_was_used_already_is_owed(person, tea, gateway, run_jobs):
    make_campaign(way="trigger", trigger="paid", threshold=0, per_customer=None, value=5_00)
    who = person()
    first = who.order((tea.variant_id, 1))
    pay(gateway, first)
    run_jobs()
    pay(gateway, who.order((tea.variant_id, 1)))
    run_jobs()
    used, second = sorted(who.wallet(), key=lambda one: one.created_at)
    assert used.standing is Standing.USED
    cancel_order(order_id=first)
    run_jobs()
    assert standing(used.id) is Standing.USED
    assert standing(second.id) is Standing.AVAILABLE
    third = who.order((tea.variant_id, 1))
    assert standing(second.id) is Standing.LOCKED
    pay(gateway, third)
    run_jobs()
    assert len(who.wallet()) == 2, "the one for the third order is kept back for the one of the first"
    pay(gateway, who.order((tea.variant_id, 1)))
    run_jobs()
    assert len(who.wallet()) == 3, "and that is that"


def test_segment_is_given_to_with_progress_and_exactly_once(person, coupon_shop, run_jobs, monkeypatch):
    monkeypatch.setattr("plugins.coupon.actions.giving._AT_ONCE", 2)
    campaign = make_campaign(way="staff", value=5_00)
    people = [person() for _ in range(5)]
    giving = give_to_audience(campaign_id=campaign, audience="never_bought")
    assert give_to_audience(campaign_id=campaign, audience="never_bought") == giving
    with reading():
        assert givings_of(campaign)[0].state == "running"
    give_portion(giving_id=giving)
    with reading():
        assert (givings_of(campaign)[0].given, givings_of(campaign)[0].state) == (2, "running")
    run_jobs()
    with reading():
        found = givings_of(campaign)[0]
    assert (found.given, found.skipped, found.state) == (5, 0, "done")
    assert [len(who.wallet()) for who in people] == [1] * 5
    give_portion(giving_id=giving)
    give_to_audience(campaign_id=campaign, audience="never_bought")
    run_jobs()
    with reading():
        again = givings_of(campaign)[0]
    assert (again.given, again.skipped) == (0, 5)


@pytest.mark.race
def test_a_giving_whose_job_runs_in_eight_workers_gives_everybody_one(person, coupon_shop):
    campaign = make_campaign(way="staff", value=5_00)
    people = [person() for _ in range(4)]
    giving = give_to_audience(campaign_id=campaign, audience="never_bought")
    race([lambda: give_portion(giving_id=giving)] * 8)
    assert [len(who.wallet()) for who in people] == [1] * 4
    with reading():
        assert givings_of(campaign)[0].given == 4


def test_giving_stops_when_none_is_left(person, coupon_shop, run_jobs):
    campaign = make_campaign(way="staff", total=2)
    people = [person() for _ in range(3)]
    give_to_audience(campaign_id=campaign, audience="never_bought")
    run_jobs()
    assert sum(len(who.wallet()) for who in people) == 2
    with reading():
        assert (givings_of(campaign)[0].given, givings_of(campaign)[0].state) == (2, "stopped")
