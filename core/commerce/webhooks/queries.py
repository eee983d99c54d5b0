"""Reads of endpoints and of what was sent to them, one page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from core.commerce.webhooks.models import Delivery, Endpoint
from core.kernel.clock import now
from core.kernel.cursor_pages import newest_first
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.tenancy import current_scope

MOST_COUNTED = 10_000
_COUNTED_BACK = timedelta(days=7)
STATES = ("waiting", "sending", "delivered", "failed", "held")


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint; `counts` are its deliveries of the last seven days by state, each counted to MOST_COUNTED + 1."""

    id: UUID
    url: str
    note: str
    topics: tuple[str, ...]
    secret: str
    former_until: datetime | None
    paused_at: datetime | None
    pause_reason: str
    arrived_at: datetime | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TryView:
    """One try: when, the status of the answer (0: none), why it did not arrive, and how long it took."""

    at: datetime
    status: int
    reason: str
    ms: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery as it stands; `url` is its endpoint's of today."""

    id: UUID
    endpoint_id: UUID
    url: str
    topic: str
    body: str
    state: str
    reason: str
    created_at: datetime
    due_at: datetime | None
    delivered_at: datetime | None
    attempts: int
    tries: tuple[TryView, ...]


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page, newest first; the cursors lead to the pages beside it, "" where there is none."""

    rows: Sequence[DeliveryView]
    after: str
    before: str


def endpoints() -> Sequence[EndpointView]:
    """The shop's endpoints in their places, in two statements."""
    rows = session().scalars(select(Endpoint).order_by(Endpoint.place)).all()
    return [_endpoint(row, counts) for row, counts in _counted(rows)]


def endpoint(endpoint_id: UUID) -> EndpointView:
    """One endpoint. Raises NotFound."""
    rows = session().scalars(select(Endpoint).where(Endpoint.id == endpoint_id)).all()
    if not rows:
        raise NotFound
    ((row, counts),) = _counted(rows)
    return _endpoint(row, counts)


def _counted(rows: Sequence[Endpoint]) -> list[tuple[Endpoint, Mapping[str, int]]]:
    wanted = [(row.id, state) for row in rows for state in ("delivered", "failed", "waiting", "held")]
    if not wanted:
        return []
    each = [_counting(endpoint_id, state).scalar_subquery() for endpoint_id, state in wanted]
    found = list(session().execute(select(*each)).one())
    counts: dict[UUID, dict[str, int]] = {row.id: {} for row in rows}
    for (endpoint_id, state), number in zip(wanted, found, strict=True):
        counts[endpoint_id][state] = number
    return [(row, counts[row.id]) for row in rows]


def _counting(endpoint_id: UUID, state: str) -> Select[Any]:
    some = select(Delivery.id).where(
        Delivery.shop_id == current_scope().shop_id,
        Delivery.endpoint_id == endpoint_id,
        Delivery.created_at >= now() - _COUNTED_BACK,
        Delivery.state == state,
    )
    return select(func.count()).select_from(some.limit(MOST_COUNTED + 1).subquery())


def counting_failed() -> Select[Any]:
    """The statement that counts deliveries of the last seven days that failed for good, to MOST_COUNTED + 1."""
    some = select(Delivery.id).where(
        Delivery.shop_id == current_scope().shop_id,
        Delivery.state == "failed",
        Delivery.created_at >= now() - _COUNTED_BACK,
    )
    return select(func.count()).select_from(some.limit(MOST_COUNTED + 1).subquery())


def counting_stopped() -> Select[Any]:
    """The statement that counts endpoints that were paused because nothing arrived there."""
    return select(func.count()).where(
        Endpoint.shop_id == current_scope().shop_id, Endpoint.pause_reason != ""
    )


def deliveries_page(
    *,
    endpoint_id: UUID | None = None,
    topic: str = "",
    state: str = "",
    size: int = 20,
    after: str = "",
    before: str = "",
) -> DeliveryPage:
    """Deliveries of the bound shop that fit, newest first, in one statement."""
    statement = _with_url().where(*_conditions(endpoint_id, topic, state))
    found = newest_first(statement, Delivery, size=size, after=after, before=before)
    return DeliveryPage([_delivery(row, url) for row, url in found.rows], found.after, found.before)


def delivery(delivery_id: UUID) -> DeliveryView:
    """One delivery with its tries. Raises NotFound."""
    row = session().execute(_with_url().where(Delivery.id == delivery_id)).first()
    if row is None:
        raise NotFound
    return _delivery(row[0], row[1])


def _with_url() -> Select[Delivery, str]:
    joined = (Endpoint.shop_id == Delivery.shop_id) & (Endpoint.id == Delivery.endpoint_id)
    mine = Delivery.shop_id == current_scope().shop_id
    return select(Delivery, Endpoint.url).join(Endpoint, joined).where(mine)


def _conditions(endpoint_id: UUID | None, topic: str, state: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if endpoint_id is not None:
        found.append(Delivery.endpoint_id == endpoint_id)
    if topic:
        found.append(Delivery.topic == topic)
    if state:
        found.append(Delivery.state == state)
    return found


def _endpoint(row: Endpoint, counts: Mapping[str, int]) -> EndpointView:
    return EndpointView(
        id=row.id,
        url=row.url,
        note=row.note,
        topics=tuple(row.topics),
        secret=row.secret,
        former_until=row.former_until if row.former_until and row.former_until > now() else None,
        paused_at=row.paused_at,
        pause_reason=row.pause_reason,
        arrived_at=row.arrived_at,
        counts=counts,
    )


def _delivery(row: Delivery, url: str) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        endpoint_id=row.endpoint_id,
        url=url,
        topic=row.topic,
        body=row.body,
        state=row.state,
        reason=row.reason,
        created_at=row.created_at,
        due_at=row.due_at,
        delivered_at=row.delivered_at,
        attempts=row.attempts,
        tries=tuple(
            TryView(datetime.fromisoformat(one["at"]), one["status"], one["reason"], one["ms"])
            for one in row.tries
        ),
    )
