"""The three walls between shops, each tried from inside another shop."""

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from core.commerce.messages.models import Message
from core.kernel.command import command
from core.kernel.db import ForeignRowRefused, StatementRefused, reading, session
from core.kernel.tenancy import SYSTEM, NoScope, shop_bound

table = Message.__table__


@command("system")
def write_message(*, body, shop_id=None):
    row = Message(topic="t", channel="email", recipient="a@example.com", body=body)
    if shop_id:
        row.shop_id = shop_id
    session().add(row)
    session().flush()
    return row.id


@pytest.fixture
def both(shop, other_shop):
    for scope in (shop, other_shop):
        with shop_bound(scope, SYSTEM):
            write_message(body=scope.handle)
    return shop, other_shop


def bodies(rows):
    return [row.body for row in rows]


def test_orm_select_sees_only_the_bound_shop(both):
    shop, other = both
    with shop_bound(shop, SYSTEM), reading():
        assert bodies(session().scalars(select(Message))) == [shop.handle]
    with shop_bound(other, SYSTEM), reading():
        assert bodies(session().scalars(select(Message))) == [other.handle]


def test_core_select_without_filter_is_stopped_by_row_level_security(both):
    shop, _ = both
    with shop_bound(shop, SYSTEM), reading():
        assert bodies(session().execute(select(table.c.body))) == [shop.handle]
        assert bodies(session().execute(text("SELECT body FROM messages_message"))) == [shop.handle]
        assert bodies(session().connection().execute(select(table.c.body))) == [shop.handle]


def test_core_update_without_filter_changes_only_the_bound_shop(both):
    shop, other = both

    @command("system")
    def rewrite():
        session().execute(update(table).values(body="changed"))

    with shop_bound(shop, SYSTEM):
        rewrite()
    with shop_bound(other, SYSTEM), reading():
        assert bodies(session().scalars(select(Message))) == [other.handle]


def test_row_of_another_shop_is_refused_by_the_session(both):
    shop, other = both
    with shop_bound(shop, SYSTEM), pytest.raises(ForeignRowRefused):
        write_message(body="x", shop_id=other.shop_id)


def test_bulk_insert_for_another_shop_is_refused_by_the_database(both):
    shop, other = both

    @command("system")
    def smuggle():
        row = {
            "shop_id": other.shop_id,
            "topic": "t",
            "channel": "email",
            "recipient": "a",
            "subject": "",
            "body": "x",
        }
        session().execute(insert(Message), [row])

    with shop_bound(shop, SYSTEM), pytest.raises(DBAPIError, match="row-level security"):
        smuggle()


def test_work_without_a_shop_is_an_error():
    with pytest.raises(NoScope), reading():
        session().scalars(select(Message)).all()


def test_binding_another_shop_inside_one_is_refused(both):
    shop, other = both
    with shop_bound(shop, SYSTEM), pytest.raises(NoScope), shop_bound(other, SYSTEM):
        pass


@pytest.mark.parametrize(
    "statement",
    [
        "SET app.shop_id = '2'",
        "set local app.shop_id='2'",
        "RESET app.shop_id",
        "SELECT set_config('app.shop_id','2',true)",
    ],
)
def test_statements_that_touch_settings_are_refused(both, statement):
    shop, _ = both
    with shop_bound(shop, SYSTEM), reading(), pytest.raises(StatementRefused):
        session().execute(text(statement))


def test_nothing_of_the_shop_stays_on_the_pooled_connection(both):
    from core.kernel.db import app_engine

    shop, _ = both
    with shop_bound(shop, SYSTEM), reading():
        session().scalars(select(Message)).all()
    with app_engine().connect() as connection, pytest.raises(DBAPIError):
        connection.execute(select(table.c.body)).all()
