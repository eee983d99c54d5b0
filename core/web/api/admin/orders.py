"""Orders: read them, note, tag, correct, cancel."""

from core.commerce.orders.actions import add_staff_note
from core.commerce.orders.address_changes import change_address
from core.commerce.orders.models import Order
from core.commerce.orders.queries import holds_of, order, timeline
from core.kernel.i18n import N_
from core.rendering.api import ApiRoom, Get, Send

READ = "orders.read"

ROOM = ApiRoom(
    name="orders",
    title=N_("Orders"),
    about=N_("What was bought, by whom, and how far it is."),
    routes=(
        Get("/orders/<uuid:order_id>", order, READ, row=Order),
        Get("/orders/<uuid:order_id>/timeline", timeline, READ),
        Get("/orders/<uuid:order_id>/holds", holds_of, READ),
        Send("POST", "/orders/<uuid:order_id>/notes", add_staff_note),
        Send("PUT", "/orders/<uuid:order_id>/address", change_address),
    ),
)
