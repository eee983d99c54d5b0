"""What can go wrong with reviews, in words for buyers and merchants."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class NotYours(PinpuError):
    """Whoever asks did not place this order, or the shop itself placed it."""

    code = "reviews.not_yours"
    status = 403
    message = N_("Only the buyer of this order can review it.")
    fix = N_("Log in with the phone number or e-mail address that you ordered with.")


class NotReviewable(PinpuError):
    """Nothing of this line was paid for and sent yet."""

    code = "reviews.not_reviewable"
    status = 409
    message = N_("You can review this when it has been sent to you.")


class AlreadyReviewed(PinpuError):
    """There is a review of this order line."""

    code = "reviews.already_reviewed"
    status = 409
    message = N_("You have reviewed this already.")


class EditingOver(PinpuError):
    """The days for changing a review are over, or nothing can be added any more."""

    code = "reviews.editing_over"
    status = 409
    message = N_("This review cannot be changed any more.")


class TooManyReports(PinpuError):
    """Somebody reports one review after the other."""

    code = "reviews.too_many_reports"
    status = 429
    message = N_("You have reported many reviews today.")
    fix = N_("The shop looks at them first. Come back tomorrow.")
