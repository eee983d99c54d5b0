"""Birthdays: a buyer tells the day once, and gets on it what campaigns give then."""

import calendar
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.jobs import defer, job_types
from core.sdk.shop import current_scope
from plugins.coupon.actions.claiming import acting_buyer
from plugins.coupon.actions.giving import give_for
from plugins.coupon.errors import refused
from plugins.coupon.models import Birthday

# So long after it was told it can be told differently: nobody has a birthday whenever they shop.
FIXED_FOR = timedelta(days=365)
# Shortly after midnight in the shop's zone.
_AT = time(0, 5)
_LATE = timedelta(days=7)
_LEAP_YEAR = 2_000


@command("buyer")
def tell_birthday(*, month: int, day: int) -> None:
    """Note one's birthday; the coupons of the day come by themselves. Raises login_needed, bad_birthday, birthday_told."""
    customer_id = acting_buyer()
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(_LEAP_YEAR, month)[1]:
        raise refused("bad_birthday")
    moment = now()
    row = insert(Birthday).values(
        shop_id=current_scope().shop_id,
        id=new_id(),
        customer_id=customer_id,
        month=month,
        day=day,
        created_at=moment,
    )
    told = row.on_conflict_do_update(
        index_elements=["shop_id", "customer_id"],
        set_={"month": month, "day": day, "created_at": moment},
        where=Birthday.created_at <= moment - FIXED_FOR,
    )
    if session().execute(told.returning(Birthday.id)).first() is None:
        raise refused("birthday_told")
    _look_again(customer_id, month, day, _today())


@command("system")
def give_on_birthday(*, customer_id: UUID) -> None:
    """If it is this customer's birthday, give what campaigns give on it, once a year; and look again at the next one.

    A few days late is not too late: a job may have had to wait.
    """
    row = session().scalars(select(Birthday).where(Birthday.customer_id == customer_id)).first()
    if row is None:
        return
    today = _today()
    for year in (today.year - 1, today.year):
        if timedelta(0) <= today - _day_in(year, row.month, row.day) <= _LATE:
            give_for("birthday", customer_id, key=f"birthday:{customer_id}:{year}")
    _look_again(customer_id, row.month, row.day, today + timedelta(days=1))


def _today() -> date:
    return now().astimezone(current_scope().zone).date()


def _day_in(year: int, month: int, day: int) -> date:
    """The birthday in a year; who was born on the 29th of February has it on the last day of that month."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _look_again(customer_id: UUID, month: int, day: int, since: date) -> None:
    found = next(one for year in (since.year, since.year + 1) if (one := _day_in(year, month, day)) >= since)
    at = datetime.combine(found, _AT, tzinfo=current_scope().zone)
    defer(job_types()["coupon.birthday"], at=max(at, now()), customer_id=str(customer_id))


def birthday_of(customer_id: UUID) -> tuple[int, int] | None:
    """Month and day, as far as they were told."""
    row = session().scalars(select(Birthday).where(Birthday.customer_id == customer_id)).first()
    return (row.month, row.day) if row else None
