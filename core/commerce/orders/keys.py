"""Links in messages that prove an order: whoever got the message is its buyer, also in another browser."""

import base64
import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from core.kernel.clock import now
from core.kernel.tenancy import current_scope

LIFE = timedelta(days=90)
# Keeps these signatures apart from all others that are made with the same secret.
_PURPOSE = b"pinpu order key 1\n"
_LONGEST = 60

_secret = b""


def install_order_secret(secret: bytes) -> None:
    """Sign order keys with `secret` from now on; every process of an installation has the same one."""
    global _secret
    _secret = secret


def order_key(order_id: UUID) -> str:
    """What proves this order of the bound shop for LIFE, counted in whole days."""
    last_day = (now() + LIFE).date().toordinal()
    return f"{last_day}-{_signature(order_id, last_day)}"


def opens(order_id: UUID, key: str) -> bool:
    """Whether `key` proves this order of the bound shop now."""
    day, _, signature = key.partition("-")
    if len(key) > _LONGEST or not key.isascii() or not day.isdecimal():
        return False
    right = hmac.compare_digest(signature, _signature(order_id, int(day)))
    return right and now().date().toordinal() <= int(day)


def _signature(order_id: UUID, last_day: int) -> str:
    if not _secret:
        raise RuntimeError("no secret for order keys: install_order_secret has not been called")
    said = f"{current_scope().shop_id}/{order_id}/{last_day}".encode()
    made = hmac.new(_secret, _PURPOSE + said, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
