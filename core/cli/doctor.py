"""`pinpu doctor`: looks at everything a start needs and says what to mend."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click
import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from core.app import import_parts, plugin_registry
from core.cli.database import OLDEST_SERVER, connected, database_addresses, require_tables, server_version
from core.cli.npm_packages import require_assets
from core.cli.output import Progress, json_option, show
from core.cli.problems import FAILED, CommandProblem, explained
from core.cli.serve import require_ports
from core.cli.start import settings_from_environment
from core.kernel.catalog_check import require_sound_catalog
from core.kernel.db import install_engine, make_engine
from core.kernel.embedded_postgres import running_urls
from core.kernel.parked_jobs import parked_by_name
from core.kernel.resealing import open_values
from core.settings import SEALING_KEY, Settings

ENOUGH_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `said` is what was found, or the sentence that says what to mend."""

    name: str
    good: bool
    said: str


@click.command("doctor")
@json_option
def command(as_json: bool) -> int:
    """Check database, data folder, ports and browser files; exit code 1 if something needs mending."""
    findings = list(_findings(settings_from_environment(), Progress(silent=as_json)))
    good = all(one.good for one in findings)
    show(as_json, {"good": good, "findings": [asdict(one) for one in findings]}, lambda: _words(findings))
    return 0 if good else FAILED


def _findings(settings: Settings, progress: Progress) -> Iterator[Finding]:
    yield Finding("python", True, f"Python {platform.python_version()} on {platform.system()}")
    yield _tried("data folder", lambda: _home(settings))
    yield _tried("browser files", _assets)
    yield _tried("ports", lambda: _ports(settings))
    yield _tried("plugins", lambda: loaded_plugins(settings))
    try:
        with connected(settings, progress) as ready:
            yield _tried("database", lambda: _database(ready))
            yield _tried("roles", lambda: _roles(ready))
            yield _tried("tables", lambda: _tables(ready))
            yield _tried("catalog", lambda: _catalog(ready))
            yield _tried("jobs", lambda: _jobs(ready))
            yield _tried("secrets", lambda: _secrets(ready))
    except Exception as problem:
        known = explained(problem)
        if known is None:
            raise
        yield Finding("database", False, known[0])


def _tried(name: str, look: Callable[[], str]) -> Finding:
    """A look that raises an expected failure is a finding; anything else is a defect of ours."""
    try:
        return Finding(name, True, look())
    except Exception as problem:
        known = explained(problem)
        if known is None:
            raise
        return Finding(name, False, known[0])


def _home(settings: Settings) -> str:
    with tempfile.NamedTemporaryFile(dir=settings.home):
        free = shutil.disk_usage(settings.home).free
    if free < ENOUGH_BYTES:
        raise CommandProblem(
            f"Only {free // 1024**2} MB are free for {settings.home}: make room before orders come in."
        )
    return f"{settings.home}, {free // 1024**3} GB free"


def _assets() -> str:
    require_assets()
    return "built"


def _ports(settings: Settings) -> str:
    if running_urls(settings.home) is not None:
        return f"{settings.port}, in use by Pinpu itself"
    require_ports(settings)
    return f"{settings.port} and {settings.gateway_port} are free"


def loaded_plugins(settings: Settings) -> str:
    """The plugins that work; raises CommandProblem naming those that are quarantined."""
    plugins = sorted(plugin_registry(settings).plugins.values(), key=lambda plugin: plugin.name)
    refused = [plugin.name for plugin in plugins if not plugin.loaded]
    if refused:
        raise CommandProblem(
            f"Quarantined, and not called in any shop: {', '.join(refused)}. `pinpu hooks` says why and what to mend."
        )
    return ", ".join(plugin.name for plugin in plugins) or "none"


def _database(settings: Settings) -> str:
    versions = {server_version(variable, url) for variable, url in database_addresses(settings)}
    if min(versions) < OLDEST_SERVER:
        raise CommandProblem(
            f"The database is PostgreSQL {min(versions)}, and Pinpu needs {OLDEST_SERVER} or newer."
        )
    kind = "your own" if os.environ.get("DATABASE_URL") else "embedded"
    return f"PostgreSQL {max(versions)}, {kind}"


def _roles(settings: Settings) -> str:
    """The application's role must be bound by row-level security, or shops are not kept apart."""
    plain = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, connect_timeout=5) as connection:
        row = connection.execute(
            "SELECT rolsuper OR rolbypassrls, (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    beyond, owned = row or (True, 0)
    if beyond or owned:
        raise CommandProblem(
            "The role of DATABASE_URL is not bound by row-level security (it is a superuser, bypasses it or owns "
            "tables): give the application a plain role, or nothing keeps shops apart."
        )
    return "the application's role owns nothing and is bound by row-level security"


def _tables(settings: Settings) -> str:
    require_tables(settings)
    return "up to date"


def _catalog(settings: Settings) -> str:
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        require_sound_catalog(engine)
    finally:
        engine.dispose()
    return "every table keeps shops apart"


def _secrets(settings: Settings) -> str:
    """Where the sealing keys come from, and whether everything is sealed."""
    if not settings.secret_keys:
        raise CommandProblem(
            "There is no key to seal secrets with, so that merchants cannot save any: set PINPU_SECRET_KEYS to at "
            "least 32 random characters, and keep them apart from the database's backups."
        )
    import_parts()
    engine = make_engine(settings.database_owner_url, pool_size=1, guarded=False)
    try:
        left = open_values(engine)
    finally:
        engine.dispose()
    if left:
        raise CommandProblem(f"{left} secrets lie unsealed in the database: run `pinpu reseal`.")
    kept = settings.home / SEALING_KEY
    if kept.exists() and settings.secret_keys == (kept.read_text().strip(),):
        return f"sealed with the key in {kept}; back it up apart from the database"
    return f"sealed; keys in PINPU_SECRET_KEYS: {len(settings.secret_keys)}"


def _jobs(settings: Settings) -> str:
    engine = make_engine(settings.database_url, pool_size=1)
    install_engine(engine)
    try:
        require_no_parked_jobs()
    except ProgrammingError:
        return "no queue yet"
    finally:
        install_engine(None)
        engine.dispose()
    return "none is parked"


def require_no_parked_jobs() -> None:
    """Raises CommandProblem naming the jobs that failed for the last time."""
    parked = parked_by_name()
    if parked:
        listed = ", ".join(f"{count} × {name}" for name, count in parked.items())
        raise CommandProblem(
            f"Parked after their last attempt: {listed}. The log says why (“job parked”); the shop's console "
            "and docs/operating.md say how to try them again."
        )


def _words(findings: list[Finding]) -> str:
    width = max(len(one.name) for one in findings)
    return "\n".join(f"{'✓' if one.good else '✗'} {one.name.ljust(width)}  {one.said}" for one in findings)
