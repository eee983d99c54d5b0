"""What insights say of activities: every figure is the rows that it opens, and a group that ends soon is a task."""

import contextvars
import html
import re
from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from core.sdk.insights import Period
from core.testing.buying import pay
from core.testing.goods import make_product
from core.testing.shops import bound
from core.testing.statements import count_statements
from plugins.group_buy.actions.activities import pause_activity, save_activity
from plugins.group_buy.actions.deciding import declare_success
from plugins.group_buy.queries.listings import groups_ending_soon
from plugins.group_buy.queries.results import activity_results, promise_figures
from plugins.group_buy.tests.groups import group_at, group_of, plan

ORDER_ROWS = r'<tr data-href="([^"]*)"'


@pytest.fixture
def week(tea, activity, member, gateway, clock, run_jobs):
    """One group filled, one completed by the shop, one failed, one still forming; one buyer had bought before, alone."""
    old, *others = (member() for _ in range(8))
    pay(gateway, old.who.order([(tea.variant_id, 1)]).order_id)
    clock.advance(minutes=1)
    filled = others[0].start(activity, tea.variant_id)
    pay(gateway, filled)
    for one in (others[1], old):
        pay(gateway, one.join(group_of(filled).code))
    failed = others[2].start(activity, tea.variant_id)
    pay(gateway, failed)
    clock.advance(hours=25)
    run_jobs()
    declared = others[3].start(activity, tea.variant_id)
    pay(gateway, declared)
    pay(gateway, others[4].join(group_of(declared).code))
    declare_success(group_id=group_of(declared).id)
    forming = others[5].start(activity, tea.variant_id)
    pay(gateway, forming)
    today = now().date()
    return Period(today - timedelta(days=7), today + timedelta(days=1))


def test_results_of_an_activity_in_a_period(week, activity):
    with reading():
        (one,) = activity_results(week)
    assert one.activity.id == activity
    assert (one.orders, one.new_buyers) == (7, 6)
    assert (one.opened, one.succeeded, one.declared, one.failed) == (4, 2, 1, 1)
    assert one.taken == 7 * (8_900 + 1_200)
    assert one.discount == 7 * 3_900


def test_period_without_it_leaves_an_activity_out(week, other_shop):
    before = Period(week.first - timedelta(days=60), week.first - timedelta(days=30))
    with reading():
        assert activity_results(before) == []


def test_another_shop_has_no_results(week, other_shop):
    def look():
        with bound(other_shop), reading():
            assert activity_results(week) == []
            assert groups_ending_soon().groups == 0

    contextvars.Context().run(look)


def test_every_figure_on_the_page_opens_its_rows(week, at_console, tea_shop):
    desk = at_console(tea_shop, "group_buy.view")
    days = {
        "from": (week.first + timedelta(days=1)).isoformat(),
        "to": now().astimezone(tea_shop.zone).date().isoformat(),
    }
    page = desk.get("/insights/", query=days)
    assert page.status_code == 200, page.text
    part = re.search(r'aria-label="Campaigns".*?</section>', page.text, re.DOTALL)[0]
    found = re.findall(r'<dt>([^<]*)</dt><dd class="num"><a class="link" href="([^"]*)">(\d+)</a>', part)
    assert {label: int(count) for label, _, count in found} == {
        "Paid orders": 7, "Groups opened": 4, "Group complete": 2, "of these by the shop": 1, "Did not fill": 1,
    }  # fmt: skip
    for label, address, count in found:
        rows = re.findall(ORDER_ROWS, desk.get(html.unescape(address)).text)
        assert len(rows) == int(count), label


def test_group_that_ends_soon_is_a_task_until_it_is_full(tea, activity, open_group, member, gateway, clock, at_console, tea_shop):  # fmt: skip
    code = open_group()
    desk = at_console(tea_shop, "group_buy.view")
    assert "Group ends within" not in desk.get("/").text
    clock.advance(hours=22)
    page = desk.get("/").text
    assert "Group ends within 3 hours" in page
    assert "2 seats are free: share them" in page
    address = html.unescape(re.search(r'href="([^"]*view=soon)"', page)[1])
    assert re.findall(ORDER_ROWS, desk.get(address).text) == [
        f"{desk.home}/x/group-buy/groups/{group_at(code).id}"
    ]
    for _ in range(2):
        pay(gateway, member().join(code))
    assert "Group ends within" not in desk.get("/").text
    assert "Group ends within" not in at_console(tea_shop).get("/").text


def test_results_take_the_same_statements_for_one_and_many(week, activity):
    with reading(), count_statements() as sent:
        activity_results(week)
    assert len(sent) == 4


def test_calendar_shows_what_runs_with_its_state_and_no_draft(tea, activity, tea_shop, at_console):
    other = make_product(title="龙井", prices=[9_000])
    save_activity(product_id=other.id, plan=plan(other, title="A draft of mine"))
    desk = at_console(tea_shop, "marketing.view", "marketing.edit", "group_buy.view")
    page = desk.get("/marketing/").text
    assert "秋茶铁观音 3 人拼" in page
    assert f"/x/group-buy/activities/{activity}" in page
    assert "A draft of mine" not in page
    later = (now() + timedelta(days=90)).date().isoformat()
    assert "秋茶铁观音 3 人拼" not in desk.get("/marketing/", query={"from": later}).text
    pause_activity(activity_id=activity)
    assert "Paused" in desk.get("/marketing/").text


def test_simulator_lists_the_activity_of_the_goods(tea, activity, tea_shop, at_console):
    desk = at_console(tea_shop, "marketing.view", "marketing.edit", "group_buy.view")
    page = desk.get("/marketing/simulator", query={"variant": str(tea.variant_id), "quantity": "1"}).text
    assert "秋茶铁观音 3 人拼" in page
    assert "Does not apply" in page


def test_public_record_counts_groups_that_ended_and_says_what_the_shop_declared(week, activity):
    end = now() + timedelta(minutes=1)
    with reading():
        found = promise_figures(end - timedelta(days=90), end)
        assert promise_figures(end - timedelta(days=90), end - timedelta(days=60)) is None
    assert (found.ended, found.kept, found.declared) == (3, 2, 1)
    assert (found.label, found.kept_basis_points) == ("Groups that succeeded", 6_666)


def test_record_is_read_by_everybody(week, at_shop, tea_shop):
    page = at_shop(tea_shop).get("/money-back")
    assert page.status == 200
    assert "成团" in page.text
