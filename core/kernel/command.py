"""`@command`: the outermost action owns transaction, permission, idempotency key and retry."""

import functools
import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from core.kernel import idempotency, jobs
from core.kernel.db import current_unit, savepoint, unit_of_work
from core.kernel.errors import OutcomeUnknown, TemporarilyUnavailable
from core.kernel.tenancy import require

P = ParamSpec("P")
R = TypeVar("R")

# deadlock_detected, serialization_failure, lock_not_available, and what follows when a plugin swallowed one of these:
# the whole transaction may be tried again.
_RETRIABLE = {"40P01", "40001", "55P03", "25P02"}
# admin_shutdown, crash_shutdown, cannot_connect_now: the server ended the connection.
_ENDED = {"57P01", "57P02", "57P03"}
_TRIES = 4


def command(permission: str, *, idempotent: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a keyword-only action the owner of one transaction in the bound shop.

    `permission` is "buyer", "system" or a staff permission; it is checked at each call, nested or not.
    Called inside another command, the action joins its transaction and never commits.
    With `idempotent`, the caller passes `idempotency_key`; a repeated key returns the stored answer (a JSON-able dict),
    the same key with other arguments raises `kernel.key_reused`.
    The transaction is repeated up to three times after a deadlock, a serialisation failure or a lost connection; when
    only the answer to COMMIT was lost, OutcomeUnknown is raised, except under an idempotency key.
    """

    def decorate(action: Callable[P, R]) -> Callable[P, R]:
        body = idempotency.once(action) if idempotent else action

        @functools.wraps(action)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            require(permission)
            unit = current_unit()
            if unit is not None and unit.writing:
                # A key that is taken inside another command is free again when the caller survives the refusal.
                with savepoint() if idempotent else nullcontext():
                    joined: R = body(*args, **kwargs)
                    return joined
            if unit is not None:
                unit.give_back_connection()  # one connection per request, never two
            result: R = _run_with_retry(functools.partial(body, *args, **kwargs), repeatable=idempotent)
            return result

        run.permission = permission  # type: ignore[attr-defined]
        return run

    return decorate


def _run_with_retry(body: Callable[[], R], *, repeatable: bool) -> R:
    for attempt in range(1, _TRIES + 1):
        try:
            return _run_once(body)
        except OutcomeUnknown:
            if not repeatable or attempt == _TRIES:
                raise
        except DBAPIError as error:
            if not _worth_retrying(error):
                raise
            if attempt == _TRIES:
                raise TemporarilyUnavailable from error
        time.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def _run_once(body: Callable[[], R]) -> R:
    with unit_of_work(writing=True) as unit:
        result = body()
        unit.session.flush()
        jobs.send_deferred(unit)
        try:
            unit.session.commit()
        except DBAPIError as error:
            if _connection_lost(error):
                raise OutcomeUnknown from error
            raise
        return result


def _worth_retrying(error: DBAPIError) -> bool:
    # Without a statement there was no connection to begin with; trying at once again would not find one.
    lost = _connection_lost(error) and error.statement is not None
    return lost or getattr(error.orig, "sqlstate", None) in _RETRIABLE


def _connection_lost(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, OperationalError) and (state is None or state in _ENDED)
