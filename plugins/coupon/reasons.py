"""Why a coupon is not used, in words for its buyer; pure, so that a stored basket says the same years later."""

from core.sdk.values import N_

WHY_NOT = {
    "locked": N_("It is kept for an order that is not paid yet."),
    "paused": N_("The shop has paused it."),
    "budget": N_("The shop's budget for it is used up."),
    "resting": N_("It has just been used and can be used again later."),
    "not_begun": N_("It can be used from %(time)s on."),
    "expired": N_("It ran out on %(time)s."),
    "currency": N_("It is in %(currency)s, and nothing is converted."),
    "no_goods": N_("Nothing in the basket is among the goods it is for."),
    "activity_price": N_("The goods already have an activity price, with which it cannot be combined."),
    "add_to_save": N_("Add goods for %(missing)s more to use it."),
    "too_little": N_("Add %(missing)s to use it."),
    "few_pieces": N_("Add %(missing)s more pieces to use it."),
    "at_checkout": N_("It is taken off the shipping fee at checkout."),
    "saves_nothing": N_("There is nothing that it could take off."),
    "not_combined": N_("It cannot be combined with “%(other)s”, which saves more."),
    "no_gain": N_("It would not save anything more."),
    "not_chosen": N_("You have chosen other coupons."),
}
