"""Waiting for pieces at the group price: told in the order of asking, once, and only when there are some."""

import pytest

from core.sdk.commands import Actor, acting_as, reading
from core.testing.buying import pay
from core.testing.messages import written_messages
from plugins.group_buy.actions.activities import save_activity
from plugins.group_buy.actions.waiting import wait_for_pieces
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.tests.groups import log_in, make_activity, plan


@pytest.fixture
def sold_out(tea, member, gateway):
    """An activity of two pieces, both ordered: one paid, one not."""
    activity = make_activity(tea, size=5, stock_cap=2)
    pay(gateway, member().start(activity, tea.variant_id))
    member().start(activity, tea.variant_id)
    return activity


@pytest.fixture
def told(run_jobs):
    def count():
        run_jobs()
        with reading():
            return len(written_messages("group_buy.pieces_are_back"))

    return count


def wait(who, activity):
    with acting_as(Actor("customer", who.id, "")):
        wait_for_pieces(activity_id=activity)


def test_one_piece_comes_back_and_the_first_who_asked_hears_of_it_once(sold_out, member, clock, told):
    people = [member() for _ in range(3)]
    for who in people:
        wait(who, sold_out)
        wait(who, sold_out)
        clock.advance(seconds=1)
    assert told() == 0
    # The unpaid order closes.
    clock.advance(minutes=45)
    assert told() == 1
    assert told() == 1


def test_higher_cap_tells_as_many_as_there_are_pieces(sold_out, tea, member, told):
    for _ in range(3):
        wait(member(), sold_out)
    changed = plan(tea, size=5, stock_cap=4)
    save_activity(activity_id=sold_out, product_id=tea.id, plan=changed)
    assert told() == 2


def test_whoever_was_told_can_ask_again(sold_out, tea, member, told):
    who = member()
    wait(who, sold_out)
    save_activity(activity_id=sold_out, product_id=tea.id, plan=plan(tea, size=5, stock_cap=3))
    assert told() == 1
    wait(who, sold_out)
    save_activity(activity_id=sold_out, product_id=tea.id, plan=plan(tea, size=5, stock_cap=4))
    assert told() == 2


def test_nobody_waits_without_an_account(sold_out):
    with pytest.raises(GroupBuyError) as refused:
        wait_for_pieces(activity_id=sold_out)
    assert refused.value.code == "group_buy.login_needed"


def test_product_page_offers_it_when_the_pieces_are_gone(sold_out, tea, at_shop, tea_shop, clock, told):
    browser = log_in(at_shop(tea_shop), "wait@example.com")
    page = browser.get(f"/products/{tea.handle}")
    action = f"/x/group-buy/activities/{sold_out}/wait"
    assert action in [form.action for form in page.forms]
    assert "马上通知你" in browser.post(action, {"variant_id": str(tea.variant_id)}).text
    clock.advance(minutes=45)
    assert told() == 1
    assert action not in [form.action for form in browser.get(f"/products/{tea.handle}").forms]
