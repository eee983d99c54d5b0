"""Merchant accounts of the test gateway: any key `test_…` opens one, and each sees only its own payments."""

import re
from hashlib import sha256

from core.commerce.payments.gateways.test import credentials_for_key
from core.testing.gateway.refusals import Refusal
from core.testing.gateway.store import Transaction

_KEY = re.compile(r"test_[A-Za-z0-9_-]{1,100}")


def account_of(tx: Transaction, authorization: str) -> str:
    """The account id behind an `Authorization` header, opened now if the key is new; raises Refusal (401)."""
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not _KEY.fullmatch(key.strip()):
        raise Refusal(401, "unknown_key", "Send a key that starts with test_ as a bearer token.")
    account = account_id(key.strip())
    secret = credentials_for_key("", key.strip()).notification_secret
    tx.execute("INSERT INTO account (id, secret) VALUES (?, ?) ON CONFLICT DO NOTHING", (account, secret))
    return account


def account_id(key: str) -> str:
    """The public id of the account that `key` opens."""
    return f"acct_{sha256(key.encode()).hexdigest()[:20]}"
