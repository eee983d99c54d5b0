"""Migrations: every part (core, tenants, each plugin) upgrades by its own version table, so none can block another."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from core.kernel.db import make_engine

ROOT = Path(__file__).resolve().parents[2]
# Any two upgrades of one database wait for each other on this advisory lock.
_UPGRADE_LOCK = 7_417_001


class DatabaseSettings(Protocol):
    """The part of Settings that migrations read."""

    @property
    def database_url(self) -> str: ...  # noqa: D102
    @property
    def database_owner_url(self) -> str: ...  # noqa: D102
    @property
    def database_platform_url(self) -> str: ...  # noqa: D102
    @property
    def plugin_folder(self) -> Path: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Part:
    """One line of migrations: where its versions lie and in which schema its version table stands."""

    name: str
    versions: Path
    schema: str | None = None

    @property
    def version_table(self) -> str:
        """The table that keeps this part's revision."""
        return "alembic_version" if self.schema else f"alembic_version_{self.name}"


def parts(plugin_folder: Path) -> Iterator[Part]:
    """Core, tenants, then every plugin folder that has migrations, by name."""
    yield Part("core", ROOT / "migrations/versions/core")
    yield Part("tenants", ROOT / "migrations/versions/tenants")
    for folder in sorted(plugin_folder.glob("*/migrations/versions")):
        name = folder.parent.parent.name
        yield Part(name, folder, schema=f"plugin_{name}")


def config_for(part: Part, settings: DatabaseSettings, **attributes: Any) -> Config:
    """Alembic's configuration for one part."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("version_locations", str(part.versions))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(
        part=part,
        app_role=make_url(settings.database_url).username,
        platform_role=make_url(settings.database_platform_url).username,
        **attributes,
    )
    return config


def migrate_all(settings: DatabaseSettings, *, say: Any = None) -> list[str]:
    """Upgrade every part to its newest revision as the owner; returns the names of the parts that moved.

    `say(text)` is told about each part that has work to do. Raises RuntimeError when application and owner are one role.
    """
    if make_url(settings.database_url).username == make_url(settings.database_owner_url).username:
        raise RuntimeError(
            "DATABASE_URL and DATABASE_OWNER_URL name the same role; the application must not own its tables."
        )
    engine = make_engine(settings.database_owner_url, pool_size=1, guarded=False)
    try:
        return [part.name for part in parts(settings.plugin_folder) if _upgrade(engine, part, settings, say)]
    finally:
        engine.dispose()


def _upgrade(engine: Engine, part: Part, settings: DatabaseSettings, say: Any) -> bool:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
        connection.commit()
        try:
            config = config_for(part, settings, connection=connection)
            before = _revision(connection, part)
            if before == ScriptDirectory.from_config(config).get_current_head():
                return False
            if say:
                say(part.name)
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _UPGRADE_LOCK})
            connection.commit()
    return True


def _revision(connection: Any, part: Part) -> str | None:
    context = MigrationContext.configure(
        connection, opts={"version_table": part.version_table, "version_table_schema": part.schema}
    )
    found = context.get_current_revision()
    connection.rollback()
    return found


def pending(settings: DatabaseSettings) -> list[str]:
    """The parts whose database is behind their files; empty when all is up to date."""
    engine = make_engine(settings.database_owner_url, pool_size=1, guarded=False)
    try:
        with engine.connect() as connection:
            return [
                part.name
                for part in parts(settings.plugin_folder)
                if _revision(connection, part)
                != ScriptDirectory.from_config(config_for(part, settings)).get_current_head()
            ]
    finally:
        engine.dispose()
