"""`@command`: the outermost action owns transaction, permission, idempotency key and retry."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from core.kernel import idempotency, jobs
from core.kernel.db import current_unit, unit_of_work
from core.kernel.errors import TemporarilyUnavailable
from core.kernel.tenancy import require

P = ParamSpec("P")
R = TypeVar("R")

# deadlock_detected, serialization_failure, lock_not_available: the whole transaction may be tried again.
_RETRIABLE = {"40P01", "40001", "55P03"}
_TRIES = 4


def command(permission: str, *, idempotent: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a keyword-only action the owner of one transaction in the bound shop.

    `permission` is "buyer", "system" or a staff permission; it is checked at each call, nested or not.
    Called inside another command, the action joins its transaction and never commits.
    With `idempotent`, the caller passes `idempotency_key`; a repeated key returns the stored answer (a JSON-able dict),
    the same key with other arguments raises `kernel.key_reused`.
    The transaction is repeated up to three times after a deadlock or serialisation failure.
    """

    def decorate(action: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(action)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            require(permission)
            unit = current_unit()
            if unit is not None and unit.writing:
                return action(*args, **kwargs)
            if unit is not None:
                unit.give_back_connection()  # one connection per request, never two
            body = idempotency.once(action) if idempotent else action
            result: R = _run_with_retry(functools.partial(body, *args, **kwargs))
            return result

        run.permission = permission  # type: ignore[attr-defined]
        return run

    return decorate


def _run_with_retry(body: Callable[[], R]) -> R:
    for attempt in range(1, _TRIES + 1):
        try:
            return _run_once(body)
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
        unit.session.commit()
        return result


def _worth_retrying(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in _RETRIABLE or (
        isinstance(error, OperationalError) and state is None and not _committed(error)
    )


def _committed(error: DBAPIError) -> bool:
    # A connection lost while COMMIT was on its way may have committed: only an idempotency key may repeat that.
    return "commit" in (error.statement or "commit").lower()
