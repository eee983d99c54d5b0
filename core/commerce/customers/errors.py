"""Refusals of the customers room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class ContactInvalid(PinpuError):
    """Neither an e-mail address nor a phone number."""

    code = "customers.contact_invalid"
    status = 422
    message = N_("This is neither an e-mail address nor a phone number.")
    fix = N_("Type it like name@example.com or 138 0000 0000.")


class CodeRefused(PinpuError):
    """The log-in code is wrong, used, or too old; the answer does not say which."""

    code = "customers.code_refused"
    status = 422
    message = N_("This code does not work.")
    fix = N_("Type the six digits from the newest message, or ask for another code.")


class TooManyCodes(PinpuError):
    """Too many codes were asked for, or tried, in a short time."""

    code = "customers.too_many_codes"
    status = 429
    message = N_("Too many tries in a short time.")
    fix = N_("Wait ten minutes and try again.")
    retry = True


class LoginNeeded(PinpuError):
    """Only somebody who is logged in may do this; the storefront leads there and back."""

    code = "customers.login_needed"
    status = 401
    message = N_("Log in to go on.")


class NoContactColumn(PinpuError):
    """A file of customers has neither a column of phone numbers nor one of e-mail addresses."""

    code = "customers.no_contact_column"
    status = 422
    message = N_("The file has neither a column “Phone” nor a column “E-mail”.")
    fix = N_("Name the columns in the first row; the template shows how.")


class ImportNotStartable(PinpuError):
    """An import was started already, or is over."""

    code = "customers.import_not_startable"
    status = 409
    message = N_("This import was started already.")


class ImportFileGone(PinpuError):
    """The file of an import is not there any more."""

    code = "customers.import_file_gone"
    status = 410
    message = N_("The file of this import is not there any more.")
    fix = N_("Hand it in again.")
