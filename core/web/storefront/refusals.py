"""What a visitor sees when something cannot be done: always words and a way on, never a traceback."""

from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog import get_logger
from werkzeug.exceptions import HTTPException

from core.commerce.customers.errors import LoginNeeded
from core.kernel.clock import now
from core.kernel.db import current_unit
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_, _, current_language
from core.kernel.ids import new_code
from core.rendering import links
from core.rendering.contexts import LinkPreview, LinkView, MessagePage, Visitor
from core.rendering.storefront import render_page
from core.web.security import SAFE_METHODS, csp_nonce
from core.web.storefront.answers import go, here, page_answer
from core.web.storefront.bare import RETRY_SECONDS, bare_page
from core.web.storefront.frame import shop_view
from core.web.storefront.parts import parts

log = get_logger(__name__)

_MISSING = (NotFound.message, N_("Check the address, or look around from here."))
_WORDS = {
    400: (N_("This request cannot be understood."), N_("Go back and try again.")),
    403: (
        N_("This form came from another place."),
        N_("For your safety it was not carried out. Open the page anew and send it from there."),
    ),
    404: _MISSING,
    405: (N_("This page cannot be used like that."), N_("Go back and use the buttons of the page.")),
    413: (N_("That is too much at once."), N_("Send less text, then try again.")),
    414: (N_("This address is too long."), N_("Check the address, or begin at the home page.")),
    429: (N_("That was a little fast."), N_("Wait a minute and try again. Nothing is lost.")),
    500: (
        N_("Something went wrong on our side"),
        N_("It has been noted. Nothing you did is lost; please try again."),
    ),
    503: (
        N_("Back in a moment"),
        N_("The shop cannot be reached right now. Please try again in a few seconds."),
    ),
}


# Refusals that the buyer puts right in the cart.
_CART_HELPS = frozenset({"checkout.goods_unavailable", "checkout.empty", "carts.full"})


def handle_refusals(app: Flask) -> None:
    """Let every failure of `app` end in a page."""
    app.register_error_handler(PinpuError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _away)
    app.register_error_handler(InterfaceError, _away)
    app.register_error_handler(PoolTimeout, _away)
    app.register_error_handler(Exception, _broken)


def _refused(error: PinpuError) -> Response:
    _start_anew()
    if isinstance(error, LoginNeeded):
        return go(links.login_url(_way_back()))
    if error.status == 404:
        return message_answer(404, _(_MISSING[0]), _(_MISSING[1]))
    if error.status >= 500:
        log.warning("refused", code=error.code, path=request.path)
    actions = (LinkView(label=_("To the cart"), url=links.CART),) if error.code in _CART_HELPS else ()
    return message_answer(error.status, error.text, error.fix_text, actions=actions, retry=error.retry)


def _http_error(error: HTTPException) -> Response:
    if error.response is not None and error.code is not None and error.code < 400:
        found = error.get_response()
        return Response(found.get_data(), error.code, found.headers)
    _start_anew()
    status = error.code or 500
    title, text = _WORDS.get(status, _WORDS[500 if status >= 500 else 400])
    return message_answer(status, _(title), _(text), retry=status in (429, 503))


def _away(error: Exception) -> Response:
    """The database does not answer, or all its connections are in use."""
    if isinstance(error, DBAPIError) and not error.connection_invalidated and _has_state(error):
        return _broken(error)
    log.warning("database away", error=str(error).splitlines()[0], path=request.path)
    title, text = _WORDS[503]
    return message_answer(503, _(title), _(text), retry=True)


def _has_state(error: DBAPIError) -> bool:
    # A server that answers gives a state; class 08 and 57P0x say that it is going away all the same.
    state = getattr(error.orig, "sqlstate", None) or ""
    return bool(state) and not state.startswith(("08", "57P", "53"))


def _broken(error: Exception) -> Response:
    reference = new_code(8)
    log.exception("request failed", reference=reference, path=request.path, exc_info=error)
    title, text = _WORDS[500]
    return message_answer(500, _(title), _(text), reference=reference)


def message_answer(
    status: int,
    title: str,
    text: str,
    *,
    actions: tuple[LinkView, ...] = (),
    retry: bool = False,
    reference: str = "",
) -> Response:
    """One clear message in the shop's own frame, or bare where the shop cannot be read."""
    _start_anew()
    page = MessagePage(
        title=title,
        preview=LinkPreview(title=title, url="", index=False),
        status=status,
        text=text,
        actions=actions or _ways_out(status),
        reference=reference,
    )
    try:
        answer = _without_database(page) if status == 503 else page_answer(page, status=status)
    except Exception:
        log.exception("message page failed", status=status)
        answer = None
    if answer is None:
        answer = bare_page(
            status if status in (421, 500, 503) else 500, current_language(), reference=reference
        )
    if retry:
        answer.headers.setdefault("Retry-After", str(RETRY_SECONDS if status != 429 else 60))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _without_database(page: MessagePage) -> Response | None:
    """The page with what is known of the shop without asking; None when nothing is."""
    frame = parts().frames.latest()
    if frame is None:
        return None
    visitor = Visitor(nonce=csp_nonce(), now=now())
    shop = shop_view(frame, here(), demo=parts().demo)
    html = render_page(page, theme=frame.theme, shop=shop, path=here(), visitor=visitor)
    return Response(html, page.status, mimetype="text/html")


def _ways_out(status: int) -> tuple[LinkView, ...]:
    home = LinkView(label=_("To the home page"), url=links.HOME)
    if status in (429, 503) and request.method in SAFE_METHODS:
        return (LinkView(label=_("Try again"), url=here()), home)
    return (home, LinkView(label=_("All collections"), url=links.COLLECTIONS))


def _way_back() -> str:
    """Where to come back to after a log-in: this page, or for a form the page that it stood on."""
    if request.method in SAFE_METHODS:
        return here()
    root = request.host_url
    referrer = request.referrer or ""
    return links.own_path("/" + referrer.removeprefix(root)) if referrer.startswith(root) else links.HOME


def _start_anew() -> None:
    """Leave a failed transaction behind, so that the message page can read."""
    unit = current_unit()
    if unit is None:
        return
    try:
        unit.session.rollback()
    except Exception:  # noqa: BLE001 - the connection may be gone altogether; the session takes a new one
        unit.session.invalidate()
