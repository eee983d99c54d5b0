"""What a merchant decides about endpoints, what goes to them, and sending it again."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.messages.posting import refused_address
from core.commerce.webhooks import jobs_named
from core.commerce.webhooks.errors import EndpointPaused, TooManyEndpoints
from core.commerce.webhooks.models import MOST_ENDPOINTS, Delivery, Endpoint
from core.commerce.webhooks.signing import new_secret
from core.commerce.webhooks.topics import TEST, topics
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

LONGEST_URL, LONGEST_NOTE = 500, 80
# So long a secret that was replaced goes on signing.
FORMER_SECRET = timedelta(hours=24)
# One press of "send all again" takes so many.
MOST_AGAIN = 1_000


@command("shop.edit")
def add_endpoint(*, url: str, note: str = "", wanted: Iterable[str] = ()) -> UUID:
    """Let an address hear of events; `wanted` are topics, none of them means all.

    Raises InputRefused (address or topic), TooManyEndpoints.
    """
    values = _checked(url, note, wanted)
    taken = set(session().scalars(select(Endpoint.place)))
    for place in (one for one in range(1, MOST_ENDPOINTS + 1) if one not in taken):
        key = {"shop_id": current_scope().shop_id, "id": new_id(), "place": place, "secret": new_secret()}
        made = insert(Endpoint).values(**key, **values, created_at=now(), former_secret="", silent=0)
        # Somebody who adds one at the same moment has the place; the next one is free, or there is none.
        if session().execute(made.on_conflict_do_nothing().returning(Endpoint.id)).first() is not None:
            return UUID(str(key["id"]))
    raise TooManyEndpoints(most=MOST_ENDPOINTS)


@command("shop.edit")
def change_endpoint(*, endpoint_id: UUID, url: str, note: str = "", wanted: Iterable[str] = ()) -> None:
    """Change where it is and what it hears of, from the next event on. Raises InputRefused, NotFound."""
    values = _checked(url, note, wanted)
    row = _locked(endpoint_id)
    if values["url"] != row.url:
        row.silent, row.rests_until = 0, None
    row.url, row.note, row.topics = values["url"], values["note"], values["topics"]


def _checked(url: str, note: str, wanted: Iterable[str]) -> dict[str, Any]:
    tidy, chosen = url.strip(), sorted({*wanted})
    why = refused_address(tidy) if tidy else N_("Please fill this in.")
    if len(tidy) > LONGEST_URL:
        why = N_("This is not an address.")
    wrong = {"url": [gettext(why)]} if why else {}
    if unknown := [one for one in chosen if one not in topics()]:
        wrong["topics"] = [gettext(N_("Nothing is called “%(name)s”."), name=unknown[0])]
    if wrong:
        raise InputRefused(wrong)
    return {"url": tidy, "note": " ".join(note.split())[:LONGEST_NOTE], "topics": chosen}


@command("shop.edit")
def pause_endpoint(*, endpoint_id: UUID) -> None:
    """Send nothing until it is switched on again: what is on its way waits, what happens meanwhile is not kept for it."""
    hold_endpoint(_locked(endpoint_id), "")


def hold_endpoint(row: Endpoint, reason: str) -> None:
    """Pause a locked endpoint, and hold what is on its way."""
    if row.paused_at is None:
        row.paused_at, row.pause_reason = now(), reason
        session().flush()
        _move(Delivery.endpoint_id == row.id, Delivery.state == "waiting", state="held", due_at=None)


@command("shop.edit")
def resume_endpoint(*, endpoint_id: UUID) -> None:
    """Send again; what was held goes first."""
    row = _locked(endpoint_id)
    if row.paused_at is None:
        return
    row.paused_at, row.pause_reason, row.silent, row.rests_until = None, "", 0, None
    row.arrived_at = now()
    session().flush()
    held = select(Delivery.id).where(Delivery.endpoint_id == row.id, Delivery.state == "held")
    _again(session().scalars(held).all())


@command("shop.edit")
def remove_endpoint(*, endpoint_id: UUID) -> None:
    """Forget an endpoint and everything that was sent to it."""
    session().delete(_locked(endpoint_id))


@command("shop.edit")
def renew_secret(*, endpoint_id: UUID) -> None:
    """Sign with a new secret; the one of before signs as well for a day, so that nothing is refused meanwhile."""
    row = _locked(endpoint_id)
    row.former_secret, row.former_until = row.secret, now() + FORMER_SECRET
    row.secret = new_secret()


@command("shop.edit")
def send_test(*, endpoint_id: UUID) -> UUID:
    """Send a message that says nothing but that it is a test. Returns its delivery. Raises EndpointPaused, NotFound."""
    row = _locked(endpoint_id)
    if row.paused_at is not None:
        raise EndpointPaused
    event_id = new_id()
    body = body_of(event_id=event_id, topic=TEST, at=now(), data={"endpoint_id": str(row.id)})
    (made,) = _deliver([row.id], event_id, TEST, body)
    return made


def announce(*, event_id: UUID, topic: str, at: datetime, data: Mapping[str, Any]) -> int:
    """Begin to tell every endpoint of the bound shop that asked for `topic`, once per event. Returns how many.

    Called in a transaction of the caller's; telling them twice changes nothing.
    """
    listening = select(Endpoint.id, Endpoint.topics).where(
        Endpoint.shop_id == current_scope().shop_id, Endpoint.paused_at.is_(None)
    )
    told = [row.id for row in session().execute(listening) if not row.topics or topic in row.topics]
    body = body_of(event_id=event_id, topic=topic, at=at, data=data)
    return len(_deliver(told, event_id, topic, body)) if told else 0


def body_of(*, event_id: UUID, topic: str, at: datetime, data: Mapping[str, Any]) -> str:
    """What is sent, as JSON: {"id", "type", "timestamp" (ISO 8601, UTC), "shop" (handle), "data" (the event's fields)}."""
    message = {
        "id": str(event_id),
        "type": topic,
        "timestamp": at.isoformat(),
        "shop": current_scope().handle,
        "data": dict(data),
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _deliver(endpoint_ids: Iterable[UUID], event_id: UUID, topic: str, body: str) -> list[UUID]:
    moment, shop_id = now(), current_scope().shop_id
    rows = [
        {
            "shop_id": shop_id,
            "id": new_id(),
            "endpoint_id": endpoint_id,
            "event_id": event_id,
            "topic": topic,
            "body": body,
            "state": "waiting",
            "due_at": moment,
            "created_at": moment,
            "attempts": 0,
            "reason": "",
            "tries": [],
        }
        for endpoint_id in endpoint_ids
    ]
    made = insert(Delivery).values(rows).on_conflict_do_nothing().returning(Delivery.id)
    found = list(session().scalars(made))
    for delivery_id in found:
        jobs.defer(jobs_named.send(), delivery_id=str(delivery_id))
    return found


@command("shop.edit")
def send_again(*, delivery_id: UUID) -> None:
    """Send a delivery once more, whatever became of it. Raises EndpointPaused, NotFound."""
    row = session().scalars(select(Delivery).where(Delivery.id == delivery_id)).first()
    if row is None:
        raise NotFound
    if _locked(row.endpoint_id).paused_at is not None:
        raise EndpointPaused
    if row.state in ("delivered", "failed"):
        _again([row.id])


@command("shop.edit")
def send_all_again(*, endpoint_id: UUID) -> int:
    """Send everything again that failed for good, the oldest first, at most MOST_AGAIN. Returns how many."""
    if _locked(endpoint_id).paused_at is not None:
        raise EndpointPaused
    failed = (
        select(Delivery.id)
        .where(Delivery.endpoint_id == endpoint_id, Delivery.state == "failed")
        .order_by(Delivery.created_at)
        .limit(MOST_AGAIN)
    )
    return _again(session().scalars(failed).all())


def _again(ids: Iterable[UUID]) -> int:
    wanted = list(ids)
    if not wanted:
        return 0
    _move(
        Delivery.id.in_(wanted),
        Delivery.state.in_(("delivered", "failed", "held")),
        state="waiting",
        due_at=now(),
        attempts=0,
        reason="",
    )
    for one in wanted:
        jobs.defer(jobs_named.send(), delivery_id=str(one))
    return len(wanted)


def _move(*conditions: Any, **values: Any) -> None:
    mine = Delivery.shop_id == current_scope().shop_id
    change = update(Delivery).where(mine, *conditions).values(**values)
    session().execute(change.execution_options(synchronize_session=False))


def _locked(endpoint_id: UUID) -> Endpoint:
    statement = select(Endpoint).where(Endpoint.id == endpoint_id).with_for_update()
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row
