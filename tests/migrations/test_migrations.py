"""Migrations say what the models say, and every part goes down and up again."""

import importlib

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

import tenants.models
from core.kernel.db import Base, make_engine
from core.kernel.migrate import config_for, migrate_all, parts, pending
from core.testing import cluster

PARTS = [part.name for part in parts(cluster.ROOT / "plugins")]


@pytest.fixture
def fresh(database):
    """A database of this test's own, as the owner sees it."""
    import os

    server, template = os.environ[cluster.SERVER_VARIABLE], os.environ[cluster.TEMPLATE_VARIABLE]
    addresses = cluster.clone(server, template)
    yield addresses
    cluster.drop(server, addresses.database_url.rsplit("/", 1)[1].split("?")[0])


def tables_of(engine, schema):
    return set(inspect(engine).get_table_names(schema=schema))


def import_every_table():
    for path in [*cluster.ROOT.glob("core/*/*/models.py"), *cluster.ROOT.glob("plugins/*/models.py")]:
        importlib.import_module(".".join(path.relative_to(cluster.ROOT).with_suffix("").parts))


def test_models_and_migrations_agree(database):
    import_every_table()
    engine = make_engine(database.database_owner_url, pool_size=1, guarded=False)
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, parents: (
            kind != "schema" or name is None or name == "platform" or name.startswith("plugin_")
        ),
        "include_object": lambda thing, name, kind, reflected, compare_to: (
            not (kind == "table" and name.startswith(("procrastinate_", "alembic_version")))
            and name != "ix_catalog_product_search"
        ),
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, [Base.metadata, tenants.models.PlatformBase.metadata])
    engine.dispose()
    assert found == []


@pytest.mark.parametrize("name", PARTS[::-1])
def test_part_goes_down_and_up_again(fresh, name):
    part = next(part for part in parts(fresh.plugin_folder) if part.name == name)
    dependents = (
        [other for other in PARTS if PARTS.index(other) > PARTS.index(name)] if name != PARTS[-1] else []
    )
    engine = make_engine(fresh.database_owner_url, pool_size=2, guarded=False)
    before = tables_of(engine, part.schema)
    with engine.connect() as connection:
        for other in [*dependents[::-1], name]:
            down = next(part for part in parts(fresh.plugin_folder) if part.name == other)
            command.downgrade(config_for(down, fresh, connection=connection), "base")
            connection.commit()
    assert name in pending(fresh)
    assert migrate_all(fresh)[0] == name
    assert tables_of(engine, part.schema) == before
    assert pending(fresh) == []
    engine.dispose()


def test_migrating_twice_moves_nothing(fresh):
    assert migrate_all(fresh) == []


def test_vanished_plugin_does_not_block_the_others(fresh, tmp_path):
    import dataclasses

    assert migrate_all(dataclasses.replace(fresh, plugin_folder=tmp_path)) == []


def test_application_that_owns_its_tables_is_refused(fresh):
    import dataclasses

    with pytest.raises(RuntimeError, match="DATABASE_OWNER_URL"):
        migrate_all(dataclasses.replace(fresh, database_url=fresh.database_owner_url))
