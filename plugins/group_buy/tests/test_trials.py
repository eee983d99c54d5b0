"""The price simulator (`show_trial_ways`): starting and joining are choices there, and cost what the checkout costs."""

import html
import re
from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from core.testing.buying import order_row, pay
from core.testing.statements import count_statements
from plugins.group_buy.domain.kinds import Ladder, Step
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.tests.groups import group_of, make_activity
from plugins.group_buy.trials import trial_ways

LADDER = Ladder((Step(2, 9_000), Step(3, 8_000), Step(6, 7_000)))


@pytest.fixture
def tiered(tea):
    return make_activity(
        tea, {tea.variant_id: 9_000}, size=6, ladders={tea.variant_id: LADDER}, rules=Rules(kind="tiered")
    )


@pytest.fixture
def desk(tea_shop, at_console):
    return at_console(tea_shop, "marketing.view", "marketing.edit", "group_buy.view")


def said(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(page.text)))


def tried(desk, variant, way, quantity=1):
    page = desk.get(
        "/marketing/simulator",
        query={"variant": str(variant), "quantity": str(quantity), "way": way, "who": "new"},
    )
    assert page.status_code == 200
    return page


def test_ways_are_starting_and_open_groups_and_cost_what_the_checkout_costs(
    desk, tea, tiered, member, gateway
):
    first = member().start(tiered, tea.variant_id)
    pay(gateway, first)
    code = group_of(first).code
    for _ in range(2):
        pay(gateway, member().join(code))
    start, join = f"group_buy:start-{tiered}", f"group_buy:join-{code}"
    alone = tried(desk, tea.variant_id, "")
    assert f'value="{start}"' in alone.text
    assert f'value="{join}"' in alone.text
    prices = {
        way: float(re.search(r"To pay ¥([\d.]+)", said(tried(desk, tea.variant_id, way, 2)))[1])
        for way in ("", start, join)
    }
    # Three have paid, so whoever joins pays the second step.
    last = order_row(member().join(code, quantity=2))
    opened = order_row(member().start(tiered, tea.variant_id, quantity=2))
    assert prices[join] * 100 == last.items_minor - last.discount_minor == 16_000
    assert prices[start] * 100 == opened.items_minor - opened.discount_minor == 18_000
    assert prices[""] == 256.0


def test_what_the_checkout_would_refuse_is_said(desk, tea, activity, open_group):
    way = f"group_buy:join-{open_group()}"
    words = said(tried(desk, tea.variant_id, way, 3))
    assert "Each buyer can have 2" in words


def test_activity_of_next_week_can_be_tried_at_its_moment(tea):
    begins = now() + timedelta(days=7)
    made = make_activity(
        tea, starts_at=begins, ends_at=begins + timedelta(days=1), hard_end_at=begins + timedelta(days=2)
    )
    with reading():
        assert trial_ways([tea.variant_id], now()) == []
        (way,) = trial_ways([tea.variant_id], begins + timedelta(hours=1))
    assert way.key == f"start-{made}"


def test_ways_take_three_statements_however_many_there_are(tea, activity, open_group):
    for _ in range(3):
        open_group()
    with reading(), count_statements() as sent:
        assert len(trial_ways([tea.variant_id], now())) == 4
    assert len(sent) == 3
