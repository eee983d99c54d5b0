"""What goes wrong, as RFC 9457 problems in the reader's language: every answer that is not a success looks like this."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, json, request
from marshmallow import Schema, fields
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from core.kernel.errors import NotFound, PinpuError, TemporarilyUnavailable
from core.kernel.i18n import N_, current_language, gettext

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "pinpu.request_id"
_RETRY_SECONDS = "2"
# What PostgreSQL calls a foreign key that leads nowhere, and a second row where one may be.
_NO_SUCH_ROW, _ALREADY_THERE = "23503", "23505"
# Headers of an HTTP failure that say how to do better.
_HELPFUL = ("Allow", "Retry-After", "WWW-Authenticate")

# Status → the last part of its code, what is wrong, what to do.
_WORDS: dict[int, tuple[str, str, str]] = {
    400: ("unreadable", N_("This request cannot be understood."), N_("Check the body and the address.")),
    404: (
        "not_found",
        N_("There is nothing at this address."),
        N_("Check the address against the reference."),
    ),
    405: (
        "method_not_allowed",
        N_("This address cannot be used like that."),
        N_("Use one of the methods in the header Allow."),
    ),
    406: (
        "not_acceptable",
        N_("We answer in JSON only."),
        N_("Ask for application/json."),
    ),
    413: ("too_large", N_("That is more than we take at once."), N_("Send less in one request.")),
    414: ("address_too_long", N_("This address is too long."), N_("Put less into the query string.")),
    415: (
        "not_json",
        N_("The body must be JSON."),
        N_("Send it with the header Content-Type: application/json."),
    ),
    421: ("no_shop", N_("No shop answers on this host."), N_("Check the host in the address.")),
    429: (
        "too_many",
        N_("That was too often in a short time."),
        N_("Wait as long as the header Retry-After says."),
    ),
    500: (
        "broken",
        N_("Something went wrong on our side."),
        N_("It has been noted. Tell us the request_id if it happens again."),
    ),
}


class TokenRefused(PinpuError):
    """No token, or one that is not ours, has run out or was revoked: all the same from outside."""

    code = "api.token_refused"
    status = 401
    message = N_("This request carries no valid token.")
    fix = N_("Send the header Authorization: Bearer, with a token that is still valid.")


class ScopeMissing(PinpuError):
    """The token was not given this permission, or its maker does not hold it any more."""

    code = "api.scope_missing"
    status = 403
    message = N_("This token may not do that: it lacks the scope %(scope)s.")
    fix = N_("Make a token with this scope in the console.")


class Stale(PinpuError):
    """If-Match names a state that has passed."""

    code = "api.stale"
    status = 412
    message = N_("This has changed since you read it.")
    fix = N_("Read it again, apply your change to what is there now, and send it with the new ETag.")


class Contradicted(PinpuError):
    """The database holds something that this contradicts, such as another row with the same name."""

    code = "api.contradicted"
    status = 409
    message = N_("This contradicts what is there already.")
    fix = N_("Read what is there; perhaps something else has the same name.")


class Unkeepable(PinpuError):
    """A value that no column can hold."""

    code = "api.unkeepable"
    status = 422
    message = N_("A value of this request is outside of what can be kept.")
    fix = N_("Compare the request with the reference.")


class KeyNeeded(PinpuError):
    """Money moves only under an Idempotency-Key."""

    code = "api.key_needed"
    status = 400
    message = N_("This request needs the header Idempotency-Key.")
    fix = N_("Send a new random text of 8 to 200 characters, and the same one when you repeat the request.")


class ProblemSchema(Schema):
    """A problem (RFC 9457), with what a program and a person need to get on."""

    type = fields.String(required=True, metadata={"description": "A URN of the code."})
    title = fields.String(
        required=True, metadata={"description": "What is wrong, in the language asked for."}
    )
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "Stable: programs compare this."})
    fix = fields.String(metadata={"description": "How to put it right."})
    fields_ = fields.Dict(
        data_key="fields", metadata={"description": "What is wrong with which field of the request."}
    )
    retry = fields.Boolean(metadata={"description": "Whether the same request may succeed a little later."})
    request_id = fields.String(metadata={"description": "What this request is called in our logs."})


def handle_problems(app: Flask) -> None:
    """Answer every failure of `app` as a problem."""
    app.register_error_handler(PinpuError, _refusal)
    app.register_error_handler(HTTPException, _http)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _overloaded)
    app.register_error_handler(IntegrityError, _contradicted)
    app.register_error_handler(DataError, _unkept)
    app.register_error_handler(Exception, _broken)


def problem(
    status: int,
    code: str,
    title: str,
    *,
    fix: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """The answer for one problem."""
    document = {
        "type": f"urn:pinpu:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "fix": fix,
        **more,
        "request_id": str(request.environ.get(REQUEST_ID, "")),
    }
    answer = Response(json.dumps(document), status, headers=dict(headers or {}), mimetype=MEDIA_TYPE)
    answer.headers["Content-Language"] = current_language()
    return answer


def _refusal(error: PinpuError) -> Response:
    more: dict[str, Any] = {"retry": error.retry}
    given = getattr(error, "fields", None)
    if given:
        more["fields"] = given
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status in (429, 503):
        headers["Retry-After"] = _RETRY_SECONDS
    return problem(error.status, error.code, error.text, fix=error.fix_text, headers=headers, **more)


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    reason, title, fix = _WORDS[status if status in _WORDS else 500 if status >= 500 else 400]
    kept = {name: value for name, value in error.get_headers() if name in _HELPFUL}
    return problem(status, f"api.{reason}", gettext(title), fix=gettext(fix), headers=kept)


def _overloaded(error: Exception) -> Response:
    current_app.logger.warning("the database did not answer: %s", error)
    return _refusal(TemporarilyUnavailable())


def _contradicted(error: IntegrityError) -> Response:
    """The last wall: what an action did not ask first. Naming what is not there is 404, whoever has it."""
    current_app.logger.warning("refused by the database: %s", type(error.orig).__name__)
    state = getattr(error.orig, "sqlstate", "")
    kind = {_NO_SUCH_ROW: NotFound, _ALREADY_THERE: Contradicted}.get(state, Unkeepable)
    return _refusal(kind())


def _unkept(error: DataError) -> Response:
    current_app.logger.warning("refused by the database: %s", type(error.orig).__name__)
    return _refusal(Unkeepable())


def _broken(error: Exception) -> Response:
    """Logged with its trace; the values of statements are never part of it."""
    current_app.logger.error("request failed", exc_info=error)
    reason, title, fix = _WORDS[500]
    return problem(500, f"api.{reason}", gettext(title), fix=gettext(fix))
