"""Orders of buyers without an account: found by number and contact with a one-time code, or opened by a link sent to them.

Whether there is such an order shows in no answer and in no count: everything is counted by the contact that was typed.
"""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.checkout.actions import token_hash
from core.commerce.checkout.guest_orders import names_contact
from core.commerce.checkout.models import OrderGrant, OrderSearch
from core.commerce.customers.contacts import normal_contact
from core.commerce.customers.errors import CodeRefused, ContactInvalid, TooManyCodes
from core.commerce.messages.actions import send_message
from core.commerce.orders.keys import opens
from core.commerce.orders.models import Order
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.i18n import current_language
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

CODE_LIFETIME = timedelta(minutes=10)
CODES_PER_CONTACT = 5
TRIES_PER_CODE = 5


@dataclass(frozen=True, slots=True)
class _Tried:
    order_code: str = ""
    used_up: bool = False


def _hash(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, (current_scope().shop_id, *parts))).encode()).hexdigest()


def plain_number(text: str) -> str:
    """An order number as people type it, in the form that orders have."""
    return unicodedata.normalize("NFKC", text).strip().lstrip("#").strip()


@command("buyer")
def send_order_code(*, number: str, contact: str) -> str:
    """Send a one-time code to `contact` if an order with this number names it; returns the normalised contact.

    The answer, and what is counted, are the same whether there is such an order or not.
    Raises ContactInvalid, TooManyCodes.
    """
    found = normal_contact(contact)
    if found is None:
        raise ContactInvalid
    normal, code = found[1], f"{secrets.randbelow(1_000_000):06}"
    search = _counted(normal, _hash(normal, plain_number(number), code))
    if search is None:
        raise TooManyCodes
    order = _order_of(number, normal)
    if order is not None:
        send_message(
            topic="orders.find",
            contact={"any": normal, "language": current_language()},
            about={
                "order_number": order.number,
                "code": code,
                "minutes": CODE_LIFETIME // timedelta(minutes=1),
            },
            dedupe_key=f"{search}/{now().isoformat()}",
        )
    return normal


def _counted(contact: str, code_hash: str) -> UUID | None:
    """One statement: begins a new count, or counts within the one that runs, or finds it used up (None)."""
    moment = now()
    fresh = OrderSearch.since <= moment - CODE_LIFETIME
    live = {"code_hash": code_hash, "expires_at": moment + CODE_LIFETIME, "tries": 0}
    first = {"contact_hash": _hash(contact), "since": moment, "times": 1, **live}
    statement = insert(OrderSearch).values(shop_id=current_scope().shop_id, id=new_id(), **first)
    counted = statement.on_conflict_do_update(
        index_elements=["shop_id", "contact_hash"],
        set_={
            "since": case((fresh, moment), else_=OrderSearch.since),
            "times": case((fresh, 1), else_=OrderSearch.times + 1),
            **live,
        },
        where=fresh | (OrderSearch.times < CODES_PER_CONTACT),
    ).returning(OrderSearch.id)
    return session().execute(counted).scalar()


def _order_of(number: str, contact: str) -> Order | None:
    wanted = plain_number(number)
    if not wanted or len(wanted) > 40:
        return None
    order = session().scalars(select(Order).where(Order.number == wanted)).first()
    return order if order is not None and names_contact(order, contact) else None


def open_order(*, number: str, contact: str, code: str, token: str) -> str:
    """Prove an order with the code that was sent; the browser with the secret `token` has it from now on.

    Returns the order's code for addresses. Raises ContactInvalid, CodeRefused (the try is counted even so), TooManyCodes.
    """
    tried = _tried(number=number, contact=contact, code=code.strip(), token=token)
    if tried.used_up:
        raise TooManyCodes
    if not tried.order_code:
        raise CodeRefused
    return tried.order_code


@command("buyer")
def _tried(*, number: str, contact: str, code: str, token: str) -> _Tried:
    found = normal_contact(contact)
    if found is None:
        raise ContactInvalid
    contact_hash = _hash(found[1])
    live = (
        OrderSearch.shop_id == current_scope().shop_id,
        OrderSearch.contact_hash == contact_hash,
        OrderSearch.expires_at > now(),
    )
    # The row stays locked until this try has ended: of two right ones at once, the second finds the code used.
    counted = update(OrderSearch).where(*live, OrderSearch.tries < TRIES_PER_CODE)
    known = (
        session()
        .execute(counted.values(tries=OrderSearch.tries + 1).returning(OrderSearch.code_hash))
        .scalar()
    )
    if known is None:
        return _Tried(used_up=session().scalar(select(OrderSearch.id).where(*live)) is not None)
    if not hmac.compare_digest(known, _hash(found[1], plain_number(number), code)):
        return _Tried()
    session().execute(update(OrderSearch).where(*live).values(code_hash=""))
    order = _order_of(number, found[1])
    if order is None:
        return _Tried()
    _grant(order.id, token)
    return _Tried(order.code)


@command("buyer")
def open_order_by_key(*, order_id: UUID, key: str, token: str) -> bool:
    """Let the browser with the secret `token` have the order that a link in a message proves; False for a wrong key."""
    if not opens(order_id, key):
        return False
    _grant(order_id, token)
    return True


def _grant(order_id: UUID, token: str) -> None:
    statement = insert(OrderGrant).values(
        shop_id=current_scope().shop_id,
        id=new_id(),
        order_id=order_id,
        token_hash=token_hash(token),
        created_at=now(),
    )
    session().execute(statement.on_conflict_do_nothing())
