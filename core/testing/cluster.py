"""The PostgreSQL that tests run on: one migrated template per run, cloned once per worker process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

from core.kernel.ids import new_code
from core.kernel.migrate import ROOT, migrate_all

# A superuser address of a running server; without it the embedded server is started for this run.
SERVER_VARIABLE = "PINPU_TEST_POSTGRES"
TEMPLATE_VARIABLE = "PINPU_TEST_TEMPLATE"
_ROLES = ("pinpu_owner", "pinpu_app", "pinpu_platform")


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """Addresses of one database for the three roles; what migrations and engines take as settings."""

    __test__ = False

    database_url: str
    database_owner_url: str
    database_platform_url: str
    plugin_folder: Path = ROOT / "plugins"


def addresses(server: str, database: str) -> TestDatabase:
    """The addresses of `database` on `server` (a superuser URL) for application, owner and platform role."""
    base = make_url(server).set(drivername="postgresql+psycopg", database=database)
    owner, app, platform = (_text(base.set(username=role, password="pinpu-test")) for role in _ROLES)  # noqa: S106
    return TestDatabase(app, owner, platform)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _superuser(server: str) -> psycopg.Connection:
    return psycopg.connect(
        _text(make_url(server).set(drivername="postgresql", database="postgres")), autocommit=True
    )


@contextmanager
def running_server() -> Iterator[str]:
    """The superuser URL of a server for this run: the given one, or an embedded one with durability off."""
    given = os.environ.get(SERVER_VARIABLE)
    if given:
        yield given
        return
    from core.kernel.embedded_postgres import throwaway_postgres  # noqa: PLC0415 - only when no server is given

    with throwaway_postgres() as server:
        yield server.urls.superuser


def make_template(server: str) -> str:
    """Make the test roles and a migrated template database; returns its name."""
    name = f"pinpu_template_{new_code(8)}"
    with _superuser(server) as connection:
        for role in _ROLES:
            connection.execute(
                f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
            connection.execute(f"ALTER ROLE {role} PASSWORD 'pinpu-test'")
        connection.execute(f'CREATE DATABASE "{name}" OWNER pinpu_owner')
    migrate_all(addresses(server, name))
    return name


def clone(server: str, template: str) -> TestDatabase:
    """A fresh database copied from `template`."""
    name = f"pinpu_test_{new_code(8)}"
    with _superuser(server) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER pinpu_owner')
    return addresses(server, name)


def drop(server: str, name: str) -> None:
    """Remove a test database, whoever is still connected."""
    with _superuser(server) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
