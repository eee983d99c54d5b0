"""Refusals of the payments room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class NothingToPay(PinpuError):
    """The order is paid or closed; there is nothing to pay."""

    code = "payments.nothing_to_pay"
    status = 409
    message = N_("There is nothing to pay for this order any more.")
    fix = N_("Open the order to see how it stands.")


class RefundTooLarge(PinpuError):
    """More was to go back than is left of what was paid."""

    code = "payments.refund_too_large"
    status = 409
    message = N_("Only %(left)s is left to refund.")
    fix = N_("Look at the preview again; somebody may have refunded in the meantime.")


class PreviewOutdated(PinpuError):
    """The amount that was confirmed is not the amount that this refund gives back now."""

    code = "payments.preview_outdated"
    status = 409
    message = N_("The refund is now %(amount)s, not %(confirmed)s.")
    fix = N_("Look at the new preview and confirm again.")


class NothingGoesBack(PinpuError):
    """The discount whose threshold breaks is worth more than what is sent back."""

    code = "payments.nothing_goes_back"
    status = 422
    message = N_("Nothing would go back: the rest of the order loses a discount that is worth as much.")
    fix = N_("Refund more units together.")
