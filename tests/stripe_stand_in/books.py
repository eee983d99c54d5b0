"""What one Stripe account of the stand-in holds: objects in Stripe's shape by their id, answers by their key, events."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from typing import Any

import stripe

from core.kernel import clock
from tests.stripe_stand_in.typed import blank
from tests.stripe_stand_in.wire import Json, Problem

KEY = re.compile(r"(sk|rk)_(test|live)_(\w{3,})")
API_VERSION = "2026-10-28.endive"
# Which prefix of an id is which kind of object.
KINDS = {
    "pi": "payment_intent",
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "pyr": "refund",
    "cs": "checkout.session",
    "txn": "balance_transaction",
    "du": "dispute",
    "tr": "transfer",
    "trr": "transfer_reversal",
    "we": "webhook_endpoint",
    "evt": "event",
    "acct": "account",
    "pm": "payment_method",
}


def seconds() -> int:
    """The present instant as Stripe writes it."""
    return int(clock.now().timestamp())


@dataclass(frozen=True)
class Kept:
    """The answer that an idempotency key keeps, and for which request."""

    request: str
    status: int
    body: Json
    at: int


@dataclass
class Fault:
    """A misbehaviour that waits for its moment; `operation` "" is any.

    `what` is 500 | 429 | 409 (the key is in use this moment) | timeout | reset | slow, or "breakdown": a 500 before it acted that the key keeps all the same.
    """

    what: str
    operation: str = ""
    times: int = 1
    after_acting: bool = True
    seconds: float = 10.0


@dataclass
class Book:
    """One account in one mode. `next_refunds` is what becomes of the next refunds; `denied` what restricted keys may not."""

    account: Json
    livemode: bool
    objects: dict[str, Json] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    next_refunds: list[str] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    connected: dict[str, "Book"] = field(default_factory=dict)
    # Ways to pay that are switched on in the dashboard.
    ways: dict[str, bool] = field(default_factory=lambda: {"card": True, "wechat_pay": True, "alipay": True})
    # Money of the account settles in this currency at this rate, if it is another than the payment's.
    settlement: tuple[str, float] | None = None

    def new_id(self, prefix: str) -> str:
        """An id as Stripe makes them."""
        return f"{prefix}_{token_hex(12)}"

    def add(self, cls: type, prefix: str, **values: Any) -> Json:
        """Keep a new object of the SDK's class `cls`; what may be empty and is not given is empty."""
        named = f"cs_{'live' if self.livemode else 'test'}" if prefix == "cs" else prefix
        made = blank(cls) | {"id": self.new_id(named), "object": KINDS[prefix], "created": seconds()} | values
        self.objects[made["id"]] = made
        return made

    def found(self, name: str, prefixes: tuple[str, ...], param: str = "") -> Json:
        """The object called `name`, of one of these kinds; raises Problem (404)."""
        held = self.objects.get(name)
        if held is None or name.split("_")[0] not in prefixes:
            kind = KINDS[prefixes[0]].split(".")[-1]
            message = f"No such {kind}: '{name}'"
            raise Problem(404, message, code="resource_missing", param=param or kind)
        return held

    def all_of(self, *prefixes: str) -> Iterator[Json]:
        """Every object of these kinds, newest first."""
        return (one for one in reversed(self.objects.values()) if one["id"].split("_")[0] in prefixes)

    def tell(self, kind: str, about: Json) -> Json:
        """Note an event about an object, as it is now, for the list of events and the webhook endpoints."""
        return self.add(
            stripe.Event,
            "evt",
            api_version=API_VERSION,
            data={
                "object": {name: deepcopy(value) for name, value in about.items() if not name.startswith("_")}
            },
            livemode=self.livemode,
            pending_webhooks=0,
            request={"id": None, "idempotency_key": None},
            type=kind,
        )


class Books:
    """All accounts; one comes into being when its key is first used."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}

    def of_key(self, key: str) -> Book:
        """The account that `key` opens in its mode; raises Problem (401)."""
        found = KEY.fullmatch(key)
        if found is None or "revoked" in key:
            raise Problem(401, f"Invalid API Key provided: {key[:8]}****{key[-4:]}")
        mode, owner = found[2], found[3]
        name = f"{owner}/{mode}"
        if name not in self._books:
            account_id = f"acct_{sha256(owner.encode()).hexdigest()[:16]}"
            self._books[name] = new_book(account_id, livemode=mode == "live")
        return self._books[name]

    def all(self) -> list[Book]:
        """Every account that was used so far, connected ones included."""
        own = list(self._books.values())
        return own + [inner for one in own for inner in one.connected.values()]


def new_book(account_id: str, *, livemode: bool, **values: Any) -> Book:
    """An account that can do everything, unless `values` say otherwise."""
    account = blank(stripe.Account) | {
        "id": account_id,
        "object": "account",
        "created": seconds(),
        "country": "HK",
        "default_currency": "hkd",
        "charges_enabled": True,
        "payouts_enabled": True,
        "details_submitted": True,
        "type": "standard",
        "metadata": {},
        "capabilities": {
            "card_payments": "active",
            "transfers": "active",
        },
        "requirements": {
            "currently_due": [],
            "eventually_due": [],
            "past_due": [],
            "pending_verification": [],
            "errors": [],
            "alternatives": [],
            "disabled_reason": None,
            "current_deadline": None,
        },
        "settings": {
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_payments": {"statement_descriptor_prefix": None},
            "dashboard": {"display_name": "山里茶铺", "timezone": "Asia/Shanghai"},
            "payments": {"statement_descriptor": "SHANLI TEA"},
        },
    }
    return Book(account | values, livemode)
