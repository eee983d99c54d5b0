"""A private PostgreSQL from a pip wheel: one supervisor owns start and stop, everyone else only connects."""

from core.kernel.embedded_postgres.home import (
    DatabaseUrls,
    EmbeddedPostgresError,
    make_home,
    running_urls,
    write_private,
)
from core.kernel.embedded_postgres.server import EmbeddedPostgres, remove_data, throwaway_postgres

__all__ = [
    "DatabaseUrls",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "make_home",
    "remove_data",
    "running_urls",
    "throwaway_postgres",
    "write_private",
]
