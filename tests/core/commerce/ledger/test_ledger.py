"""The ledger: written once, never changed, always balanced, and limits that nobody gets around."""

import functools

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.commerce.ledger.accounts import (
    GATEWAY_CLEARING,
    MERCHANT_PENDING,
    REFUNDS_OWED,
    AccountKind,
)
from core.commerce.ledger.actions import post_transfer
from core.commerce.ledger.models import Account, Transfer
from core.commerce.ledger.queries import balances
from core.kernel import command as kernel_command
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.races import overlapping_pairs, race

ONE, TWO = AccountKind("test:one"), AccountKind("test:two")


@command("system")
def post(debit, credit, amount, source="s", *, purpose="test", currency="CNY"):
    return post_transfer(
        debit=debit, credit=credit, amount=Money(amount, currency), purpose=purpose, source=source
    )


def nets():
    with reading():
        return {(balance.code, balance.currency): balance.net for balance in balances()}


def transfers():
    with reading():
        return session().scalars(select(Transfer)).all()


def test_transfer_is_written_once_for_its_purpose_and_source(in_shop):
    assert post(ONE, TWO, 500) is True
    assert [post(ONE, TWO, amount) for amount in (500, 900)] == [False, False]
    assert post(ONE, TWO, 100, purpose="other") is True
    assert nets() == {("test:one", "CNY"): -600, ("test:two", "CNY"): 600}


@pytest.mark.race
def test_sixteen_equal_transfers_at_once_move_the_money_once(in_shop):
    attempts = race([lambda: post(ONE, TWO, 500)] * 16)
    assert overlapping_pairs(attempts) > 30
    assert [attempt.error for attempt in attempts] == [None] * 16
    assert sum(attempt.value for attempt in attempts) == 1
    assert nets() == {("test:one", "CNY"): -500, ("test:two", "CNY"): 500}


@pytest.mark.race
def test_transfers_in_both_directions_never_deadlock(in_shop, monkeypatch):
    post(ONE, TWO, 1, "first")
    monkeypatch.setattr(kernel_command, "_TRIES", 1)
    pairs = [(ONE, TWO), (TWO, ONE)]
    attempts = race([functools.partial(post, *pairs[n % 2], 100 + n, f"s{n}") for n in range(24)])
    assert [attempt.error for attempt in attempts] == [None] * 24
    found = nets()
    assert sum(found.values()) == 0
    assert found["test:two", "CNY"] == 1 + sum(100 + n if n % 2 == 0 else -100 - n for n in range(24))


def test_nothing_moves_for_zero_and_less_is_refused(in_shop):
    assert post(ONE, TWO, 0) is False
    with pytest.raises(IntegrityError, match="ck_ledger_transfer_amount"):
        post(ONE, TWO, -5)
    with pytest.raises(IntegrityError, match="ck_ledger_transfer_sides"):
        post(ONE, ONE, 5)
    assert transfers() == []


def test_limits_stand_on_the_account_itself(in_shop):
    post(GATEWAY_CLEARING, MERCHANT_PENDING, 1_000, "capture")
    with pytest.raises(IntegrityError, match="ck_ledger_account_limit"):
        post(MERCHANT_PENDING, GATEWAY_CLEARING, 1_001, "too much")
    with pytest.raises(IntegrityError, match="ck_ledger_account_limit"):
        post(REFUNDS_OWED, GATEWAY_CLEARING, 1, "never owed")
    post(MERCHANT_PENDING, REFUNDS_OWED, 1_000, "owed")
    post(REFUNDS_OWED, GATEWAY_CLEARING, 1_000, "settled")
    # The merchant may owe: a clawback is never capped.
    post(MERCHANT_PENDING, TWO, 700, "clawback")
    assert nets() == {
        ("gateway:clearing", "CNY"): 0,
        ("merchant:pending", "CNY"): -700,
        ("refunds:owed", "CNY"): 0,
        ("test:two", "CNY"): 700,
    }


def test_currencies_never_meet(in_shop):
    post(ONE, TWO, 100, "cny")
    post(ONE, TWO, 100, "usd", currency="USD")
    assert len(nets()) == 4
    with reading():
        accounts = {(row.code, row.currency): row.id for row in session().scalars(select(Account))}
    row = transfer_row(accounts["test:one", "CNY"], accounts["test:two", "USD"])
    with pytest.raises(IntegrityError, match="fk_ledger_transfer_credit"):
        write(Transfer, row)


def test_accounts_of_another_shop_cannot_be_touched(shop, other_shop, platform):
    with shop_bound(other_shop, SYSTEM):
        post(ONE, TWO, 100)
        with reading():
            theirs = session().scalars(select(Account.id).order_by(Account.code)).all()
    with shop_bound(shop, SYSTEM), pytest.raises(IntegrityError, match="fk_ledger_transfer"):
        write(Transfer, transfer_row(*theirs))


def transfer_row(debit_id, credit_id):
    return {
        "id": new_id(),
        "debit_id": debit_id,
        "credit_id": credit_id,
        "currency": "CNY",
        "amount": 5,
        "purpose": "test",
        "source": "by hand",
    }


@command("system")
def write(model, row):
    session().execute(insert(model), [row])


@command("system")
def run(statement):
    session().execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_transfer SET amount = 1",
        "UPDATE ledger_transfer SET source = 'x' WHERE false",
        "DELETE FROM ledger_transfer",
        "TRUNCATE ledger_transfer",
        "UPDATE ledger_account SET credits = credits + 1",
        "UPDATE ledger_account SET must_not = NULL",
        "DELETE FROM ledger_account",
        "TRUNCATE ledger_account CASCADE",
        "UPDATE kernel_event SET body = '{}'",
        "DELETE FROM kernel_event",
        "INSERT INTO ledger_transfer SELECT * FROM ledger_transfer"
        " ON CONFLICT (shop_id, id) DO UPDATE SET amount = 1",
        "ALTER TABLE ledger_transfer DISABLE TRIGGER ALL",
        "ALTER TABLE ledger_transfer DISABLE ROW LEVEL SECURITY",
        "DROP TRIGGER ledger_append_only ON ledger_transfer",
        "CREATE OR REPLACE FUNCTION ledger_apply() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "SELECT 1 FROM ledger_transfer FOR UPDATE",
    ],
)
def test_application_cannot_change_what_is_written(in_shop, statement):
    post(ONE, TWO, 500)
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        run(statement)
    assert (nets(), len(transfers())) == ({("test:one", "CNY"): -500, ("test:two", "CNY"): 500}, 1)


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_transfer SET amount = 1", "DELETE FROM ledger_transfer"]
)
def test_not_even_the_owner_changes_a_transfer(in_shop, owner_engine, statement):
    post(ONE, TWO, 500)
    with owner_engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))


def test_account_begins_at_zero_whatever_is_written(in_shop):
    row = {"id": new_id(), "code": "test:rich", "currency": "CNY", "must_not": None}
    write(Account, {**row, "debits": 0, "credits": 1_000_000})
    assert nets() == {("test:rich", "CNY"): 0}


def test_table_of_ones_own_does_not_catch_the_balances(in_shop):
    """The trigger works for the owner; a temporary table of the same name must not be what it writes to."""
    post(ONE, TWO, 100, "before")

    @command("system")
    def deceive():
        session().execute(
            text("CREATE TEMPORARY TABLE ledger_account (LIKE public.ledger_account) ON COMMIT DROP")
        )
        row = session().execute(text("SELECT debit_id, credit_id FROM ledger_transfer LIMIT 1")).one()
        values = {**transfer_row(row.debit_id, row.credit_id), "shop_id": in_shop.shop_id}
        session().execute(
            text(
                "INSERT INTO ledger_transfer (shop_id, id, debit_id, credit_id, currency, amount, purpose, source,"
                " created_at) VALUES (:shop_id, :id, :debit_id, :credit_id, :currency, :amount, :purpose, :source,"
                " now())"
            ),
            values,
        )

    deceive()
    assert nets() == {("test:one", "CNY"): -105, ("test:two", "CNY"): 105}
