"""Whether this process lives and can work, for balancers and operators; answered on console hosts only."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.kernel.clock import now
from core.kernel.db import app_engine
from core.kernel.migrate import pending
from core.kernel.parked_jobs import parked_by_name
from core.platform import Platform
from core.web.freshness import Fresh
from core.web.metrics import metrics_answer
from core.web.page_cache import PageCache

health = Blueprint("health", __name__)

EXTENSION = "pinpu.health"
# A queue that is this late is told, but a balancer must not take the web away because of it.
LATE_SECONDS = 300
_LAG = text(
    "SELECT min(coalesce(jobs.scheduled_at, events.at)) AS oldest FROM procrastinate_jobs jobs"
    " LEFT JOIN procrastinate_events events ON events.job_id = jobs.id AND events.type = 'deferred'"
    " WHERE jobs.status = 'todo' AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= :moment)"
)
_behind: Fresh[str, list[str]] = Fresh(10.0)


def observe(app: Any, platform: Platform, cache: PageCache | None = None) -> None:
    """Let `app`, which serves the platform's own hosts and has the blueprint, tell about this process."""
    app.extensions[EXTENSION] = (platform, cache)


@health.get("/livez")
def livez() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database answers and its tables fit this program; the queue's lag and parked jobs are told as well."""
    platform, _cache = current_app.extensions[EXTENSION]
    checks: dict[str, Any] = {"database": "ok", "migrations": "ok", "queue_lag_seconds": 0, "parked_jobs": 0}
    try:
        checks["queue_lag_seconds"] = queue_lag()
        checks["parked_jobs"] = sum(parked_by_name().values())
        behind = _behind.get(platform.settings.database_url, lambda: pending(platform.settings))
    except SQLAlchemyError:
        checks["database"] = "unreachable"
        return jsonify(status="unavailable", checks=checks), 503
    if behind:
        checks["migrations"] = f"behind: {', '.join(behind)}"
        return jsonify(status="unavailable", checks=checks), 503
    late = checks["queue_lag_seconds"] > LATE_SECONDS
    return jsonify(status="late" if late else "ok", checks=checks), 200


@health.get("/metrics")
def metrics() -> Response:
    """Counters for Prometheus."""
    platform, cache = current_app.extensions[EXTENSION]
    return metrics_answer(platform.dispatcher, cache)


def queue_lag() -> int:
    """For how many seconds the oldest job that could run has been waiting; 0 when none is."""
    with app_engine().connect() as connection:
        oldest: datetime | None = connection.scalar(_LAG, {"moment": now()})
    return max(int((now() - oldest.astimezone(UTC)).total_seconds()), 0) if oldest else 0
