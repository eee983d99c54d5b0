"""The test gateway as a Flask program of its own; it knows nothing of shops."""

from threading import Event

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from core.testing.gateway.api import api, refusal_answer
from core.testing.gateway.control import control
from core.testing.gateway.notifier import Notifier
from core.testing.gateway.pages import pages
from core.testing.gateway.parts import EXTENSION, GatewayParts, GatewaySettings
from core.testing.gateway.refusals import Refusal
from core.testing.gateway.store import Store

LARGEST_BODY = 64 * 1024


def create_gateway(settings: GatewaySettings) -> Flask:
    """Put the service together; its background starts with `parts.notifier.start()`."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    store = Store(settings.home)
    app.extensions[EXTENSION] = GatewayParts(settings, store, Notifier(store, settings.retries), Event())
    for part in (api, control, pages):
        app.register_blueprint(part)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_protect)
    return app


def _http_error(error: HTTPException) -> Response | HTTPException:
    if not request.path.startswith(("/v1/", "/control")):
        return error
    name = (error.name or "error").lower().replace(" ", "_")
    return refusal_answer(Refusal(error.code or 500, name, error.description or ""))


def _protect(answer: Response) -> Response:
    # No form-action here: browsers apply it to the redirect back to the shop as well.
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer
