"""The draw of a lottery group, so that anybody can repeat it: commitment, frozen list, ranking.

1. When the group is opened, before anybody has an entry, a random seed is made and its SHA-256 is published.
2. When the group is complete, the tickets of its paid members are sorted, one per line, and the SHA-256 of that text is
   published with it.
3. The score of a ticket is HMAC-SHA256(key = seed, message = "<hash of the list>:<ticket>"); the lowest scores win.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ticket with its score and its place, the first being 1."""

    place: int
    ticket: str
    score: str
    wins: bool


def commitment(seed: str) -> str:
    """What is published of a seed before the draw."""
    return hashlib.sha256(seed.encode()).hexdigest()


def entry_list(tickets: Iterable[str]) -> str:
    """The frozen list: sorted tickets, one per line, each line ended."""
    return "".join(f"{ticket}\n" for ticket in sorted(tickets))


def list_hash(entries: str) -> str:
    """The fingerprint of a frozen list."""
    return hashlib.sha256(entries.encode()).hexdigest()


def score(seed: str, entries_hash: str, ticket: str) -> str:
    """The score of one ticket, 64 hexadecimal digits; the lower, the better."""
    return hmac.new(seed.encode(), f"{entries_hash}:{ticket}".encode(), hashlib.sha256).hexdigest()


def ranking(seed: str, entries: str, winners: int) -> list[Ranked]:
    """All tickets of a frozen list by their scores; the first `winners` win."""
    fingerprint = list_hash(entries)
    scored = sorted((score(seed, fingerprint, ticket), ticket) for ticket in entries.split())
    return [
        Ranked(place, ticket, points, place <= winners)
        for place, (points, ticket) in enumerate(scored, start=1)
    ]
