"""Members are told how their group stands: each fact once, whoever handles it how often."""

import re

import pytest
from sqlalchemy import select

from core.sdk.commands import command, reading
from core.sdk.data import session
from core.testing.buying import pay
from core.testing.messages import words_in, written_messages
from plugins.group_buy.messages import FAILED, SUCCEEDED, tell_end, tell_progress
from plugins.group_buy.models import Group
from plugins.group_buy.tests.groups import group_of


def told(run_jobs):
    """The topics of group-buy that were written, sorted, and all their words."""
    run_jobs()
    with reading():
        found = [(topic.removeprefix("group_buy."), body) for topic, body in written_messages("group_buy.")]
    assert not [body for _, body in found if "{{" in body]
    return sorted(topic for topic, _ in found)


@command("system")
def handled_again(order_ids, topic):
    """The same events once more, as after a crash of the worker."""
    for order_id in order_ids:
        tell_progress(order_id)
    pool_id = session().scalars(select(Group.pool_id).limit(1)).one()
    tell_end(pool_id, order_ids, topic)


@pytest.fixture
def paid(member, open_group, gateway):
    """`paid(n)`: n members join a group of three and pay."""
    code = open_group()

    def join(count):
        orders = [member().join(code) for _ in range(count)]
        for order_id in orders:
            pay(gateway, order_id)
        return orders

    return join


def test_group_that_fills_tells_its_beginning_the_last_seat_and_its_success(paid, run_jobs):
    first = paid(1)
    assert told(run_jobs) == ["one_seat_left"] * 2 + ["started"]
    orders = first + paid(1)
    assert told(run_jobs).count("succeeded") == 3
    before = told(run_jobs)
    handled_again(orders, SUCCEEDED)
    assert told(run_jobs) == before


def test_group_that_fails_tells_those_who_paid_that_their_money_goes_back(paid, clock, run_jobs):
    orders = paid(1)
    run_jobs()
    clock.advance(hours=25)
    assert told(run_jobs).count("failed") == 2
    before = told(run_jobs)
    handled_again(orders, FAILED)
    assert told(run_jobs) == before
    assert group_of(orders[0]).standing.name == "FAILED"


def test_seats_that_fill_before_anybody_was_told_leave_out_what_is_no_longer_true(paid, run_jobs):
    paid(2)
    assert told(run_jobs) == ["succeeded"] * 3


def test_topics_speak_both_languages_and_use_their_own_variables_only(platform):
    """What `declare_message_topics` brings is edited by merchants: each text must be whole in Chinese and in English."""
    (declared,) = [
        one.value
        for one in platform.registry.declarations("declare_message_topics")
        if one.plugin == "group_buy"
    ]
    assert {topic.key for topic in declared.topics} >= {SUCCEEDED.key, FAILED.key}
    for topic in declared.topics:
        known = {variable.name for variable in topic.all_variables}
        for words in topic.words.values():
            for text in filter(None, (words.subject, words.body)):
                chinese = words_in("zh-CN", text)
                assert chinese != text, text
                assert set(re.findall(r"{{(.*?)}}", chinese)) == set(re.findall(r"{{(.*?)}}", text)) <= known
