"""E-mail addresses and phone numbers as people type them, in the one form we keep and compare."""

import hashlib
import re
import unicodedata

_EMAIL = re.compile(r"[^@\s\x00]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
_PHONE = re.compile(r"\+?[0-9]{6,15}")


def normal_contact(text: str) -> tuple[str, str] | None:
    """("email" or "sms", normalised contact), or None when `text` is neither an address nor a number.

    Full-width characters become ordinary ones; a mainland mobile number is kept without +86.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > 254:
        return None
    if "@" in plain:
        lowered = plain.casefold()
        return ("email", lowered) if _EMAIL.fullmatch(lowered) else None
    digits = re.sub(r"[\s().-]", "", plain)
    if not _PHONE.fullmatch(digits):
        return None
    return "sms", re.sub(r"^\+?86(?=1\d{10}$)", "", digits)


def masked(contact: str) -> str:
    """A contact that its owner recognises and others cannot use: 138****2046, l***@example.com."""
    if "@" in contact:
        name, _, domain = contact.partition("@")
        return f"{name[:1]}***@{domain}"
    return f"{contact[:3]}****{contact[-4:]}" if len(contact) > 7 else "****"


def secret_hash(secret: str) -> str:
    """How a session token is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()
