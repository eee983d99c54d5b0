"""Switching group-buy off in the middle: what is open is finished, nothing new begins, and core needs none of it."""

import pytest

from core.sdk.commands import command, reading
from core.testing.buying import order_row, pay
from core.testing.shops import switch_hooks
from plugins.group_buy.actions.activities import close_activity
from plugins.group_buy.domain import Standing
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.queries.activities import activities
from plugins.group_buy.tests.groups import group_at, group_of, state_of


@command("system")
def ask(hook, **arguments):
    """What group-buy answers to a hook of its switch."""
    return switch_hooks("group_buy", hook, **arguments)


def drained():
    report = ask("switch_off", dry_run=True)
    return {item.what: item.count for item in report.counts}


def test_report_counts_groups_members_and_money(open_group, member, gateway, activity):
    assert drained() == {"open groups": 0, "members waiting": 0}
    code = open_group()
    pay(gateway, member().join(code))
    member().join(code)
    report = ask("switch_off", dry_run=True)
    assert [(item.what, item.count) for item in report.counts] == [("open groups", 1), ("members waiting", 2)]
    assert report.counts[0].until == group_at(code).deadline
    # Two orders of 89.00 with 12.00 for shipping.
    assert any("202.00" in note for note in report.notes)


def test_draining_lets_open_groups_fill_and_begins_none(
    open_group, member, gateway, activity, tea, tea_shop, enable, run_jobs
):
    code = open_group()
    enable(tea_shop, "group_buy", state="draining")
    with pytest.raises(GroupBuyError, match=r"group_buy\.over"):
        member().start(activity, tea.variant_id)
    orders = [member().join(code) for _ in range(2)]
    assert [order_row(one).discount_minor for one in orders] == [3_900, 3_900]
    for one in orders:
        pay(gateway, one)
    assert group_at(code).standing is Standing.SUCCEEDED
    # Full, but its members have not been told yet: the plugin must not be off before that.
    assert drained() == {"open groups": 1, "members waiting": 3}
    run_jobs()
    assert drained() == {"open groups": 0, "members waiting": 0}


def test_checkout_opened_before_switching_off_starts_no_group(member, activity, tea, tea_shop, enable):
    who = member()
    with who.acting:
        from plugins.group_buy.actions.buying import start_group

        checkout = start_group(activity_id=activity, variant_id=tea.variant_id, quantity=1)
    enable(tea_shop, "group_buy", state="draining")
    with pytest.raises(Exception, match=r"checkout\.refused"):
        who.place(checkout)


def test_unmarked_basket_is_not_touched_by_a_draining_plugin(buyer, open_group, tea, tea_shop, enable):
    open_group()
    enable(tea_shop, "group_buy", state="draining")
    placed = buyer().order([(tea.variant_id, 1)])
    assert order_row(placed.order_id).discount_minor == 0


def test_switched_off_shop_knows_no_group_price(member, open_group, tea_shop, enable):
    who = member()
    checkout = who.keep(open_group())
    enable(tea_shop, "group_buy", state="off")
    assert who.who.quote(checkout).priced.discount_total == 0


@pytest.mark.parametrize("fills", [True, False])
def test_core_finishes_a_group_without_the_plugins_code(
    open_group, member, gateway, clock, run_jobs, without_plugins, fills
):
    code = open_group()
    orders = [member().join(code) for _ in range(2)]
    leaders = group_at(code).seats[0].order_id
    without_plugins()
    pay(gateway, orders[0])
    if fills:
        pay(gateway, orders[1])
        assert [order_row(one).holds_open for one in (leaders, *orders)] == [0, 0, 0]
    clock.advance(hours=25)
    run_jobs()
    expected = ("placed", "paid", "") if fills else ("cancelled", "refunded", "hold_expired")
    assert {state_of(one) for one in (leaders, orders[0])} == {expected}


def test_late_payment_without_the_plugins_code_is_refunded(
    open_group, member, gateway, clock, run_jobs, without_plugins
):
    code = open_group()
    clock.advance(hours=23, minutes=55)
    order_id = member().join(code, if_full="start_new")
    without_plugins()
    clock.advance(minutes=6)
    pay(gateway, order_id)
    run_jobs()
    assert state_of(order_id) == ("cancelled", "refunded", "seat_lost")


def test_closing_with_refunds_sends_every_payment_back(open_group, member, gateway, activity, run_jobs):
    codes = [open_group() for _ in range(3)]
    orders = [member().join(codes[0])]
    pay(gateway, orders[0])
    assert close_activity(activity_id=activity, groups="refund") == 3
    run_jobs()
    assert {group_at(code).standing for code in codes} == {Standing.FAILED}
    assert state_of(orders[0]) == ("cancelled", "refunded", "merchant")
    with pytest.raises(GroupBuyError, match="over"):
        open_group()


def test_closing_without_refunds_lets_groups_fill(open_group, member, gateway, activity):
    code = open_group()
    close_activity(activity_id=activity, groups="finish")
    for _ in range(2):
        pay(gateway, member().join(code))
    assert group_at(code).standing is Standing.SUCCEEDED


def test_purge_waits_for_open_groups_and_keeps_orders(open_group, member, gateway, tea, activity, run_jobs):
    code = open_group()
    with pytest.raises(GroupBuyError, match="still_open"):
        ask("switch_purge", dry_run=True)
    orders = [member().join(code) for _ in range(2)]
    for one in orders:
        pay(gateway, one)
    run_jobs()
    planned = ask("switch_purge", dry_run=True)
    assert [item.count for item in planned.deletes] == [0, 0, 3, 0, 1, 1, 1]
    assert group_of(orders[0]).code == code
    ask("switch_purge", dry_run=False)
    with reading():
        assert activities() == []
    assert state_of(orders[0]) == ("placed", "paid", "")
