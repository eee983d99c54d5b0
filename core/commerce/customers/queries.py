"""Reads of customers."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.commerce.customers.contacts import masked, secret_hash
from core.commerce.customers.models import Address, Customer, CustomerSession
from core.kernel.clock import now
from core.kernel.db import session


@dataclass(frozen=True, slots=True)
class CustomerFace:
    """A customer as other people may see them, and as the shop's staff do."""

    id: UUID
    name: str
    contact: str

    @property
    def shown_name(self) -> str:
        """The name, or the masked contact when there is none."""
        return self.name or masked(self.contact)

    @property
    def masked_contact(self) -> str:
        """The contact with its middle hidden."""
        return masked(self.contact)


@dataclass(frozen=True, slots=True)
class AddressView:
    """A kept delivery address."""

    id: UUID
    name: str
    phone: str
    country: str
    region: str
    city: str
    line1: str
    line2: str
    postcode: str


def _face(row: Customer) -> CustomerFace:
    return CustomerFace(row.id, row.name, row.email or row.phone or "")


def customer_of_token(token: str) -> CustomerFace | None:
    """Who is logged in with this cookie, or None."""
    statement = (
        select(Customer)
        .join(
            CustomerSession,
            (CustomerSession.shop_id == Customer.shop_id) & (CustomerSession.customer_id == Customer.id),
        )
        .where(
            CustomerSession.token_hash == secret_hash(token),
            CustomerSession.revoked_at.is_(None),
            CustomerSession.expires_at > now(),
        )
    )
    row = session().scalars(statement).first()
    return _face(row) if row else None


def addresses_of(customer_id: UUID) -> list[AddressView]:
    """A customer's kept addresses, newest first."""
    statement = (
        select(Address)
        .where(Address.customer_id == customer_id)
        .order_by(Address.created_at.desc())
        .limit(10)
    )
    return [
        AddressView(**{name: getattr(row, name) for name in AddressView.__slots__})
        for row in session().scalars(statement)
    ]
