"""The life of a coupon in orders: locked, used, back; budgets; what a refund gives back."""

from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from core.sdk.data import session
from core.sdk.errors import PinpuError
from core.sdk.reservations import pools
from core.testing.buying import cancel_order, check_payment, order_row, pay, start_payment
from plugins.coupon.actions.campaigns import close_campaign, pause_campaign, revoke_coupon, save_campaign
from plugins.coupon.domain import Standing
from plugins.coupon.errors import CouponError
from plugins.coupon.models import Redemption
from plugins.coupon.pools import money_pool, uses_pool
from plugins.coupon.terms import Kind, Scope
from plugins.coupon.tests.people import make_campaign, plan, standing


def spent(campaign_id):
    with reading():
        found = pools([money_pool(campaign_id, None).id])
    pool = next(iter(found.values()), None)
    return (pool.reserved, pool.confirmed) if pool else (0, 0)


def test_coupon_is_locked_with_the_order_used_at_payment_and_says_where_it_fell(
    person, tea, cup, gateway, run_jobs
):
    campaign = make_campaign()
    who = person()
    coupon = who.claim(campaign)
    assert who.off((tea.variant_id, 1)) == 0
    order_id = who.order((tea.variant_id, 1), (cup.variant_id, 2))
    assert standing(coupon.id) is Standing.LOCKED
    assert spent(campaign) == (30_00, 0)
    # It is not offered to a second basket.
    assert who.off((tea.variant_id, 3)) == 0
    pay(gateway, order_id)
    run_jobs()
    assert standing(coupon.id) is Standing.USED
    assert spent(campaign) == (0, 30_00)
    with reading():
        row = session().query(Redemption).filter_by(order_id=order_id).one()
    assert row.amount_minor == 30_00
    assert sorted(row.allocation.values()) == [13_64, 16_36]
    assert order_row(order_id).total_minor >= 190_00


def test_unpaid_order_that_closes_gives_coupon_and_budget_back(person, tea, gateway, clock, run_jobs):
    campaign = make_campaign(budget_minor=30_00)
    who, other = person(), person()
    coupon = who.claim(campaign)
    other.claim(campaign)
    who.order((tea.variant_id, 2))
    assert other.off((tea.variant_id, 2)) == 0, "the budget is reserved by the unpaid order"
    clock.advance(hours=2)
    run_jobs()
    assert standing(coupon.id) is Standing.AVAILABLE
    assert spent(campaign) == (0, 0)
    assert who.off((tea.variant_id, 2)) == 30_00


def test_coupon_that_ran_out_in_a_cancelled_order_gets_extra_time(person, tea, clock, run_jobs):
    campaign = make_campaign(ends_at=now() + timedelta(minutes=10))
    who = person()
    coupon = who.claim(campaign)
    who.order((tea.variant_id, 2))
    clock.advance(hours=2)
    run_jobs()
    assert standing(coupon.id) is Standing.AVAILABLE
    assert who.off((tea.variant_id, 2)) == 30_00
    clock.advance(hours=25)
    assert standing(coupon.id) is Standing.EXPIRED


@pytest.mark.parametrize(("returns", "after"), [(True, Standing.AVAILABLE), (False, Standing.USED)])
def test_full_refund_gives_the_coupon_back_only_where_its_terms_say_so(
    returns, after, person, tea, gateway, run_jobs
):
    campaign = make_campaign(returns=returns)
    who = person()
    coupon = who.claim(campaign)
    order_id = who.order((tea.variant_id, 2))
    pay(gateway, order_id)
    run_jobs()
    cancel_order(order_id=order_id)
    # Also before any event was handled.
    assert standing(coupon.id) is after
    run_jobs()
    assert standing(coupon.id) is after
    assert who.off((tea.variant_id, 2)) == (30_00 if returns else 0)


def test_payment_that_comes_too_late_takes_no_coupon_that_is_used_elsewhere(
    person, tea, gateway, clock, run_jobs
):
    who = person()
    coupon = who.claim(make_campaign())
    first = who.order((tea.variant_id, 2))
    attempt = start_payment(order_id=first, return_url="http://shop.localhost/return")
    clock.advance(hours=2)
    run_jobs()
    second = who.order((tea.variant_id, 2))
    pay(gateway, second)
    gateway.capture(str(attempt.payment_id))
    check_payment(attempt.payment_id)
    run_jobs()
    assert standing(coupon.id) is Standing.USED
    assert order_row(first).lifecycle == "cancelled"


def test_budget_in_count_and_by_day(person, tea, clock):
    campaign = make_campaign(budget_uses=1)
    daily = make_campaign(budget_day_minor=30_00, group="day", threshold=0)
    one, two = person(), person()
    for who in (one, two):
        who.claim(campaign)
        who.claim(daily)
    one.order((tea.variant_id, 2))
    assert two.off((tea.variant_id, 2)) == 0
    with reading():
        assert next(iter(pools([uses_pool(campaign, None).id]).values())).reserved == 1
    clock.advance(days=1)
    assert two.off((tea.variant_id, 2)) == 30_00


def test_edit_of_a_running_campaign_reaches_new_coupons_only(person, tea):
    campaign = make_campaign()
    early, late = person(), person()
    early.claim(campaign)
    save_campaign(campaign_id=campaign, plan=plan(value=10_00))
    late.claim(campaign)
    assert early.off((tea.variant_id, 2)) == 30_00
    assert late.off((tea.variant_id, 2)) == 10_00


def test_pause_end_and_taking_back(person, tea):
    campaign = make_campaign()
    who, other = person(), person()
    coupon = who.claim(campaign)
    pause_campaign(campaign_id=campaign)
    assert who.off((tea.variant_id, 2)) == 0
    with pytest.raises(CouponError) as refusal:
        other.claim(campaign)
    assert refusal.value.code == "coupon.not_open"
    assert close_campaign(campaign_id=campaign) == 0
    assert who.off((tea.variant_id, 2)) == 30_00, "what was given out is kept when a campaign ends"
    revoke_coupon(instance_id=coupon.id)
    assert standing(coupon.id) is Standing.REVOKED
    assert who.off((tea.variant_id, 2)) == 0


def test_coupon_in_an_unpaid_order_cannot_be_taken_back(person, tea):
    campaign = make_campaign()
    who = person()
    coupon = who.claim(campaign)
    who.order((tea.variant_id, 2))
    with pytest.raises(CouponError) as refusal:
        revoke_coupon(instance_id=coupon.id)
    assert refusal.value.code == "coupon.locked"
    assert close_campaign(campaign_id=campaign, revoke=True) == 0


def test_coupon_taken_back_while_the_buyer_looks_at_the_checkout_changes_the_price_openly(person, tea):
    who = person()
    coupon = who.claim(make_campaign())
    quoted = who.quoted((tea.variant_id, 2))
    revoke_coupon(instance_id=coupon.id)
    with pytest.raises(PinpuError) as refusal:
        who.place(quoted)
    assert refusal.value.code == "checkout.quote_changed"


def test_free_shipping_is_taken_off_the_fee(person, tea):
    who = person()
    who.claim(make_campaign(kind=Kind.SHIPPING, threshold=0, group="freight"))
    priced = who.who.price([(tea.variant_id, 1)])
    assert priced.shipping_total == 0
    assert priced.discount_total == 0


def test_scope_by_product(person, tea, cup):
    who = person()
    who.claim(make_campaign(threshold=0, scope=Scope(products=(str(cup.id),))))
    assert who.off((tea.variant_id, 1)) == 0
    priced = who.who.price([(tea.variant_id, 1), (cup.variant_id, 1)])
    assert {one.product_id: one.net for one in priced.lines} == {tea.id: 100_00, cup.id: 30_00}


def test_pass_of_three_uses_rests_between_them(person, tea, gateway, clock, run_jobs):
    who = person()
    coupon = who.claim(make_campaign(uses=3, interval_hours=24, threshold=0))
    for _ in range(3):
        assert who.off((tea.variant_id, 1)) == 30_00
        pay(gateway, who.order((tea.variant_id, 1)))
        assert who.off((tea.variant_id, 1)) == 0
        clock.advance(hours=24)
    assert standing(coupon.id) is Standing.USED
