"""Bulk runs: begun as a draft, started by a person, carried out in parts that can stop and go on at any point."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from core.commerce.fulfilment.bulk_files import make_file
from core.commerce.fulfilment.bulk_outcomes import READY
from core.commerce.fulfilment.bulk_planning import PlannedRow, planned_rows
from core.commerce.fulfilment.bulk_queries import BulkRunView, bulk_run
from core.commerce.fulfilment.bulk_shipping import ship_rows
from core.commerce.fulfilment.errors import BulkRunNotStartable, NothingSelected, TooManyOrders
from core.commerce.fulfilment.models import BulkRow, BulkRun
from core.commerce.fulfilment.selections import Selection, selected_count, selected_parts
from core.commerce.fulfilment.tracking_files import TrackingRow, tracking_rows, with_carrier
from core.commerce.orders.tagging import tag_orders, untag_orders
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, current_language, gettext, speaking
from core.kernel.ids import new_id
from core.kernel.tenancy import Actor, acting_as, current_actor, current_scope, require

# What can be done with many orders, and how many of them at most.
MOST_ORDERS = {
    "ship": 200,
    "ship_file": 20_000,
    "own_delivery": 20_000,
    "hand_over": 20_000,
    "tag": 200_000,
    "untag": 200_000,
    "pick_list": 2_000,
    "slips": 2_000,
    "export": 200_000,
}
FILES = ("pick_list", "slips", "export")
# Up to so many orders are done at once, while the person waits.
AT_ONCE = 20
PARCELS_PER_PART, TAGS_PER_PART = 25, 500
_ROWS_PER_INSERT = 1000
# Drafts that nobody started are forgotten after so long.
FORGOTTEN_AFTER = timedelta(days=7)
_UNEXPECTED = N_("Something went wrong that nobody expected. Nothing is lost: try again.")


@command("orders.ship")
def begin_bulk_run(*, kind: str, selection: Selection) -> UUID:
    """Note what is to be done with which orders; nothing is done yet. Raises NothingSelected, TooManyOrders."""
    if kind not in MOST_ORDERS:
        raise InputRefused({"kind": [gettext(N_("Choose one of the list."))]})
    if kind == "export":
        require("orders.export")
    count = selected_count(selection)
    if not count:
        raise NothingSelected
    if count > MOST_ORDERS[kind]:
        raise TooManyOrders(most=MOST_ORDERS[kind], count=count)
    run = BulkRun(id=new_id(), kind=kind, selection=selection.as_json(), total=count)
    session().add(run)
    return run.id


@command("orders.ship")
def check_tracking_file(*, file_name: str, content: BinaryIO | bytes) -> UUID:
    """Read a tracking file and keep its rows with what would become of each; nothing ships. Raises a SheetRefused."""
    planned = planned_rows(tracking_rows(content))
    run = BulkRun(
        id=new_id(), kind="ship_file", file_name=file_name[-200:].replace("\x00", ""), total=len(planned)
    )
    session().add(run)
    session().flush()
    _insert_planned(run.id, planned)
    return run.id


@command("orders.ship")
def fill_in_sheet(*, run_id: UUID, carrier: str, numbers: Mapping[UUID, str]) -> None:
    """Take tracking numbers by order id for a drafted run of kind ship, all with one carrier, and start it.

    An empty number leaves its order alone. Raises BulkRunNotStartable, NothingSelected.
    """
    run = _locked(run_id)
    if run.kind != "ship" or run.state != "draft":
        raise BulkRunNotStartable
    selection = Selection.from_json(run.selection)
    orders = [one for part in selected_parts(selection) for one in part if numbers.get(one.id, "").strip()]
    if not orders:
        raise NothingSelected
    rows = [
        with_carrier(TrackingRow(place, order.number), carrier, numbers[order.id])
        for place, order in enumerate(orders, 1)
    ]
    planned = planned_rows(rows)
    _insert_planned(run_id, planned)
    run = _locked(run_id)  # planning empties the session as it goes
    run.total = len(planned)
    _start(run, {})


def _insert_planned(run_id: UUID, planned: Sequence[PlannedRow]) -> None:
    shop_id = current_scope().shop_id
    for start in range(0, len(planned), _ROWS_PER_INSERT):
        rows = [
            {
                "shop_id": shop_id, "id": new_id(), "run_id": run_id, "position": start + place,
                "line": one.row.line, "order_number": one.row.order, "order_id": one.order_id,
                "carrier": one.row.carrier, "tracking_number": one.row.number, "sku": one.row.sku,
                "quantity": one.row.quantity, "parcel": one.parcel, "outcome": one.outcome, "said": dict(one.said),
            }
            for place, one in enumerate(planned[start : start + _ROWS_PER_INSERT])
        ]  # fmt: skip
        session().execute(insert(BulkRow), rows)


@command("orders.ship")
def start_bulk_run(*, run_id: UUID, options: Mapping[str, Any] | None = None) -> None:
    """Let the worker carry a drafted run out. Raises BulkRunNotStartable, NotFound."""
    run = _locked(run_id)
    if run.state != "draft" or run.kind == "ship":
        raise BulkRunNotStartable
    if run.kind == "export":
        require("orders.export")
    _start(run, options or {})


def _start(run: BulkRun, options: Mapping[str, Any]) -> None:
    run.state, run.done, run.started_at = "running", 0, now()
    run.started_by = current_actor().name
    run.options = {**options, "language": current_language()}
    jobs.defer(carry_out_run, run_id=str(run.id))


def _locked(run_id: UUID) -> BulkRun:
    wanted = select(BulkRun).where(BulkRun.id == run_id).with_for_update(key_share=True)
    run = session().scalars(wanted.execution_options(populate_existing=True)).first()
    if run is None:
        raise NotFound
    return run


@command("orders.ship")
def retry_bulk_run(*, run_id: UUID) -> None:
    """Go on with a run that failed, where it stopped. Raises BulkRunNotStartable, NotFound."""
    run = _locked(run_id)
    if run.state != "failed":
        raise BulkRunNotStartable
    if run.kind == "export":
        require("orders.export")
    run.state, run.problem, run.finished_at = "running", {}, None
    jobs.defer(carry_out_run, run_id=str(run.id))


def give_up_bulk_run(run_id: str) -> None:
    """Its job failed for the last time."""
    fail_bulk_run(run_id=UUID(run_id), message=_UNEXPECTED, params={})


@jobs.job(
    "fulfilment.bulk_run",
    queue="bulk",
    max_attempts=7,
    says=N_("working on many orders"),
    gives_up=give_up_bulk_run,
)
def carry_out_run(run_id: str) -> None:
    """Carry a bulk run out from where it stands."""
    carry_out_bulk_run(run_id=UUID(run_id))


def carry_out_bulk_run(*, run_id: UUID) -> None:
    """Do what is left of a running bulk run; two workers at it, or one that was killed, do nothing twice."""
    while True:
        with reading():
            run = bulk_run(run_id)
        if run is None or run.state != "running":
            return
        actor = Actor("system", name=run.started_by)
        with acting_as(actor), speaking(str(run.options.get("language", current_scope().language))):
            if run.kind in FILES:
                _make(run)
                return
            if run.kind not in ("ship", "ship_file") and not run.options.get("listed"):
                list_rows(run_id=run_id)
            else:
                do_part(run_id=run_id, start=run.done)


def _make(run: BulkRunView) -> None:
    try:
        path, done = make_file(run, lambda done: note_progress(run_id=run.id, done=done))
    except PinpuError as refused:
        fail_bulk_run(run_id=run.id, message=refused.fix or refused.message, params=refused.params)
        return
    finish_file(run_id=run.id, path=path, done=done)


@command("system")
def note_progress(*, run_id: UUID, done: int) -> None:
    """Say how far a file is."""
    run = _locked(run_id)
    if run.state == "running":
        run.done = done


@command("system")
def finish_file(*, run_id: UUID, path: str, done: int) -> None:
    """The file of a run is there."""
    run = _locked(run_id)
    if run.state == "running":
        run.state, run.result_path, run.done, run.total, run.finished_at = "done", path, done, done, now()


@command("system")
def fail_bulk_run(*, run_id: UUID, message: str, params: Mapping[str, Any]) -> None:
    """End a run that cannot go on."""
    run = _locked(run_id)
    if run.state == "running":
        run.problem = {"message": message, "params": {name: str(value) for name, value in params.items()}}
        run.state, run.finished_at = "failed", now()


@command("system")
def list_rows(*, run_id: UUID) -> None:
    """Write down which orders a run is about: those that fit its selection and were there when it was started."""
    run = _locked(run_id)
    if run.options.get("listed"):
        return
    shop_id, position = current_scope().shop_id, 0
    for part in selected_parts(
        Selection.from_json(run.selection), until=run.started_at, part=_ROWS_PER_INSERT
    ):
        rows: list[dict[str, Any]] = [
            {
                "shop_id": shop_id, "id": new_id(), "run_id": run_id, "position": position + place,
                "line": 0, "order_number": order.number, "order_id": order.id, "carrier": "", "tracking_number": "",
                "sku": "", "quantity": None, "parcel": position + place, "outcome": "", "said": {},
            }
            for place, order in enumerate(part)
        ]  # fmt: skip
        session().execute(insert(BulkRow), rows)
        position += len(part)
    run.total, run.options = position, {**run.options, "listed": True}
    if not position:
        run.state, run.finished_at = "done", now()


@command("system")
def do_part(*, run_id: UUID, start: int) -> None:
    """Do the next orders of a run and say so, in one transaction; somebody else may have been here already."""
    run = _locked(run_id)
    if run.state != "running" or run.done != start:
        return
    if run.kind in ("tag", "untag"):
        run.done = _tag_part(run, start)
    else:
        rows = _next_rows(run_id, start)
        ship_rows(run, [row for row in rows if row.order_id and row.outcome in ("", READY)])
        run.done = rows[-1].position + 1 if rows else run.total
    if run.done >= run.total:
        run.state, run.finished_at = "done", now()


def _next_rows(run_id: UUID, start: int) -> Sequence[BulkRow]:
    """Rows from a position on, the last parcel whole."""
    wanted = select(BulkRow).where(BulkRow.run_id == run_id).order_by(BulkRow.position)
    rows = list(session().scalars(wanted.where(BulkRow.position >= start).limit(PARCELS_PER_PART)))
    if rows and rows[-1].parcel >= 0:
        rest = wanted.where(BulkRow.position > rows[-1].position, BulkRow.parcel == rows[-1].parcel)
        rows += session().scalars(rest)
    return rows


def _tag_part(run: BulkRun, start: int) -> int:
    shop_id, until = current_scope().shop_id, min(start + TAGS_PER_PART, run.total)
    here = (
        BulkRow.shop_id == shop_id,
        BulkRow.run_id == run.id,
        BulkRow.position >= start,
        BulkRow.position < until,
    )
    ids = [one for one in session().scalars(select(BulkRow.order_id).where(*here)) if one]
    change, done, same = (
        (tag_orders, "tagged", "tagged_before")
        if run.kind == "tag"
        else (untag_orders, "untagged", "not_tagged")
    )
    changed = change(order_ids=ids, tag_id=UUID(str(run.options["tag"])))
    options = {"synchronize_session": False}
    session().execute(update(BulkRow).where(*here).values(outcome=same).execution_options(**options))
    if changed:
        said = update(BulkRow).where(*here, BulkRow.order_id.in_(changed)).values(outcome=done)
        session().execute(said.execution_options(**options))
    return until


@command("system")
def forget_bulk_drafts(*, limit: int = 200) -> int:
    """Remove runs that nobody started within FORGOTTEN_AFTER, with their rows; returns how many."""
    old = (
        select(BulkRun.id)
        .where(BulkRun.state == "draft", BulkRun.created_at <= now() - FORGOTTEN_AFTER)
        .order_by(BulkRun.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = session().scalars(old).all()
    session().execute(delete(BulkRun).where(BulkRun.id.in_(ids)))
    return len(ids)
