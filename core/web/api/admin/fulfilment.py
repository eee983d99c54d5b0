"""Sending: parcels, pick-ups, corrections, and work on many orders at once."""

from core.commerce.fulfilment.actions import hand_over_order, send_parcels, ship_order
from core.commerce.fulfilment.bulk_queries import bulk_rows, bulk_run, bulk_runs
from core.commerce.fulfilment.bulk_runs import (
    begin_bulk_run,
    check_tracking_file,
    fill_in_sheet,
    retry_bulk_run,
    start_bulk_run,
)
from core.commerce.fulfilment.pickup_codes import check_pickup_code
from core.commerce.fulfilment.shipment_corrections import correct_shipment, undo_shipment
from core.kernel.i18n import N_
from core.rendering.api import ApiRoom, Get, Send
from core.web.api.admin.orders import READ

_FILE = 12 * 1024 * 1024

ROOM = ApiRoom(
    name="fulfilment",
    title=N_("Sending"),
    about=N_("Parcels and pick-ups, one by one or for many orders at once."),
    routes=(
        Send("POST", "/orders/<uuid:order_id>/shipments", ship_order),
        Send("POST", "/orders/<uuid:order_id>/pick-ups", hand_over_order),
        Send("POST", "/shipments", send_parcels),
        Send("PUT", "/shipments/<uuid:shipment_id>", correct_shipment),
        Send("POST", "/shipments/<uuid:shipment_id>/undo", undo_shipment),
        Send("POST", "/pick-ups/check", check_pickup_code, answer="order_id"),
        Get("/bulk-runs", bulk_runs, READ),
        Get("/bulk-runs/<uuid:run_id>", bulk_run, READ),
        Get("/bulk-runs/<uuid:run_id>/rows", bulk_rows, READ),
        Send("POST", "/bulk-runs", begin_bulk_run),
        Send("POST", "/bulk-runs/tracking-file", check_tracking_file, body_limit=_FILE),
        Send("PUT", "/bulk-runs/<uuid:run_id>/sheet", fill_in_sheet),
        Send("POST", "/bulk-runs/<uuid:run_id>/start", start_bulk_run),
        Send("POST", "/bulk-runs/<uuid:run_id>/retry", retry_bulk_run),
    ),
)
