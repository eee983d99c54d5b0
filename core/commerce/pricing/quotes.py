"""The price that the buyer confirmed, signed: what is charged later is this, or the buyer is asked again."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core.commerce.pricing.adjustments import Reason
from core.commerce.pricing.errors import QuoteExpired, QuoteForged
from core.commerce.pricing.frozen import canonical
from core.commerce.pricing.priced import PricedCart
from core.kernel.i18n import N_
from core.kernel.money import Money

# Keeps these signatures apart from all others that are made with the same secret.
_PURPOSE = b"pinpu price quote 1\n"
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Quote:
    """What the buyer was promised: a total, and the fingerprint of the price behind it, until `expires_at` (UTC)."""

    total: Money
    fingerprint: str
    shop_id: int
    checkout_id: UUID
    expires_at: datetime

    def promises(self, priced: PricedCart) -> bool:
        """Whether `priced` is exactly what was promised: same total, same spread over lines."""
        return priced.total_money == self.total and priced.fingerprint() == self.fingerprint


def sign_quote(
    priced: PricedCart, secret: bytes, expires_at: datetime, *, shop_id: int, checkout_id: UUID
) -> str:
    """A token for `priced` that only the owner of `secret` can make; `expires_at` is aware."""
    quote = Quote(priced.total_money, priced.fingerprint(), shop_id, checkout_id, expires_at.astimezone(UTC))
    body = canonical(
        {
            "total": quote.total.minor,
            "currency": quote.total.currency,
            "fingerprint": quote.fingerprint,
            "shop": shop_id,
            "checkout": str(checkout_id),
            "expires": quote.expires_at.isoformat(),
        }
    ).encode()
    return f"{_encoded(body)}.{_encoded(_signature(body, secret))}"


def read_quote(token: str, secret: bytes, now: datetime, *, shop_id: int, checkout_id: UUID) -> Quote:
    """The quote behind `token`.

    Raises QuoteForged when it is not ours, was changed or belongs to another shop or checkout, and QuoteExpired
    from its expiry on.
    """
    body, _, signature = token.partition(".") if len(token) <= _LONGEST else ("", "", "")
    plain = _decoded(body)
    if not hmac.compare_digest(_decoded(signature), _signature(plain, secret)):
        raise QuoteForged
    said: dict[str, Any] = json.loads(plain)
    quote = Quote(
        Money(said["total"], said["currency"]),
        said["fingerprint"],
        said["shop"],
        UUID(said["checkout"]),
        datetime.fromisoformat(said["expires"]),
    )
    if (quote.shop_id, quote.checkout_id) != (shop_id, checkout_id):
        raise QuoteForged
    if now >= quote.expires_at:
        raise QuoteExpired
    return quote


def _signature(body: bytes, secret: bytes) -> bytes:
    if len(secret) < 16:
        raise ValueError("the secret of price quotes has at least 16 bytes")
    return hmac.digest(secret, _PURPOSE + body, hashlib.sha256)


def _encoded(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


@dataclass(frozen=True, slots=True)
class PriceDifference:
    """One thing that changed since the buyer looked; `line` is the key of the line concerned, if it is one.

    `code` is "line_gone", "line_added", "quantity", "line_price", "offer_gone", "offer_added", "offers", "shipping" or
    "total".
    """

    code: str
    reason: Reason
    line: str = ""

    def text(self, language: str | None = None) -> str:
        """The change in words, by default in the current language."""
        return self.reason.text(language)

    def as_json(self, language: str | None = None) -> dict[str, str]:
        """The change as the API answers it."""
        return {"code": self.code, "line": self.line, "message": self.text(language)}


def quote_difference(old: PricedCart, new: PricedCart) -> list[PriceDifference]:
    """What is different between the price that was confirmed and the one that holds now; empty if nothing is."""
    if old.fingerprint() == new.fingerprint():
        return []
    seen = [*_line_differences(old, new), *_offer_differences(old, new), *_sum_differences(old, new)]
    return seen or [PriceDifference("offers", Reason(N_("The offers changed; what you pay did not.")))]


def _line_differences(old: PricedCart, new: PricedCart) -> Iterator[PriceDifference]:
    after = {line.key: line for line in new.lines}
    for line in old.lines:
        other = after.pop(line.key, None)
        if other is None:
            yield PriceDifference(
                "line_gone",
                Reason(N_("%(title)s is no longer in the basket."), {"title": line.title}),
                line.key,
            )
            continue
        if other.quantity != line.quantity:
            reason = Reason(
                N_("%(title)s: %(old)s pieces before, %(new)s now."),
                {"title": line.title, "old": line.quantity, "new": other.quantity},
            )
            yield PriceDifference("quantity", reason, line.key)
        if other.net != line.net:
            reason = _was_and_is(line.title, Money(line.net, old.currency), Money(other.net, new.currency))
            yield PriceDifference("line_price", reason, line.key)
    for line in after.values():
        yield PriceDifference(
            "line_added", Reason(N_("%(title)s was added."), {"title": line.title}), line.key
        )


def _was_and_is(title: str, old: Money, new: Money) -> Reason:
    return Reason(N_("%(title)s: %(old)s before, %(new)s now."), {"title": title, "old": old, "new": new})


def _offer_differences(old: PricedCart, new: PricedCart) -> Iterator[PriceDifference]:
    before = {entry.adjustment.rule: entry.adjustment.reason for entry in old.applied}
    after = {entry.adjustment.rule: entry.adjustment.reason for entry in new.applied}
    for rule, reason in before.items():
        if rule not in after:
            yield PriceDifference(
                "offer_gone", Reason(N_("No longer applies: %(offer)s."), {"offer": reason.text()})
            )
    for rule, reason in after.items():
        if rule not in before:
            yield PriceDifference(
                "offer_added", Reason(N_("Now applies: %(offer)s."), {"offer": reason.text()})
            )


def _sum_differences(old: PricedCart, new: PricedCart) -> Iterator[PriceDifference]:
    was, now = Money(old.shipping_total, old.currency), Money(new.shipping_total, new.currency)
    if was != now:
        yield PriceDifference(
            "shipping", Reason(N_("Shipping: %(old)s before, %(new)s now."), {"old": was, "new": now})
        )
    if old.total_money != new.total_money:
        amounts = {"old": old.total_money, "new": new.total_money}
        yield PriceDifference("total", Reason(N_("Total: %(old)s before, %(new)s now."), amounts))
