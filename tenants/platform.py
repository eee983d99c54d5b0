"""The engine for platform tables and reference rows: its own role, used by tenants only."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.kernel.db import make_engine

_engine: Engine | None = None


def install_platform_engine(url: str) -> None:
    """Connect the platform's role; called once per process."""
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = make_engine(url, pool_size=3)


@contextmanager
def platform_session() -> Iterator[Session]:
    """A session on platform and reference tables; commits at the end, rolls back on an error."""
    if _engine is None:
        raise RuntimeError("no platform engine: call install_platform_engine() first")
    with Session(_engine, expire_on_commit=False) as session, session.begin():
        yield session
