"""How often one token may ask: counted per token and shop, told in every answer."""

import time

from flask import Flask, Response, g, request
from flask_limiter import Limiter

from core.kernel.tenancy import scope_or_none

USUAL_LIMIT = "600 per minute"
EXTENSION = "pinpu.api_limit"


def _who() -> str:
    scope = scope_or_none()
    return f"{scope.shop_id if scope else '-'}:{g.get('api_caller') or request.remote_addr or '-'}"


def make_limiter(app: Flask, limit: str = USUAL_LIMIT) -> Limiter:
    """The limiter of one audience; counted in each process, as the storefront's limits are."""
    app.config.update(
        RATELIMIT_HEADERS_ENABLED=True,
        RATELIMIT_HEADER_LIMIT="RateLimit-Limit",
        RATELIMIT_HEADER_REMAINING="RateLimit-Remaining",
        RATELIMIT_HEADER_RESET="RateLimit-Reset",
        RATELIMIT_HEADER_RETRY_AFTER_VALUE="delta-seconds",
    )
    limiter = Limiter(key_func=_who, application_limits=[limit], storage_uri="memory://")
    limiter.init_app(app)
    app.extensions[EXTENSION] = limiter
    return limiter


def tell_limit(response: Response) -> None:
    """The limit's headers as programs expect them: seconds instead of an instant, Retry-After on a refusal only."""
    reset = response.headers.get("RateLimit-Reset", "")
    if reset.isdigit():
        response.headers["RateLimit-Reset"] = str(max(0, int(reset) - int(time.time())))
    if response.status_code not in (429, 503):
        response.headers.pop("Retry-After", None)
