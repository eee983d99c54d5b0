"""Tables, sessions and the walls between shops: what every row carries and what every statement must say."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from psycopg.pq import TransactionStatus
from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Connection,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    Text,
    Uuid,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    mapped_column,
    with_loader_criteria,
)

from core.kernel.clock import now
from core.kernel.ids import new_id
from core.kernel.tenancy import NoScope, ShopScope, current_scope

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# A table's comment in the database says its kind; the catalog check holds it to the rules of that kind.
TENANT_TABLE, REFERENCE_TABLE, PLATFORM_TABLE = "tenant table", "reference table", "platform table"

# Marks statements that core itself issues to set the shop; nothing else may touch settings.
_CORE = {"pinpu_core": True}
_SETTING_WORDS = ("set ", "reset ", "discard ")


class Base(DeclarativeBase):
    """The declarative base of tenant and reference tables; platform tables have a base of their own in tenants."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        UUID: Uuid(),
        int: BigInteger(),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


class TenantTable(Base):
    """A table of the shops: primary key (shop_id, id), both filled in by the application."""

    __abstract__ = True

    # sort_order keeps shop_id first: a mixin's column would otherwise sort after the class's own.
    shop_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, default=lambda: current_scope().shop_id, sort_order=-20
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-19)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        note_kind(cls, TENANT_TABLE)


class CreatedAt:
    """Adds `created_at`, the application's clock at insert (UTC)."""

    created_at: Mapped[datetime] = mapped_column(default=now, sort_order=90)


class ReferenceTable(Base):
    """A small, global, rarely written table without shop_id."""

    __abstract__ = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        note_kind(cls, REFERENCE_TABLE)


def note_kind(mapped: type[DeclarativeBase], kind: str) -> None:
    """Write a table's kind into its comment, as migrations do."""
    table = mapped.__dict__.get("__table__")
    if table is not None:
        table.comment = kind


def tenant_fk(
    target: str, column: str, *, ondelete: str | None = None, deferred: bool = False
) -> ForeignKeyConstraint:
    """The composite foreign key `(shop_id, column) → target (shop_id, id)`; a wrong-shop reference cannot be stored.

    `deferred`: checked at commit, for rows that are written before what they refer to (a claim before its order).
    """
    return ForeignKeyConstraint(
        ["shop_id", column],
        [f"{target}.shop_id", f"{target}.id"],
        ondelete=ondelete,
        deferrable=deferred or None,
        initially="DEFERRED" if deferred else None,
    )


class ForeignRowRefused(RuntimeError):
    """A row of another shop was about to be written through this session."""


class StatementRefused(RuntimeError):
    """A statement that only core may issue (settings) came through the application's engine."""


class ShopSession(Session):
    """A session bound to one shop for life: binds it in each transaction, filters statements, refuses foreign rows."""

    def __init__(self, bind: Engine, scope: ShopScope, *, writing: bool = True) -> None:
        super().__init__(bind, expire_on_commit=False, autoflush=True)
        self.shop_id = scope.shop_id
        # One statement binds the shop and, where nothing may be written, says so: what is written while reading would be
        # lost without a word.
        self.binding = f"SET LOCAL app.shop_id = '{int(scope.shop_id)}'"
        if not writing:
            self.binding += "; SET TRANSACTION READ ONLY"


@event.listens_for(ShopSession, "after_begin")
def _bind_shop(session: ShopSession, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested:
        return  # a savepoint keeps what its transaction was bound to
    connection.exec_driver_sql(session.binding, execution_options=_CORE)


@event.listens_for(ShopSession, "do_orm_execute")
def _filter_by_shop(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load:
        return
    shop_id = state.session.shop_id  # type: ignore[attr-defined]
    state.statement = state.statement.options(
        with_loader_criteria(TenantTable, lambda cls: cls.shop_id == shop_id, include_aliases=True)
    )


@event.listens_for(ShopSession, "before_flush")
def _refuse_foreign_rows(session: ShopSession, context: UOWTransaction, instances: Any) -> None:
    for row in (*session.new, *session.dirty):
        if isinstance(row, TenantTable) and row.shop_id not in (None, session.shop_id):
            raise ForeignRowRefused(
                f"{type(row).__name__} belongs to shop {row.shop_id}, not {session.shop_id}"
            )


def _refuse_settings(
    conn: Connection,
    cursor: DBAPICursor,
    statement: str,
    parameters: Any,
    context: ExecutionContext,
    many: bool,
) -> None:
    if context is not None and context.execution_options.get("pinpu_core"):
        return
    lowered = statement.lstrip(" \t\r\n;(").lower()
    if lowered.startswith(_SETTING_WORDS) or "set_config" in lowered:
        raise StatementRefused("the shop is bound by core; SET, RESET and set_config are refused")


def make_engine(url: str, *, pool_size: int = 8, guarded: bool = True, **options: Any) -> Engine:
    """An engine for `url`; the application's own is guarded against statements that touch settings.

    Its errors do not tell the values of statements: they are personal, and errors are logged.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_use_lifo=True,  # the connection that was used last has the plans of what is asked most
        hide_parameters=True,
        **options,
    )
    if guarded:
        event.listen(engine, "before_cursor_execute", _refuse_settings)
    return engine


class Unit:
    """One piece of work on one shop's data: its session, and whether it writes."""

    def __init__(self, session: ShopSession, *, writing: bool) -> None:
        self.session = session
        self.writing = writing
        self.deferred_jobs: list[Any] = []
        self.fence: Fence | None = None

    def touch(self) -> None:
        """Something is about to be done in this unit: a plugin's call raises its fence first."""
        if self.fence is not None and not self.fence.crossed:
            self.fence.cross()

    def give_back_connection(self) -> None:
        """End the reading transaction; what was read stays readable, and later reads begin a new one."""
        self.session.expunge_all()  # first, or the end would expire every row that the caller still looks at
        _end_reading(self.session)


class TransactionEnded(RuntimeError):
    """A plugin ended the transaction of the command that asked it, so the command cannot go on."""


class Fence:
    """Keeps the statements of one guarded call from spoiling the unit of work; the first use of the session raises it.

    Inside a command it is a savepoint. A page only reads: there a spoilt transaction is given up for a new one. A call
    that never asks for the session costs no statement.
    """

    __slots__ = ("_deferred", "_outer", "_savepoint", "_unit", "crossed")

    def __init__(self, unit: Unit) -> None:
        self._unit, self._outer = unit, unit.fence
        self._savepoint: SessionTransaction | None = None
        self.crossed = False
        unit.fence = self

    def cross(self) -> None:
        """The call begins to use the session."""
        self.crossed = True
        if self._unit.writing:
            self._deferred = len(self._unit.deferred_jobs)
            self._savepoint = self._unit.session.begin_nested()

    def settle(self, error: BaseException | None = None) -> None:
        """The call is over: keep what it did, or undo it after `error` or a failed statement that it hid.

        Raises what the database says to writes that it refuses only now, and TransactionEnded.
        """
        self.crossed = False
        savepoint, self._savepoint = self._savepoint, None
        session = self._unit.session
        if savepoint is None:
            if not self._unit.writing and _is_spoilt(session):
                self._unit.give_back_connection()
            return
        if session.get_nested_transaction() is not savepoint:
            raise TransactionEnded("a plugin ended a transaction that is not its own")
        kept = False
        try:
            if error is None and not _is_spoilt(session):
                with savepoint:  # sends what is still unwritten
                    pass
                kept = True
            else:
                savepoint.rollback()
        finally:
            if not kept:
                del self._unit.deferred_jobs[self._deferred :]
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise error  # nothing is left to go on with; the command is tried again

    def take_down(self) -> None:
        """No more calls follow."""
        self._unit.fence = self._outer


def _end_reading(session: ShopSession) -> None:
    """End a transaction that only read, with COMMIT: at a ROLLBACK the driver forgets every statement that it prepared,
    and PostgreSQL would plan each one anew, which takes longer than most of them run."""
    if session.in_transaction() and not _is_spoilt(session):
        session.commit()
    else:
        session.rollback()


def _is_spoilt(session: ShopSession) -> bool:
    """Whether the transaction can only be rolled back; the driver knows, the server is not asked."""
    if not session.is_active:
        return True
    if not session.in_transaction():
        return False
    connection = session.connection()
    if connection.invalidated:
        return True
    status = connection.connection.dbapi_connection.info.transaction_status  # type: ignore[union-attr]
    return status in (TransactionStatus.INERROR, TransactionStatus.UNKNOWN)


_engine: Engine | None = None
_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)


def install_engine(engine: Engine | None) -> None:
    """Use `engine` (application role) for this process from now on."""
    global _engine
    _engine = engine


def app_engine() -> Engine:
    """The application's engine; raises when none was installed."""
    if _engine is None:
        raise RuntimeError("no database: call install_engine() first")
    return _engine


def current_unit() -> Unit | None:
    """The unit of work in force, or None."""
    return _unit.get()


def session() -> ShopSession:
    """The session of the current unit of work; raises NoScope outside of one."""
    unit = _unit.get()
    if unit is None:
        raise NoScope("no unit of work: use reading() or a command")
    unit.touch()
    return unit.session


@contextmanager
def unit_of_work(*, writing: bool) -> Iterator[Unit]:
    """A new session for the bound shop; the caller commits. Only `command` and `reading` use this."""
    shop_session = ShopSession(app_engine(), current_scope(), writing=writing)
    unit = Unit(shop_session, writing=writing)
    token = _unit.set(unit)
    try:
        yield unit
        if not writing:
            unit.give_back_connection()
    finally:
        _unit.reset(token)
        shop_session.close()


@contextmanager
def connection_given_back() -> Iterator[None]:
    """Work without the reading unit in force, its connection given back: while another service is being waited for."""
    unit = _unit.get()
    if unit is None:
        yield
        return
    if unit.writing:
        raise NoScope("another service is never called inside a transaction")
    unit.give_back_connection()
    token = _unit.set(None)
    try:
        yield
    finally:
        _unit.reset(token)


@contextmanager
def savepoint() -> Iterator[None]:
    """Undo what the block wrote and the jobs it deferred when it raises; the command around it may go on."""
    unit = _unit.get()
    if unit is None or not unit.writing:
        raise NoScope("savepoints are made inside a command")
    deferred = len(unit.deferred_jobs)
    try:
        with unit.session.begin_nested():
            yield
    except BaseException:
        del unit.deferred_jobs[deferred:]
        raise


@contextmanager
def reading() -> Iterator[ShopSession]:
    """A session to read the bound shop's data with; writing through it is an error. Inside a command, the command's."""
    if _unit.get() is not None:
        yield session()
        return
    with unit_of_work(writing=False) as fresh:
        yield fresh.session


@contextmanager
def fenced() -> Iterator[None]:
    """Let a plugin's code fail inside the block without spoiling the unit of work around it; see `Fence`."""
    unit = _unit.get()
    if unit is None:
        yield
        return
    fence = Fence(unit)
    try:
        yield
    except BaseException as error:
        if fence.crossed:
            fence.settle(error)
        raise
    else:
        if fence.crossed:
            fence.settle()
    finally:
        fence.take_down()
