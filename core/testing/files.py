"""An object store for tests, kept in memory."""

import pytest
from obstore.store import MemoryStore

from core.commerce.media import storage


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """An empty object store, installed for the test; pictures are found below /media/."""
    store = MemoryStore()
    monkeypatch.setattr(storage, "_store", store)
    monkeypatch.setattr(storage, "_public_url", "/media/")
    return store
