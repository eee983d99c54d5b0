"""The background of the test gateway: settles what is due, and delivers notifications until they are taken."""

import hmac
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from logging import getLogger
from threading import Event, Thread

from core.commerce.payments.gateways.wire import EXCHANGE_FAILURES, exchange
from core.kernel import clock
from core.testing.gateway.payments import settle_payments
from core.testing.gateway.refunds import settle_refunds
from core.testing.gateway.store import Store, Transaction

_log = getLogger(__name__)
HEADER = "Pinpu-Test-Signature"
_POLL_SECONDS = 0.2
_PARALLEL = 8
_LONGEST_PAUSE = 300.0
_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """`first_pause` seconds after the first failure, doubling up to five minutes, `attempts` tries in all."""

    first_pause: float = 1.0
    attempts: int = 14

    def pause_after(self, attempts: int) -> float:
        """Seconds to wait after this many failures."""
        return float(min(self.first_pause * 2 ** (attempts - 1), _LONGEST_PAUSE))


def signature(secret: str, body: bytes, at: int) -> str:
    """The header's value for `body` sent at the unix time `at`."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={signed}"


def settle_due(tx: Transaction, now: float) -> None:
    """Let time do its work: late captures, expiries and pending refunds up to `now`."""
    settle_payments(tx, now)
    settle_refunds(tx, now)


class Notifier:
    """A thread that wakes five times a second, or at once when `wake` is called."""

    def __init__(self, store: Store, plan: RetryPlan) -> None:
        self._store = store
        self._plan = plan
        self._stopping = Event()
        self._waking = Event()
        self._senders = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="notify")
        self._thread = Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin, and take up again what an earlier process was sending when it ended."""
        with self._store.changing() as tx:
            tx.execute("UPDATE notification SET state = 'due' WHERE state = 'sending'")
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self._waking.set()

    def stop(self) -> None:
        """Finish what is on the wire; the rest stays stored."""
        self._stopping.set()
        self._waking.set()
        self._thread.join()
        self._senders.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._work()
            except sqlite3.Error:
                # A full disk must not end the thread: what is stored is still due when there is room again.
                _log.exception("the test gateway cannot use its store")
            self._waking.wait(_POLL_SECONDS)
            self._waking.clear()

    def _work(self) -> None:
        with self._store.changing() as tx:
            now = clock.now().timestamp()
            settle_due(tx, now)
            due = _claim(tx, now)
        for _, lane in groupby(due, key=lambda row: row["lane"]):
            self._senders.submit(self._deliver_lane, list(lane))

    def _deliver_lane(self, lane: list[sqlite3.Row]) -> None:
        for row in lane:
            try:
                self._deliver(row)
            except sqlite3.Error:
                _log.exception("the test gateway cannot note that %s was sent", row["event_id"])
        self.wake()

    def _deliver(self, row: sqlite3.Row) -> None:
        answer = _send(row)
        attempts = row["attempts"] + 1
        now = clock.now().timestamp()
        if answer.startswith("2"):
            state, due_at = "delivered", now
        elif attempts >= self._plan.attempts:
            state, due_at = "given_up", now
        else:
            state, due_at = "due", now + self._plan.pause_after(attempts)
        with self._store.changing() as tx:
            tx.execute(
                "UPDATE notification SET state = ?, attempts = ?, due_at = ?, last_answer = ? WHERE seq = ?",
                (state, attempts, due_at, answer, row["seq"]),
            )


def _claim(tx: Transaction, now: float) -> list[sqlite3.Row]:
    """Due notifications, lane by lane; a lane that is being sent waits, so that its order holds."""
    rows = tx.execute(
        "SELECT n.*, a.secret FROM notification n JOIN account a ON a.id = n.account"
        " WHERE n.state = 'due' AND n.due_at <= ? AND NOT a.held"
        " AND n.lane NOT IN (SELECT lane FROM notification WHERE state = 'sending')"
        " ORDER BY n.lane, CASE WHEN a.newest_first THEN -n.seq ELSE n.seq END",
        (now,),
    ).fetchall()
    tx.executemany("UPDATE notification SET state = 'sending' WHERE seq = ?", [(row["seq"],) for row in rows])
    return rows


def _send(row: sqlite3.Row) -> str:
    """The status of the merchant's answer, or the name of what went wrong."""
    try:
        answer = exchange(
            "POST",
            row["url"],
            headers={
                "Content-Type": "application/json",
                HEADER: signature(row["secret"], row["body"], int(clock.now().timestamp())),
            },
            body=row["body"],
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_ANSWER_SECONDS,
        )
    except EXCHANGE_FAILURES as error:
        return type(error).__name__
    return str(answer.status)
