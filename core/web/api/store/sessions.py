"""Sessions of buyers' programs, and the account of a customer who has logged in."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.commerce.carts.actions import hand_over_cart
from core.commerce.checkout.guest_orders import take_over_guest_orders
from core.commerce.customers.actions import keep_address, log_in, log_out, send_login_code
from core.commerce.customers.queries import AddressView, addresses_of, contacts_of, customer_faces
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_
from core.rendering.api import ApiRoom, Get, Send
from core.web.api.store.attempts import count_attempt
from core.web.api.store.callers import Caller, caller_or_none, new_guest_token, the_caller
from core.web.storefront.address_forms import read_address
from core.web.storefront.limits import CODES, TRIES

# An address as a Chinese shop asks for it, for the reference.
RECEIVER = {
    "name": "林知夏",
    "phone": "13800001234",
    "region": "浙江省",
    "city": "杭州市西湖区",
    "line1": "转塘街道 1 号",
}


@dataclass(frozen=True, slots=True)
class Session:
    """A token for the header Authorization: Bearer.

    Args:
        token: secret; whoever has it has the cart, and a customer's account.
        kind: guest or customer.
        first_time: whether the log-in made the account.
    """

    token: str
    kind: Literal["guest", "customer"]
    first_time: bool = False


@dataclass(frozen=True, slots=True)
class CodeSent:
    """Where a log-in code went: the contact in its normal form."""

    contact: str


@dataclass(frozen=True, slots=True)
class Account:
    """The customer whose token this is; `contacts` are an e-mail address, a phone number, or both."""

    id: UUID
    name: str
    contacts: tuple[str, ...]


def start_session() -> Session:
    """Make a token for a guest: a cart and orders can belong to it. It does not run out by itself."""
    return Session(new_guest_token(), "guest")


def send_code(*, contact: str) -> CodeSent:
    """Send a log-in code of six digits to an e-mail address or phone number, known or not.

    Raises ContactInvalid, TooManyCodes.
    """
    count_attempt("codes", CODES)
    return CodeSent(send_login_code(contact=contact[:254]))


def exchange_code(*, contact: str, code: str) -> Session:
    """Exchange a log-in code for a customer's token; a first log-in makes the account.

    Sent with a guest's token, the guest's cart and those orders that name this contact become the customer's.
    Raises CodeRefused, TooManyCodes.
    """
    count_attempt("tries", TRIES)
    opened = log_in(contact=contact[:254], code=code[:12])
    before = caller_or_none()
    if before is not None and before.customer_id is None:
        hand_over_cart(token=before.token, to=opened.token, customer_id=opened.customer_id)
        take_over_guest_orders(customer_id=opened.customer_id, token=before.token, contact=contact)
    return Session(opened.token, "customer", opened.first_time)


def end_session() -> None:
    """Log the customer out: the token is worth nothing from now on."""
    log_out(token=the_caller().token)


def my_account() -> Account:
    """Whose token this is."""
    customer_id = _customer(the_caller())
    face = customer_faces([customer_id])[customer_id]
    return Account(face.id, face.name, tuple(contacts_of(customer_id)))


def my_addresses() -> list[AddressView]:
    """The addresses that the customer has kept, newest first."""
    return addresses_of(_customer(the_caller()))


def add_address(
    *,
    name: str,
    line1: str,
    phone: str = "",
    email: str = "",
    country: str = "",
    region: str = "",
    city: str = "",
    line2: str = "",
    postcode: str = "",
) -> list[AddressView]:
    """Keep an address for next time; an equal one is not kept twice. Answers all of them.

    Which fields are needed depends on where the shop sells: `GET /shop` says so.
    """
    given = {
        "name": name, "line1": line1, "phone": phone, "email": email, "country": country, "region": region, "city": city,
        "line2": line2, "postcode": postcode,
    }  # fmt: skip
    filled = read_address(given)
    problems = {field: [words] for field, words in filled.problems.items() if field != "email"}
    if problems:
        raise InputRefused(problems)
    customer_id = _customer(the_caller())
    keep_address(customer_id=customer_id, address={**filled.contact(), **filled.address()})
    return addresses_of(customer_id)


def _customer(caller: Caller) -> UUID:
    assert caller.customer_id is not None, "the scope of these addresses is customer"
    return caller.customer_id


ROOM = ApiRoom(
    name="sessions",
    title=N_("Sessions and accounts"),
    about=N_("Tokens for guests and customers, and what a customer keeps."),
    routes=(
        Send("POST", "/sessions", start_session, scope="buyer"),
        Send("POST", "/sessions/codes", send_code, scope="buyer", example={"contact": "lin@example.com"}),
        Send(
            "POST",
            "/sessions/login",
            exchange_code,
            scope="buyer",
            example={"contact": "lin@example.com", "code": "482915"},
        ),
        Send("DELETE", "/sessions/current", end_session, scope="customer"),
        Get("/account", my_account, "customer"),
        Get("/account/addresses", my_addresses, "customer"),
        Send("POST", "/account/addresses", add_address, scope="customer", example=RECEIVER),
    ),
)
