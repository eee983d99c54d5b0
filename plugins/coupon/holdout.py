"""Who belongs to a campaign's control group: by a hash of both, so that it never changes and nobody keeps a list."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, String, cast, func, literal
from sqlalchemy.dialects.postgresql import BIT

ALL = 10_000


def is_held_out(campaign_id: UUID, customer_id: UUID, points: int) -> bool:
    """Whether this customer is not offered the campaign, `points` basis points of all being in the group."""
    return bool(points) and _place(f"{campaign_id}{customer_id}") < points


def _place(text: str) -> int:
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16) % ALL


def held_out(campaign_id: UUID, customer_id: Any, points: int) -> ColumnElement[bool]:
    """`is_held_out` as a condition on a column of customers' ids."""
    text = func.concat(literal(str(campaign_id)), cast(customer_id, String))
    digits = func.concat(literal("x"), func.left(func.md5(text), 8))
    place: ColumnElement[int] = cast(cast(digits, BIT(32)), BigInteger)
    return place % ALL < points
