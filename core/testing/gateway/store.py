"""The test gateway's own memory: one SQLite file, since it plays a system that shares nothing with ours."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

# Times are seconds since 1970 (UTC), amounts are minor units. `seq` is the order of arrival.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    newest_first INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS payment (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account,
    reference TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'captured', 'failed', 'cancelled')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    return_url TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    locale TEXT NOT NULL,
    choice TEXT NOT NULL DEFAULT '',
    failure_code TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    settle_at REAL,
    captured_at REAL,
    UNIQUE (account, reference),
    CHECK ((status = 'captured') = (captured_at IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS payment_open ON payment (status) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS refund (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account,
    reference TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    payment TEXT NOT NULL REFERENCES payment (id),
    status TEXT NOT NULL CHECK (status IN ('pending', 'done', 'failed')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    retry INTEGER NOT NULL DEFAULT 0,
    failure_code TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT 'done',
    created_at REAL NOT NULL,
    settle_at REAL,
    UNIQUE (account, reference)
);
CREATE INDEX IF NOT EXISTS refund_open ON refund (status) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS notification (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    lane TEXT NOT NULL,
    url TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sending', 'delivered', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT NOT NULL DEFAULT '',
    due_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS notification_open ON notification (due_at) WHERE state IN ('due', 'sending');
CREATE TABLE IF NOT EXISTS fault (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account,
    operation TEXT NOT NULL,
    name TEXT NOT NULL,
    times INTEGER NOT NULL,
    seconds REAL NOT NULL,
    copies INTEGER NOT NULL,
    after_acting INTEGER NOT NULL
);
"""

Transaction = sqlite3.Connection


class Store:
    """The file `gateway.sqlite3` in `home`; one connection, used by one thread at a time."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._connection = sqlite3.connect(
            home / "gateway.sqlite3", isolation_level=None, check_same_thread=False, timeout=10
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def changing(self) -> Iterator[Transaction]:
        """A transaction: all that happens inside is kept, or after an exception none of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of one query outside a transaction."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Write everything back and let go of the file."""
        with self._lock:
            self._connection.close()
