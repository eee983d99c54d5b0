"""An object store for tests, kept in memory."""

from collections.abc import Iterator

import pytest
from obstore.store import MemoryStore

from core.commerce.media.storage import install_store


@pytest.fixture
def files() -> Iterator[MemoryStore]:
    """An empty object store, installed for the test."""
    store = MemoryStore()
    install_store(store)
    yield store
    install_store(None)
