"""Tables that people hand in and take home, CSV or XLSX, row by row: `open_sheet`, `csv_lines`, `write_xlsx`."""

from core.kernel.sheets.errors import SheetRefused
from core.kernel.sheets.limits import SheetLimits
from core.kernel.sheets.reading import Sheet, SheetRow, open_sheet
from core.kernel.sheets.writing import CSV_TYPE, XLSX_TYPE, Cell, Page, csv_lines, write_xlsx

__all__ = [
    "CSV_TYPE",
    "XLSX_TYPE",
    "Cell",
    "Page",
    "Sheet",
    "SheetLimits",
    "SheetRefused",
    "SheetRow",
    "csv_lines",
    "open_sheet",
    "write_xlsx",
]
