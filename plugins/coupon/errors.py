"""Refusals of coupons, each with a way out."""

from typing import Any

from core.sdk.errors import PinpuError
from core.sdk.words import N_


class CouponError(PinpuError):
    """Something about a coupon cannot be done; nothing was changed."""

    code = "coupon.refused"
    status = 409


def _error(reason: str, message: str, fix: str = "", *, status: int = 409) -> type[CouponError]:
    words = {
        "code": f"coupon.{reason}",
        "message": message,
        "fix": fix,
        "status": status,
        "__doc__": message,
    }
    return type(f"Coupon_{reason}", (CouponError,), words)


_OTHERS = N_("Look at the other coupons in the coupon centre.")
_WALLET = N_("You find it under “My coupons”.")

_ERRORS = {
    "login_needed": _error(
        "login_needed", N_("Log in first: a coupon belongs to an account."), N_("Log in and try again.")
    ),
    "not_open": _error("not_open", N_("This coupon is not given out at the moment."), _OTHERS),
    "not_begun_yet": _error("not_begun_yet", N_("This coupon is given out from %(time)s on."), _OTHERS),
    "over": _error("over", N_("The time to claim this coupon is over."), _OTHERS),
    "all_given": _error("all_given", N_("All of these coupons have been given out."), _OTHERS),
    "had_yours": _error(
        "had_yours", N_("You have already got as many of it as one person can have."), _WALLET
    ),
    "had_on_device": _error(
        "had_on_device", N_("As many of it as one device can have have been claimed here."), _OTHERS
    ),
    "had_today": _error("had_today", N_("You have had yours for today."), N_("Come back tomorrow.")),
    "not_for_you": _error("not_for_you", N_("This coupon is for other customers."), _OTHERS),
    "code_refused": _error(
        "code_refused",
        N_("This code cannot be used."),
        N_("Compare it with what you were given, letter by letter."),
        status=422,
    ),
    "too_many_tries": _error(
        "too_many_tries",
        N_("Too many codes that do not exist."),
        N_("Wait ten minutes before you try again."),
        status=429,
    ),
    "in_use": _error(
        "in_use",
        N_("“%(name)s” is being used in another order."),
        N_("Pay or cancel that order, or go on without the coupon."),
    ),
    "budget_spent": _error(
        "budget_spent",
        N_("The shop's budget for “%(name)s” has just been used up."),
        N_("Go back to the cart; the sum is worked out again."),
    ),
    "not_giftable": _error("not_giftable", N_("This coupon cannot be given away.")),
    "gift_gone": _error("gift_gone", N_("This gift has been taken, taken back, or its time is over.")),
    "own_gift": _error("own_gift", N_("This is your own gift. Send the link to somebody else.")),
    "not_yours": _error("not_yours", N_("This coupon is used, has run out, or is not yours."), status=404),
    "not_publishable": _error("not_publishable", N_("Only a draft or a paused campaign can be published.")),
    "already_closed": _error("already_closed", N_("This campaign has ended and cannot be changed any more.")),
    "locked": _error(
        "locked", N_("It is locked in an unpaid order."), N_("Cancel that order, or wait until it closes.")
    ),
    "still_out": _error(
        "still_out",
        N_("Unpaid orders still carry coupons."),
        N_("Wait until they are paid or closed."),
    ),
    "already_joined": _error("already_joined", N_("You are already in this round."), _WALLET),
    "round_over": _error("round_over", N_("This round is complete or its time is over."), _OTHERS),
    "bad_codes": _error(
        "bad_codes",
        N_(
            "%(count)s of the codes cannot be used: too short, with other signs than letters and digits, or doubled."
        ),
        status=422,
    ),
    # What is wrong with a campaign as it was written down.
    "no_value": _error("no_value", N_("Say how much comes off."), status=422),
    "above_threshold": _error(
        "above_threshold", N_("From this value on it takes off more than the goods cost."), status=422
    ),
    "no_points": _error("no_points", N_("Choose more than 0% and at most 100%."), status=422),
    "bad_nth": _error("bad_nth", N_("Choose 2 to 99."), status=422),
    "exchange_for_what": _error(
        "exchange_for_what", N_("Choose the goods that it is exchanged for."), status=422
    ),
    "bad_tiers": _error(
        "bad_tiers",
        N_("One step a line, such as “200 - 30”, each with a higher value and more off than the one before."),
        status=422,
    ),
    "bad_range": _error("bad_range", N_("The most must be above the least."), status=422),
    "bad_uses": _error("bad_uses", N_("Choose 1 to 100 uses."), status=422),
    "bad_hours": _error("bad_hours", N_("Choose at least one hour and at most ten years."), status=422),
    "no_period": _error("no_period", N_("Say until when it can be used."), status=422),
    "bad_period": _error("bad_period", N_("The end must be after the beginning."), status=422),
    "bad_birthday": _error("bad_birthday", N_("There is no such day."), status=422),
    "birthday_told": _error(
        "birthday_told",
        N_("Your birthday is noted already."),
        N_("It can be changed a year after it was noted; ask the shop if it is wrong."),
    ),
    "no_event": _error("no_event", N_("Name the event: small letters, digits and underscores."), status=422),
    "own_consolation": _error("own_consolation", N_("Choose another campaign as consolation."), status=422),
    "in_the_past": _error("in_the_past", N_("This is in the past."), status=422),
    "above_value_budget": _error(
        "above_value_budget", N_("The budget is smaller than a single coupon."), status=422
    ),
}


def refused(reason: str, **params: Any) -> CouponError:
    """The error for a reason."""
    return _ERRORS[reason](**params)
