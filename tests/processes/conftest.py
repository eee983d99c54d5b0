"""An installation of its own for each crash test, looked over after the test whatever happened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from core.testing import cluster
from tests.processes.installation import Installation


@pytest.fixture
def own_database(database: cluster.TestDatabase) -> Iterator[cluster.TestDatabase]:
    """A fresh database: a worker takes every job it finds, so it may not share one with other tests."""
    import os

    server = os.environ[cluster.SERVER_VARIABLE]
    made = cluster.clone(server, os.environ[cluster.TEMPLATE_VARIABLE])
    yield made
    cluster.drop(server, str(make_url(made.database_url).database))


@pytest.fixture
def installation(own_database: cluster.TestDatabase, tmp_path: Path) -> Iterator[Installation]:
    """Nothing runs yet; what the test starts is ended afterwards."""
    made = Installation(tmp_path, own_database)
    yield made
    made.stop()
