"""Importing customers: hand a file in, map its columns, read what it would do, start it, watch it, read what it did."""

from collections.abc import Mapping

from flask import Blueprint, Response, request

from core.commerce.customers.errors import ImportFileGone, ImportNotStartable, NoContactColumn
from core.commerce.customers.import_files import CONTACTS, LABELS, LIMITS, RowProblem
from core.commerce.customers.imports import (
    ImportView,
    check_customers_import,
    customer_import,
    customer_imports,
    customers_file_understood,
    remove_customers_draft,
    retry_customers_import,
    start_customers_import,
    upload_customers_file,
)
from core.commerce.merchandising.errors import ColumnTwice
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_, current_language, gettext
from core.kernel.ids import as_id
from core.kernel.sheets import CSV_TYPE, csv_lines
from core.kernel.tenancy import require
from core.rendering.console.parts import Badge
from core.web.console.answers import go, show
from core.web.console.entry import takes_bodies
from core.web.console.file_columns import chosen_columns, column_choices

blueprint = Blueprint("console_customer_imports", __name__)
PERMISSION = "customers.import"
_ROOM_FOR_THE_FORM = 64 * 1024
_STATES = {
    "uploaded": (N_("Columns to choose"), "accent", "ring"),
    "checked": (N_("Checked, not started"), "accent", "ring"),
    "running": (N_("Running"), "accent", "dot"),
    "done": (N_("Done"), "", "dot"),
    "failed": (N_("Failed"), "bad", "dot"),
}
_TEMPLATE = {
    "zh-CN": (
        ("姓名", "手机", "邮箱", "标签", "备注", "营销同意"),
        ("林知夏", "13800000000", "", "老客, 绿茶", "喜欢清淡的", "否"),
    ),
    "en": (
        ("Name", "Phone", "E-mail", "Tags", "Note", "Offers by message"),
        ("Elena Rossi", "", "elena@example.com", "regular, ceramics", "Met at the spring fair", "no"),
    ),
}


class NoFile(PinpuError):
    """The form came without a file."""

    code = "console.no_customers_file"
    status = 422
    message = N_("Choose a file first.")


@blueprint.before_request
def importers_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


def _badge(found: ImportView) -> Badge:
    words, tone, mark = _STATES[found.state]
    return Badge(gettext(words), tone, mark)  # type: ignore[arg-type]


@blueprint.get("/")
def index() -> Response:
    """Hand a file in; what was imported before."""
    return _index()


def _index(problem: PinpuError | None = None) -> Response:
    return show(
        "customers/imports",
        status=problem.status if problem else 200,
        runs=[(one, _badge(one)) for one in customer_imports()],
        problem=problem,
        most_rows=LIMITS.rows,
        most_megabytes=LIMITS.megabytes,
    )


@blueprint.post("/")
@takes_bodies(LIMITS.megabytes * 1024 * 1024 + _ROOM_FOR_THE_FORM)
def upload() -> Response:
    """Take a file, and check it where its columns explain themselves; nothing is imported yet."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _index(NoFile())
    try:
        found = upload_customers_file(file_name=file.filename, content=file.stream.read())
        if not customers_file_understood(found):
            return go("console_customer_imports.columns", ref=found)
        check_customers_import(import_id=found)
    except PinpuError as refused:
        if refused.status >= 500:
            raise
        return _index(refused)
    return go("console_customer_imports.run", ref=found)


@blueprint.get("/<ref>/columns")
def columns(ref: str) -> Response:
    """Say which column of the file is which of ours."""
    found = _found(ref)
    if found.state not in ("uploaded", "checked"):
        return go("console_customer_imports.run", ref=found.id)
    return _columns(found, found.mapping)


def _columns(found: ImportView, mapping: Mapping[str, int], problem: PinpuError | None = None) -> Response:
    lacking = [] if CONTACTS & set(mapping) else [gettext(N_("phone number or e-mail address"))]
    choices = column_choices(
        found.header, found.samples, mapping, labels=LABELS, marked=CONTACTS, missing=lacking
    )
    return show(
        "customers/import_columns",
        status=problem.status if problem else 200,
        run=found,
        choices=choices,
        problem=problem,
    )


@blueprint.post("/<ref>/columns")
def choose_columns(ref: str) -> Response:
    """Take the columns and check the file."""
    found = _found(ref)
    mapping: Mapping[str, int] = found.mapping
    try:
        mapping = chosen_columns(found.header, request.form, labels=LABELS)
        check_customers_import(import_id=found.id, mapping=mapping)
    except ImportNotStartable:
        return go("console_customer_imports.run", ref=found.id)
    except (ColumnTwice, NoContactColumn, ImportFileGone) as error:
        return _columns(found, mapping, error)
    return go("console_customer_imports.run", ref=found.id)


@blueprint.get("/template.csv")
def template() -> Response:
    """A file to fill in."""
    header, row = _TEMPLATE.get(current_language(), _TEMPLATE["en"])
    answer = Response(b"".join(csv_lines(header, [row])), mimetype=CSV_TYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=customers.csv"
    return answer


def _found(ref: str) -> ImportView:
    import_id = as_id(ref)
    found = customer_import(import_id) if import_id else None
    if found is None:
        raise NotFound
    return found


@blueprint.get("/<ref>")
def run(ref: str) -> Response:
    """One import: what it would do, how far it is, or what it did."""
    found = _found(ref)
    if found.state == "uploaded":
        return go("console_customer_imports.columns", ref=found.id)
    answer = _run(found)
    if found.state != "running" and "HX-Request" in request.headers:
        # It has just come to its end: the state beside the title changes too.
        answer.headers["HX-Refresh"] = "true"
    return answer


def _run(found: ImportView, problem: PinpuError | None = None) -> Response:
    return show(
        "customers/import",
        status=problem.status if problem else 200,
        run=found,
        badge=_badge(found),
        problem=problem,
        problems=[(one.line, _words(one)) for one in found.problems if one.line],
        failure=next((_words(one) for one in found.problems if not one.line), ""),
    )


def _words(problem: RowProblem) -> str:
    return gettext(problem.message, **problem.params)


@blueprint.post("/<ref>/start")
def start(ref: str) -> Response:
    """Let the worker carry it out; a double click starts it once."""
    found = _found(ref)
    try:
        start_customers_import(import_id=found.id)
    except ImportNotStartable as error:
        if _found(ref).state != "running":
            return _run(_found(ref), error)
    return go("console_customer_imports.run", ref=found.id)


@blueprint.post("/<ref>/cancel")
def cancel(ref: str) -> Response:
    """Take a file away that was not imported."""
    found = _found(ref)
    try:
        remove_customers_draft(import_id=found.id)
    except ImportNotStartable:
        return go("console_customer_imports.run", ref=found.id)
    return go(
        "console_customer_imports.index", said=gettext(N_("The file is removed; nothing was imported."))
    )


@blueprint.post("/<ref>/again")
def again(ref: str) -> Response:
    """Go on with one that failed; it may be going on already."""
    found = _found(ref)
    try:
        retry_customers_import(import_id=found.id)
    except ImportFileGone as error:
        return _run(found, error)
    except ImportNotStartable:
        pass
    return go("console_customer_imports.run", ref=found.id)
