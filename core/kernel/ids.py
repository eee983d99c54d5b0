"""Identifiers: time-ordered row ids and opaque public codes, both made by the application."""

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

# No vowels and no look-alikes: a code can be read aloud and never spells a word.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_id() -> UUID:
    """A uuid7: unique everywhere, ordered by time of creation."""
    return uuid7()


def new_code(length: int = 12) -> str:
    """An opaque public code of `length` characters (about 4.75 bits each), safe in a URL."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def as_id(text: str) -> UUID | None:
    """The id that `text` spells, or None; anything from a URL or a form comes through here."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
