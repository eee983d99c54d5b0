"""Facts of the customers room."""

from typing import ClassVar
from uuid import UUID

from core.kernel.events import Event


class CustomerRegistered(Event):
    """Somebody logged in to the shop for the first time."""

    name: ClassVar[str] = "customers.customer_registered"
    customer_id: UUID
