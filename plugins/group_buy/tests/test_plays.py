"""The ready-made campaign: `declare_growth_plays` offers it, one press publishes it, a second press finds it."""

from datetime import timedelta

import pytest

from core.rendering.console.visits import ConsoleVisit, visiting
from core.sdk.commands import Actor, acting_as, reading
from core.sdk.data import new_id
from core.sdk.errors import InputRefused, NotFound, PermissionRefused
from core.testing.goods import make_product
from plugins.group_buy.plays import begin
from plugins.group_buy.queries.activities import activities


@pytest.fixture
def press(tea_shop):
    """`press(product_id)` is what the console does; the address of the campaign's page."""

    def press(product_id):
        visit = ConsoleVisit(None, "/console/tea", lambda _: True, lambda _: None)
        with visiting(visit), reading():
            return begin(product_id)

    return press


def running(product):
    with reading():
        return activities(product_id=product.id)


def test_play_is_declared(platform):
    declared = {one.plugin: one.value for one in platform.registry.declarations("declare_growth_plays")}
    assert [play.key for play in declared["group_buy"]] == ["pair"]


def test_every_kind_is_a_fifth_cheaper_for_two_within_a_day(press, tea):
    address = press(tea.id)
    (activity,) = running(tea)
    assert address == f"/console/tea/x/group-buy/activities/{activity.id}"
    assert (activity.size, activity.window, activity.stage) == (2, timedelta(hours=24), "running")
    assert sorted(activity.prices.values()) == [10_240, 11_840]


def test_pressed_twice_there_is_one_activity(press, tea):
    assert press(tea.id) == press(tea.id)
    assert len(running(tea)) == 1


def test_product_that_costs_next_to_nothing_is_refused_in_words(press):
    with pytest.raises(InputRefused):
        press(make_product(title="Sticker", prices=[0]).id)


def test_product_of_nobody_is_not_found(press):
    with pytest.raises(NotFound):
        press(new_id())


def test_buyers_begin_no_campaigns(press, tea):
    with acting_as(Actor("guest")), pytest.raises(PermissionRefused):
        press(tea.id)
    assert running(tea) == []
