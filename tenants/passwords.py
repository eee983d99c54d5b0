"""Passwords: hashed with Argon2id, checked in the same time whether the person exists or not."""

import os

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# 19 MiB and two passes: OWASP's first recommendation for Argon2id; tests use the cheapest profile.
_hasher = (
    PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    if os.environ.get("PINPU_TEST_TEMPLATE")
    else PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
)
_nobody = _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether `password` is the one behind `kept`; None (nobody) takes as long and is never right."""
    try:
        _hasher.verify(kept or _nobody, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None
