"""Refusals of the tenants part."""

from collections.abc import Sequence

from core.hooks.results import Problem
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class LoginRefused(PinpuError):
    """E-mail or password is wrong; the answer and its time are the same for unknown people."""

    code = "tenants.login_refused"
    status = 422
    message = N_("E-mail or password is not right.")
    fix = N_("Check both and try again.")


class LoginLocked(PinpuError):
    """Too many wrong passwords in a row."""

    code = "tenants.login_locked"
    status = 429
    message = N_("Too many wrong passwords.")
    fix = N_("Wait fifteen minutes and try again.")
    retry = True


class HandleTaken(PinpuError):
    """Another shop has this handle."""

    code = "tenants.handle_taken"
    status = 409
    message = N_("“%(handle)s” is taken.")
    fix = N_("Choose another short name.")


class UnknownPlugin(PinpuError):
    """There is no such plugin here, or it did not load."""

    code = "tenants.unknown_plugin"
    status = 404
    message = N_("There is no plugin called “%(plugin)s” here.")


class SwitchRefused(PinpuError):
    """Something has to be done before the plugin can be switched."""

    code = "tenants.switch_refused"
    status = 409
    message = N_("The plugin cannot be switched yet.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems=[problem.message for problem in problems])
        self.problems = tuple(problems)


class TooManyShops(PinpuError):
    """The merchant has as many shops as one may open by oneself."""

    code = "tenants.too_many_shops"
    status = 409
    message = N_("You have %(most)s shops already.")
    fix = N_("Ask us if you need more.")


class NothingToOrder(PinpuError):
    """A test order needs a product on sale that is in stock, and a way to send it."""

    code = "tenants.nothing_to_order"
    status = 409
    message = N_("There is nothing that a test order could buy.")
    fix = N_("Put a product on sale that is in stock, and check that there is a way to send it.")


class NoTestMode(PinpuError):
    """The shop takes real payments: nobody pays them for a test."""

    code = "tenants.no_test_mode"
    status = 409
    message = N_("This shop takes real payments; a test order would cost real money.")
    fix = N_("Place an order in your shop yourself and refund it.")
