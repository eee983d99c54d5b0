"""Calling an endpoint: claimed before, noted afterwards, and tried again for three days.

A try has three steps, and only the middle one talks to anybody, as with messages: a transaction that claims the delivery,
the call, a transaction that notes what came of it. A process that dies in the middle leaves a claim that runs out; the
delivery is then sent again under the same id, by which the receiver knows it.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from core.commerce.messages.outcomes import Outcome
from core.commerce.messages.posting import Answer, post_json
from core.commerce.webhooks import jobs_named
from core.commerce.webhooks.actions import hold_endpoint
from core.commerce.webhooks.models import Delivery, Endpoint
from core.commerce.webhooks.signing import signed_headers
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

# A receiver has so long to answer.
SECONDS = 10.0
# By then a try is over.
LEASE = timedelta(minutes=1)
# Waits between tries, three days in all.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 57_600, 86_400)
)
# An endpoint where nothing arrived all the while is paused when a delivery is given up.
SILENT_FOR = sum(WAITS, timedelta()) - timedelta(hours=1)
_LONGEST_REST = timedelta(minutes=15)
_GONE = 410
_MOST_TRIES_KEPT = 15
_MOST_FORGOTTEN = 2_000


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process sends now; `keys` sign it."""

    id: UUID
    try_id: UUID
    url: str
    keys: Sequence[str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try: the status of the answer (0: there was none), else why; in how many milliseconds."""

    status: int
    reason: str
    ms: int
    silent: bool = False

    @property
    def arrived(self) -> bool:
        """Whether the receiver has it."""
        return 200 <= self.status < 300


def send_one(delivery_id: UUID) -> None:
    """Try to send one delivery, if it is due and nobody else does."""
    claimed = claim_delivery(delivery_id=delivery_id)
    if claimed is not None:
        note_try(delivery_id=delivery_id, try_id=claimed.try_id, tried=call(claimed))


@command("system")
def claim_delivery(*, delivery_id: UUID) -> Claimed | None:
    """Mark a due delivery as being sent; None when there is nothing to do now."""
    row, moment = _locked(delivery_id), now()
    if row is None or row.due_at is None or row.state not in ("waiting", "sending"):
        return None
    if row.due_at > moment:
        _defer(row.id, row.due_at)
        return None
    endpoint = session().get_one(Endpoint, (current_scope().shop_id, row.endpoint_id), populate_existing=True)
    if endpoint.paused_at is not None:
        row.state, row.due_at = "held", None
        return None
    if endpoint.rests_until is not None and endpoint.rests_until > moment:
        spread = timedelta(seconds=random.uniform(0, 20))  # noqa: S311 - spreads, hides nothing
        _wait(row, endpoint.rests_until + spread, "resting")
        return None
    row.state, row.try_id, row.due_at, row.attempts = "sending", new_id(), moment + LEASE, row.attempts + 1
    former = endpoint.former_secret if endpoint.former_until and endpoint.former_until > moment else ""
    keys = [endpoint.secret, former] if former else [endpoint.secret]
    return Claimed(row.id, row.try_id, endpoint.url, keys, row.body.encode())


def call(claimed: Claimed) -> Tried:
    """Post it, outside of any transaction; never raises. The receiver's answer is not kept but for its status."""
    headers = signed_headers(claimed.keys, message_id=str(claimed.id), at=now(), body=claimed.body)
    began = time.monotonic()
    answer = post_json(
        claimed.url, claimed.body, {"User-Agent": "Pinpu-Webhooks/1", **headers}, seconds=SECONDS
    )
    ms = round((time.monotonic() - began) * 1_000)
    if isinstance(answer, Outcome):
        return Tried(0, answer.reason, ms, silent=answer.kind == "silent")
    return Tried(answer.status, _reason_of(answer), ms)


def _reason_of(answer: Answer) -> str:
    if 200 <= answer.status < 300:
        return ""
    if answer.status == _GONE:
        return "gone"
    return "redirect" if 300 <= answer.status < 400 else "status"


@command("system")
def note_try(*, delivery_id: UUID, try_id: UUID, tried: Tried) -> None:
    """Keep what came of a try; an answer to a try that was given up long ago changes nothing."""
    row = _locked(delivery_id)
    if row is None or row.try_id != try_id or row.state != "sending":
        return
    entry = {"at": now().isoformat(), "status": tried.status, "reason": tried.reason, "ms": tried.ms}
    row.tries = [*row.tries, entry][-_MOST_TRIES_KEPT:]
    if tried.arrived:
        row.state, row.reason, row.due_at, row.delivered_at = "delivered", "", None, now()
    elif tried.reason == "gone" or row.attempts > len(WAITS):
        row.state, row.reason, row.due_at = "failed", tried.reason, None
    else:
        _wait(row, now() + WAITS[row.attempts - 1], tried.reason)
    session().flush()
    _judge(row, tried)


def _wait(row: Delivery, at: datetime, reason: str) -> None:
    row.state, row.reason, row.due_at = "waiting", reason, at
    _defer(row.id, at)


def _judge(row: Delivery, tried: Tried) -> None:
    """What a try says about its endpoint: it lives, it rests, it wants no more, or it is silent for good."""
    mine = (Endpoint.shop_id == current_scope().shop_id, Endpoint.id == row.endpoint_id)
    if tried.arrived:
        # Written once a minute at most, so that a storm of deliveries does not queue for one row.
        stale = (Endpoint.silent > 0) | Endpoint.arrived_at.is_(None)
        stale |= Endpoint.arrived_at < now() - timedelta(minutes=1)
        change = update(Endpoint).where(*mine, stale).values(silent=0, rests_until=None, arrived_at=now())
        session().execute(change.execution_options(synchronize_session=False))
        return
    if not tried.silent and row.state != "failed":
        return
    endpoint = session().scalars(select(Endpoint).where(*mine).with_for_update()).one()
    if tried.silent:
        endpoint.silent += 1
        endpoint.rests_until = now() + min(
            timedelta(seconds=5) * 2 ** min(endpoint.silent, 10), _LONGEST_REST
        )
    if tried.reason == "gone":
        hold_endpoint(endpoint, "gone")
    elif row.state == "failed" and (endpoint.arrived_at or endpoint.created_at) < now() - SILENT_FOR:
        hold_endpoint(endpoint, "silent")


def _locked(delivery_id: UUID) -> Delivery | None:
    statement = select(Delivery).where(Delivery.id == delivery_id).with_for_update(key_share=True)
    return session().scalars(statement.execution_options(populate_existing=True)).first()


def _defer(delivery_id: UUID, at: datetime) -> None:
    jobs.defer(jobs_named.send(), at=at if at > now() else None, delivery_id=str(delivery_id))


@command("system")
def due_again(*, late: datetime, limit: int) -> Sequence[UUID]:
    """Defer once more what should have been sent by `late` and was not: its job was lost. Returns those deliveries."""
    lost = (
        select(Delivery)
        .where(Delivery.state.in_(("waiting", "sending")), Delivery.due_at <= late)
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session().scalars(lost).all()
    for row in rows:
        row.due_at = now()
        _defer(row.id, now())
    return [row.id for row in rows]


@command("system")
def forget_old(*, before: datetime) -> int:
    """Delete deliveries that ended and were made before `before`, some at a time. Returns how many."""
    mine = Delivery.shop_id == current_scope().shop_id
    old = (
        select(Delivery.id)
        .where(mine, Delivery.created_at < before, Delivery.state.in_(("delivered", "failed", "held")))
        .order_by(Delivery.created_at)
        .limit(_MOST_FORGOTTEN)
    )
    gone = delete(Delivery).where(mine, Delivery.id.in_(old)).returning(Delivery.id)
    return len(session().execute(gone.execution_options(synchronize_session=False)).all())
