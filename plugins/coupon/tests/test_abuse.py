"""Accounts of one person, devices, guessing, leaks, coupons sold on; two threads on one checkout; templates that are out."""

import pytest
from sqlalchemy import select

from core.sdk.commands import reading
from core.sdk.data import session
from core.sdk.errors import PinpuError
from core.sdk.reservations import pools
from core.testing.buying import Buyer, cancel_order, check_payment, order_row, pay, start_payment
from core.testing.goods import make_customer
from core.testing.races import overlapping_pairs, race
from plugins.coupon.actions.alarms import dismiss_alert
from plugins.coupon.actions.campaigns import close_campaign, delete_draft, save_campaign
from plugins.coupon.actions.claiming import claim_coupon
from plugins.coupon.actions.gifting import offer_gift
from plugins.coupon.actions.redeeming import redeem_code
from plugins.coupon.domain import Standing
from plugins.coupon.errors import CouponError
from plugins.coupon.identity import contact_traces, payer_trace, plain_email, plain_phone
from plugins.coupon.models import Instance, Redemption
from plugins.coupon.pools import money_pool
from plugins.coupon.queries.boards import alerts
from plugins.coupon.tests.people import Person, make_campaign, plan, standing


def refusal(act):
    with pytest.raises(CouponError) as error:
        act()
    return error.value.code


def claim_on(who, campaign, device):
    with who.acting:
        return claim_coupon(campaign_id=campaign, device=device)


def flags(who):
    return [one.flagged for one in who.wallet()]


def kinds():
    with reading():
        return [one.kind for one in alerts(limit=20).rows]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("li.na+tea@Gmail.com", "LINA@googlemail.com", True),
        ("lin+1@shop.cn", "lin+2@shop.cn", True),
        ("l.in@shop.cn", "lin@shop.cn", False),
        ("lin@shop.cn", "lina@shop.cn", False),
    ],
)
def test_addresses_that_reach_the_same_mailbox_are_one(one, other, same):
    assert (plain_email(one) == plain_email(other)) is same
    assert (contact_traces(email=one, phone="") == contact_traces(email=other, phone="")) is same


def test_numbers_are_one_with_or_without_their_country():
    assert plain_phone("+86 138-0000-0000") == plain_phone("13800000000")
    assert payer_trace({"phone": "+86 138 0000 0000"}) == payer_trace(
        {"phone": "13800000000", "email": "x@y.z"}
    )
    assert payer_trace({}) == ""


@pytest.fixture
def aliases(person, coupon_shop, enable):
    """`aliases(mode)`: the shop looks at accounts of one person like this; answers two accounts of one mailbox."""

    def make(mode):
        enable(coupon_shop, "coupon", aliases=mode)
        delivery = person().who.delivery
        return [
            Person(Buyer(make_customer(email=address), delivery))
            for address in ("lin.zhixia@gmail.com", "linzhixia+2@gmail.com")
        ]

    return make


def test_second_account_of_a_mailbox_is_flagged_and_not_blocked(aliases):
    one, two = aliases("flag")
    campaign = make_campaign()
    one.claim(campaign)
    two.claim(campaign)
    assert (flags(one), flags(two)) == ([False], [True])
    assert kinds() == ["alias"]


def test_second_account_of_a_mailbox_is_refused_where_the_shop_blocks(aliases):
    one, two = aliases("block")
    campaign = make_campaign()
    one.claim(campaign)
    assert refusal(lambda: two.claim(campaign)) == "coupon.had_yours"
    assert two.wallet() == []
    assert two.claim(make_campaign(per_customer=None)), "without a limit there is nothing to evade"


def test_nobody_is_looked_at_where_the_shop_does_not_want_it(aliases):
    one, two = aliases("off")
    campaign = make_campaign()
    claim_on(one, campaign, "device:a")
    claim_on(two, campaign, "device:a")
    assert (flags(one), flags(two), kinds()) == ([False], [False], [])


def test_one_browser_with_two_accounts_is_flagged_and_a_limit_for_devices_refuses(person, coupon_shop):
    campaign, strict = make_campaign(), make_campaign(per_device=1)
    one, two = person(), person()
    claim_on(one, campaign, "device:a")
    claim_on(two, campaign, "device:a")
    assert flags(two) == [True]
    claim_on(one, strict, "device:a")
    assert refusal(lambda: claim_on(two, strict, "device:a")) == "coupon.had_on_device"
    assert claim_on(two, strict, "device:b")


@pytest.mark.race
def test_32_accounts_in_one_browser_get_the_two_of_its_limit(person):
    campaign = make_campaign(per_device=2)
    people = [person() for _ in range(32)]
    attempts = race([lambda who=who: claim_on(who, campaign, "device:a") for who in people])
    assert overlapping_pairs(attempts) > 60
    assert sum(one.error is None for one in attempts) == 2


def test_the_same_payer_under_another_account_is_flagged_or_refused(person, tea, coupon_shop, enable):
    """All buyers of the tests leave the same number."""
    campaign, strict = make_campaign(), make_campaign()
    one, two = person(), person()
    for who in (one, two):
        who.claim(campaign)
    one.order((tea.variant_id, 2))
    order_id = two.order((tea.variant_id, 2))
    with reading():
        row = session().query(Redemption).filter_by(order_id=order_id).one()
    assert row.flagged == "alias"
    enable(coupon_shop, "coupon", aliases="block")
    three, four = person(), person()
    for who in (three, four):
        claim_on(who, strict, "")
    three.order((tea.variant_id, 2))
    quoted = four.quoted((tea.variant_id, 2))
    with pytest.raises(PinpuError) as refused:
        four.place(quoted)
    assert "上限" in refused.value.text or "as many" in refused.value.text


def test_guessing_is_told_once_a_day_and_can_be_put_away(person, coupon_shop):
    who = person()
    for _ in range(7):
        with who.acting, pytest.raises(CouponError):
            redeem_code(code="NOTHING1", seen_as=("address:1", "device:1"))
    with reading():
        found = alerts(limit=5).rows
    assert [(one.kind, one.count) for one in found] == [("guessing", 2)]
    dismiss_alert(alert_id=found[0].id)
    with reading():
        assert alerts(limit=5).counts["open"] == 0


def test_leak_is_told(person, coupon_shop):
    campaign = make_campaign(hourly_alarm=1)
    for _ in range(2):
        person().claim(campaign)
    assert kinds() == ["leak"]


def test_pass_that_was_used_once_cannot_be_given_away(person, tea, gateway, run_jobs):
    who = person()
    coupon = who.claim(make_campaign(uses=3, gift=True, threshold=0))
    pay(gateway, who.order((tea.variant_id, 1)))
    run_jobs()
    with who.acting:
        assert refusal(lambda: offer_gift(instance_id=coupon.id)) == "coupon.not_giftable"


@pytest.mark.race
def test_one_checkout_completed_from_eight_tabs_is_one_order_with_one_use(person, tea):
    campaign = make_campaign()
    who = person()
    coupon = who.claim(campaign)
    quoted = who.quoted((tea.variant_id, 2))
    attempts = race([lambda: who.place(quoted)] * 8)
    orders = {one.value for one in attempts if one.error is None}
    assert len(orders) == 1
    assert overlapping_pairs(attempts) > 5
    with reading():
        assert session().query(Redemption).filter_by(instance_id=coupon.id).count() == 1
        assert pools([money_pool(campaign, None).id])[money_pool(campaign, None).id].reserved == 30_00


@pytest.mark.race
def test_one_thread_pays_while_the_other_cancels_and_the_coupon_is_used_or_back(
    person, tea, gateway, run_jobs
):
    campaign = make_campaign()
    for _ in range(4):
        who = person()
        coupon = who.claim(campaign)
        order_id = who.order((tea.variant_id, 2))
        attempt = start_payment(order_id=order_id, return_url="http://shop.localhost/return")
        gateway.capture(str(attempt.payment_id))
        race([lambda a=attempt: check_payment(a.payment_id), lambda o=order_id: cancel_order(order_id=o)])
        run_jobs()
        row = order_row(order_id)
        kept = row.lifecycle != "cancelled"
        assert standing(coupon.id) is (Standing.USED if kept else Standing.AVAILABLE)
        assert (row.captured_minor > row.refunded_minor) is kept


def test_a_refund_that_is_only_asked_for_gives_no_coupon_back(person, tea, gateway, run_jobs):
    """Coupons follow the order's own state, not anybody's wish: there is nothing to time."""
    who = person()
    coupon = who.claim(make_campaign())
    order_id = who.order((tea.variant_id, 2))
    pay(gateway, order_id)
    run_jobs()
    gateway.next_refunds("pending")
    assert standing(coupon.id) is Standing.USED
    assert who.off((tea.variant_id, 2)) == 0


def test_template_with_coupons_out_cannot_be_deleted_and_a_closed_campaign_keeps_its_promise(person, tea):
    campaign = make_campaign()
    who = person()
    coupon = who.claim(campaign)
    assert refusal(lambda: delete_draft(campaign_id=campaign)) == "coupon.already_closed"
    close_campaign(campaign_id=campaign)
    assert refusal(lambda: delete_draft(campaign_id=campaign)) == "coupon.already_closed"
    assert (
        refusal(lambda: save_campaign(campaign_id=campaign, plan=plan(value=1_00))) == "coupon.already_closed"
    )
    with reading():
        assert session().scalars(select(Instance.template_id).where(Instance.id == coupon.id)).one()
    assert who.off((tea.variant_id, 2)) == 30_00


@pytest.mark.race
def test_edits_of_a_running_campaign_while_it_is_claimed_give_whole_terms_to_everybody(person):
    campaign = make_campaign()
    people = [person() for _ in range(12)]
    edits = [
        lambda value=value: save_campaign(campaign_id=campaign, plan=plan(value=value, threshold=value * 10))
        for value in (10_00, 20_00)
    ]
    race([*(lambda who=who: who.claim(campaign) for who in people), *edits])
    given = [one.terms for who in people for one in who.wallet()]
    assert len(given) == 12
    assert {(one.value, one.threshold) for one in given} <= {
        (30_00, 200_00), (10_00, 100_00), (20_00, 200_00),
    }  # fmt: skip


def test_budget_is_settled_at_what_was_captured(person, tea, gateway, run_jobs):
    campaign = make_campaign(budget_minor=60_00)
    first, second = person(), person()
    for who in (first, second):
        who.claim(campaign)
    paid, dropped = first.order((tea.variant_id, 2)), second.order((tea.variant_id, 2))
    pay(gateway, paid)
    cancel_order(order_id=dropped)
    run_jobs()
    with reading():
        pool = pools([money_pool(campaign, None).id])[money_pool(campaign, None).id]
    assert (pool.reserved, pool.confirmed) == (0, 30_00)
