"""Files that bulk runs make: packing slips, a pick list, an export; read part by part, kept in the object store."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from core.commerce.fulfilment.bulk_queries import BulkRunView
from core.commerce.fulfilment.order_export import (
    ExportedOrder,
    chosen_columns,
    export_header,
    export_rows,
)
from core.commerce.fulfilment.packing_slips import PAPERS, Slip, write_slips
from core.commerce.fulfilment.pick_lists import write_pick_list
from core.commerce.fulfilment.queries import ShipmentView, shipments_of_orders
from core.commerce.fulfilment.selections import Place, selected_part
from core.commerce.media.storage import put_file
from core.commerce.orders.queries import OrderView, orders_by_id
from core.commerce.orders.tags import tags_of_orders
from core.commerce.shipping.queries import pickup_points, shipping_methods
from core.commerce.shops.queries import shop_settings
from core.kernel.db import reading, session
from core.kernel.i18n import N_, gettext
from core.kernel.sheets import Page, csv_lines, write_xlsx
from core.kernel.tenancy import current_scope

_PART = 200
Progress = Callable[[int], None]


def make_file(run: BulkRunView, on_progress: Progress) -> tuple[str, int]:
    """Make the file of a run anew; returns its path in the object store and how many orders are in it.

    `on_progress` hears how many orders were read; nothing else is read while it is called.
    """
    with TemporaryDirectory(prefix="pinpu-bulk-") as folder:
        file, count = _MAKERS[run.kind](run, on_progress, Path(folder) / str(run.id))
        path = f"bulk/{current_scope().shop_id}/{file.name}"
        put_file(path, file.read_bytes())
    return path, count


def _orders(run: BulkRunView, on_progress: Progress) -> Iterator[OrderView]:
    done = 0
    for ids in _parts(run):
        with reading():
            found = orders_by_id(ids)
            session().expunge_all()
        yield from (found[order_id] for order_id in ids if order_id in found)
        done += len(ids)
        on_progress(done)


def _parts(run: BulkRunView) -> Iterator[list[UUID]]:
    """Ids part by part, each read in a transaction of its own: a long file keeps none open."""
    after: Place | None = None
    while True:
        with reading():
            rows = selected_part(run.selection, until=run.started_at, after=after, most=_PART)
        if rows:
            yield [row.id for row in rows]
            after = rows[-1]
        if len(rows) < _PART:
            return


def _slips(run: BulkRunView, on_progress: Progress, target: Path) -> tuple[Path, int]:
    with reading():
        shop_name = shop_settings().name
        ways = {str(one.id): one.name for one in shipping_methods()}
        ways |= {str(one.id): one.name for one in pickup_points()}
    slips = (
        Slip(
            order,
            ways.get(str(order.delivery.get("id")), ""),
            tuple(one for one in order.lines if one.to_ship > 0),
        )
        for order in _orders(run, on_progress)
        if any(line.to_ship > 0 for line in order.lines) and order.lifecycle == "placed"
    )
    paper = str(run.options.get("paper", "a6"))
    return write_slips(slips, shop_name=shop_name, paper=paper if paper in PAPERS else "a6", target=target)


def _pick_list(run: BulkRunView, on_progress: Progress, target: Path) -> tuple[Path, int]:
    with reading():
        shop_name = shop_settings().name
    orders = (order for order in _orders(run, on_progress) if order.can_ship)
    return write_pick_list(orders, shop_name=shop_name, target=target)


def _export(run: BulkRunView, on_progress: Progress, target: Path) -> tuple[Path, int]:
    keys = chosen_columns(run.options.get("columns", ()))
    counted = [0]
    rows = export_rows(_exported(run, on_progress, counted), keys, per_line=bool(run.options.get("per_line")))
    if run.options.get("format") == "csv":
        file = target.with_suffix(".csv")
        with file.open("wb") as out:
            out.writelines(csv_lines(export_header(keys), rows))
    else:
        file = target.with_suffix(".xlsx")
        with file.open("wb") as out:
            write_xlsx(out, Page(gettext(N_("Orders")), export_header(keys), rows, [18] * len(keys)))
    return file, counted[0]


def _exported(run: BulkRunView, on_progress: Progress, counted: list[int]) -> Iterator[ExportedOrder]:
    waiting: list[OrderView] = []
    for order in _orders(run, on_progress):
        waiting.append(order)
        if len(waiting) == _PART:
            yield from _with_parcels(waiting)
            counted[0] += len(waiting)
            waiting = []
    yield from _with_parcels(waiting)
    counted[0] += len(waiting)


def _with_parcels(orders: list[OrderView]) -> Iterator[ExportedOrder]:
    ids = [order.id for order in orders]
    if not ids:
        return
    sent: dict[object, list[ShipmentView]] = {}
    with reading():
        for one in shipments_of_orders(ids):
            sent.setdefault(one.order_id, []).append(one)
        tags = tags_of_orders(ids)
    for order in orders:
        yield ExportedOrder(order, sent.get(order.id, ()), tags.get(order.id, ()))


_MAKERS = {"slips": _slips, "pick_list": _pick_list, "export": _export}
