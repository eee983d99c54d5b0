"""Importing product files: hand one in, map its columns, read what it would do, start it, watch it, read what it did."""

from collections.abc import Mapping
from typing import Any, BinaryIO, Literal

from flask import Blueprint, Response, request, send_file
from werkzeug.datastructures import FileStorage

from core.commerce.merchandising.errors import FileRefused, ImportNotStartable, ImportOver, UnknownImport
from core.commerce.merchandising.import_downloads import plan_file, result_file, template
from core.commerce.merchandising.import_runs import import_products
from core.commerce.merchandising.import_states import (
    cancel_products_import,
    retry_products_import,
    start_products_import,
)
from core.commerce.merchandising.import_uploads import (
    check_products_import,
    is_ready,
    upload_products_file,
)
from core.commerce.merchandising.kept_tables import LIMITS
from core.commerce.merchandising.picture_archive import MEGABYTES, MOST_PICTURES
from core.commerce.merchandising.queries import ImportRunView, import_rows, import_run, import_runs
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.sheets import CSV_TYPE, XLSX_TYPE, SheetRefused
from core.kernel.tenancy import current_scope, require
from core.rendering.console.parts import Badge
from core.web.console.answers import go, show
from core.web.console.catalog.import_columns import assumptions, chosen_mapping, column_rows
from core.web.console.entry import takes_bodies

blueprint = Blueprint("console_imports", __name__)
PERMISSION = "catalog.edit"
PER_PAGE = 50
_MEGABYTE = 1024 * 1024
_ROOM_FOR_THE_FORM = 64 * 1024
_BODY = (LIMITS.megabytes + MEGABYTES) * _MEGABYTE + _ROOM_FOR_THE_FORM
_REFUSALS = (FileRefused, SheetRefused)
# The job has to be known wherever an import is started.
assert import_products.name

_STATES = {
    "uploaded": (N_("Columns to choose"), "accent", "ring"),
    "checking": (N_("Being checked"), "accent", "dot"),
    "checked": (N_("Checked, not started"), "accent", "ring"),
    "waiting": (N_("Waiting for its turn"), "accent", "ring"),
    "running": (N_("Running"), "accent", "dot"),
    "done": (N_("Done"), "", "dot"),
    "failed": (N_("Failed"), "bad", "dot"),
    "cancelled": (N_("Cancelled"), "", "ring"),
}


class NoFile(PinpuError):
    """The form came without a file."""

    code = "console.no_file"
    status = 422
    message = N_("Choose a file first.")


@blueprint.before_request
def editors_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


def state_badge(run: ImportRunView) -> Badge:
    """How far an import is, in a word."""
    words, tone, mark = _STATES[run.state]
    return Badge(gettext(words), tone, mark)  # type: ignore[arg-type]


@blueprint.get("/")
def index() -> Response:
    """Hand a file in; what was imported before."""
    return _index()


def _index(problem: PinpuError | None = None) -> Response:
    runs = [(run, state_badge(run)) for run in import_runs()]
    return show(
        "catalog/imports",
        status=200 if problem is None else problem.status,
        runs=runs,
        problem=problem,
        currency=current_scope().currency,
        most_rows=LIMITS.rows,
        most_megabytes=LIMITS.megabytes,
        most_pictures=MOST_PICTURES,
        picture_megabytes=MEGABYTES,
    )


@blueprint.post("/")
@takes_bodies(_BODY)
def upload() -> Response:
    """Take a file, and pictures for it; nothing is imported yet."""
    file = _given("file")
    if file is None:
        return _index(NoFile())
    pictures = _given("pictures")
    try:
        run_id = upload_products_file(
            file_name=file.filename or "",
            content=_stream(file),
            pictures=None if pictures is None else _stream(pictures),
        )
    except _REFUSALS as error:
        return _index(error)
    if is_ready(run_id):
        check_products_import(run_id=run_id)
        return go("console_imports.run", ref=run_id)
    return go("console_imports.columns", ref=run_id)


def _given(name: str) -> FileStorage | None:
    file = request.files.get(name)
    return file if file is not None and file.filename else None


def _stream(file: FileStorage) -> BinaryIO:
    return file.stream  # type: ignore[return-value]


@blueprint.get("/template.<any(csv, xlsx):kind>")
def product_template(kind: Literal["csv", "xlsx"]) -> Response:
    """A file to fill in, in the language of the console."""
    return _sent(template(kind), gettext("product template"), kind)


def _sent(file: BinaryIO, name: str, kind: str) -> Response:
    media = CSV_TYPE if kind == "csv" else XLSX_TYPE
    return send_file(file, mimetype=media, as_attachment=True, download_name=f"{name}.{kind}", max_age=0)


@blueprint.get("/<ref>/columns")
def columns(ref: str) -> Response:
    """Say which column of the file is which of ours."""
    found = _found(ref)
    if found.state not in ("uploaded", "checked"):
        return go("console_imports.run", ref=found.id)
    return _columns(found, found.mapping)


def _columns(found: ImportRunView, mapping: Mapping[str, int], problem: PinpuError | None = None) -> Response:
    return show(
        "catalog/import_columns",
        status=200 if problem is None else problem.status,
        run=found,
        choices=column_rows(found, mapping),
        problem=problem,
    )


@blueprint.post("/<ref>/columns")
def choose_columns(ref: str) -> Response:
    """Take the columns and check the file."""
    found = _found(ref)
    mapping = dict(found.mapping)
    try:
        mapping = chosen_mapping(found, request.form)
        check_products_import(run_id=found.id, mapping=mapping)
    except FileRefused as error:
        return _columns(found, mapping, error)
    except ImportOver as error:
        return _run(_found(ref), error)
    return go("console_imports.run", ref=found.id)


@blueprint.get("/<ref>")
def run(ref: str) -> Response:
    """One import: what it would do, how far it is, or what it did."""
    found = _found(ref)
    if found.state == "uploaded":
        return go("console_imports.columns", ref=found.id)
    return _run(found)


def _run(found: ImportRunView, problem: PinpuError | None = None) -> Response:
    return show(
        "catalog/import",
        status=200 if problem is None else problem.status,
        run=found,
        badge=state_badge(found),
        problem=problem,
        assumed=assumptions(found) if found.state == "checked" else None,
        **_results(found),
    )


def _results(found: ImportRunView) -> dict[str, Any]:
    """A page of what became of the products, for an import that is over."""
    outcome = request.args.get("outcome", "")
    outcome = outcome if outcome in ("create", "update", "skip") else ""
    after = request.args.get("after", type=int, default=-1)
    rows = import_rows(found.id, outcome=outcome, after=after, limit=PER_PAGE + 1)
    return {
        "rows": rows[:PER_PAGE] if found.state not in ("running", "checked") else (),
        "outcome": outcome,
        "next_after": rows[PER_PAGE - 1].place if len(rows) > PER_PAGE else None,
        "first_page": after < 0,
    }


def _found(ref: str) -> ImportRunView:
    run_id = as_id(ref)
    found = import_run(run_id) if run_id else None
    if found is None:
        raise UnknownImport
    return found


@blueprint.post("/<ref>/start")
def start(ref: str) -> Response:
    """Let the worker carry it out; a double click starts it once."""
    found = _found(ref)
    try:
        start_products_import(run_id=found.id)
    except ImportNotStartable as error:
        if _found(ref).state in ("running", "waiting"):
            return go("console_imports.run", ref=found.id)
        return _run(_found(ref), error)
    return go("console_imports.run", ref=found.id)


@blueprint.post("/<ref>/again")
def again(ref: str) -> Response:
    """Go on with one that failed."""
    found = _found(ref)
    try:
        if not retry_products_import(run_id=found.id):
            check_products_import(run_id=found.id)
    except (ImportNotStartable, FileRefused) as error:
        return _run(_found(ref), error)
    return go("console_imports.run", ref=found.id)


@blueprint.post("/<ref>/cancel")
def cancel(ref: str) -> Response:
    """Stop it wherever it is."""
    found = _found(ref)
    try:
        cancel_products_import(run_id=found.id)
    except ImportOver as error:
        return _run(_found(ref), error)
    if found.state in ("running", "waiting"):
        return go("console_imports.run", ref=found.id)
    return go("console_imports.index", said=gettext("The file is removed; nothing was imported."))


@blueprint.get("/<ref>/progress")
def progress(ref: str) -> Response:
    """The part of the page that says how far it is; asks again by itself while it runs."""
    found = _found(ref)
    if found.state in ("checked", "uploaded"):
        # The check is over: the whole page has more to say now.
        return Response("", 200, headers={"HX-Refresh": "true"})
    return show(
        "catalog/_import_progress",
        run=found,
        badge=state_badge(found),
        **_results(found),
    )


@blueprint.get("/<ref>/products.<any(csv, xlsx):kind>")
def report(ref: str, kind: Literal["csv", "xlsx"]) -> Response:
    """Every product of the file with what would become or became of it, and why."""
    found = _found(ref)
    if found.state == "checked":
        return _sent(plan_file(found.id, kind), gettext("import preview"), kind)
    return _sent(result_file(found.id, kind), gettext("import report"), kind)
