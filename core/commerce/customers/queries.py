"""Reads of customers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.customers.contacts import masked, secret_hash
from core.commerce.customers.models import Address, Customer, CustomerNote, CustomerSession, CustomerTag
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.money import Money
from core.kernel.tenancy import current_scope


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


def customer_faces(ids: Collection[UUID]) -> dict[UUID, CustomerFace]:
    """Customers by id, in one statement; ids of none are left out."""
    rows = session().scalars(select(Customer).where(Customer.id.in_(list(ids)))) if ids else ()
    return {row.id: _face(row) for row in rows}


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


def contacts_of(customer_id: UUID) -> list[str]:
    """A customer's own e-mail address and phone number, as far as known."""
    statement = select(Customer.email, Customer.phone).where(Customer.id == customer_id)
    return [contact for contact in session().execute(statement).one() if contact]


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


@dataclass(frozen=True, slots=True)
class NoteView:
    """A staff member's words about a customer."""

    id: UUID
    at: datetime
    text: str
    author: str


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One customer, as staff see them; `spent` is what they paid less what went back.

    `first_touch` and `last_touch` are as the sources room writes them.
    """

    id: UUID
    name: str
    email: str
    phone: str
    language: str
    created_at: datetime
    source: str
    first_touch: Mapping[str, Any]
    last_touch: Mapping[str, Any]
    marketing_consent: bool
    consent_at: datetime | None
    orders_placed: int
    orders_paid: int
    spent: Money
    refunded: Money
    first_order_at: datetime | None
    last_order_at: datetime | None
    tags: tuple[str, ...] = ()

    @property
    def shown_name(self) -> str:
        """The name, or the contact where there is none."""
        return self.name or self.phone or self.email

    @property
    def average(self) -> Money | None:
        """What a paid order brought on average; None before the first."""
        if not self.orders_paid:
            return None
        return Money(self.spent.minor // self.orders_paid, self.spent.currency)


_PLAIN = (
    "id", "name", "language", "created_at", "source", "first_touch", "last_touch", "marketing_consent", "consent_at",
    "orders_placed", "orders_paid", "first_order_at", "last_order_at",
)  # fmt: skip


def customer(customer_id: UUID) -> CustomerView | None:
    """The customer with this id, with tags, or None."""
    return customers_by_id([customer_id]).get(customer_id)


def customers_by_id(ids: Iterable[UUID]) -> dict[UUID, CustomerView]:
    """Customers with their tags, in two statements; ids that the shop does not have are left out."""
    wanted = list(ids)
    statement = select(Customer).where(Customer.id.in_(wanted)).execution_options(populate_existing=True)
    rows = session().scalars(statement).all()
    tagged = select(CustomerTag.customer_id, CustomerTag.tag).where(CustomerTag.customer_id.in_(wanted))
    tags: dict[UUID, list[str]] = {}
    for owner, tag in session().execute(tagged.order_by(CustomerTag.tag)) if rows else ():
        tags.setdefault(owner, []).append(tag)
    return {row.id: _customer(row, tags.get(row.id, ())) for row in rows}


def _customer(row: Customer, tags: Iterable[str]) -> CustomerView:
    currency = current_scope().currency
    return CustomerView(
        **{name: getattr(row, name) for name in _PLAIN},
        email=row.email or "",
        phone=row.phone or "",
        spent=Money(row.spent_minor, currency),
        refunded=Money(row.refunded_minor, currency),
        tags=tuple(tags),
    )


def notes_of(customer_id: UUID, limit: int = 50) -> list[NoteView]:
    """What staff wrote about a customer, newest first."""
    statement = (
        select(CustomerNote)
        .where(CustomerNote.customer_id == customer_id)
        .order_by(CustomerNote.created_at.desc(), CustomerNote.id.desc())
        .limit(limit)
    )
    return [NoteView(row.id, row.created_at, row.text, row.author) for row in session().scalars(statement)]
