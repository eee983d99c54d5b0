"""Statements of the hottest pages: compiled once, sent to the driver as they are, answered with plain rows.

Around a statement that PostgreSQL answers in 0.1 ms the ORM spends one to two milliseconds on compiling, filtering and
making objects. What a quote or a product page asks each time is therefore written as a Core `select` that names its shop
itself and wrapped in a `HotStatement`. Row security in the database holds for it as for everything else.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import ARRAY, Connection, Select
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


class NotPlain(TypeError):
    """The statement cannot go to the driver as it is: it does not name its shop, or needs SQLAlchemy's help each time."""


class HotStatement:
    """A SELECT compiled once. It names its shop with `bindparam("shop_id")`, which is filled in with the bound shop.

    Lists are bound as arrays (`column == any_(bindparam("ids", type_=ARRAY(Uuid)))`); `IN` would change the text with its
    length. Columns of types that Python has to convert (enumerations, decorated types) are refused with NotPlain on first
    use; uuid, json, text, numbers, booleans and times need no conversion.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement

    def rows(self, **parameters: Any) -> list[Any]:
        """The rows for these parameters, as named tuples. Raises what SQLAlchemy raises when the database refuses."""
        text, make, defaults = self._compiled
        current = session()
        current.flush()  # what a command has written so far counts
        asked = {**defaults, **parameters, SHOP: current_scope().shop_id}
        for watcher in watchers:
            watcher(text)
        return list(map(make, _answered(current, text, asked)))

    def first(self, **parameters: Any) -> Any:
        """The first row, or None."""
        return next(iter(self.rows(**parameters)), None)

    @cached_property
    def _compiled(self) -> tuple[str, Callable[[Sequence[Any]], Any], dict[str, Any]]:
        compiled = self._statement.compile(dialect=_dialect)
        if SHOP not in compiled.params:
            raise NotPlain("a hot statement names its shop: Table.shop_id == bindparam('shop_id')")
        for column in self._statement.selected_columns:
            if _converted(column.type):
                raise NotPlain(f"column {column.key}: its type {column.type!r} is converted in Python")
        if "POSTCOMPILE" in str(compiled):
            raise NotPlain("its text changes with the length of a list: bind lists as arrays")
        defaults = dict(compiled.params)
        if any(isinstance(value, (list, dict)) for value in defaults.values()):
            raise NotPlain("a literal in it is converted in Python: write it as SQL")
        names = [str(column.key) for column in self._statement.selected_columns]
        row: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024
        return str(compiled), row._make, defaults


def _converted(kind: TypeEngine[Any]) -> bool:
    """Whether SQLAlchemy makes something else of what the driver answers; the driver makes lists of arrays itself."""
    if isinstance(kind, ARRAY):
        return _converted(kind.item_type)
    return kind.dialect_impl(_dialect).result_processor(_dialect, None) is not None


def _answered(current: ShopSession, text: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    connection = current.connection()
    try:
        return _cursor(connection).execute(text, asked).fetchall()
    except psycopg.Error as error:
        raise _told(connection, text, asked, error) from error


def _cursor(connection: Connection) -> psycopg.Cursor[tuple[Any, ...]]:
    """One cursor for the whole life of a connection: making one costs half of what a small statement does."""
    known: psycopg.Cursor[tuple[Any, ...]] | None = connection.info.get(_CURSOR)
    if known is None:
        known = connection.info[_CURSOR] = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
    return known


def _told(connection: Connection, text: str, asked: dict[str, Any], error: psycopg.Error) -> BaseException:
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
