"""Importing product files: hand one in, read what it would do, start it, watch it, read what it did."""

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from core.commerce.merchandising.errors import (
    FileRefused,
    ImportNotStartable,
    TooLargeForConsole,
    TooManyRows,
    UnknownImport,
)
from core.commerce.merchandising.import_runs import check_products_file, preview, start_products_import
from core.commerce.merchandising.product_file import MAXIMUM_BYTES
from core.commerce.merchandising.queries import ImportRunView, import_run, import_runs
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope, require
from core.rendering.console.formats import number
from core.rendering.console.parts import Badge
from core.web.console.answers import go, show
from core.web.console.entry import takes_bodies

blueprint = Blueprint("console_imports", __name__)
PERMISSION = "catalog.edit"
# What can be checked in about two seconds, while somebody waits for the answer.
MOST_ROWS = 10_000
MOST_MEGABYTES = 10
_ROOM_FOR_THE_FORM = 64 * 1024

_STATES = {
    "checked": (N_("Checked, not started"), "accent", "ring"),
    "running": (N_("Running"), "accent", "dot"),
    "done": (N_("Done"), "", "dot"),
    "failed": (N_("Failed"), "bad", "dot"),
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
    status = 200 if problem is None else problem.status
    return show(
        "catalog/imports",
        status=status,
        runs=runs,
        problem=problem,
        currency=current_scope().currency,
        most_rows=MOST_ROWS,
        most_megabytes=MOST_MEGABYTES,
    )


@blueprint.post("/")
@takes_bodies(MAXIMUM_BYTES + _ROOM_FOR_THE_FORM)
def upload() -> Response:
    """Check a file; nothing is imported yet."""
    file: FileStorage | None = request.files.get("file")
    if file is None or not file.filename:
        return _index(NoFile())
    content = file.stream.read(MOST_MEGABYTES * 1024 * 1024 + 1)
    try:
        if len(content) > MOST_MEGABYTES * 1024 * 1024:
            raise _too_large()
        run_id = check_products_file(file_name=file.filename, content=content, most_rows=MOST_ROWS)
    except TooManyRows:
        return _index(_too_large())
    except FileRefused as error:
        return _index(error)
    return go("console_imports.run", ref=run_id)


def _too_large() -> TooLargeForConsole:
    return TooLargeForConsole(rows=number(MOST_ROWS), megabytes=MOST_MEGABYTES)


@blueprint.get("/<ref>")
def run(ref: str) -> Response:
    """One import: what it would do, how far it is, or what it did."""
    return _run(_found(ref))


def _run(found: ImportRunView, problem: PinpuError | None = None) -> Response:
    plan = None
    if found.state == "checked" and problem is None:
        try:
            plan = preview(found.id)
        except FileRefused as error:
            problem = error
    return show(
        "catalog/import",
        status=200 if problem is None else problem.status,
        run=found,
        badge=state_badge(found),
        plan=plan,
        problem=problem,
    )


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
        if _found(ref).state == "running":
            return go("console_imports.run", ref=found.id)
        return _run(_found(ref), error)
    return go("console_imports.run", ref=found.id)


@blueprint.get("/<ref>/progress")
def progress(ref: str) -> Response:
    """The part of the page that says how far it is; asks again by itself while it runs."""
    found = _found(ref)
    return show("catalog/_import_progress", run=found, badge=state_badge(found))
