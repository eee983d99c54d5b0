"""Jobs of coupons: safe to run twice."""

from uuid import UUID

from core.sdk.jobs import job
from core.sdk.words import N_
from plugins.coupon.actions.birthdays import give_on_birthday
from plugins.coupon.actions.giving import give_portion
from plugins.coupon.actions.reminding import remind
from plugins.coupon.actions.rounds import end_round


@job("coupon.remind", queue="bulk", says=N_("reminding of a coupon that runs out"))
def remind_of_coupon(instance_id: str) -> None:
    """Tell the owner of a coupon, if it can still be used."""
    remind(instance_id=UUID(instance_id))


@job("coupon.give", queue="bulk", says=N_("giving a coupon to a segment"))
def give_coupons(giving_id: str) -> None:
    """Give to the next portion of a segment."""
    give_portion(giving_id=UUID(giving_id))


@job("coupon.round_ends", queue="bulk", says=N_("ending a round with friends"))
def finish_round(fission_id: str) -> None:
    """Give the members of a round that ran out their consolation."""
    end_round(fission_id=UUID(fission_id))


@job("coupon.birthday", queue="bulk", says=N_("giving coupons on a birthday"))
def celebrate(customer_id: str) -> None:
    """Give what is given on this customer's birthday, if it is today."""
    give_on_birthday(customer_id=UUID(customer_id))
