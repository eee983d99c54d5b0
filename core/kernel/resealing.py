"""Sealing again what lies in the database: values from before they were sealed, and those of a key that was replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Row, inspect, text

from core.kernel.db import Base
from core.kernel.sealed import BEGINNING, Keyring, NoSealingKey, SealBroken, SealedJson, SealedText

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Resealed:
    """What became of the values: `sealed` anew, `unreadable` with the keys at hand, of which `forgotten` were emptied."""

    sealed: int = 0
    unreadable: int = 0
    forgotten: int = 0


def reseal_everything(engine: Engine, keyring: Keyring, *, forget: bool = False) -> Resealed:
    """Seal with the newest key what is open or sealed with another, in every shop; may be stopped and run again.

    What no key opens stays as it is, or with `forget` is emptied, so that merchants can type it anew.
    `engine` is the owner's, whom row-level security does not bind. Raises NoSealingKey.
    """
    if not keyring:
        raise NoSealingKey
    sealed = unreadable = forgotten = 0
    for column in sealed_columns(Base.metadata):
        last: tuple[Any, ...] = (0, "00000000-0000-0000-0000-000000000000")
        while batch := _batch(engine, column, last):
            last = batch[-1].shop_id, batch[-1].id
            for row in batch:
                if not keyring.is_newest(row.stored):
                    outcome = _reseal(engine, column, keyring, row, forget=forget)
                    sealed += outcome == "sealed"
                    unreadable += outcome != "sealed"
                    forgotten += outcome == "forgotten"
    return Resealed(sealed, unreadable, forgotten)


def open_values(engine: Engine) -> int:
    """How many values of sealed columns still lie there as they were typed."""
    with engine.connect() as connection:
        return sum(
            connection.execute(
                text(
                    f"SELECT count(*) FROM {column.table.name}"  # noqa: S608 - names of our own models
                    f" WHERE {_stored(column)} NOT IN ('', '{{}}') AND NOT starts_with({_stored(column)}, :beginning)"
                ),
                {"beginning": BEGINNING},
            ).scalar_one()
            for column in _present(connection)
        )


def sealed_columns(metadata: MetaData) -> list[Column[Any]]:
    """Every column that is declared as sealed."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, SealedText | SealedJson)
    ]


def _present(connection: Connection) -> list[Column[Any]]:
    """Those whose table exists: a database may be older than the program."""
    tables = set(inspect(connection).get_table_names())
    return [column for column in sealed_columns(Base.metadata) if column.table.name in tables]


def _stored(column: Column[Any]) -> str:
    """The stored text, past the type that opens it."""
    return column.name if isinstance(column.type, SealedText) else f"({column.name} #>> '{{}}')"


def _batch(engine: Engine, column: Column[Any], last: tuple[Any, ...]) -> Sequence[Row[Any]]:
    statement = text(
        f"SELECT shop_id, id, {_stored(column)} AS stored FROM {column.table.name}"  # noqa: S608
        f" WHERE (shop_id, id) > (:shop_id, CAST(:id AS uuid)) AND {_stored(column)} NOT IN ('', '{{}}')"
        " ORDER BY shop_id, id LIMIT :most"
    )
    with engine.connect() as connection:
        return connection.execute(statement, {"shop_id": last[0], "id": str(last[1]), "most": _BATCH}).all()


def _reseal(engine: Engine, column: Column[Any], keyring: Keyring, row: Row[Any], *, forget: bool) -> str:
    is_text = isinstance(column.type, SealedText)
    purpose = column.type.purpose  # type: ignore[attr-defined]  # one of the two sealed types
    try:
        opened = keyring.open(row.stored, shop_id=row.shop_id, purpose=purpose)
    except SealBroken:
        if not forget:
            return "unreadable"
        fresh, outcome = ("" if is_text else "{}"), "forgotten"
    else:
        fresh, outcome = keyring.seal(opened, shop_id=row.shop_id, purpose=purpose), "sealed"
    value = "CAST(:fresh AS text)" if is_text else "to_jsonb(CAST(:fresh AS text))"
    if not is_text and outcome == "forgotten":
        value = "CAST(:fresh AS jsonb)"
    # Only what was read: somebody may have typed a new one meanwhile.
    statement = text(
        f"UPDATE {column.table.name} SET {column.name} = {value}"  # noqa: S608
        f" WHERE shop_id = :shop_id AND id = :id AND {_stored(column)} = :stored"
    )
    with engine.begin() as connection:
        connection.execute(
            statement, {"fresh": fresh, "shop_id": row.shop_id, "id": row.id, "stored": row.stored}
        )
    return outcome
