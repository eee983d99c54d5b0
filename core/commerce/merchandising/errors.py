"""Why a whole product file is refused; nothing of it was imported."""

from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_


class FileRefused(PinpuError):
    """Base of all refusals of a whole file."""

    code = "merchandising.file_refused"
    status = 422
    message = N_("This file cannot be imported.")


class ColumnsMissing(FileRefused):
    """Nobody said where something required stands; `columns` are their names."""

    code = "merchandising.columns_missing"
    message = N_("These columns are needed and not chosen yet: %(columns)s.")
    fix = N_("Say which column of the file holds them; names of columns stand in the file's first row.")


class NoProducts(FileRefused):
    """Names of columns and nothing below them."""

    code = "merchandising.no_products"
    message = N_("There are no products in this file.")


class FileGone(FileRefused):
    """The uploaded file is no longer there."""

    code = "merchandising.file_gone"
    message = N_("The uploaded file is gone. Please upload it again.")


class ColumnTwice(FileRefused):
    """Two columns of the file shall be the same."""

    code = "merchandising.column_twice"
    message = N_("“%(column)s” is chosen for two columns.")
    fix = N_("Choose it once, and pass over the other column.")


class ArchiveRefused(FileRefused):
    """The archive of pictures is none, or too much; `limit` says how much is taken."""

    code = "merchandising.archive_refused"
    message = N_("The pictures are not in a ZIP file, or the ZIP file is incomplete.")
    fix = N_("Pack the pictures into a new ZIP file and upload it again.")


class ArchiveTooLarge(ArchiveRefused):
    """More pictures, or more bytes, than are taken; also a small file that unpacks to a huge one."""

    code = "merchandising.archive_too_large"
    status = 413
    message = N_(
        "The ZIP file has more than %(pictures)s files, or more than %(megabytes)s MB when unpacked."
    )
    fix = N_("Split the pictures over several ZIP files, each with its own product file.")


class ImportNotStartable(PinpuError):
    """The import was started already, or is over."""

    code = "merchandising.import_not_startable"
    status = 409
    message = N_("This import was already started.")


class ImportOver(PinpuError):
    """The import is over, or its columns can no longer be changed."""

    code = "merchandising.import_over"
    status = 409
    message = N_("This import is already running or over.")


class UnknownImport(NotFound):
    """No such import in this shop."""

    code = "merchandising.unknown_import"


class UnknownShop(PinpuError):
    """The command line names a shop that is not there."""

    code = "merchandising.unknown_shop"
    status = 404
    message = N_("There is no open shop with the handle “%(handle)s”.")
