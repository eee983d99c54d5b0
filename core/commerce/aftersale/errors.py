"""Refusals of the after-sale room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class CaseNotPossible(PinpuError):
    """Nothing of this kind can be asked for these units now."""

    code = "aftersale.not_possible"
    status = 409
    message = N_("This cannot be asked for any more.")
    fix = N_("Look at the order: it says what is still possible. Or write to the shop.")


class WindowOver(PinpuError):
    """The time to return something has passed."""

    code = "aftersale.window_over"
    status = 409
    message = N_("The time to return these goods was over on %(day)s.")
    fix = N_("Write to the shop: it may still help.")


class UnitsTaken(PinpuError):
    """Units that are in another case, or were refunded or exchanged before."""

    code = "aftersale.units_taken"
    status = 409
    message = N_("Of “%(title)s” %(left)s can be chosen.")
    fix = N_("The others are in an open case, or were refunded or exchanged already.")


class ChooseUnits(PinpuError):
    """A case about nothing."""

    code = "aftersale.choose_units"
    status = 422
    message = N_("Choose what it is about: at least one piece.")


class ChooseReason(PinpuError):
    """A reason that is not on the shop's list."""

    code = "aftersale.choose_reason"
    status = 422
    message = N_("Choose a reason from the list.")


class RefusedByPlugin(PinpuError):
    """A plugin that the order belongs to says no, in its own words."""

    code = "aftersale.refused_by_plugin"
    status = 409
    message = "%(said)s"
    fix = "%(way)s"


class OfferChanged(PinpuError):
    """What would come back is not what the buyer saw."""

    code = "aftersale.offer_changed"
    status = 409
    message = N_("What comes back has changed: it is now %(amount)s, not %(confirmed)s.")
    fix = N_("Look at it once more, then send it.")


class NothingComesBack(PinpuError):
    """These units cost nothing, so no money can come back for them."""

    code = "aftersale.nothing_comes_back"
    status = 422
    message = N_("Nothing was paid for these goods, so no money can come back for them.")


class CaseMovedOn(PinpuError):
    """The case is not where this step starts: somebody was faster, or its deadline passed."""

    code = "aftersale.moved_on"
    status = 409
    message = N_("This case has moved on in the meantime.")
    fix = N_("Here it is as it stands now.")


class AmountRefused(PinpuError):
    """An amount that is nothing, or above what can be refunded."""

    code = "aftersale.amount_refused"
    status = 422
    message = N_("The amount must be between %(least)s and %(most)s.")


class SayWhy(PinpuError):
    """Less than was asked for, or nothing at all, without a word to the buyer."""

    code = "aftersale.say_why"
    status = 422
    message = N_("Say why: the buyer reads it.")


class NoReturnAddress(PinpuError):
    """Goods are to come back, and nobody has said where to."""

    code = "aftersale.no_return_address"
    status = 422
    message = N_("Say where the goods go back to: the buyer has to know it.")
    fix = N_("Write the address beside your answer, or once for all in the after-sale settings.")


class SentMeanwhile(PinpuError):
    """The order left before its cancellation was decided."""

    code = "aftersale.sent_meanwhile"
    status = 409
    message = N_("The order is on its way already, so it cannot be cancelled any more.")
    fix = N_("Decline, and tell the buyer how to return it.")


class ReplacementGone(PinpuError):
    """There is no stock to exchange with."""

    code = "aftersale.replacement_gone"
    status = 409
    message = N_("The goods to exchange it for are sold out.")
    fix = N_("Accept it as a return instead: the buyer sends it back and gets the money.")


class TooManyCases(PinpuError):
    """More cases than any order needs."""

    code = "aftersale.too_many_cases"
    status = 409
    message = N_("There were %(most)s cases about this order already.")
    fix = N_("Write to the shop: one message says more than another case.")


class TooManyPictures(PinpuError):
    """More pictures than a case takes."""

    code = "aftersale.too_many_pictures"
    status = 422
    message = N_("At most %(most)s pictures.")
    fix = N_("Choose those that show it best.")
