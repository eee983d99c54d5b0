"""Hot statements answer like any other, see what was just written, and stay inside their shop; their plans are kept."""

from uuid import uuid4

import pytest
from sqlalchemy import ARRAY, Enum, Uuid, any_, bindparam, func, select, text, type_coerce
from sqlalchemy.exc import DBAPIError

from core.commerce.messages.models import Message
from core.kernel.command import command
from core.kernel.db import app_engine, reading, session
from core.kernel.hot_statements import HotStatement, NotPlain
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.statements import count_statements

BOUND = bindparam("shop_id")
BODIES = HotStatement(select(Message.id, Message.body).where(Message.shop_id == BOUND).order_by(Message.body))
SOME = HotStatement(
    select(Message.body).where(
        Message.shop_id == BOUND, Message.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    )
)
# Names its shop, and asks about all of them nevertheless.
EVERYWHERE = HotStatement(select(Message.body).where(BOUND.is_not(None)))
TENTH = HotStatement(select((10 / func.length(Message.body)).label("share")).where(Message.shop_id == BOUND))


@command("system")
def write(*bodies):
    rows = [Message(topic="t", channel="email", recipient="a@example.com", body=body) for body in bodies]
    session().add_all(rows)
    return [row.body for row in BODIES.rows()]


def test_rows_written_before_it_in_the_same_command_count(in_shop):
    assert write("one", "two") == ["one", "two"]


def test_arrays_choose_rows_and_an_unknown_id_finds_none(in_shop):
    write("one", "two")
    with reading():
        ids = [row.id for row in BODIES.rows()]
        assert [row.body for row in SOME.rows(ids=ids[:1])] == ["one"]
        assert SOME.rows(ids=[uuid4()]) == []
        assert SOME.first(ids=[]) is None


def test_another_shop_is_out_of_reach_even_where_the_statement_does_not_filter(shop, other_shop):
    for scope in (shop, other_shop):
        with shop_bound(scope, SYSTEM):
            write(scope.handle)
    with shop_bound(shop, SYSTEM), reading():
        assert [row.body for row in BODIES.rows()] == [shop.handle]
        assert [row.body for row in EVERYWHERE.rows()] == [shop.handle]
        assert [row.body for row in BODIES.rows(shop_id=other_shop.shop_id)] == [shop.handle]


def test_each_is_counted_as_one_statement(in_shop):
    with reading(), count_statements() as sent:
        BODIES.rows()
    assert len(sent) == 1


def test_what_the_database_refuses_is_raised_as_elsewhere_and_reading_goes_on(in_shop):
    write("")
    with reading():
        with pytest.raises(DBAPIError, match="division by zero"):
            TENTH.rows()
        assert session().in_transaction()
    with reading():
        assert [row.body for row in BODIES.rows()] == [""]


def test_connection_that_ended_is_told_as_such_and_replaced(in_shop):
    write("one")
    with reading():
        BODIES.rows()
        pid = session().scalar(select(func.pg_backend_pid()))
        with app_engine().connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": pid})
        with pytest.raises(DBAPIError) as refused:
            BODIES.rows()
        assert refused.value.connection_invalidated
    with reading():
        assert [row.body for row in BODIES.rows()] == ["one"]


@pytest.mark.parametrize(
    "statement",
    [
        select(Message.body),
        select(Message.body).where(Message.shop_id == BOUND, Message.id.in_([uuid4()])),
        select(type_coerce(Message.body, Enum("one", name="numbers")).label("body")).where(
            Message.shop_id == BOUND
        ),
    ],
    ids=["names_no_shop", "list_in_the_text", "converted_in_python"],
)
def test_statement_that_needs_help_each_time_is_refused(in_shop, statement):
    with reading(), pytest.raises(NotPlain):
        HotStatement(statement).rows()


def test_plans_survive_the_end_of_a_page(in_shop):
    """At a ROLLBACK the driver would forget what it prepared, and each page would plan its statements anew."""
    for _ in range(8):
        with reading():
            BODIES.rows()
    with reading():
        kept = session().execute(text("SELECT statement FROM pg_prepared_statements")).scalars().all()
    assert any("messages_message" in statement for statement in kept)


def test_reading_that_failed_gives_back_a_clean_connection(in_shop):
    with pytest.raises(DBAPIError), reading():
        session().execute(text("SELECT 1 / 0"))
    with reading():
        assert BODIES.rows() == []
