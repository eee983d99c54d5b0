"""The API's Flask applications: what every request is bound to, whatever the audience."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, cast

from flask import Flask, Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from structlog import get_logger

from core.hooks.current import shop_hooks
from core.kernel.errors import NotFound
from core.kernel.i18n import DEFAULT_LANGUAGE, known_language, speaking
from core.platform import Platform
from core.rendering.api import ApiRoom
from core.web.api.limits import make_limiter, tell_limit
from core.web.api.operations import Operation, room_blueprint
from core.web.api.problems import TokenRefused, handle_problems
from core.web.api.reference import show_reference
from core.web.api.shapes import Unshapely
from core.web.api.specification import LateApi

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = get_logger(__name__)

USUAL_BODY = 1024 * 1024
STACK = "pinpu.api.stack"
OPERATIONS = "pinpu.api.operations"
VERSION = "v1"
# What everybody may read: the reference and the document that it is made of.
OPEN = ("reference", "api-docs.openapi_json")


# What a browser is told before it lets a script of another origin ask, and what that script may read of the answer.
_TO_PREFLIGHTS = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_TO_SCRIPTS = {
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After, RateLimit-Remaining, RateLimit-Reset,"
    " Idempotency-Replayed, X-Request-ID"
}


class Audience(Protocol):
    """Who an API is for: where it stands, and how a request is bound to a shop and an actor."""

    name: str
    title: str
    about: str
    prefix: str
    # Pages of which origins may ask: "*" for all, "" for none.
    origins: str
    # For the OpenAPI document: how a caller proves who they are.
    security: dict[str, Any]

    def enter(self, stack: ExitStack) -> None:
        """Bind shop, actor and a reading unit for this request. Raises TokenRefused, NotFound."""


class _Json(DefaultJSONProvider):
    """JSON in the order in which it was said, and Chinese readable."""

    sort_keys = False
    ensure_ascii = False


class ApiApplication(Flask):
    """Flask with one stack of bindings per request."""

    audience: Audience
    document: LateApi

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Answer one request."""
        with ExitStack() as stack:
            environ[STACK] = stack
            return super().wsgi_app(environ, start_response)


def make_api(
    platform: Platform, audience: Audience, rooms: Sequence[ApiRoom], parts: Sequence[tuple[str, ApiRoom]]
) -> ApiApplication:
    """The API for one audience.

    Args:
        platform: the booted process.
        audience: whom it is for.
        rooms: core's own rooms, at their own addresses.
        parts: rooms of plugins by the plugin's name, each below /x/<plugin>/.
    """
    app = ApiApplication(__name__, static_folder=None, template_folder=None)
    app.audience = audience
    app.json = _Json(app)
    app.url_map.strict_slashes = False
    app.config.update(
        SECRET_KEY=None,
        MAX_CONTENT_LENGTH=USUAL_BODY,
        PROPAGATE_EXCEPTIONS=False,
        API_TITLE=audience.title,
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=audience.prefix,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": audience.about},
            "components": {"securitySchemes": {"token": audience.security}},
        },
    )
    app.after_request(_finish)
    # Who asks, how often, and only then whether they may: wrong tokens are counted too, by network address.
    app.before_request(_begin)
    make_limiter(app)
    app.before_request(_admit)
    app.document = LateApi(app)
    app.extensions[OPERATIONS] = _mount(app, rooms, parts)
    app.add_url_rule(f"{audience.prefix}/reference", OPEN[0], show_reference)
    # After smorest's own handlers, which forget the header Allow.
    handle_problems(app)
    return app


def _mount(
    app: ApiApplication, rooms: Sequence[ApiRoom], parts: Sequence[tuple[str, ApiRoom]]
) -> tuple[Operation, ...]:
    prefix, bound = app.audience.prefix, []
    for plugin, room in [*(("", one) for one in rooms), *parts]:
        place = f"{prefix}/x/{plugin.replace('_', '-')}" if plugin else prefix
        try:
            blueprint, operations = room_blueprint(room, place, plugin=plugin)
        except Unshapely as error:
            if not plugin:
                raise
            # One plugin's mistake is not everybody's.
            log.error("the API leaves a plugin out", plugin=plugin, reason=str(error))  # noqa: TRY400
            continue
        app.document.mount(blueprint)
        bound += operations
    return tuple(bound)


def operations_of(app: ApiApplication) -> tuple[Operation, ...]:
    """Every bound address."""
    found: tuple[Operation, ...] = app.extensions[OPERATIONS]
    return found


def openapi_of(app: ApiApplication) -> dict[str, Any]:
    """The OpenAPI document of this audience."""
    return app.document.document()


def _begin() -> None:
    app = cast(ApiApplication, current_app)
    stack: ExitStack = request.environ[STACK]
    stack.enter_context(speaking(_language()))
    view = app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "body_limit", None) or USUAL_BODY
    if request.endpoint is None or request.endpoint in OPEN or request.method == "OPTIONS":
        return
    try:
        app.audience.enter(stack)
    except TokenRefused as error:
        g.refused = error


def _admit() -> None:
    if "refused" in g:
        raise g.refused
    plugin = getattr(current_app.view_functions.get(request.endpoint or ""), "plugin", "")
    if plugin and plugin not in shop_hooks().sets.obligation:
        raise NotFound


def _language() -> str:
    wanted = (known_language(tag) for tag in request.accept_languages.values())
    return next(filter(None, wanted), DEFAULT_LANGUAGE)


def _finish(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.add("Vary", "Authorization, Accept-Language")
    tell_limit(response)
    origins = cast(ApiApplication, current_app).audience.origins
    if origins and "Origin" in request.headers:
        response.headers["Access-Control-Allow-Origin"] = origins
        response.headers.update(_TO_PREFLIGHTS if request.method == "OPTIONS" else _TO_SCRIPTS)
    return response
