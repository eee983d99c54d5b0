"""Who a buyer's program speaks for: a guest with a token of our making, or a customer who has logged in."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from flask import Flask, current_app, g, request

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_
from core.kernel.tenancy import current_scope

_GUEST = "guest_"
_KEY = "pinpu.api.guest_key"
_MARK_BYTES = 18


class SessionNeeded(PinpuError):
    """A cart or an order needs a token to belong to."""

    code = "api.session_needed"
    status = 401
    message = N_("This needs a token, also for a guest.")
    fix = N_("Make one with POST /sessions and send it in the header Authorization: Bearer.")


@dataclass(frozen=True, slots=True)
class Caller:
    """A program's token and, after a log-in, its customer; carts, checkouts and guests' orders belong to the token."""

    token: str
    customer_id: UUID | None = None


def install_guest_key(app: Flask, key: bytes) -> None:
    """Sign guests' tokens with `key`; every process has the same one."""
    app.extensions[_KEY] = key


def new_guest_token() -> str:
    """A token for a guest of the bound shop; nothing is kept of it until it has a cart or an order."""
    mark = secrets.token_urlsafe(_MARK_BYTES)
    return f"{_GUEST}{mark}.{_signature(mark)}"


def is_guest_token(token: str) -> bool:
    """Whether `token` is a guest's, made by us for the bound shop."""
    mark, _, signature = token.removeprefix(_GUEST).partition(".")
    ours = token.startswith(_GUEST) and bool(mark)
    return ours and hmac.compare_digest(signature.encode(), _signature(mark).encode())


def _signature(mark: str) -> str:
    key: bytes = current_app.extensions[_KEY]
    digest = hmac.new(key, f"{current_scope().shop_id}/{mark}".encode(), sha256).digest()
    return urlsafe_b64encode(digest[:_MARK_BYTES]).decode().rstrip("=")


def note_caller(caller: Caller) -> None:
    """Remember who asks, until the request's end."""
    g.store_caller = caller


def caller_or_none() -> Caller | None:
    """Who asks, or None for somebody without a token."""
    found: Caller | None = g.get("store_caller")
    return found


def the_caller() -> Caller:
    """Who asks. Raises SessionNeeded."""
    found = caller_or_none()
    if found is None:
        raise SessionNeeded
    return found


def customer_id() -> UUID | None:
    """The customer who asks, or None for a guest."""
    found = caller_or_none()
    return found.customer_id if found else None


def network_address() -> str:
    """Where the request comes from."""
    return request.remote_addr or ""
