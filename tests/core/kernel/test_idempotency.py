"""One key, one effect: a repetition gets the stored answer, other arguments are refused, a failure leaves the key free."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from core.commerce.messages.models import Message
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.idempotency import IdempotencyKey, KeyReused
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.testing.races import overlapping_pairs, race

KEY = "a-key-of-the-browser"


@command("buyer", idempotent=True)
def post(*, body, **more):
    row = Message(id=new_id(), topic="t", channel="email", recipient="a@example.com", body=str(body))
    session().add(row)
    session().flush()
    if body == "bad":
        raise NotFound
    return {"id": str(row.id), "said": [body, *more]}


@command("buyer", idempotent=True)
def post_other(*, body):
    return {"other": body}


def effects():
    with reading():
        return session().scalar(select(func.count()).select_from(Message))


def test_same_key_and_arguments_answer_the_same_and_act_once(in_shop):
    first = post(body="tea", idempotency_key=KEY)
    assert [post(body="tea", idempotency_key=KEY) for _ in range(3)] == [first] * 3
    assert effects() == 1


@pytest.mark.parametrize(
    "other", [{"body": "coffee"}, {"body": "tea", "cups": 2}, {"body": ["tea"]}, {"body": None}]
)
def test_same_key_with_other_arguments_is_refused_and_does_nothing(in_shop, other):
    first = post(body="tea", idempotency_key=KEY)
    with pytest.raises(KeyReused) as refused:
        post(**other, idempotency_key=KEY)
    assert refused.value.status == 422
    assert (effects(), post(body="tea", idempotency_key=KEY)) == (1, first)


@pytest.mark.race
def test_eight_at_once_have_one_effect_and_one_answer(in_shop):
    @command("buyer", idempotent=True)
    def slow(*, body):
        session().execute(text("SELECT pg_sleep(0.05)"))
        return post(body=body, idempotency_key=f"inner {KEY}")

    attempts = race([lambda: slow(body="tea", idempotency_key=KEY)] * 8)
    assert overlapping_pairs(attempts) > 20
    assert [attempt.error for attempt in attempts] == [None] * 8
    assert len({attempt.value["id"] for attempt in attempts}) == 1
    assert effects() == 1


@pytest.mark.race
def test_eight_at_once_with_other_arguments_have_one_effect(in_shop):
    attempts = race([lambda n=n: post(body=f"tea {n}", idempotency_key=KEY) for n in range(8)])
    assert sum(attempt.error is None for attempt in attempts) == 1
    assert {type(attempt.error) for attempt in attempts if attempt.error} == {KeyReused}
    assert effects() == 1


def test_refused_action_leaves_its_key_free(in_shop):
    with pytest.raises(NotFound):
        post(body="bad", idempotency_key=KEY)
    post(body="good", idempotency_key=KEY)
    assert effects() == 1


def test_deadlock_in_the_middle_has_one_effect(in_shop):
    tries = []

    @command("buyer", idempotent=True)
    def clumsy(*, body):
        tries.append(body)
        post(body=body, idempotency_key=f"inner {KEY}")
        if len(tries) < 3:
            session().execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$"))
        return {"tries": len(tries)}

    assert clumsy(body="tea", idempotency_key=KEY) == {"tries": 3}
    assert clumsy(body="tea", idempotency_key=KEY) == {"tries": 3}
    assert (len(tries), effects()) == (3, 1)


def test_key_belongs_to_one_actor_one_action_and_one_shop(shop, other_shop, platform):
    anna, ben = (Actor("customer", new_id()) for _ in range(2))
    with shop_bound(shop, anna):
        post(body="tea", idempotency_key=KEY)
        assert post_other(body="tea", idempotency_key=KEY) == {"other": "tea"}
        with acting_as(ben):
            post(body="tea", idempotency_key=KEY)
        assert effects() == 2
    with shop_bound(other_shop, anna):
        post(body="coffee", idempotency_key=KEY)
        assert effects() == 1


def test_key_holds_inside_another_command_as_well(in_shop):
    @command("system")
    def outer():
        return [post(body="tea", idempotency_key=KEY) for _ in range(2)]

    first, second = outer()
    assert (first, effects()) == (second, 1)
    with pytest.raises(KeyReused):
        post(body="coffee", idempotency_key=KEY)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (UUID(int=7), str(UUID(int=7))),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        ((1, 2), [1, 2]),
        ({"zebra", "apple", "mango", "kiwi"}, {"kiwi", "mango", "apple", "zebra"}),
    ],
)
def test_equal_arguments_are_recognised(in_shop, one, same):
    @command("buyer", idempotent=True)
    def note(*, value):
        return {"seen": True}

    note(value=one, idempotency_key=KEY)
    assert note(value=same, idempotency_key=KEY) == {"seen": True}


def test_argument_that_cannot_be_compared_is_a_programming_mistake(in_shop):
    @command("buyer", idempotent=True)
    def note(*, value):
        return {}

    with pytest.raises(TypeError):
        note(value=object(), idempotency_key=KEY)


def test_action_without_an_answer_is_not_repeated_either(in_shop):
    runs = []

    @command("buyer", idempotent=True)
    def silent():
        runs.append(1)

    assert [silent(idempotency_key=KEY), silent(idempotency_key=KEY)] == [None, None]
    assert len(runs) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 201, "with \x00 inside it", "with \ud800 inside it"])
def test_unusable_key_is_refused(in_shop, key):
    with pytest.raises(InputRefused):
        post(body="tea", idempotency_key=key)
    with reading():
        assert session().scalars(select(IdempotencyKey)).all() == []


def test_system_and_customer_keys_are_apart(in_shop):
    first = post(body="tea", idempotency_key=KEY)
    with acting_as(Actor("customer", new_id())):
        assert post(body="tea", idempotency_key=KEY) != first
    with acting_as(SYSTEM):
        assert post(body="tea", idempotency_key=KEY) == first
