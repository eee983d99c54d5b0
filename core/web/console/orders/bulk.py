"""Many orders at once: what to do with them, how it goes, and what became of each."""

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Blueprint, Response, request, send_file
from werkzeug.datastructures import MultiDict

from core.commerce.fulfilment.bulk_queries import (
    BulkRunView,
    all_bulk_rows,
    bulk_rows,
    bulk_run,
    bulk_runs,
    outcome_counts,
    tally,
)
from core.commerce.fulfilment.bulk_runs import (
    AT_ONCE,
    FILES,
    MOST_ORDERS,
    begin_bulk_run,
    carry_out_bulk_run,
    fill_in_sheet,
    retry_bulk_run,
    start_bulk_run,
)
from core.commerce.fulfilment.carriers import carrier_choices
from core.commerce.fulfilment.errors import BulkRunNotStartable, NothingSelected, TooManyOrders
from core.commerce.fulfilment.order_export import COLUMNS, USUAL
from core.commerce.fulfilment.selections import Selection, selected_parts
from core.commerce.media.storage import file_content
from core.commerce.orders.queries import OrderView, orders_by_id
from core.commerce.orders.tags import shop_tags
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.sheets import CSV_TYPE, XLSX_TYPE, Cell, Page, csv_lines, write_xlsx
from core.kernel.tenancy import current_scope, require
from core.rendering.console.parts import Badge, Toast
from core.rendering.console.tables import IndexState
from core.web.console.answers import go, show
from core.web.console.orders.listing import orders_spec, query_of

blueprint = Blueprint("console_bulk", __name__)
# What each kind is called, with the button that starts it.
KINDS = {
    "ship": (N_("Ship orders"), N_("Ship these orders")),
    "ship_file": (N_("Tracking file"), N_("Ship what is ready")),
    "own_delivery": (N_("Brought by the shop"), N_("Mark as brought by the shop")),
    "hand_over": (N_("Hand over"), N_("Mark as handed over")),
    "tag": (N_("Put a tag on"), N_("Put it on")),
    "untag": (N_("Take a tag off"), N_("Take it off")),
    "pick_list": (N_("Pick list"), N_("Make the pick list")),
    "slips": (N_("Packing slips"), N_("Make the packing slips")),
    "export": (N_("Export"), N_("Make the file")),
}
_STATES = {
    "running": (N_("Running"), "accent", "dot"),
    "done": (N_("Done"), "", "dot"),
    "failed": (N_("Failed"), "bad", "dot"),
}


@blueprint.before_request
def shippers_only() -> None:
    """Nobody else sees these pages."""
    require("orders.ship")


@blueprint.get("/")
def index() -> Response:
    """What was done with many orders lately."""
    runs = [(run, gettext(KINDS[run.kind][0]), state_badge(run)) for run in bulk_runs()]
    return show("orders/bulk_runs", runs=runs)


def state_badge(run: BulkRunView) -> Badge:
    """How far a run is, in a word."""
    words, tone, mark = _STATES.get(run.state, (N_("Not started"), "accent", "ring"))
    return Badge(gettext(words), tone, mark)  # type: ignore[arg-type]


@blueprint.post("/")
def begin() -> Response:
    """Take a selection: the chosen rows, or everything that fits the list's address."""
    kind = request.form.get("action", "")
    if kind not in KINDS or kind == "ship_file":
        raise NotFound
    if request.form.get("everything"):
        state = IndexState.from_args(
            MultiDict(parse_qsl(request.form.get("query", "").removeprefix("?"))), orders_spec()
        )
        selection = Selection(query=query_of(state))
    else:
        chosen = (as_id(one) for one in request.form.getlist("ids")[: MOST_ORDERS["ship"]])
        selection = Selection(tuple(one for one in chosen if one))
    try:
        run_id = begin_bulk_run(kind=kind, selection=selection)
    except TooManyOrders as error:
        if kind == "ship":
            return go("console_ship_file.index", toast=Toast(error.text, tone="bad"))
        return go("console_orders.index", toast=Toast(f"{error.text} {error.fix_text}", tone="bad"))
    except NothingSelected as error:
        return go("console_orders.index", toast=Toast(f"{error.text} {error.fix_text}", tone="bad"))
    return go("console_bulk.run", ref=run_id)


@blueprint.get("/<ref>")
def run(ref: str) -> Response:
    """One run: what it would do, how far it is, or what it did."""
    return _run(_found(ref))


def _found(ref: str) -> BulkRunView:
    run_id = as_id(ref)
    found = bulk_run(run_id) if run_id else None
    if found is None:
        raise NotFound
    return found


def _run(found: BulkRunView, problem: PinpuError | None = None) -> Response:
    status = 200 if problem is None else problem.status
    title, start = (gettext(words) for words in KINDS[found.kind])
    told: dict[str, Any] = {
        "run": found,
        "title": title,
        "start": start,
        "badge": state_badge(found),
        "problem": problem,
    }
    if found.state != "draft":
        return show("orders/bulk_run", status=status, **told, **_result(found))
    if found.kind == "ship_file":
        return show(
            "orders/bulk_file", status=status, **told, **_result(found), rows=bulk_rows(found.id, limit=300)
        )
    return show(
        "orders/bulk_draft",
        status=status,
        **told,
        tags=shop_tags(),
        columns=[(key, words, key in USUAL) for key, (words, _) in COLUMNS.items()],
        carriers=carrier_choices(current_scope().language),
        orders=_sheet(found) if found.kind == "ship" else (),
        numbers=request.form,
    )


def _result(found: BulkRunView) -> dict[str, Any]:
    counts = outcome_counts(found.id) if found.kind not in FILES else {}
    return {
        "makes_file": found.kind in FILES,
        "tally": tally(counts),
        "problems": bulk_rows(found.id, problems_only=True)
        if found.state in ("done", "draft") and counts
        else [],
    }


def _sheet(found: BulkRunView) -> list[OrderView]:
    """The orders of a sheet, in the order in which they were placed."""
    ids = [one.id for part in selected_parts(found.selection) for one in part][: MOST_ORDERS["ship"]]
    orders = orders_by_id(ids)
    return [orders[one] for one in ids if one in orders]


@blueprint.post("/<ref>/start")
def start(ref: str) -> Response:
    """Begin; few orders are done at once, many by the worker. A double click begins once."""
    found = _found(ref)
    try:
        if found.kind == "ship":
            fill_in_sheet(run_id=found.id, carrier=request.form.get("carrier", ""), numbers=_numbers())
        else:
            start_bulk_run(run_id=found.id, options=_options(found.kind))
    except BulkRunNotStartable:
        return go("console_bulk.run", ref=found.id)
    except NothingSelected as error:
        return _run(_found(ref), error)
    if _found(ref).total <= AT_ONCE:
        carry_out_bulk_run(run_id=found.id)
    return go("console_bulk.run", ref=found.id)


def _numbers() -> dict[UUID, str]:
    typed = (
        (as_id(name.removeprefix("n-")), value)
        for name, value in request.form.items()
        if name.startswith("n-")
    )
    return {order_id: value[:120] for order_id, value in typed if order_id}


def _options(kind: str) -> dict[str, object]:
    form = request.form
    if kind in ("tag", "untag"):
        tag = as_id(form.get("tag", ""))
        if tag not in {one.id for one in shop_tags()}:
            raise NotFound
        return {"tag": str(tag)}
    if kind == "slips":
        return {"paper": "a4" if form.get("paper") == "a4" else "a6"}
    if kind == "export":
        return {
            "columns": [key for key in form.getlist("columns") if key in COLUMNS],
            "per_line": bool(form.get("per_line")),
            "format": "csv" if form.get("format") == "csv" else "xlsx",
        }
    return {}


@blueprint.post("/<ref>/again")
def again(ref: str) -> Response:
    """Go on with one that failed; it may be going on already."""
    found = _found(ref)
    with suppress(BulkRunNotStartable):
        retry_bulk_run(run_id=found.id)
    return go("console_bulk.run", ref=found.id)


@blueprint.post("/<ref>/other")
def other(ref: str) -> Response:
    """Do something else with the same orders."""
    found, kind = _found(ref), request.form.get("action", "")
    if kind not in KINDS or kind == "ship_file" or found.kind == "ship_file":
        raise NotFound
    return go("console_bulk.run", ref=begin_bulk_run(kind=kind, selection=found.selection))


@blueprint.get("/<ref>/progress")
def progress(ref: str) -> Response:
    """The part of the page that says how far it is; asks again by itself while it runs."""
    found = _found(ref)
    return show("orders/_bulk_progress", run=found, badge=state_badge(found), **_result(found))


@blueprint.get("/<ref>/file")
def made_file(ref: str) -> Response:
    """The file that a run made."""
    found = _found(ref)
    if found.kind == "export":
        require("orders.export")
    content = file_content(found.result_path) if found.result_path else None
    if content is None:
        raise NotFound
    ending = found.result_path.rpartition(".")[2]
    name = (
        f"{gettext(KINDS[found.kind][0])} {found.created_at.astimezone(current_scope().zone):%Y-%m-%d %H%M}"
    )
    return send_file(BytesIO(content), as_attachment=True, download_name=f"{name}.{ending}", max_age=0)


@blueprint.get("/<ref>/results.<any(csv, xlsx):kind>")
def results(ref: str, kind: Literal["csv", "xlsx"]) -> Response:
    """What became of each order, as a table."""
    found = _found(ref)
    header = [
        gettext(words)
        for words in (
            N_("Line"),
            N_("Order"),
            N_("Carrier"),
            N_("Tracking number"),
            N_("SKU"),
            N_("Quantity"),
            N_("Result"),
        )
    ]
    name = f"{gettext(N_('Results'))}.{kind}"
    target = BytesIO()
    if kind == "csv":
        target.writelines(csv_lines(header, _result_rows(found.id)))
    else:
        write_xlsx(
            target, Page(gettext(N_("Results")), header, _result_rows(found.id), [8, 16, 24, 24, 20, 10, 60])
        )
    target.seek(0)
    media = CSV_TYPE if kind == "csv" else XLSX_TYPE
    return send_file(target, mimetype=media, as_attachment=True, download_name=name, max_age=0)


def _result_rows(run_id: UUID) -> Iterator[list[Cell]]:
    for part in all_bulk_rows(run_id):
        for row in part:
            line: Cell = row.line or None
            yield [line, row.order_number, row.carrier, row.tracking_number, row.sku, row.quantity, row.words]
