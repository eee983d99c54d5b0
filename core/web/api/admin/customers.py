"""Customers: read them, change what is known of them, tag, note, import."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core.commerce.customers.imports import (
    check_customers_import,
    customer_import,
    customer_imports,
    remove_customers_draft,
    retry_customers_import,
    start_customers_import,
    upload_customers_file,
)
from core.commerce.customers.models import Customer
from core.commerce.customers.queries import (
    CustomerView,
    addresses_of,
    customer,
    customers_by_id,
    notes_of,
)
from core.commerce.customers.staff_actions import (
    add_customer_note,
    save_customer,
    set_consent,
    tag_customers,
)
from core.kernel.command import command
from core.kernel.i18n import N_
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send
from core.rendering.api_pages import page_of

READ = "customers.read"
_FILE = 12 * 1024 * 1024


def list_customers(
    *,
    page: PageAsked,
    email: str | None = None,
    phone: str | None = None,
    created_since: datetime | None = None,
) -> ApiPage[CustomerView]:
    """The shop's customers, newest first.

    Args:
        email: the one with this address.
        phone: the one with this number, as it is kept: +8613800000000.
        created_since: known since this instant or later.
    """
    ids = select(Customer.id)
    if email is not None:
        ids = ids.where(Customer.email == email)
    if phone is not None:
        ids = ids.where(Customer.phone == phone)
    if created_since is not None:
        ids = ids.where(Customer.created_at >= created_since)
    return page_of(ids, Customer, page, customers_by_id)


@command("customers.edit")
def tag_chosen(*, customer_ids: Sequence[UUID], add: Sequence[str] = (), remove: Sequence[str] = ()) -> int:
    """Put tags on customers and take others off.

    Args:
        customer_ids: which customers.
        add: tags that they get.
        remove: tags that they lose.

    Returns: how many customers there were.
    """
    return tag_customers(conditions=[Customer.id.in_(list(customer_ids))], add=add, remove=remove)


ROOM = ApiRoom(
    name="customers",
    title=N_("Customers"),
    about=N_("Who buys: contacts, tags, notes, consent; imports of customer files."),
    routes=(
        Get("/customers", list_customers, READ),
        Get("/customers/<uuid:customer_id>", customer, READ, row=Customer),
        Get("/customers/<uuid:customer_id>/addresses", addresses_of, READ),
        Get("/customers/<uuid:customer_id>/notes", notes_of, READ),
        Send("POST", "/customers", save_customer, whole="words", fixed={"customer_id": None}),
        Send("PUT", "/customers/<uuid:customer_id>", save_customer, whole="words"),
        Send("POST", "/customers/<uuid:customer_id>/notes", add_customer_note),
        Send("PUT", "/customers/<uuid:customer_id>/consent", set_consent),
        Send("POST", "/customers/tags", tag_chosen, stands_for=tag_customers),
        Get("/customer-imports", customer_imports, READ),
        Get("/customer-imports/<uuid:import_id>", customer_import, READ),
        Send("POST", "/customer-imports", upload_customers_file, body_limit=_FILE),
        Send("POST", "/customer-imports/<uuid:import_id>/check", check_customers_import),
        Send("POST", "/customer-imports/<uuid:import_id>/start", start_customers_import),
        Send("POST", "/customer-imports/<uuid:import_id>/retry", retry_customers_import),
        Send(
            "DELETE", "/customer-imports/<uuid:import_id>", remove_customers_draft, scope="customers.import"
        ),
    ),
)
