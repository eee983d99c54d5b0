"""What people take home: the template to begin with, and a list of what would become or became of each product."""

from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import BinaryIO, Literal
from uuid import UUID

from core.commerce.merchandising.import_files import plan_entries
from core.commerce.merchandising.queries import all_import_rows
from core.commerce.merchandising.row_problems import RowProblem, problem_from_json
from core.kernel.i18n import N_, gettext
from core.kernel.sheets import Cell, Page, csv_lines, write_xlsx

Format = Literal["csv", "xlsx"]

OUTCOMES = {"create": N_("New"), "update": N_("Updated"), "skip": N_("Skipped")}
# The columns of the template: name, an example of a product with two variants, and what to write.
_TEMPLATE: Sequence[tuple[str, str, str, str]] = (
    (N_("Product name"), N_("Celadon tea cup"), N_("Celadon tea cup"),
     N_("Required. Rows with the same name are variants of one product.")),
    (N_("Value of option 1"), N_("Small"), N_("Large"), N_("Empty for products without variants.")),
    (N_("Name of option 1"), N_("Size"), "", N_("In the first row of the product: Size, Colour …")),
    (N_("Price"), "68.00", "88.00", N_("Required. In the shop’s currency, such as 68 or 68.00.")),
    (N_("Price before"), "", "98.00", N_("Shown struck through; must have been asked for in earnest.")),
    (N_("Stock"), "20", "12", N_("Whole units. Without this column stock stays as it is.")),
    (N_("SKU"), "CUP-S", "CUP-L", N_("Your own number, once in the shop. Pictures called like it are found.")),
    (N_("Barcode"), "", "", N_("Digits below the bars, if there are any.")),
    (N_("Weight in grams"), "180", "260", N_("For freight by weight.")),
    (N_("Description"), N_("Fired at 1,280 °C, safe for the dishwasher."), "", N_("Text or simple HTML.")),
    (N_("Category"), N_("Tableware"), "", N_("What kind of goods it is.")),
    (N_("Brand"), "", "", N_("May stay empty.")),
    (N_("Tags"), N_("tea, gift"), "", N_("Words with commas between them.")),
    (N_("Picture (file name or https address)"), "cup.jpg", "",
     N_("The name of a file in the ZIP of pictures, or an https address; one in each row.")),
    (N_("Tax class"), "standard", "", N_("standard, reduced or zero. The rates stand in the settings.")),
    (N_("Origin"), N_("Longquan, Zhejiang"), "", N_("Where it comes from. May stay empty, like what follows.")),
    (N_("Producer"), "", "", N_("Who makes or grows it.")),
    (N_("Batch"), "", "", N_("Lot or batch number.")),
    (N_("Harvested or made on"), "2026-04-05", "", N_("A day, such as 2026-04-05.")),
    (N_("Keeps for"), "", "", N_("Such as 18 months.")),
    (N_("How to store it"), "", "", N_("Such as cool, dry and dark.")),
    (N_("The producer's story"), "", "", N_("Text or simple HTML, shown below the description.")),
    (N_("Status"), "active", "", N_("active: on sale, draft: not yet, archived: put away.")),
)  # fmt: skip


def template(format_: Format) -> BinaryIO:
    """An empty product file in the current language with one example; whoever asks closes it."""
    header = [gettext(name) for name, *_ in _TEMPLATE]
    examples = [[gettext(one[place]) for one in _TEMPLATE] for place in (1, 2)]
    target: BinaryIO = TemporaryFile()  # noqa: SIM115 - handed on
    if format_ == "csv":
        target.writelines(csv_lines(header, examples))
    else:
        words = [[gettext(name), gettext(meaning)] for name, _, _, meaning in _TEMPLATE]
        guide = Page(
            gettext("How to fill it in"), [gettext("Column"), gettext("What to write")], words, (28, 90)
        )
        write_xlsx(
            target, Page(gettext("Products"), header, examples, (26, *[18] * (len(header) - 1))), guide
        )
    target.seek(0)
    return target


def plan_file(run_id: UUID, format_: Format) -> BinaryIO:
    """What the check found about each product, as a table; whoever asks closes it. Raises FileGone."""
    entries = plan_entries(run_id)
    rows = (
        _row(one["line"], one["handle"], one["title"], one["kind"], map(problem_from_json, one["problems"]))
        for one in entries
    )
    return _table(rows, format_)


def result_file(run_id: UUID, format_: Format) -> BinaryIO:
    """What became of each product, as a table; whoever asks closes it."""
    rows = (
        _row(one.line, one.handle, one.title, one.outcome, iter(one.problems))
        for one in all_import_rows(run_id)
    )
    return _table(rows, format_)


def _row(line: int, handle: str, title: str, kind: str, problems: Iterator[RowProblem]) -> list[Cell]:
    return [line, title, handle, gettext(OUTCOMES[kind]), "; ".join(map(_told, problems))]


def _told(problem: RowProblem) -> str:
    place = gettext("row %(row)s", row=problem.line) if problem.line else ""
    return ": ".join(filter(None, [" ".join(filter(None, [place, problem.column])), problem.text]))


def _table(rows: Iterator[list[Cell]], format_: Format) -> BinaryIO:
    header = [gettext("Row"), gettext("Product"), gettext("Handle"), gettext("Outcome"), gettext("Remarks")]
    target: BinaryIO = TemporaryFile()  # noqa: SIM115 - handed on
    if format_ == "csv":
        target.writelines(csv_lines(header, rows))
    else:
        write_xlsx(target, Page(gettext("Products"), header, rows, (8, 36, 28, 12, 90)))
    target.seek(0)
    return target
