"""How accounts of one person are recognised: the same contact without what can be varied, the same browser. Pure."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

# Providers that deliver "li.n+shop@…" to "lin@…".
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def plain_email(text: str) -> str:
    """An address without what its owner can vary: capitals, "+anything", dots where the provider ignores them."""
    name, _at, domain = text.strip().casefold().partition("@")
    name = name.partition("+")[0]
    if domain in _DOTLESS:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}" if name and domain else ""


def plain_phone(text: str) -> str:
    """The last eleven digits of a number: with or without a country's code in front it is the same."""
    return re.sub(r"\D", "", text)[-11:]


def contact_traces(*, email: str, phone: str) -> list[str]:
    """What of a contact is compared, as hashes."""
    found = {"email": plain_email(email), "phone": plain_phone(phone)}
    return [trace(name, value) for name, value in found.items() if value]


def payer_trace(contact: Mapping[str, Any]) -> str:
    """Who pays an order, by the contact that was typed into it: the phone number, or else the address; "" for none."""
    phone, email = plain_phone(str(contact.get("phone") or "")), plain_email(str(contact.get("email") or ""))
    return trace("payer", phone or email) if phone or email else ""


def trace(name: str, value: str) -> str:
    """A fingerprint; what people typed is not kept."""
    return f"{name}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"
