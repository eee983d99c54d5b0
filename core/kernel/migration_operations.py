"""Alembic operations that carry the data rules: a table made through them has its key, its policy and its grants.

`op.tenant_table`, `op.reference_table` and `op.platform_table` take what `op.create_table` takes.
"""

from collections.abc import Sequence
from typing import Any, Self

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _add_table
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import CreateTableOp, DropTableOp
from sqlalchemy import Column, Table
from sqlalchemy.schema import SchemaItem

from core.kernel.db import PLATFORM_TABLE, REFERENCE_TABLE, TENANT_TABLE

STRICT_POLICY = "shop_id = current_setting('app.shop_id')::bigint"


class ShapeRefused(ValueError):
    """A table does not have the shape that its kind demands."""


class _KindedTable(MigrateOperation):
    """Creates a table of one kind and secures it."""

    def __init__(
        self, name: str, columns: Sequence[SchemaItem], *, schema: str | None = None, **kw: Any
    ) -> None:
        self.table_name, self.columns, self.schema, self.kw = name, columns, schema, kw

    @classmethod
    def create(cls, operations: Operations, name: str, *columns: SchemaItem, **kw: Any) -> Table:
        """Create the table now."""
        made: Table = operations.invoke(cls(name, columns, schema=kw.pop("schema", None), **kw))
        return made

    @classmethod
    def from_create(cls, made: CreateTableOp) -> Self:
        """The same table as this kind, for autogenerate."""
        return cls(made.table_name, made.columns, schema=made.schema, **made.kw)

    def reverse(self) -> DropTableOp:
        """The operation that undoes this one."""
        return DropTableOp(self.table_name, schema=self.schema)


@Operations.register_operation("tenant_table", "create")
class TenantTableOp(_KindedTable):
    """Make a tenant table: key (shop_id, id), strict row-level policy, grants to the application's role."""


@Operations.register_operation("reference_table", "create")
class ReferenceTableOp(_KindedTable):
    """Make a reference table: readable by the application, written by the platform's role."""


@Operations.register_operation("platform_table", "create")
class PlatformTableOp(_KindedTable):
    """Make a platform table: only the platform's role may touch it."""


def _made(operations: Operations, operation: _KindedTable, kind: str) -> Table:
    return operations.create_table(
        operation.table_name, *operation.columns, schema=operation.schema, **{**operation.kw, "comment": kind}
    )


def _role(operations: Operations, name: str) -> str:
    return f'"{operations.get_context().opts[name]}"'


def _full_name(operation: _KindedTable) -> str:
    return (
        f'"{operation.schema}"."{operation.table_name}"' if operation.schema else f'"{operation.table_name}"'
    )


@Operations.implementation_for(TenantTableOp)
def _make_tenant_table(operations: Operations, operation: TenantTableOp) -> Table:
    names = [column.name for column in operation.columns if isinstance(column, Column)]
    if names[:2] != ["shop_id", "id"]:
        raise ShapeRefused(
            f"{operation.table_name}: a tenant table begins with shop_id and id, not {names[:2]}"
        )
    table = _made(operations, operation, TENANT_TABLE)
    full = _full_name(operation)
    operations.execute(f"ALTER TABLE {full} ENABLE ROW LEVEL SECURITY")
    operations.execute(f"CREATE POLICY shop ON {full} USING ({STRICT_POLICY}) WITH CHECK ({STRICT_POLICY})")
    operations.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {full} TO {_role(operations, 'app_role')}")
    return table


@Operations.implementation_for(ReferenceTableOp)
def _make_reference_table(operations: Operations, operation: ReferenceTableOp) -> Table:
    table = _made(operations, operation, REFERENCE_TABLE)
    operations.execute(f"GRANT SELECT ON {_full_name(operation)} TO {_role(operations, 'app_role')}")
    operations.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_full_name(operation)} TO {_role(operations, 'platform_role')}"
    )
    return table


@Operations.implementation_for(PlatformTableOp)
def _make_platform_table(operations: Operations, operation: PlatformTableOp) -> Table:
    table = _made(operations, operation, PLATFORM_TABLE)
    operations.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_full_name(operation)} TO {_role(operations, 'platform_role')}"
    )
    return table


def _render_as(name: str) -> Any:
    def render(context: AutogenContext, operation: _KindedTable) -> str:
        table = CreateTableOp(
            operation.table_name, operation.columns, schema=operation.schema, **operation.kw
        )
        return _add_table(context, table).replace("op.create_table(", f"op.{name}(", 1)

    return render


renderers.dispatch_for(TenantTableOp)(_render_as("tenant_table"))
renderers.dispatch_for(ReferenceTableOp)(_render_as("reference_table"))
renderers.dispatch_for(PlatformTableOp)(_render_as("platform_table"))


def kinded(made: CreateTableOp) -> _KindedTable:
    """The right kind of table for what autogenerate found."""
    names = [column.name for column in made.columns if isinstance(column, Column)]
    if made.schema == "platform":
        return PlatformTableOp.from_create(made)
    if names[:2] == ["shop_id", "id"]:
        return TenantTableOp.from_create(made)
    return ReferenceTableOp.from_create(made)
