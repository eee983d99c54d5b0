"""Typing a code in: one uniform refusal for whatever is wrong, and few tries for those who guess."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.shop import current_scope
from plugins.coupon.actions.alarms import note_alert
from plugins.coupon.actions.claiming import acting_buyer, require_open
from plugins.coupon.actions.issuing import Issued, issue
from plugins.coupon.codes import LONGEST, code_hash, is_mistyped, normalised
from plugins.coupon.errors import CouponError, refused
from plugins.coupon.models import Campaign, Code, CodeTry

MOST_FAILS = 5
WINDOW = timedelta(minutes=10)
# What says nothing about the code itself; everything else becomes the uniform refusal.
_TOLD = frozenset(
    {
        "coupon.had_yours",
        "coupon.had_today",
        "coupon.had_on_device",
        "coupon.login_needed",
        "coupon.too_many_tries",
    }
)


def redeem_code(*, code: str, seen_as: Iterable[str]) -> Issued:
    """Exchange a code for a coupon.

    `seen_as` are the address and the device that it comes from; with the customer they share the count of failures:
    whoever failed five times within ten minutes, under any of them, has to wait. A try is counted before the code is
    looked at, so that parallel guesses are counted too, and taken back when it was right.
    Raises login_needed, too_many_tries, code_refused, had_yours, had_today.
    """
    customer_id = acting_buyer()
    seen = list(seen_as)
    who = sorted({f"customer:{customer_id}", *seen})
    try:
        _count_try(who=who)
    except CouponError:
        _report_guessing(customer_id=customer_id)
        raise
    try:
        issued = _redeem(code=code, device=next((one for one in seen if one.startswith("device:")), ""))
    except CouponError as error:
        if error.code in _TOLD:
            _forgive(who=who)
            raise
        raise refused("code_refused") from error
    _forgive(who=who)
    return issued


@command("buyer")
def _count_try(*, who: list[str]) -> None:
    moment = now()
    begun = moment - WINDOW
    session().execute(
        delete(CodeTry)
        .where(CodeTry.shop_id == current_scope().shop_id, CodeTry.since <= begun)
        .execution_options(synchronize_session=False)
    )
    for one in who:
        statement = insert(CodeTry).values(
            shop_id=current_scope().shop_id, id=new_id(), who=one, fails=1, since=moment
        )
        counted = statement.on_conflict_do_update(
            index_elements=["shop_id", "who"],
            set_={"fails": CodeTry.fails + 1},
            where=CodeTry.fails < MOST_FAILS,
        )
        if session().execute(counted.returning(CodeTry.fails)).first() is None:
            raise refused("too_many_tries")


@command("buyer")
def _report_guessing(*, customer_id: UUID) -> None:
    """Its own transaction: the refused try leaves nothing behind but this."""
    note_alert("guessing", f"{customer_id}:{now():%Y-%m-%d}")


@command("buyer")
def _forgive(*, who: list[str]) -> None:
    """A try was none of guessing: it does not count."""
    for one in who:
        session().execute(
            update(CodeTry)
            .where(CodeTry.shop_id == current_scope().shop_id, CodeTry.who == one, CodeTry.fails > 0)
            .values(fails=CodeTry.fails - 1)
            .execution_options(synchronize_session=False)
        )


@command("buyer")
def _redeem(*, code: str, device: str) -> Issued:
    customer_id = acting_buyer()
    if not 1 <= len(normalised(code)) <= LONGEST or is_mistyped(code):
        raise refused("code_refused")
    campaign_id = _take_code(code_hash(code))
    campaign = session().scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    require_open(campaign, customer_id, now())
    issued = issue(campaign_id, customer_id, source="code", device=device)
    assert issued is not None
    return issued


def _take_code(hashed: str) -> UUID:
    statement = (
        update(Code)
        .where(
            Code.shop_id == current_scope().shop_id,
            Code.code_hash == hashed,
            Code.disabled_at.is_(None),
            or_(Code.max_uses.is_(None), Code.uses < Code.max_uses),
        )
        .values(uses=Code.uses + 1)
        .returning(Code.campaign_id)
        .execution_options(synchronize_session=False)
    )
    found: UUID | None = session().execute(statement).scalar()
    if found is None:
        raise refused("code_refused")
    return found
