"""Why a whole product file is refused; nothing of it was imported."""

from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_


class FileRefused(PinpuError):
    """Base of all refusals of a whole file."""

    code = "merchandising.file_refused"
    status = 422
    message = N_("This file cannot be imported.")


class FileTooHeavy(FileRefused):
    """More bytes than we read; `limit` in megabytes."""

    code = "merchandising.file_too_heavy"
    status = 413
    message = N_("This file is larger than %(limit)s MB.")
    fix = N_("Split it into several files, with all rows of a product in the same one.")


class TooManyRows(FileRefused):
    """More rows than we read."""

    code = "merchandising.too_many_rows"
    message = N_("This file has more than %(limit)s rows.")
    fix = N_("Split it into several files, with all rows of a product in the same one.")


class TooLargeForConsole(FileRefused):
    """More than is checked while somebody waits; the command line takes more."""

    code = "merchandising.too_large_for_console"
    status = 413
    message = N_(
        "This file is too large for the console: it takes %(rows)s rows and %(megabytes)s MB at most."
    )
    fix = N_(
        "Split it into several files, with all rows of a product in the same one, or ask whoever runs this Pinpu to "
        "import it with “pinpu products import”."
    )


class NotUtf8(FileRefused):
    """The text is in another encoding; `line` has the first sign of it."""

    code = "merchandising.not_utf8"
    message = N_("This file is not in UTF-8; line %(line)s cannot be read.")
    fix = N_("In Excel or WPS, save it as “CSV UTF-8” and try again.")


class NotCsv(FileRefused):
    """Something else than a table in text."""

    code = "merchandising.not_csv"
    message = N_("This is not a CSV file.")
    fix = N_("In Excel or WPS, save it as “CSV UTF-8” and try again.")


class ColumnsMissing(FileRefused):
    """A table, but not of products; `columns` are the names that were looked for."""

    code = "merchandising.columns_missing"
    message = N_("The first row does not name these columns: %(columns)s.")
    fix = N_(
        "Use a product export of Shopify, or its template, with the names of the columns in the first row."
    )


class QuotesDoNotMatch(FileRefused):
    """From `line` on nobody can tell where a cell ends."""

    code = "merchandising.quotes_do_not_match"
    message = N_("From line %(line)s on, the quotation marks do not match.")
    fix = N_("A quotation mark inside a cell is written twice. Correct the line and try again.")


class NoProducts(FileRefused):
    """Names of columns and nothing below them."""

    code = "merchandising.no_products"
    message = N_("There are no products in this file.")


class FileGone(FileRefused):
    """The uploaded file is no longer there."""

    code = "merchandising.file_gone"
    message = N_("The uploaded file is gone. Please upload it again.")


class ImportNotStartable(PinpuError):
    """The import was started already, or is over."""

    code = "merchandising.import_not_startable"
    status = 409
    message = N_("This import was already started.")


class UnknownImport(NotFound):
    """No such import in this shop."""

    code = "merchandising.unknown_import"


class UnknownShop(PinpuError):
    """The command line names a shop that is not there."""

    code = "merchandising.unknown_shop"
    status = 404
    message = N_("There is no open shop with the handle “%(handle)s”.")
