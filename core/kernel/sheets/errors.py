"""Why a table file is refused as a whole: what is wrong, in which sheet, row and column, and what to do about it."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext


class SheetRefused(PinpuError):
    """Base of all refusals of a table file.

    `sheet` (empty for CSV), `row` (as spreadsheets count, 0: the file as a whole) and `column` (its name, or its letter)
    say where; they are always among `params`.
    """

    code = "kernel.sheet_refused"
    status = 422
    message = N_("This file cannot be read as a table.")
    fix = N_("Save it as .xlsx, or as CSV in UTF-8, and try again.")

    def __init__(self, *, sheet: str = "", row: int = 0, column: str = "", **params: object) -> None:
        super().__init__(sheet=sheet, row=row, column=column, **params)

    @property
    def place(self) -> str:
        """Where, in the current language: "Sheet1, row 3, column B"; empty for the file as a whole."""
        parts = [
            self.params["sheet"],
            gettext(N_("row %(row)s"), row=self.params["row"]) if self.params["row"] else "",
            gettext(N_("column %(column)s"), column=self.params["column"]) if self.params["column"] else "",
        ]
        return gettext(N_(", ")).join(filter(None, parts))


class SheetTooHeavy(SheetRefused):
    """More bytes than are read; `limit` in megabytes."""

    code = "kernel.sheet_too_heavy"
    status = 413
    message = N_("This file is larger than %(limit)s MB.")
    fix = N_("Split it into several files.")


class SheetEmpty(SheetRefused):
    """Nothing in it, or nothing but blanks."""

    code = "kernel.sheet_empty"
    message = N_("This file is empty.")
    fix = N_("Put the names of the columns into the first row, and one entry into each row below.")


class NotASheet(SheetRefused):
    """Something else than a table; `format` is the name of what it is."""

    code = "kernel.not_a_sheet"
    message = N_("This is a %(format)s file, not a table in XLSX or CSV.")
    fix = N_(
        "Open it with the program it was made with, save the table as .xlsx or as CSV in UTF-8, and try again."
    )


class OldExcel(SheetRefused):
    """Excel's format of before 2007, or a workbook behind a password: from outside they look the same."""

    code = "kernel.old_excel"
    message = N_("This is an old Excel file (.xls), or one that is protected with a password.")
    fix = N_("In Excel or WPS, save it as .xlsx without a password, and try again.")


class SheetIncomplete(SheetRefused):
    """The beginning of a workbook, or a damaged one."""

    code = "kernel.sheet_incomplete"
    message = N_("This XLSX file is incomplete or damaged.")
    fix = N_("Open it in Excel or WPS, save it again, and upload the new file.")


class SheetBomb(SheetRefused):
    """A small file that would unpack to a huge one; `limit` in megabytes."""

    code = "kernel.sheet_bomb"
    status = 413
    message = N_(
        "Unpacked, this XLSX file is larger than %(limit)s MB, or packed in a way that no spreadsheet does."
    )
    fix = N_("Copy the table into a new workbook without pictures, or split it, and try again.")


class EncodingUnknown(SheetRefused):
    """Text in neither UTF-8, UTF-16 nor GB18030; `row` counts the lines of the file here."""

    code = "kernel.encoding_unknown"
    message = N_("Line %(row)s is neither in UTF-8 nor in GB18030 (GBK).")
    fix = N_("In Excel or WPS, save it as “CSV UTF-8”, or as .xlsx, and try again.")


class QuotesDoNotMatch(SheetRefused):
    """From this row on nobody can tell where a cell ends."""

    code = "kernel.quotes_do_not_match"
    message = N_("From row %(row)s on, the quotation marks do not match.")
    fix = N_("A quotation mark inside a cell is written twice. Correct the row and try again.")


class TooManyRows(SheetRefused):
    """More rows below the names of the columns than are read."""

    code = "kernel.too_many_rows"
    status = 413
    message = N_("This file has more than %(limit)s rows.")
    fix = N_("Split it into several files.")


class TooManyColumns(SheetRefused):
    """A row with content beyond the last column that is read."""

    code = "kernel.too_many_columns"
    message = N_("Row %(row)s has more than %(limit)s columns.")
    fix = N_("Delete the columns that are not needed, and try again.")


class CellTooLong(SheetRefused):
    """More characters in one cell than are read."""

    code = "kernel.cell_too_long"
    message = N_("The cell in row %(row)s, column %(column)s has more than %(limit)s characters.")
    fix = N_("Shorten its text, and try again.")


class CellNeverEnds(SheetRefused):
    """A CSV cell that goes on and on; nearly always a quotation mark is missing."""

    code = "kernel.cell_never_ends"
    message = N_(
        "A cell in row %(row)s has more than %(limit)s characters; perhaps a quotation mark is missing."
    )
    fix = N_("A quotation mark inside a cell is written twice. Correct the row and try again.")


class TooManyRowsForXlsx(SheetRefused):
    """More rows to write than any spreadsheet opens."""

    code = "kernel.too_many_rows_for_xlsx"
    message = N_("An XLSX sheet has room for %(limit)s rows.")
    fix = N_("Choose CSV, or fewer rows.")
