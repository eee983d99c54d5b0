"""Activities: prices below the alone price, no two at a time for one product, edits that reach new groups only."""

from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.sdk.commands import Actor, acting_as, reading
from core.sdk.data import new_id
from core.sdk.errors import EditConflict, InputRefused, PermissionRefused
from core.testing.buying import order_row, pay
from core.testing.goods import make_product, set_price
from core.testing.races import overlapping_pairs, race
from plugins.group_buy.actions.activities import (
    close_activity,
    delete_draft,
    pause_activity,
    publish_activity,
    save_activity,
)
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.queries.activities import activities, group_counts
from plugins.group_buy.queries.activities import activity as activity_view
from plugins.group_buy.tests.groups import group_at, group_of, make_activity, plan


def draft(product, **changes):
    return save_activity(product_id=product.id, plan=plan(product, **changes))


def view(activity_id):
    with reading():
        return activity_view(activity_id)


@pytest.mark.parametrize("price", [12_800, 12_801, 99_999])
def test_price_that_is_not_below_the_alone_price_is_refused_by_kind(tea, price):
    with pytest.raises(InputRefused) as refused:
        draft(tea, prices={tea.variant_ids[0]: 8_900, tea.variant_ids[1]: 14_800, tea.variant_id: price})
    assert set(refused.value.fields) == {f"price-{tea.variant_ids[0]}", f"price-{tea.variant_ids[1]}"}


def test_price_that_stopped_being_lower_is_refused_when_publishing(tea):
    activity = draft(tea)
    set_price(tea.variant_id, 8_900)
    with pytest.raises(InputRefused):
        publish_activity(activity_id=activity)
    assert view(activity).state == "draft"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("size", {"size": 1}),
        ("size", {"size": 101}),
        ("window", {"window": timedelta(seconds=30)}),
        ("window", {"window": timedelta(days=8)}),
        ("ends_at", {"ends_at": now() - timedelta(days=2)}),
        ("hard_end_at", {"hard_end_at": now()}),
    ],
)
def test_rules_that_make_no_sense_are_refused_by_field(tea, field, changes):
    with pytest.raises(InputRefused) as refused:
        draft(tea, **changes)
    assert set(refused.value.fields) == {field}


def test_activity_without_any_price_or_with_a_strange_kind_is_refused(tea):
    other = make_product()
    for prices in ({other.variant_id: 100}, {new_id(): 100}):
        with pytest.raises(InputRefused) as refused:
            save_activity(product_id=tea.id, plan=plan(tea, prices))
        assert set(refused.value.fields) == {"prices"}


def test_overlapping_activity_is_refused_with_the_others_name_and_dates(tea, activity):
    later = draft(tea, title="第二个", starts_at=now() + timedelta(days=4), ends_at=now() + timedelta(days=9),
                  hard_end_at=now() + timedelta(days=10))  # fmt: skip
    with pytest.raises(GroupBuyError) as refused:
        publish_activity(activity_id=later)
    assert refused.value.code == "group_buy.overlapping"
    assert "秋茶铁观音 3 人拼" in refused.value.text
    assert view(later).state == "draft"


def test_activities_of_one_product_may_follow_each_other(tea, activity):
    end = view(activity).ends_at
    make_activity(tea, starts_at=end, ends_at=end + timedelta(days=1), hard_end_at=end + timedelta(days=2))


def test_moving_a_published_activity_over_another_is_refused(tea, activity):
    end = view(activity).ends_at
    later = {"starts_at": end, "ends_at": end + timedelta(days=1), "hard_end_at": end + timedelta(days=2)}
    second = make_activity(tea, **later)
    with pytest.raises(GroupBuyError, match="overlapping"):
        save_activity(activity_id=second, product_id=tea.id, plan=plan(tea, **{**later, "starts_at": now()}))


@pytest.mark.race
def test_one_of_two_overlapping_drafts_is_published(tea):
    drafts = [draft(tea, title=f"#{n}") for n in range(4)]
    attempts = race([lambda one=one: publish_activity(activity_id=one) for one in drafts])
    assert overlapping_pairs(attempts) > 2
    assert sum(one.error is None for one in attempts) == 1


def test_edit_of_a_running_activity_reaches_new_groups_only(tea, activity, open_group, member, gateway):
    code = open_group()
    save_activity(
        activity_id=activity, product_id=tea.id, plan=plan(tea, {tea.variant_id: 7_900}, size=5), version=1
    )
    old = member().join(code)
    assert (order_row(old).discount_minor, group_of(old).size, group_of(old).activity_version) == (
        3_900,
        3,
        1,
    )
    new = member().start(activity, tea.variant_id)
    assert (order_row(new).discount_minor, group_of(new).size, group_of(new).activity_version) == (
        4_900,
        5,
        2,
    )
    pay(gateway, old)
    pay(gateway, member().join(code))
    assert group_at(code).standing.value == "succeeded"


def test_editing_an_older_version_is_a_conflict(tea, activity):
    save_activity(activity_id=activity, product_id=tea.id, plan=plan(tea, title="新名字"), version=1)
    with pytest.raises(EditConflict):
        save_activity(activity_id=activity, product_id=tea.id, plan=plan(tea), version=1)
    assert view(activity).title == "新名字"


def test_raised_limit_and_stock_hold_for_the_next_order(tea, activity, member):
    who = member()
    who.start(activity, tea.variant_id, quantity=2)
    with pytest.raises(GroupBuyError, match="used_up"):
        who.start(activity, tea.variant_id)
    save_activity(activity_id=activity, product_id=tea.id, plan=plan(tea, limit_per_customer=3, stock_cap=3))
    who.start(activity, tea.variant_id)
    with pytest.raises(GroupBuyError, match="sold_out"):
        member().start(activity, tea.variant_id)


def test_lowered_limit_takes_nothing_away(tea, activity, member, gateway):
    who = member()
    order_id = who.start(activity, tea.variant_id, quantity=2)
    save_activity(activity_id=activity, product_id=tea.id, plan=plan(tea, limit_per_customer=1, stock_cap=1))
    pay(gateway, order_id)
    assert order_row(order_id).financial == "paid"


def test_paused_activity_starts_no_group_and_lets_open_ones_fill(tea, activity, open_group, member):
    code = open_group()
    pause_activity(activity_id=activity)
    with pytest.raises(GroupBuyError, match="paused"):
        member().start(activity, tea.variant_id)
    member().join(code)
    publish_activity(activity_id=activity)
    member().start(activity, tea.variant_id)


def test_scheduled_and_ended_activities_start_no_group(tea, activity, member, clock):
    other = make_product(prices=[12_800])
    soon = make_activity(other, starts_at=now() + timedelta(hours=1))
    with pytest.raises(GroupBuyError, match="not_begun"):
        member().start(soon, other.variant_id)
    clock.advance(days=5, seconds=1)
    with pytest.raises(GroupBuyError, match="over"):
        member().start(activity, tea.variant_id)


def test_closed_activity_cannot_be_changed_and_a_published_one_not_deleted(tea, activity):
    with pytest.raises(GroupBuyError, match="already_closed"):
        delete_draft(activity_id=activity)
    close_activity(activity_id=activity, groups="finish")
    for change in (
        lambda: save_activity(activity_id=activity, product_id=tea.id, plan=plan(tea)),
        lambda: pause_activity(activity_id=activity),
        lambda: close_activity(activity_id=activity, groups="finish"),
    ):
        with pytest.raises(GroupBuyError, match="already_closed"):
            change()
    spare = draft(tea)
    delete_draft(activity_id=spare)
    assert view(spare) is None


@pytest.mark.parametrize("actor", [Actor("guest"), Actor("customer", new_id()), Actor("staff", new_id())])
def test_nobody_without_the_permission_touches_activities(tea, activity, actor):
    with acting_as(actor):
        for change in (
            lambda: save_activity(product_id=tea.id, plan=plan(tea)),
            lambda: publish_activity(activity_id=activity),
            lambda: close_activity(activity_id=activity, groups="refund"),
        ):
            with pytest.raises(PermissionRefused):
                change()


def test_counts_tell_forming_succeeded_and_failed_groups(
    tea, activity, open_group, member, gateway, clock, run_jobs
):
    failing = open_group()
    clock.advance(hours=25)
    run_jobs()
    full = open_group()
    for _ in range(2):
        pay(gateway, member().join(full))
    open_group()
    member().start(activity, tea.variant_id)
    with reading():
        counts = group_counts([activity])[activity]
        listed = activities(product_id=tea.id)
    assert (counts.forming, counts.succeeded, counts.failed, counts.opened) == (1, 1, 1, 3)
    assert [one.id for one in listed] == [activity]
    assert group_at(failing).standing.value == "failed"
