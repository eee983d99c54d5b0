"""Comparing a day with a gateway's own list: what is on both sides is explained, the rest is work for a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.payments.accounts import gateway_account
from core.commerce.payments.actions.disputes import keep_dispute
from core.commerce.payments.gateways.interface import GatewayRefused, GatewayTransaction, GatewayUnavailable
from core.commerce.payments.gateways.registry import UnknownGateway
from core.commerce.payments.models import Difference, Payment, PaymentAccount, Reconciliation, Refund
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import connection_given_back, reading, session
from core.kernel.errors import NotFound
from core.kernel.ids import as_id, new_id
from core.kernel.tenancy import SYSTEM, acting_as, current_scope, require

log = structlog.get_logger(__name__)
PERMISSION = "payments.edit"
# The hour of the shop's day at which the day before is compared; what settles late at night has settled by then.
COMPARED_AT = time(4)
# A gateway may date a movement a little otherwise than we do.
_MARGIN = timedelta(hours=6)
_AGAIN = timedelta(hours=1)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Ours:
    """A payment or refund as we have it; `amount` is signed like the gateway's."""

    id: UUID
    subject: str
    gateway_ref: str
    amount: int
    currency: str
    at: datetime
    order_id: UUID


@dataclass(slots=True)
class Comparison:
    """A day on both sides, and what came of laying them next to each other."""

    movements: int = 0
    matched: int = 0
    taken: int = 0
    given_back: int = 0
    fees: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)

    def differ(self, what: str, subject: str, key: str, **more: Any) -> None:
        """One movement more that is not explained."""
        known = {"gateway_ref": "", "order_id": None, "ours_minor": None, "theirs_minor": None}
        self.differences.append(
            {"what": what, "subject": subject, "key": f"{subject}:{key}", **known, **more}
        )


def compare_day(*, gateway: str, mode: str, day: date) -> UUID:
    """Compare one day of the shop's zone with the gateway's list, anew each time; returns the reconciliation.

    A list that cannot be fetched is kept as trouble. Raises PermissionRefused, UnknownGateway, and NotFound for a day that
    is not over.
    """
    require(PERMISSION)
    if day >= today():
        raise NotFound
    account = gateway_account(gateway, mode)
    since, until = bounds(day)
    found, trouble = Comparison(), ""
    disputes: list[GatewayTransaction] = []
    try:
        # The gateway's list is longer than the day: what we have of the day may be dated just outside.
        upto = min(until + _MARGIN, now())
        with connection_given_back():
            theirs = list(account.gateway.transactions(account.credentials, since - _MARGIN, upto))
    except (GatewayUnavailable, GatewayRefused) as error:
        trouble = getattr(error, "reason", "") or getattr(error, "failure_code", "")
    else:
        with reading():
            disputes = _compare(found, gateway, mode, theirs, (since, until))
    with acting_as(SYSTEM):
        for one in disputes:
            keep_dispute(gateway=gateway, mode=mode, dispute=one.dispute)
        return _keep(gateway=gateway, mode=mode, day=day, found=found, trouble=trouble)


def today() -> date:
    """The day that it is in the shop's zone."""
    return now().astimezone(current_scope().zone).date()


def bounds(day: date) -> tuple[datetime, datetime]:
    """When a day of the shop's zone begins and ends."""
    zone = current_scope().zone
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _compare(
    found: Comparison,
    gateway: str,
    mode: str,
    theirs: Sequence[GatewayTransaction],
    day: tuple[datetime, datetime],
) -> list[GatewayTransaction]:
    """Lay both sides next to each other; returns the disputes that were told of."""
    known = {ours.id: ours for ours in _named_ours(gateway, mode, theirs)}
    by_ref = {ours.gateway_ref: ours for ours in known.values() if ours.gateway_ref}
    seen: set[UUID] = set()
    for one in theirs:
        ours = known.get(as_id(one.reference) or new_id()) or by_ref.get(one.gateway_ref)
        if ours is not None and one.kind in ("payment", "refund"):
            seen.add(ours.id)
        if day[0] <= one.occurred_at < day[1]:
            _lay_beside(found, one, ours, by_ref)
    for ours in _ours_of(gateway, mode, day):
        if ours.id not in seen:
            found.movements += 1
            found.differ(
                "missing_there",
                ours.subject,
                str(ours.id),
                gateway_ref=ours.gateway_ref,
                order_id=ours.order_id,
                ours_minor=ours.amount,
                currency=ours.currency,
                occurred_at=ours.at,
            )
    return [one for one in theirs if one.dispute is not None]


def _lay_beside(
    found: Comparison, one: GatewayTransaction, ours: Ours | None, by_ref: dict[str, Ours]
) -> None:
    found.fees += one.fee
    if one.kind == "fee":
        found.fees -= one.amount
    if one.kind in ("fee", "other"):
        return
    found.movements += 1
    found.taken += max(one.amount, 0)
    found.given_back += max(-one.amount, 0)
    theirs = {
        "gateway_ref": one.gateway_ref,
        "theirs_minor": one.amount,
        "currency": one.currency,
        "occurred_at": one.occurred_at,
    }
    if one.kind == "dispute":
        paid = by_ref.get(one.payment_ref)
        if paid is not None:
            found.matched += 1
        else:
            found.differ("missing_here", "dispute", one.gateway_ref, **theirs)
    elif ours is None:
        found.differ("missing_here", one.kind, one.gateway_ref, **theirs)
    elif (ours.amount, ours.currency) != (one.amount, one.currency):
        more = {"ours_minor": ours.amount, "order_id": ours.order_id}
        found.differ("amount", one.kind, one.gateway_ref, **theirs, **more)
    else:
        found.matched += 1


def _named_ours(gateway: str, mode: str, theirs: Sequence[GatewayTransaction]) -> Iterator[Ours]:
    """What we have of everything that the gateway's list names, by our id or by its own."""
    ids = sorted({found for one in theirs if (found := as_id(one.reference)) is not None})
    refs = sorted({ref for one in theirs for ref in (one.gateway_ref, one.payment_ref) if ref})
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        yield from _payments(gateway, mode, Payment.id.in_(part))
        yield from _refunds(gateway, mode, Refund.id.in_(part))
    for start in range(0, len(refs), _CHUNK):
        yield from _payments(gateway, mode, Payment.gateway_ref.in_(refs[start : start + _CHUNK]))


def _ours_of(gateway: str, mode: str, day: tuple[datetime, datetime]) -> Iterator[Ours]:
    """What moved through the account on the day, as we have it."""
    since, until = day
    yield from _payments(gateway, mode, Payment.captured_at >= since, Payment.captured_at < until)
    yield from _refunds(gateway, mode, Refund.done_at >= since, Refund.done_at < until)


def _payments(gateway: str, mode: str, *narrowed: Any) -> Iterator[Ours]:
    columns = (
        Payment.id,
        Payment.gateway_ref,
        Payment.amount_minor,
        Payment.currency,
        Payment.captured_at,
        Payment.order_id,
    )
    mine = (Payment.gateway == gateway, Payment.mode == mode, Payment.state == "captured")
    for row in session().execute(select(*columns).where(*mine, *narrowed)):
        at = row.captured_at or now()
        yield Ours(row.id, "payment", row.gateway_ref or "", row.amount_minor, row.currency, at, row.order_id)


def _refunds(gateway: str, mode: str, *narrowed: Any) -> Iterator[Ours]:
    columns = (Refund.id, Refund.amount_minor, Refund.currency, Refund.done_at, Refund.order_id)
    through = (Payment.shop_id == Refund.shop_id) & (Payment.id == Refund.payment_id)
    mine = (Payment.gateway == gateway, Payment.mode == mode, Refund.state == "done")
    for row in session().execute(select(*columns).join(Payment, through).where(*mine, *narrowed)):
        yield Ours(row.id, "refund", "", -row.amount_minor, row.currency, row.done_at or now(), row.order_id)


@command("system")
def _keep(*, gateway: str, mode: str, day: date, found: Comparison, trouble: str) -> UUID:
    """Write what came of it; what a person has dealt with stays dealt with, what is explained by now is gone."""
    key = {"shop_id": current_scope().shop_id, "gateway": gateway, "mode": mode, "day": day}
    figures = {
        "movements": found.movements,
        "matched": found.matched,
        "taken_minor": found.taken,
        "given_back_minor": found.given_back,
        "fees_minor": found.fees,
        "currency": current_scope().currency,
        "compared_at": now(),
    }
    # A list that cannot be fetched says nothing against what was compared before.
    changed = {"trouble": trouble} if trouble else {"trouble": "", **figures}
    made = insert(Reconciliation).values(
        **key, id=new_id(), created_at=now(), **{**figures, "trouble": trouble}
    )
    of_day = ["shop_id", "gateway", "mode", "day"]
    written = made.on_conflict_do_update(index_elements=of_day, set_=changed).returning(Reconciliation.id)
    made_id: UUID = session().execute(written).scalar_one()
    if not trouble:
        _keep_differences(made_id, found)
    return made_id


def _keep_differences(made_id: UUID, found: Comparison) -> None:
    keys = [one["key"] for one in found.differences]
    mine = (Difference.reconciliation_id == made_id, Difference.shop_id == current_scope().shop_id)
    session().execute(
        delete(Difference)
        .where(*mine, Difference.key.not_in(keys))
        .execution_options(synchronize_session=False)
    )
    for one in found.differences:
        values = {"what": one["what"], "ours_minor": one["ours_minor"], "theirs_minor": one["theirs_minor"]}
        made = insert(Difference).values(
            shop_id=current_scope().shop_id,
            id=new_id(),
            created_at=now(),
            reconciliation_id=made_id,
            note="",
            **one,
        )
        of_key = ["shop_id", "reconciliation_id", "key"]
        session().execute(made.on_conflict_do_update(index_elements=of_key, set_=values))


@command(PERMISSION)
def settle_difference(*, difference_id: UUID, note: str) -> None:
    """A person has dealt with a difference, and says how. Raises NotFound."""
    statement = (
        update(Difference)
        .where(Difference.id == difference_id, Difference.done_at.is_(None))
        .values(done_at=now(), note=" ".join(note.split())[:500])
        .returning(Difference.id)
    )
    if session().execute(statement.execution_options(synchronize_session=False)).first() is None:
        raise NotFound


def compare_due_days() -> int:
    """Compare yesterday through every account whose turn it is, as the system; returns how many were compared."""
    with reading():
        columns = (PaymentAccount.id, PaymentAccount.gateway, PaymentAccount.mode)
        due = session().execute(select(*columns).where(PaymentAccount.look_at <= now())).all()
    done = 0
    for row in due:
        day = today() - timedelta(days=1)
        try:
            compare_day(gateway=row.gateway, mode=row.mode, day=day)
        except UnknownGateway:
            log.warning("not compared: no such gateway", gateway=row.gateway)
        with reading():
            kept = (
                session()
                .scalars(
                    select(Reconciliation.trouble).where(
                        Reconciliation.gateway == row.gateway,
                        Reconciliation.mode == row.mode,
                        Reconciliation.day == day,
                    )
                )
                .first()
            )
        with acting_as(SYSTEM):
            _look_again(account_id=row.id, at=now() + _AGAIN if kept else next_look())
        done += 1
    return done


def next_look() -> datetime:
    """When the day that it is now is compared: early on the next one."""
    return datetime.combine(today() + timedelta(days=1), COMPARED_AT, current_scope().zone)


@command("system")
def _look_again(*, account_id: UUID, at: datetime) -> None:
    statement = update(PaymentAccount).where(PaymentAccount.id == account_id).values(look_at=at)
    session().execute(statement.execution_options(synchronize_session=False))
