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


class NoWayToPay(PinpuError):
    """The shop takes no payments in this browser, or none at all."""

    code = "payments.no_way_to_pay"
    status = 409
    message = N_("This shop has no way to pay here at the moment.")
    fix = N_("Try another browser, or ask the shop; your order is kept for now.")


class PaymentUnderWay(PinpuError):
    """The attempt another way is being paid this moment, so that it cannot be closed."""

    code = "payments.payment_under_way"
    status = 409
    message = N_("A payment for this order is under way.")
    fix = N_(
        "Wait a moment: its result shows in your order. If it does not go through, you can pay another way."
    )


class AccountChanged(PinpuError):
    """Somebody else changed the account since it was opened."""

    code = "payments.account_changed"
    status = 409
    message = N_("Somebody else changed this account in the meantime; yours was not saved.")
    fix = N_("Look at what is stored now and save again.")


class OtherAccount(PinpuError):
    """The new credentials open another account than the one that took the shop's payments."""

    code = "payments.other_account"
    status = 409
    message = N_("These credentials open another account (%(name)s) than the one that took your payments.")
    fix = N_("Refunds have to go through the account that took the money: use its credentials.")


class NotReady(PinpuError):
    """An account cannot be switched on yet."""

    code = "payments.not_ready"
    status = 409
    message = N_("This way to be paid is not ready: %(why)s")
    fix = N_("Mend it, check again, then switch it on.")
