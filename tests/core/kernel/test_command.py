"""A command owns its transaction: repeated after a deadlock, undone whole, never half a job, never two connections."""

from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from core.commerce.messages.models import Message
from core.kernel import jobs
from core.kernel.command import command
from core.kernel.db import ShopSession, app_engine, reading, savepoint, session
from core.kernel.errors import NotFound, OutcomeUnknown, PermissionRefused, TemporarilyUnavailable
from core.kernel.ids import new_id
from core.kernel.tenancy import GUEST, SYSTEM, Actor, NoScope, acting_as, shop_bound
from core.testing import answers
from core.testing.races import race


@jobs.job("test.noted", queue="bulk")
def noted(**_):
    """Does nothing; the tests look at its row."""


@command("system")
def write(*, body):
    row = Message(id=new_id(), topic="t", channel="email", recipient="a@example.com", body=body)
    session().add(row)
    session().flush()
    return row.id


def bodies():
    with reading():
        return sorted(session().scalars(select(Message.body)))


def job_rows():
    with app_engine().connect() as connection:
        counted = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'test.noted'")
        return connection.execute(counted).scalar_one()


@pytest.fixture(autouse=True)
def no_jobs(database):
    with app_engine().begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = 'test.noted'"))


def fail_as(state):
    session().execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"))


class Tries:
    """Counts the tries of a command and fails the first ones with an SQLSTATE."""

    def __init__(self, *states):
        self.states = list(states)
        self.count = 0

    def __call__(self):
        self.count += 1
        if self.states:
            fail_as(self.states.pop(0))


@pytest.mark.parametrize("state", ["40P01", "40001", "55P03", "25P02"])
def test_transaction_is_repeated_and_leaves_one_effect(in_shop, state):
    tries = Tries(state, state)

    @command("system")
    def act():
        write(body="once")
        jobs.defer(noted, number=1)
        tries()
        return "done"

    assert act() == "done"
    assert (tries.count, bodies(), job_rows()) == (3, ["once"], 1)


def test_transaction_that_never_gets_through_is_given_up_and_undone(in_shop):
    tries = Tries(*["40P01"] * 9)

    @command("system")
    def act():
        write(body="never")
        jobs.defer(noted, number=1)
        tries()

    with pytest.raises(TemporarilyUnavailable):
        act()
    assert (tries.count, bodies(), job_rows()) == (4, [], 0)


def test_other_database_errors_are_not_repeated(in_shop):
    tries = Tries("22012")

    @command("system")
    def act():
        tries()

    with pytest.raises(DBAPIError):
        act()
    assert tries.count == 1


@pytest.mark.race
def test_two_that_lock_each_others_rows_both_succeed(in_shop):
    one, two = write(body=""), write(body="")

    def add(first, second, sign):
        @command("system")
        def act():
            for row_id in (first, second):
                session().execute(
                    update(Message).where(Message.id == row_id).values(body=func.concat(Message.body, sign))
                )
                session().execute(text("SELECT pg_sleep(0.1)"))

        return act

    attempts = race([add(one, two, "a"), add(two, one, "b")])
    assert [attempt.error for attempt in attempts] == [None, None]
    assert [sorted(body) for body in bodies()] == [["a", "b"], ["a", "b"]]


def lose_connection(owner_engine):
    pid = session().execute(text("SELECT pg_backend_pid()")).scalar_one()
    with app_engine().connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


def test_connection_lost_on_the_way_is_another_try(in_shop, owner_engine):
    tries = []

    @command("system")
    def act():
        tries.append(1)
        write(body="once")
        if len(tries) == 1:
            lose_connection(owner_engine)
        write(body="twice")

    act()
    assert (len(tries), bodies()) == (2, ["once", "twice"])


def test_connection_lost_while_jobs_are_written_is_another_try(in_shop, owner_engine):
    tries = []

    @command("system")
    def act():
        tries.append(1)
        write(body="once")
        jobs.defer(noted, number=1)
        if len(tries) == 1:
            session().flush()
            lose_connection(owner_engine)

    act()
    assert (len(tries), bodies(), job_rows()) == (2, ["once"], 1)


@pytest.fixture
def lost_commits(monkeypatch):
    """The next commits happen, but their answers are lost; `lost_commits(2)` loses two."""
    left = [0]
    real = ShopSession.commit

    def commit(self):
        real(self)
        if left[0]:
            left[0] -= 1
            raise OperationalError("COMMIT", None, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(ShopSession, "commit", commit)
    return lambda count: left.__setitem__(0, count)


def test_commit_without_an_answer_is_not_repeated(in_shop, lost_commits):
    lost_commits(1)
    with pytest.raises(OutcomeUnknown):
        write(body="once")
    assert bodies() == ["once"]


def test_commit_without_an_answer_is_repeated_under_an_idempotency_key(in_shop, lost_commits):
    @command("system", idempotent=True)
    def act(*, body):
        return {"id": str(write(body=body))}

    lost_commits(2)
    answer = act(body="once", idempotency_key="key-00000001")
    assert bodies() == ["once"]
    assert act(body="once", idempotency_key="key-00000001") == answer


def test_inner_command_joins_and_falls_with_the_outer_one(in_shop):
    @command("system")
    def act():
        write(body="inner")
        raise NotFound

    with pytest.raises(NotFound):
        act()
    assert bodies() == []


@command("orders.refund")
def staff_matter():
    return write_as_system()


def write_as_system():
    with acting_as(SYSTEM):
        return write(body="by the system")


@command("buyer")
def buyer_reaches_for_staff_matter():
    staff_matter()


@command("buyer")
def buyer_reaches_for_the_systems():
    write(body="inner")


@pytest.mark.parametrize("act", [buyer_reaches_for_staff_matter, buyer_reaches_for_the_systems])
@pytest.mark.parametrize("actor", [GUEST, Actor("customer", uuid4())])
def test_inner_command_is_checked_for_its_own_permission(in_shop, act, actor):
    with acting_as(actor), pytest.raises(PermissionRefused):
        act()
    assert bodies() == []


def test_staff_may_what_they_were_given_in_this_shop_and_nothing_as_buyer_or_system(platform, in_shop):
    staff = Actor("staff", new_id())
    answers.permissions[staff.id] = {"orders.refund", "buyer", "system"}
    with acting_as(staff):
        staff_matter()
        for act in (buyer_reaches_for_staff_matter, lambda: write(body="x")):
            with pytest.raises(PermissionRefused):
                act()
    answers.permissions[staff.id] = {"orders.view"}
    with acting_as(staff), pytest.raises(PermissionRefused):
        staff_matter()
    assert bodies() == ["by the system"]


def test_command_without_a_shop_is_an_error(platform, in_shop):
    import contextvars

    def lost():
        with acting_as(SYSTEM):
            write(body="where?")

    with pytest.raises(NoScope):
        contextvars.Context().run(lost)


def test_rows_read_before_a_command_stay_readable_and_are_read_anew_afterwards(in_shop):
    row_id = write(body="before")

    @command("system")
    def change():
        session().execute(update(Message).where(Message.id == row_id).values(body="after"))

    with reading():
        row = session().scalars(select(Message)).one()
        change()
        assert row.body == "before"
        assert session().scalars(select(Message)).one().body == "after"


def test_command_inside_a_request_uses_the_requests_one_connection(in_shop):
    pool = app_engine().pool
    idle = pool.checkedout()

    @command("system")
    def count():
        session().scalars(select(Message)).all()
        return pool.checkedout() - idle

    with reading():
        session().scalars(select(Message)).all()
        assert pool.checkedout() - idle == 1
        assert count() == 1
        session().scalars(select(Message)).all()
        assert pool.checkedout() - idle == 1
    assert pool.checkedout() == idle


def test_nothing_can_be_written_while_reading(in_shop):
    row_id = write(body="as it was")
    values = {
        "topic": "t",
        "channel": "email",
        "recipient": "a",
        "subject": "",
        "body": "x",
        "created_at": func.now(),
    }
    attempts = [
        lambda: session().execute(update(Message).values(body="lost")),
        lambda: session().execute(insert(Message).values(id=new_id(), shop_id=in_shop.shop_id, **values)),
        lambda: session().execute(text("UPDATE messages_message SET body = 'lost'")),
        lambda: session().scalars(select(Message).with_for_update()).all(),
    ]
    for attempt in attempts:
        with reading(), pytest.raises(DBAPIError, match="read-only transaction"):
            attempt()
    with reading():
        session().scalars(select(Message).where(Message.id == row_id)).one().body = "lost"
        with pytest.raises(DBAPIError, match="read-only transaction"):
            session().flush()
    # The same pooled connections write again.
    for number in range(3):
        write(body=f"written {number}")
    assert bodies() == ["as it was", "written 0", "written 1", "written 2"]


def test_jobs_and_rows_of_a_savepoint_that_failed_never_were(in_shop):
    @command("system")
    def act():
        jobs.defer(noted, number=1)
        with suppress(NotFound), savepoint():
            write(body="inside")
            jobs.defer(noted, number=2)
            raise NotFound
        write(body="outside")

    act()
    assert (bodies(), job_rows()) == (["outside"], 1)


def test_savepoint_keeps_what_succeeded(in_shop):
    @command("system")
    def act():
        with savepoint():
            write(body="inside")
            jobs.defer(noted, number=2)

    act()
    assert (bodies(), job_rows()) == (["inside"], 1)


def test_shops_never_mix_within_one_thread(shop, other_shop, platform):
    with shop_bound(shop, SYSTEM):
        write(body="mine")
        with pytest.raises(NoScope), shop_bound(other_shop, SYSTEM):
            write(body="theirs")
    with shop_bound(other_shop, SYSTEM):
        assert bodies() == []
