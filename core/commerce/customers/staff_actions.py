"""What staff do about customers: their words, tags, notes and what they agreed to."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.customers.contacts import normal_contact
from core.commerce.customers.listing import rows_after
from core.commerce.customers.models import Customer, CustomerNote, CustomerTag
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor, current_scope

LONGEST_TAG, MOST_TAGS, LONGEST_NOTE, LONGEST_NAME = 40, 20, 2_000, 120
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class CustomerWords:
    """What staff may say about a customer; contacts as typed, "" for none."""

    name: str
    email: str
    phone: str
    marketing_consent: bool
    tags: tuple[str, ...] = ()


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Tags as they are kept: no commas, no doubled spaces, each once, at most MOST_TAGS."""
    found = []
    for tag in tags:
        plain = unicodedata.normalize("NFKC", tag).replace(",", " ").replace("，", " ")
        words = " ".join("".join(sign for sign in plain if sign.isprintable()).split())
        if words:
            found.append(words[:LONGEST_TAG])
    return list(dict.fromkeys(found))[:MOST_TAGS]


@command("customers.edit")
def save_customer(*, customer_id: UUID | None, words: CustomerWords) -> UUID:
    """Change a customer, or make one without a log-in (`customer_id` None); returns the id.

    Raises NotFound, InputRefused (by field) when a contact is not one, is somebody else's, or all are missing.
    """
    email, phone = _contacts(words)
    _refuse_taken(customer_id, email, phone)
    values = {"name": words.name.strip()[:LONGEST_NAME], "email": email, "phone": phone}
    if customer_id is None:
        customer_id = new_id()
        session().add(Customer(id=customer_id, language=current_scope().language, **values))
        session().flush()
    row = session().scalars(select(Customer).where(Customer.id == customer_id)).first()
    if row is None:
        raise NotFound
    for name, value in values.items():
        setattr(row, name, value)
    if row.marketing_consent != words.marketing_consent:
        row.marketing_consent, row.consent_at = words.marketing_consent, now()
    wanted = clean_tags(words.tags)
    gone = delete(CustomerTag).where(CustomerTag.customer_id == customer_id, CustomerTag.tag.not_in(wanted))
    session().execute(gone.execution_options(synchronize_session=False))
    put_tags([customer_id], wanted)
    return customer_id


def _contacts(words: CustomerWords) -> tuple[str | None, str | None]:
    wrong = {}
    found: dict[str, str | None] = {}
    for name, text, kind in (("email", words.email, "email"), ("phone", words.phone, "sms")):
        normal = normal_contact(text) if text.strip() else None
        if text.strip() and (normal is None or normal[0] != kind):
            wrong[name] = [
                gettext(N_("This is not an e-mail address."))
                if name == "email"
                else gettext(N_("This is not a phone number."))
            ]
        found[name] = normal[1] if normal else None
    if wrong:
        raise InputRefused(wrong)
    if not any(found.values()):
        message = gettext(N_("An e-mail address or a phone number is needed to tell customers apart."))
        raise InputRefused({"phone": [message]})
    return found["email"], found["phone"]


def _refuse_taken(customer_id: UUID | None, email: str | None, phone: str | None) -> None:
    same = []
    if email:
        same.append(Customer.email == email)
    if phone:
        same.append(Customer.phone == phone)
    statement = select(Customer.id, Customer.email).where(or_(*same))
    if customer_id is not None:
        statement = statement.where(Customer.id != customer_id)
    for row in session().execute(statement):
        taken = "email" if email and row.email == email else "phone"
        raise InputRefused({taken: [gettext(N_("Another customer has this already."))]})


def put_tags(customer_ids: Sequence[UUID], tags: Iterable[str]) -> int:
    """Give tags to customers who lack them; joins the caller's transaction. Returns how many were new."""
    shop_id = current_scope().shop_id
    rows = [
        {"shop_id": shop_id, "id": new_id(), "customer_id": one, "tag": tag}
        for one in customer_ids
        for tag in tags
    ]
    if not rows:
        return 0
    statement = insert(CustomerTag).values(rows).on_conflict_do_nothing().returning(CustomerTag.id)
    return len(session().execute(statement).all())


@command("customers.edit")
def tag_customers(
    *, conditions: Sequence[ColumnElement[bool]], add: Iterable[str] = (), remove: Iterable[str] = ()
) -> int:
    """Give tags to, and take tags from, every customer that fits `conditions`; returns how many customers."""
    added, removed, count, after = clean_tags(add), clean_tags(remove), 0, None
    while rows := rows_after(conditions, after=after, limit=_CHUNK):
        ids = [row.id for row in rows]
        put_tags(ids, added)
        if removed:
            gone = delete(CustomerTag).where(CustomerTag.customer_id.in_(ids), CustomerTag.tag.in_(removed))
            session().execute(gone.execution_options(synchronize_session=False))
        count, after = count + len(ids), ids[-1]
        session().expire_all()
    return count


@command("customers.edit")
def add_customer_note(*, customer_id: UUID, text: str) -> None:
    """Keep a staff member's words about a customer. Raises NotFound."""
    if session().scalars(select(literal(1)).where(Customer.id == customer_id)).first() is None:
        raise NotFound
    note = CustomerNote(
        customer_id=customer_id, text=text.strip()[:LONGEST_NOTE], author=current_actor().name
    )
    session().add(note)


@command("customers.edit")
def set_consent(*, customer_id: UUID, agreed: bool) -> None:
    """Say whether a customer agreed to be written to about offers. Raises NotFound."""
    change = (
        update(Customer)
        .where(Customer.id == customer_id)
        .values(marketing_consent=agreed, consent_at=now())
        .returning(Customer.id)
    )
    if session().execute(change.execution_options(synchronize_session=False)).first() is None:
        raise NotFound
