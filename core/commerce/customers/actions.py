"""Logging in with a code, logging out, and what a customer keeps: name and addresses."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.customers.contacts import normal_contact, secret_hash
from core.commerce.customers.errors import CodeRefused, ContactInvalid, TooManyCodes
from core.commerce.customers.events import CustomerRegistered
from core.commerce.customers.models import Address, Customer, CustomerSession, LoginCode
from core.commerce.messages.actions import send_message
from core.commerce.sources.touches import current_touches
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.events import record
from core.kernel.i18n import current_language
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

CODE_LIFETIME = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(days=60)
_TRIES_PER_CODE = 5
_CODES_PER_CONTACT = 5


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A new session: `token` goes into the cookie and is kept nowhere else."""

    customer_id: UUID
    token: str
    first_time: bool


def _code_hash(contact: str, code: str) -> str:
    return hashlib.sha256(f"{current_scope().shop_id}/{contact}/{code}".encode()).hexdigest()


@command("buyer")
def send_login_code(*, contact: str) -> str:
    """Send a six-digit code to an e-mail address or phone; returns the normalised contact.

    The answer is the same whether the contact is known or not. Raises ContactInvalid, TooManyCodes.
    """
    found = normal_contact(contact)
    if found is None:
        raise ContactInvalid
    normal = found[1]
    since = select(func.count()).where(
        LoginCode.shop_id == current_scope().shop_id,
        LoginCode.contact == normal,
        LoginCode.created_at > now() - CODE_LIFETIME,
    )
    if session().scalars(since).one() >= _CODES_PER_CONTACT:
        raise TooManyCodes
    code = f"{secrets.randbelow(1_000_000):06}"
    row = LoginCode(
        id=new_id(), contact=normal, code_hash=_code_hash(normal, code), expires_at=now() + CODE_LIFETIME
    )
    session().add(row)
    send_message(
        topic="customers.login_code",
        contact={"any": normal, "language": current_language()},
        about={"code": code, "minutes": CODE_LIFETIME // timedelta(minutes=1)},
        dedupe_key=str(row.id),
    )
    return normal


@dataclass(frozen=True, slots=True)
class _Checked:
    contact: str
    right: bool


def log_in(*, contact: str, code: str) -> LoggedIn:
    """Log in with the code that was sent; a first log-in makes the customer.

    Raises CodeRefused (the try is counted even so), TooManyCodes.
    """
    checked = _check_code(contact=contact, code=code.strip())
    if not checked.right:
        raise CodeRefused
    return _open_session(contact=checked.contact)


@command("buyer")
def _check_code(*, contact: str, code: str) -> _Checked:
    found = normal_contact(contact)
    if found is None:
        raise ContactInvalid
    row = (
        session()
        .scalars(
            select(LoginCode)
            .where(LoginCode.contact == found[1], LoginCode.used_at.is_(None), LoginCode.expires_at > now())
            .order_by(LoginCode.created_at.desc())
            .limit(1)
            .with_for_update()
        )
        .first()
    )
    if row is None:
        return _Checked(found[1], right=False)
    if row.tries >= _TRIES_PER_CODE:
        raise TooManyCodes
    row.tries += 1
    right = hmac.compare_digest(row.code_hash, _code_hash(found[1], code))
    if right:
        # The older codes end with it: whoever finds one later must not get in.
        unused = update(LoginCode).where(LoginCode.contact == found[1], LoginCode.used_at.is_(None))
        session().execute(unused.values(used_at=now()))
    return _Checked(found[1], right)


@command("buyer")
def _open_session(*, contact: str) -> LoggedIn:
    customer_id, first_time = _customer_for(contact)
    token = secrets.token_urlsafe(32)
    session().add(
        CustomerSession(
            customer_id=customer_id, token_hash=secret_hash(token), expires_at=now() + SESSION_LIFETIME
        )
    )
    return LoggedIn(customer_id, token, first_time)


def _customer_for(contact: str) -> tuple[UUID, bool]:
    column = Customer.email if "@" in contact else Customer.phone
    touches = current_touches()
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "name": "",
        "language": current_language(),
        "source": touches.first.source if touches.first else "",
        "first_touch": touches.first.as_json() if touches.first else {},
        "last_touch": touches.last.as_json() if touches.last else {},
        "created_at": now(),
        column.key: contact,
    }
    made = (
        session()
        .scalars(insert(Customer).values(values).on_conflict_do_nothing().returning(Customer.id))
        .first()
    )
    if made is not None:
        record(CustomerRegistered(customer_id=made))
        return made, True
    return session().scalars(select(Customer.id).where(column == contact)).one(), False


@command("buyer")
def log_out(*, token: str) -> None:
    """End the session of this cookie, at once and everywhere."""
    statement = (
        update(CustomerSession)
        .where(CustomerSession.token_hash == secret_hash(token), CustomerSession.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    session().execute(statement.execution_options(synchronize_session=False))


@command("buyer")
def keep_address(*, customer_id: UUID, address: Mapping[str, Any]) -> None:
    """Remember a delivery address for next time; an equal one is not kept twice."""
    names = ("name", "phone", "country", "region", "city", "line1", "line2", "postcode")
    values = {name: str(address.get(name, "")) for name in names}
    known = session().scalars(select(Address).where(Address.customer_id == customer_id)).all()
    if not any(all(getattr(row, name) == value for name, value in values.items()) for row in known):
        session().add(Address(customer_id=customer_id, **values))
    customer = session().scalars(select(Customer).where(Customer.id == customer_id)).one()
    customer.name = customer.name or values["name"]
