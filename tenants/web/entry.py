"""Pages before a shop is chosen: log-in, log-out, language, the choice of a shop."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from core.kernel.errors import PinpuError
from core.kernel.i18n import gettext, known_language
from core.rendering.console.render import render_console
from core.rendering.console.visits import (
    CONSOLE_PATH,
    LANGUAGE_COOKIE,
    LANGUAGE_PATH,
    LOGIN_PATH,
    LOGOUT_PATH,
    SHOPS_PATH,
    STAFF_COOKIE,
    current_visit,
    own_path,
)
from core.rendering.extensions import StaffShop
from tenants.actions import logins
from tenants.permissions import ROLES
from tenants.web.answers import go_to
from tenants.web.hints import login_hints, signup_address

entry = Blueprint("tenants_entry", __name__)
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class WorkPlace:
    """A shop in which a person works, and as what."""

    shop: StaffShop
    role: str


@entry.get(SHOPS_PATH)
def shops() -> Response:
    """The shops in which the person works."""
    staff = current_visit().staff
    if staff is None:
        return go_to(LOGIN_PATH)
    if len(staff.shops) < 2:
        return go_to(CONSOLE_PATH)
    places = [WorkPlace(one, gettext(ROLES[one.role])) for one in staff.shops]
    return Response(render_console("tenants/shops.html", shops=places), mimetype="text/html")


@entry.get(LOGIN_PATH)
def login_form() -> Response:
    """The log-in page; whoever is logged in already goes on."""
    if current_visit().staff is not None:
        return go_to(own_path(request.args.get("next")))
    return _login_page(next_path=own_path(request.args.get("next")))


@entry.post(LOGIN_PATH)
def log_in() -> Response:
    """Check e-mail and password and open a session; a wrong pair keeps what was typed, but not the password."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    next_path = own_path(request.form.get("next"))
    try:
        token = logins.log_in(
            email=email,
            password=password,
            user_agent=request.headers.get("User-Agent", ""),
            address=request.remote_addr or "",
        )
    except PinpuError as error:
        return _login_page(next_path=next_path, email=email[:254], error=error)
    return with_session(go_to(next_path), token)


def with_session(answer: Response, token: str) -> Response:
    """`answer`, with the cookie that opens this browser's session."""
    answer.set_cookie(
        STAFF_COOKIE,
        token,
        max_age=int(logins.SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


@entry.post(LOGOUT_PATH)
def log_out() -> Response:
    """End the session here and on the server."""
    token = request.cookies.get(STAFF_COOKIE)
    if token:
        logins.log_out(token=token)
    answer = go_to(LOGIN_PATH)
    answer.delete_cookie(STAFF_COOKIE, httponly=True, samesite="Lax")
    return answer


@entry.post(LANGUAGE_PATH)
def choose_language() -> Response:
    """Speak another language from now on: remembered for the person, or for the browser before log-in."""
    language = known_language(request.form.get("language"))
    answer = go_to(own_path(request.form.get("next")))
    if language is None:
        return answer
    staff = current_visit().staff
    if staff is not None:
        logins.set_language(staff_id=staff.id, language=language)
    answer.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def _login_page(*, next_path: str, email: str = "", error: PinpuError | None = None) -> Response:
    html = render_console(
        "tenants/login.html",
        action=LOGIN_PATH if next_path == CONSOLE_PATH else f"{LOGIN_PATH}?{urlencode({'next': next_path})}",
        next_path=next_path,
        email=email,
        error=error,
        hints=login_hints(),
        signup_path=signup_address(),
    )
    return Response(html, error.status if error else 200, mimetype="text/html")
