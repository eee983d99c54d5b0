"""Runs one part's migrations on the owner's connection; see core/kernel/migrate.py."""

from alembic import context
from alembic.autogenerate import rewriter
from alembic.operations import ops
from sqlalchemy import MetaData, text

from core.kernel.db import Base
from core.kernel.migration_operations import kinded

config = context.config
part = config.attributes["part"]
metadata: list[MetaData] = [Base.metadata, *config.attributes.get("more_metadata", [])]

writer = rewriter.Rewriter()


@writer.rewrites(ops.CreateTableOp)
def _with_kind(ctx, revision, op):
    return kinded(op)


def _belongs(thing, name, kind, reflected, compare_to):
    if kind == "index" and name == "ix_catalog_product_search":
        return False
    if kind != "table":
        return True
    if part.schema:
        return thing.schema == part.schema
    if part.name == "tenants":
        return name.startswith("tenants_") or thing.schema == "platform"
    return thing.schema is None and not name.startswith(("tenants_", "procrastinate_", "alembic_"))


def _schema_wanted(name, kind, parents):
    if kind != "schema":
        return True
    return (
        name == part.schema
        if part.schema
        else name is None or (name == "platform" and part.name == "tenants")
    )


connection = config.attributes["connection"]
if part.schema:
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{part.schema}"'))
    connection.execute(text(f'GRANT USAGE ON SCHEMA "{part.schema}" TO "{config.attributes["app_role"]}"'))
    connection.commit()
if part.name == "tenants":
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS platform"))
    connection.execute(text(f'GRANT USAGE ON SCHEMA platform TO "{config.attributes["platform_role"]}"'))
    connection.commit()
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=part.version_table,
    version_table_schema=part.schema,
    include_schemas=True,
    include_object=_belongs,
    include_name=_schema_wanted,
    process_revision_directives=writer,
    transaction_per_migration=True,
    app_role=config.attributes["app_role"],
    platform_role=config.attributes["platform_role"],
)
with context.begin_transaction():
    context.run_migrations()
