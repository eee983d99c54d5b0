"""Refusals of group-buy: each reason of `domain.Objection` in words, with a way out."""

from typing import Any

from core.sdk.errors import PinpuError
from core.sdk.hooks import Refusal
from core.sdk.words import N_
from plugins.group_buy.domain import Objection


class GroupBuyError(PinpuError):
    """Something about a group-buy cannot be done; nothing was changed."""

    code = "group_buy.refused"
    status = 409


def _error(reason: str, message: str, fix: str = "", *, status: int = 409) -> type[GroupBuyError]:
    words = {
        "code": f"group_buy.{reason}",
        "message": message,
        "fix": fix,
        "status": status,
        "__doc__": message,
    }
    return type(f"GroupBuy_{reason}", (GroupBuyError,), words)


_JOIN_OR_START = N_("Join another group, or start one yourself.")
_LOOK_AGAIN = N_("Open the product again to see what it costs now.")

_ERRORS = {
    "unavailable": _error("unavailable", N_("This group-buy does not exist."), _LOOK_AGAIN),
    "not_offered": _error("not_offered", N_("This kind is not part of the group-buy."), _LOOK_AGAIN),
    "not_alone": _error(
        "not_alone",
        N_("A group-buy is ordered on its own."),
        N_("Order the other things separately."),
    ),
    "login_needed": _error(
        "login_needed",
        N_("Log in to buy in a group: a seat belongs to an account."),
        N_("Log in and try again."),
    ),
    "already_in": _error(
        "already_in", N_("You already have a seat in this group."), N_("You find it under “My groups”.")
    ),
    "group_closed": _error("group_closed", N_("This group is closed."), _JOIN_OR_START),
    "group_full": _error(
        "group_full", N_("The last seat of this group has just been taken."), _JOIN_OR_START
    ),
    "changed": _error("changed", N_("This group-buy has just been changed."), _LOOK_AGAIN),
    "over": _error("over", N_("This group-buy is over."), _LOOK_AGAIN),
    "paused": _error(
        "paused", N_("No new groups can be started at the moment."), N_("Groups that are open go on.")
    ),
    "not_begun": _error("not_begun", N_("This group-buy has not begun yet."), _LOOK_AGAIN),
    "limit": _error(
        "limit",
        N_("Each buyer can have %(limit)s; you can still take %(left)s."),
        N_("Choose fewer."),
    ),
    "used_up": _error("used_up", N_("You have already bought as many as each buyer can have.")),
    "too_many_held": _error(
        "too_many_held",
        N_("You keep as many unpaid seats as one buyer can."),
        N_("Pay for one of them, or wait until it is free again."),
    ),
    "few_left": _error("few_left", N_("Only %(left)s are left at the group price."), N_("Choose fewer.")),
    "sold_out": _error("sold_out", N_("All pieces at the group price are taken."), _LOOK_AGAIN),
    "cannot_leave": _error(
        "cannot_leave",
        N_("You can only leave a group while it is forming and you have paid."),
        N_("Open the order to see how it stands."),
    ),
    "group_ended": _error(
        "group_ended", N_("This group has already ended."), N_("Reload to see how it ended.")
    ),
    "still_open": _error(
        "still_open", N_("Groups are still open."), N_("Wait until they are full or refunded, or end them.")
    ),
    "overlapping": _error(
        "overlapping",
        N_("“%(other)s” already runs for this product from %(from)s to %(until)s."),
        N_("Choose other dates, or end that one first."),
    ),
    "not_publishable": _error("not_publishable", N_("Only a draft or a paused activity can be published.")),
    "already_closed": _error("already_closed", N_("This activity has ended and cannot be changed any more.")),
    "bad_size": _error("bad_size", N_("Choose 2 to 100 people."), status=422),
    "bad_window": _error("bad_window", N_("Give a group between one minute and seven days."), status=422),
    "bad_period": _error("bad_period", N_("The end must be after the beginning."), status=422),
    "bad_hard_end": _error(
        "bad_hard_end", N_("The last groups cannot end before the activity does."), status=422
    ),
    "no_price": _error("no_price", N_("Give at least one kind a group price."), status=422),
    "one_each": _error(
        "one_each", N_("In a lottery group everybody takes part with one piece."), N_("Choose one piece.")
    ),
    "limit_order": _error(
        "limit_order", N_("One order can have %(limit)s at the most."), N_("Choose fewer.")
    ),
    "limit_day": _error(
        "limit_day",
        N_("Each buyer can have %(limit)s a day; today you can still take %(left)s."),
        N_("Come back tomorrow, or choose fewer."),
    ),
    "limit_product": _error(
        "limit_product",
        N_("Each buyer can have %(limit)s of this product in groups; you can still take %(left)s."),
        N_("Choose fewer."),
    ),
    "limit_address": _error(
        "limit_address", N_("As much as can go to one address in this group-buy has been ordered already.")
    ),
    "limit_payer": _error(
        "limit_payer", N_("As much as one phone number can order in this group-buy has been ordered already.")
    ),
    "one_as_newcomer": _error(
        "one_as_newcomer",
        N_("You have joined a group as a new buyer already."),
        N_("Start a group yourself."),
    ),
    "not_for_you": _error(
        "not_for_you", N_("This group-buy is for certain customers of the shop."), _LOOK_AGAIN
    ),
    "not_new": _error(
        "not_new",
        N_("Only people who have never bought here can join this group."),
        N_("Start a group yourself and bring new people."),
    ),
    "too_few": _error(
        "too_few",
        N_("This shop completes a group from %(least)s paid seats on; %(paid)s are paid."),
        N_("Wait for more members, or change the settings."),
    ),
    "too_many_declared": _error(
        "too_many_declared",
        N_("As many groups as the shop completes in a day have been completed today."),
        N_("Wait until tomorrow, or change the settings."),
    ),
    "extended_already": _error("extended_already", N_("This group was given more time before.")),
    "no_more_time": _error(
        "no_more_time", N_("Every group of this activity ends by then; there is no more time to give.")
    ),
    "no_members": _error("no_members", N_("Nobody has paid in this group, so there is nobody to write to.")),
    "too_many_notes": _error(
        "too_many_notes",
        N_("As much as the shop writes to one group in a day has been written today."),
        N_("Wait until tomorrow, or change the settings."),
    ),
    "bad_steps": _error(
        "bad_steps", N_("Each step needs more people than the one before, at least two steps."), status=422
    ),
    "bad_step_prices": _error(
        "bad_step_prices", N_("Each step must be cheaper than the one before."), status=422
    ),
    "bad_winners": _error("bad_winners", N_("At least one wins, and at least one does not."), status=422),
    "bad_perk": _error("bad_perk", N_("Say how much the leader gets; draws have no perk."), status=422),
    "bad_payers": _error(
        "bad_payers", N_("At least two must have paid, and no more than a group has."), status=422
    ),
    "price_not_lower": _error(
        "price_not_lower", N_("A group price must be below the price of buying alone."), status=422
    ),
}


def error_for(objection: Objection) -> GroupBuyError:
    """The error for an objection."""
    return _ERRORS[objection.reason](**objection.params)


def refused(reason: str, **params: Any) -> GroupBuyError:
    """The error for a reason."""
    return _ERRORS[reason](**params)


def refusal_for(objection: Objection, line: Any) -> Refusal:
    """The same as a refusal of one line, in the reader's language."""
    error = error_for(objection)
    return Refusal(error.code, error.text, line, error.fix_text or None)
