"""Shipping from a file: hand in order numbers with carriers and tracking numbers, see what would ship, ship it."""

from collections.abc import Sequence
from io import BytesIO
from typing import Literal

from flask import Blueprint, Response, request, send_file

from core.commerce.fulfilment.bulk_queries import bulk_runs
from core.commerce.fulfilment.bulk_runs import MOST_ORDERS, check_tracking_file
from core.commerce.fulfilment.order_conditions import OrderQuery
from core.commerce.fulfilment.selections import Selection, selected_parts
from core.commerce.fulfilment.tracking_files import LIMITS, template
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, current_language, gettext
from core.kernel.sheets import CSV_TYPE, XLSX_TYPE, Page, SheetRefused, csv_lines, write_xlsx
from core.kernel.tenancy import require
from core.web.console.answers import go, show
from core.web.console.entry import takes_bodies
from core.web.console.orders.bulk import state_badge

blueprint = Blueprint("console_ship_file", __name__)
_BODY = LIMITS.megabytes * 1024 * 1024 + 64 * 1024


class NoTrackingFile(PinpuError):
    """The form came without a file."""

    code = "console.no_tracking_file"
    status = 422
    message = N_("Choose a file first.")


@blueprint.before_request
def shippers_only() -> None:
    """Nobody else sees these pages."""
    require("orders.ship")


@blueprint.get("/")
def index() -> Response:
    """Hand a file in; what was shipped from files before."""
    return _index()


def _index(problem: PinpuError | None = None) -> Response:
    runs = [(run, state_badge(run)) for run in bulk_runs() if run.kind == "ship_file"]
    status = 200 if problem is None else problem.status
    place = problem.place if isinstance(problem, SheetRefused) else ""
    return show("orders/ship_file", status=status, problem=problem, place=place, runs=runs, limits=LIMITS)


@blueprint.post("/")
@takes_bodies(_BODY)
def upload() -> Response:
    """Check a file; nothing ships yet."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _index(NoTrackingFile())
    try:
        run_id = check_tracking_file(file_name=file.filename, content=file.stream.read(_BODY))
    except SheetRefused as error:
        return _index(error)
    return go("console_bulk.run", ref=run_id)


@blueprint.get("/template.<any(csv, xlsx):kind>")
def tracking_template(kind: Literal["csv", "xlsx"]) -> Response:
    """A file to fill in, in the language of the console; with ?orders=1 the orders to ship stand in it already."""
    numbers: Sequence[str] = ()
    if request.args.get("orders"):
        waiting = selected_parts(Selection(query=OrderQuery("to_ship")))
        numbers = [one.number for part in waiting for one in part][: MOST_ORDERS["ship_file"]]
    header, rows = template(current_language().startswith("zh"), numbers)
    target = BytesIO()
    if kind == "csv":
        target.writelines(csv_lines(header, rows))
    else:
        write_xlsx(target, Page(gettext(N_("Tracking numbers")), header, rows, [18, 18, 26, 20, 10]))
    target.seek(0)
    name = f"{gettext(N_('Tracking numbers'))}.{kind}"
    media = CSV_TYPE if kind == "csv" else XLSX_TYPE
    return send_file(target, mimetype=media, as_attachment=True, download_name=name, max_age=0)
