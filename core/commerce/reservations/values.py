"""Values of the reservations room: which pool, how many, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from core.kernel.tenancy import current_scope

# A pool's id follows from its key, so that reserving needs no look-up; the namespace is ours and arbitrary.
_NAMESPACE = UUID("8d4f1b6e-5f0a-4c77-9d2c-6a52a9d1c0de")

Outcome = Literal["confirmed", "reacquired", "lost"]


def pool_id(owner: str, kind: str, subject: str) -> UUID:
    """The id of the bound shop's pool (owner, kind, subject), whether it exists yet or not."""
    return uuid5(_NAMESPACE, f"{current_scope().shop_id}/{owner}/{kind}/{subject}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who keeps units: ("checkout", id) before an order exists, then ("order", id); ("case", id) for an exchange."""

    kind: Literal["checkout", "order", "case"]
    id: UUID


@dataclass(frozen=True, slots=True)
class Want:
    """`quantity` units of one pool."""

    pool_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class NewPool:
    """A pool to be made if it is not there: see models.Pool for the meaning of each number."""

    owner: str
    kind: str
    subject: str
    capacity: int | None
    threshold: int | None = None
    window_seconds: int | None = None
    hard_deadline: datetime | None = None
    least: int | None = None

    @property
    def id(self) -> UUID:
        """The id the pool has or will have."""
        return pool_id(self.owner, self.kind, self.subject)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What became of one reservation when its holder was paid."""

    pool_id: UUID
    quantity: int
    outcome: Outcome
    # The pool's numbers after confirming; `filled` says that its threshold was reached by this confirmation.
    confirmed: int = 0
    deadline: datetime | None = None
    filled: bool = False
