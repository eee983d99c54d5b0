"""A merchant's words to a group: for those who have paid, a few times a day, by way of the shop's messages."""

import pytest

from core.sdk.commands import reading
from core.testing.buying import pay
from core.testing.messages import written_messages
from core.testing.races import overlapping_pairs, race
from plugins.group_buy.actions.writing import write_to_members
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.tests.groups import group_at, group_of
from plugins.group_buy.tests.test_console import BASE, MANAGE, VIEW


@pytest.fixture
def notes(run_jobs):
    def found():
        run_jobs()
        with reading():
            return [body for _topic, body in written_messages("group_buy.note")]

    return found


def test_paid_members_are_told_and_nobody_else(tea_shop, at_console, open_group, member, gateway, notes):
    code = open_group()
    pay(gateway, member().join(code))
    member().join(code)
    desk = at_console(tea_shop, VIEW, MANAGE)
    page = f"{BASE}/groups/{group_at(code).id}"
    answer = desk.post(f"{page}/write", {"text": "One more, and it goes out today!"})
    assert "Written to 2 members." in desk.get(answer.location).text
    told = notes()
    assert len(told) == 2
    assert all("One more, and it goes out today!" in body for body in told)


@pytest.mark.parametrize("text", ["", "   ", "x" * 301])
def test_words_that_are_none_or_too_many_are_refused(tea_shop, at_console, open_group, notes, text):
    desk = at_console(tea_shop, VIEW, MANAGE)
    page = f"{BASE}/groups/{group_at(open_group()).id}"
    answer = desk.post(f"{page}/write", {"text": text})
    assert "Write 1 to 300 characters." in desk.get(answer.location).text
    assert notes() == []


def test_reader_may_not_write(tea_shop, at_console, open_group, notes):
    page = f"{BASE}/groups/{group_at(open_group()).id}"
    assert at_console(tea_shop, VIEW).post(f"{page}/write", {"text": "Hello"}).status_code == 403
    assert notes() == []


@pytest.mark.race
def test_six_presses_at_once_write_as_often_as_the_shop_allows(open_group, notes, clock):
    group = group_at(open_group())
    attempts = race([lambda: write_to_members(group_id=group.id, text="Hello")] * 6)
    assert overlapping_pairs(attempts) > 5
    assert sum(one.error is None for one in attempts) == 2
    assert {one.error.code for one in attempts if one.error} == {"group_buy.too_many_notes"}
    assert len(notes()) == 2
    clock.advance(days=1)
    assert write_to_members(group_id=group.id, text="Hello") == 1


def test_group_that_nobody_paid_for_hears_nothing(member, activity, tea):
    group = group_of(member().start(activity, tea.variant_id))
    with pytest.raises(GroupBuyError) as refused:
        write_to_members(group_id=group.id, text="Hello")
    assert refused.value.code == "group_buy.no_members"
