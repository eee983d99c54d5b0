"""What goes wrong, as console pages in words; a part of a page that htmx asked for gets a toast instead."""

from dataclasses import dataclass

from flask import Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from core.kernel.db import current_unit
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext, sentences
from core.kernel.tenancy import scope_or_none
from core.rendering.console.parts import Toast
from core.rendering.console.render import toast_headers
from core.web.console.answers import show


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as a person reads it: status, what is wrong, and the way out."""

    status: int
    text: str
    fix: str = ""
    code: str = ""


# Status → what is wrong and what to do, as message ids.
_WORDS: dict[int, tuple[str, str]] = {
    400: (N_("We could not read this request."), N_("Go back, reload the page and try again.")),
    401: (N_("You are not logged in any more."), N_("Log in and try again.")),
    403: (N_("You are not allowed to do this."), N_("Ask the shop's owner to give you the permission.")),
    404: (
        N_("We could not find what you are looking for."),
        N_("Check the address, or go back to the list."),
    ),
    405: (N_("This address cannot be opened like that."), N_("Go back to the page and use its buttons.")),
    413: (
        N_("That is more than we take at once."),
        N_("Choose a smaller file or write less, and try again."),
    ),
    429: (N_("That was too often in a short time."), N_("Wait a moment and try again.")),
    500: (
        N_("Something went wrong on our side."),
        N_("Nothing was half done. Try again; if it happens again, tell us what you were doing."),
    ),
    503: (
        N_("The server has too much to do at the moment."),
        N_("Nothing was changed. Try again in a moment."),
    ),
}
_STALE_FORM = (
    N_("This form is not valid any more."),
    N_("Go back, reload the page and send it again. What you typed is still in the form."),
)


def handle_failures(app: Flask) -> None:
    """Answer every failure of `app` in words."""
    app.register_error_handler(PinpuError, _refusal)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _crash)
    app.register_error_handler(OperationalError, _overloaded)
    app.register_error_handler(PoolTimeout, _overloaded)


def failure_of_status(status: int) -> Failure:
    """The words for an HTTP status; the nearest family for one that has none of its own."""
    known = status if status in _WORDS else 500 if status >= 500 else 400
    text, fix = _WORDS[known]
    return Failure(status, gettext(text), gettext(fix))


def _refusal(error: PinpuError) -> Response:
    return answer_failure(Failure(error.status, error.text, error.fix_text, error.code))


def _stale_form(_error: CSRFError) -> Response:
    text, fix = _STALE_FORM
    return answer_failure(Failure(400, gettext(text), gettext(fix), "console.stale_form"))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    return answer_failure(failure_of_status(error.code))


def _crash(_error: InternalServerError) -> Response:
    return answer_failure(failure_of_status(500))


def _overloaded(error: Exception) -> Response:
    current_app.logger.warning("the database did not answer: %s", error)
    return answer_failure(failure_of_status(503))


def answer_failure(failure: Failure) -> Response:
    """The failure in the form that the request can use."""
    if "HX-Request" in request.headers:
        words = sentences(failure.text, failure.fix)
        headers = {"HX-Reswap": "none", **toast_headers(Toast(words, tone="bad"))}
        return Response(words, failure.status, headers, mimetype="text/plain")
    if request.accept_mimetypes.best == "application/json":
        answer = jsonify(code=failure.code, message=failure.text, fix=failure.fix)
        answer.status_code = failure.status
        return answer
    return _page(failure)


def _page(failure: Failure) -> Response:
    """In the shop's frame where there is a shop and the database is not what failed; bare otherwise."""
    unit = current_unit()
    if scope_or_none() is None or unit is None or failure.status >= 500:
        return show("error_bare", status=failure.status, failure=failure)
    unit.session.rollback()
    return show("error", status=failure.status, failure=failure)
