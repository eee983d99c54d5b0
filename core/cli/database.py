"""The database a command works on: the one named outside, the one that already runs, or one for its duration."""

import contextlib
from collections.abc import Iterator

import psycopg
from sqlalchemy.engine import make_url

from core.cli.output import Progress
from core.cli.problems import CommandProblem
from core.kernel.embedded_postgres import EmbeddedPostgres, running_urls
from core.kernel.migrate import pending
from core.settings import Settings

OLDEST_SERVER = 15


@contextlib.contextmanager
def connected(settings: Settings, progress: Progress) -> Iterator[Settings]:
    """Settings with database addresses; starts the embedded server only when nobody else runs it."""
    urls = None if settings.has_own_database else running_urls(settings.home)
    if settings.has_own_database or urls:
        ready = settings.with_database(urls) if urls else settings
        require_database(ready)
        yield ready
        return
    with supervised(settings, progress) as (ready, _):
        yield ready


@contextlib.contextmanager
def supervised(settings: Settings, progress: Progress) -> Iterator[tuple[Settings, EmbeddedPostgres | None]]:
    """Like `connected`, for the one program that owns the embedded server (None with a server of one's own)."""
    if settings.has_own_database:
        require_database(settings)
        yield settings, None
        return
    server = EmbeddedPostgres(settings.home)
    with progress.step("Starting the database"):
        server.start()
    try:
        yield settings.with_database(server.urls), server
    finally:
        server.stop()


def require_database(settings: Settings) -> None:
    """Raises a CommandProblem unless every role can log in to a new enough PostgreSQL."""
    for variable, url in database_addresses(settings):
        version = server_version(variable, url)
        if version < OLDEST_SERVER:
            raise CommandProblem(
                f"{variable} leads to PostgreSQL {version}, and Pinpu needs {OLDEST_SERVER} or newer."
            )


def require_tables(settings: Settings) -> None:
    """Raises a CommandProblem when the database's tables are behind the program."""
    behind = pending(settings)
    if behind:
        raise CommandProblem(f"The tables of {', '.join(behind)} are behind: run `pinpu migrate`.")


def database_addresses(settings: Settings) -> list[tuple[str, str]]:
    """Variable and address of each role."""
    return [
        ("DATABASE_URL", settings.database_url),
        ("DATABASE_OWNER_URL", settings.database_owner_url),
        ("DATABASE_PLATFORM_URL", settings.database_platform_url),
    ]


def server_version(variable: str, url: str) -> int:
    """The major version of the server behind an address; raises a CommandProblem when it does not answer."""
    try:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, connect_timeout=5) as connection:
            return connection.info.server_version // 10000
    except psycopg.Error as problem:
        shown = make_url(url).render_as_string(hide_password=True)
        reason = (str(problem).splitlines() or ["no reason given"])[0].rstrip(".")
        raise CommandProblem(f"The database of {variable} ({shown}) does not answer: {reason}.") from None
