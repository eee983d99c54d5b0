"""How a webhook proves who sent it: secret, headers and signature of Standard Webhooks (standardwebhooks.com)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

_PREFIX = "whsec_"
_BYTES = 24


def new_secret() -> str:
    """A new secret: "whsec_" and 24 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of one message, "v1," and an HMAC-SHA256 in base64 over "<id>.<timestamp>.<body>".

    Args:
        secret: as `new_secret` makes it.
        message_id: the same in all tries of a delivery.
        timestamp: when this try was made, in seconds since 1970 (UTC).
        body: exactly what is sent.
    """
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(keys: Sequence[str], *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one try; every one of `keys` signs, so that a receiver may change its secret at leisure."""
    timestamp = int(at.timestamp())
    made = (signature(one, message_id=message_id, timestamp=timestamp, body=body) for one in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(made),
    }
