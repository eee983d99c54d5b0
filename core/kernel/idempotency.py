"""One effect per idempotency key: the key row is written in the effect's own transaction and keeps its answer."""

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import UniqueConstraint

from core.kernel.clock import now
from core.kernel.db import CreatedAt, TenantTable, session
from core.kernel.errors import InputRefused, PinpuError
from core.kernel.i18n import N_
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor, current_scope


class KeyReused(PinpuError):
    """The same key came with different arguments."""

    code = "kernel.key_reused"
    status = 422
    message = N_("This request was already used for something else.")
    fix = N_("Reload the page and try again.")


class IdempotencyKey(CreatedAt, TenantTable):
    """A key that was used, by whom for what, and the answer it got."""

    __tablename__ = "kernel_idempotency"
    __table_args__ = (UniqueConstraint("shop_id", "action", "actor", "key"),)

    action: Mapped[str]
    actor: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[str]
    answer: Mapped[dict[str, Any] | None] = mapped_column(default=None)


def once(action: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `action` so that one `idempotency_key` has one effect; a loser waits for the winner and gets its answer."""
    name = f"{action.__module__}.{action.__qualname__}"

    @functools.wraps(action)
    def run(*, idempotency_key: str, **arguments: Any) -> Any:
        if not 8 <= len(idempotency_key) <= 200 or not idempotency_key.isprintable():
            raise InputRefused({"idempotency_key": ["8 to 200 characters"]})
        known = _claim(name, idempotency_key, _fingerprint(arguments))
        if known is not None:
            return known.answer
        answer = action(**arguments)
        row = session().scalars(_own_row(name, idempotency_key)).one()
        row.answer = answer
        return answer

    return run


def _claim(action: str, key: str, fingerprint: str) -> IdempotencyKey | None:
    """Write the key's row; where it is written already, wait for its transaction and return the row."""
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "action": action,
        "actor": _actor_text(),
        "key": key,
        "fingerprint": fingerprint,
        "created_at": now(),
    }
    statement = insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.id)
    if session().execute(statement).first() is not None:
        return None
    row: IdempotencyKey = session().scalars(_own_row(action, key)).one()
    if row.fingerprint != fingerprint:
        raise KeyReused
    return row


def _own_row(action: str, key: str) -> Any:
    return select(IdempotencyKey).where(
        IdempotencyKey.action == action, IdempotencyKey.actor == _actor_text(), IdempotencyKey.key == key
    )


def _actor_text() -> str:
    actor = current_actor()
    return f"{actor.kind}:{actor.token_id or actor.id or '-'}"


def _fingerprint(arguments: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(arguments, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What equal arguments have in common; an object that says nothing about itself cannot be compared."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet):
        return sorted(value, key=repr)
    if getattr(type(value), "__repr__", None) is object.__repr__:
        raise TypeError(f"an idempotent action cannot take a {type(value).__name__}")
    return repr(value)
