"""Passwords: hashed with Argon2id, checked in the same time whether the person exists or not."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 1_000
# 19 MiB and two passes: OWASP's first recommendation for Argon2id.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_nobody = ""


def install_profile(*, time_cost: int, memory_cost: int) -> None:
    """Hash with these costs from now on (`memory_cost` in KiB); old hashes still fit. Tests take the cheapest."""
    global _hasher, _nobody
    _hasher, _nobody = PasswordHasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=1), ""


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether `password` is the one behind `kept`; None (nobody) takes as long and is never right."""
    try:
        _hasher.verify(kept or _hash_of_nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None and len(password) <= LONGEST


def _hash_of_nobody() -> str:
    global _nobody
    _nobody = _nobody or _hasher.hash("nobody has this password")
    return _nobody
