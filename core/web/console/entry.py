"""The beginning of a console request: language, who is logged in, which shop they work in, one read unit for all of it."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Response, g, redirect, request
from werkzeug.exceptions import Unauthorized

from core.hooks import current
from core.kernel.db import reading
from core.kernel.errors import NotFound
from core.kernel.i18n import DEFAULT_LANGUAGE, known_language, speaking
from core.kernel.tenancy import Actor, ShopScope, acting_as, shop_bound
from core.rendering.console.visits import (
    CONSOLE_PATH,
    LANGUAGE_COOKIE,
    LOGIN_PATH,
    STAFF_COOKIE,
    ConsoleVisit,
    visiting,
)
from core.rendering.extensions import StaffMember
from core.web.console.toasts import keep_toast

STACK = "pinpu.console.stack"
# The name of the shop in console addresses; taken out of the arguments before a view sees them.
SHOP_ARGUMENT = "shop_handle"
USUAL_BODY = 1024 * 1024

View = TypeVar("View", bound=Callable[..., Any])


def takes_bodies(limit: int) -> Callable[[View], View]:
    """Let a view take bodies of up to `limit` bytes, for files."""

    def mark(view: View) -> View:
        view.body_limit = limit  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """Let a view be seen without log-in."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def set_body_limit(view: Callable[..., Any] | None) -> None:
    """Refuse bodies that are larger than the view takes, before anything reads them."""
    request.max_content_length = getattr(view, "body_limit", USUAL_BODY)


def enter() -> Response | None:
    """Bind language, person, shop and read unit for this request; an answer instead of a view sends people to log in."""
    stack: ExitStack = request.environ[STACK]
    staff = _staff()
    stack.enter_context(speaking(_language(staff)))
    handle = g.get(SHOP_ARGUMENT)
    if handle is None:
        actor = Actor("staff", staff.id, staff.name) if staff else Actor("guest")
        stack.enter_context(acting_as(actor))
        stack.enter_context(visiting(ConsoleVisit(staff, "", lambda _: False, keep_toast)))
        return None
    if staff is None:
        return _to_login()
    # Until the shop is known, failures are shown as pages of no shop.
    stack.enter_context(visiting(ConsoleVisit(staff, "", lambda _: False, keep_toast)))
    scope = _scope(staff, handle)
    stack.enter_context(shop_bound(scope, Actor("staff", staff.id, staff.name)))
    stack.enter_context(
        visiting(ConsoleVisit(staff, f"/console/{handle}", _permissions(staff, scope), keep_toast))
    )
    stack.enter_context(reading())
    g.bound_shop = scope
    return None


def _staff() -> StaffMember | None:
    token = request.cookies.get(STAFF_COOKIE, "")
    if not token or len(token) > 200 or not token.isascii() or not token.isprintable():
        return None
    found: StaffMember | None = current.answer("answer_staff_for_session", token=token)
    return found


def _scope(staff: StaffMember, handle: str) -> ShopScope:
    """The shop, if the person works there; nobody learns whether any other shop exists."""
    works_in = staff.shop(handle)
    scope: ShopScope | None = None
    if works_in is not None:
        scope = current.answer("answer_scope_for_shop", shop_id=works_in.shop_id)
    if scope is None:
        raise NotFound
    return scope


def _permissions(staff: StaffMember, scope: ShopScope) -> Callable[[str], bool]:
    @cache
    def may(permission: str) -> bool:
        allowed: bool = current.answer(
            "answer_staff_may", staff_id=staff.id, permission=permission, shop_id=scope.shop_id
        )
        return allowed

    return may


def _language(staff: StaffMember | None) -> str:
    chosen = known_language(request.cookies.get(LANGUAGE_COOKIE))
    own = known_language(staff.language) if staff else None
    wanted = (known_language(tag) for tag in request.accept_languages.values())
    return own or chosen or next(filter(None, wanted), DEFAULT_LANGUAGE)


def _to_login() -> Response:
    """To the log-in, and from there back to the page; a form that was sent without log-in leads back to its page."""
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else _referring_path()
    if "HX-Request" in request.headers:
        back = urlsplit(request.headers.get("HX-Current-URL", "")).path or CONSOLE_PATH
    address = f"{LOGIN_PATH}?{urlencode({'next': back})}"
    if "HX-Request" in request.headers:
        return Response("", 401, headers={"HX-Redirect": address})
    if request.accept_mimetypes.best == "application/json":
        raise Unauthorized
    answer = redirect(address, 302)
    assert isinstance(answer, Response)
    return answer


def _referring_path() -> str:
    came_from = urlsplit(request.headers.get("Referer", ""))
    return came_from.path if came_from.netloc == request.host else CONSOLE_PATH
