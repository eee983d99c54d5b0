"""Statements of the hottest paths: compiled once, sent to the driver as they are, answered with plain rows.

Around a statement that PostgreSQL answers in 0.1 ms the ORM spends one to two milliseconds on compiling, filtering and
making objects. What a quote, a product page or an order asks and writes each time is therefore a Core statement that names
its shop itself, wrapped in a `HotStatement`. Row security in the database holds for it as for everything else.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import psycopg
from sqlalchemy import ARRAY, Connection, Delete, Insert, Select, Table, TextClause, Update, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from core.kernel.db import ShopSession, session
from core.kernel.tenancy import current_scope

SHOP = "shop_id"
# Called with each statement before it is sent: tests count what a page asks.
watchers: list[Callable[[str], None]] = []

_dialect = psycopg_dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]
_CURSOR = "hot_cursor"

Hot = Select[*tuple[Any, ...]] | Insert | Update | Delete | TextClause
Make = Callable[[Any], Any]


class NotPlain(TypeError):
    """The statement cannot go to the driver as it is: it does not name its shop, or needs SQLAlchemy's help each time."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`makers` turn values of some parameters into what the driver takes (dictionaries into JSON)."""

    text: str
    row: Make
    defaults: Mapping[str, Any]
    makers: Mapping[str, Make]

    def asked(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters of one execution."""
        found = {**self.defaults, **parameters, SHOP: current_scope().shop_id}
        for name, make in self.makers.items():
            found[name] = make(found[name])
        return found


class HotStatement:
    """A statement compiled once. It names its shop with `bindparam("shop_id")`, which is filled in with the bound shop.

    Lists are bound as arrays (`column == any_(bindparam("ids", type_=ARRAY(Uuid)))`); `IN` would change the text with its
    length. Answered columns of types that Python has to convert (enumerations, decorated types) are refused with NotPlain
    on first use; uuid, json, text, numbers, booleans, times and arrays of them need no conversion. `names` are the answered
    columns of a statement in plain SQL. What the session has not written yet is written first.
    """

    def __init__(self, statement: Hot, *, names: Sequence[str] = ()) -> None:
        self._statement, self._names = statement, names

    def rows(self, **parameters: Any) -> list[Any]:
        """The answered rows, as named tuples. Raises what SQLAlchemy raises when the database refuses."""
        compiled = self._compiled
        return list(map(compiled.row, self._sent(compiled.asked(parameters)).fetchall()))

    def first(self, **parameters: Any) -> Any:
        """The first answered row, or None."""
        return next(iter(self.rows(**parameters)), None)

    def run(self, **parameters: Any) -> int:
        """Execute it; returns how many rows it touched."""
        return self._sent(self._compiled.asked(parameters)).rowcount

    def run_all(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it once for each of `rows`, sent together."""
        if len(rows) == 1:
            self.run(**rows[0])
        elif rows:
            self._sent([self._compiled.asked(row) for row in rows])

    def _sent(self, asked: dict[str, Any] | list[dict[str, Any]]) -> psycopg.Cursor[tuple[Any, ...]]:
        current, text = session(), self._compiled.text
        current.flush()
        for watcher in watchers:
            watcher(text)
        return _executed(current, text, asked)

    @cached_property
    def _compiled(self) -> _Compiled:
        compiled = self._statement.compile(dialect=_dialect)
        open_ones = {name for name, value in compiled.params.items() if value is None}
        scalars = {name: value for name, value in _scalars(self._statement).items() if name in open_ones}
        text = str(compiled)
        # What has no value of its own must be passed: the driver says which one is missing.
        own = {name: value for name, value in compiled.params.items() if name not in open_ones}
        defaults = {**own, **scalars}
        if SHOP not in compiled.binds:
            raise NotPlain("a hot statement names its shop: Table.shop_id == bindparam('shop_id')")
        if "POSTCOMPILE" in text:
            raise NotPlain("its text changes with the length of a list: bind lists as arrays")
        makers = {
            name: make
            for name, bind in compiled.binds.items()
            if not isinstance(bind.type, ARRAY)
            and (make := bind.type.dialect_impl(_dialect).bind_processor(_dialect)) is not None
        }
        return _Compiled(text, self._row_maker(), defaults, makers)

    def _row_maker(self) -> Make:
        names = list(self._names)
        for column in _answered(self._statement):
            if _converted(column.type):
                raise NotPlain(f"column {column.key}: its type {column.type!r} is converted in Python")
            names.append(str(column.key))
        row: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024
        return cast(Make, row._make)


def insert_into(mapped: Any) -> HotStatement:
    """One new row of a mapped class: its columns are parameters; those with a plain default, or NULL, may be left out."""
    table: Table = mapped.__table__
    given = (column for column in table.columns if column.computed is None)
    return HotStatement(insert(table).values({one.key: bindparam(one.key, type_=one.type) for one in given}))


def _answered(statement: Hot) -> Sequence[Any]:
    if isinstance(statement, TextClause):
        return ()
    found = statement.selected_columns if isinstance(statement, Select) else statement.exported_columns
    return list(found)


def _scalars(statement: Hot) -> dict[str, Any]:
    """What an INSERT writes for parameters that are not passed: NULL and plain defaults."""
    if not isinstance(statement, Insert):
        return {}
    columns = cast(Table, statement.table).columns
    found: dict[str, Any] = {one.key: None for one in columns if one.nullable and one.computed is None}
    plain = {one.key: one.default for one in columns if one.default is not None and one.default.is_scalar}
    return {**found, **{key: cast(Any, default).arg for key, default in plain.items()}}


def _converted(kind: TypeEngine[Any]) -> bool:
    """Whether SQLAlchemy makes something else of what the driver answers; the driver makes lists of arrays itself."""
    if isinstance(kind, ARRAY):
        return _converted(kind.item_type)
    return kind.dialect_impl(_dialect).result_processor(_dialect, None) is not None


def _executed(
    current: ShopSession, text: str, asked: dict[str, Any] | list[dict[str, Any]]
) -> psycopg.Cursor[tuple[Any, ...]]:
    connection = current.connection()
    cursor = _cursor(connection)
    try:
        if isinstance(asked, list):
            cursor.executemany(text, asked)
        else:
            cursor.execute(text, asked)
    except psycopg.Error as error:
        raise _told(connection, text, asked, error) from error
    return cursor


def _cursor(connection: Connection) -> psycopg.Cursor[tuple[Any, ...]]:
    """One cursor for the whole life of a connection: making one costs half of what a small statement does."""
    known: psycopg.Cursor[tuple[Any, ...]] | None = connection.info.get(_CURSOR)
    if known is None:
        known = connection.info[_CURSOR] = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
    return known


def _told(connection: Connection, text: str, asked: Any, error: psycopg.Error) -> BaseException:
    """The error as SQLAlchemy would have raised it; a connection that ended is not used again."""
    ended = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if ended:
        connection.invalidate(error)
    return DBAPIError.instance(
        text,
        asked,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=ended,
        dialect=_dialect,
    )
