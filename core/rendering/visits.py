"""The storefront request at hand, as a plugin's page may use it: whose browser it is, and how to answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from flask import Response, redirect

from core.kernel.tenancy import NoScope
from core.rendering import links
from core.rendering.contexts import PluginPage


@dataclass(frozen=True, slots=True)
class Visit:
    """What the web knows of one request; made by the storefront, found by `current_visit`.

    Args:
        path: path and query of the request.
        token: answers this browser's own secret; asking for it makes one and sets its cookie.
        device: answers a mark of this browser that outlives log-ins; asking for it makes one and sets its cookie.
        show: turns a plugin's page into an answer with the given status.
        tell: shows a message to this visitor on the next page; (text, tone), tone being ok, warn or error.
        address: answers where the request comes from, as a network address.
    """

    path: str
    token: Callable[[], str]
    device: Callable[[], str]
    show: Callable[[PluginPage, int], Response]
    tell: Callable[[str, str], None]
    address: Callable[[], str] = lambda: ""


_visit: ContextVar[Visit | None] = ContextVar("storefront_visit", default=None)


@contextmanager
def visiting(visit: Visit) -> Iterator[None]:
    """Let pages find `visit` inside the block."""
    token = _visit.set(visit)
    try:
        yield
    finally:
        _visit.reset(token)


def current_visit() -> Visit:
    """The visit of this request; raises NoScope outside of a storefront request."""
    found = _visit.get()
    if found is None:
        raise NoScope("no storefront request is being answered")
    return found


def show_page(page: PluginPage, *, status: int = 200) -> Response:
    """Answer with a page of a plugin in the shop's own frame."""
    return current_visit().show(page, status)


def browser_token() -> str:
    """This browser's own secret: pass it to `start_checkout`, and the checkout belongs to this browser."""
    return current_visit().token()


def device_token() -> str:
    """A mark of this browser that stays when somebody logs out: keep it hashed, and only to limit what one device gets."""
    return current_visit().device()


def network_address() -> str:
    """Where the request comes from; "" if that is not known."""
    return current_visit().address()


def to_checkout(code: str) -> Response:
    """Send the browser to a checkout that `start_checkout` opened with `browser_token()`."""
    return _see(f"{links.CHECKOUT}/{code}")


def to_path(path: str) -> Response:
    """Send the browser to a path of this shop after a form was taken; anything else leads to the home page."""
    return _see(links.own_path(path))


def tell(text: str, *, tone: str = "ok") -> None:
    """Show `text` (already in the visitor's language) on the next page; tone ok, warn or error."""
    current_visit().tell(text, tone)


def _see(path: str) -> Response:
    answer = redirect(path, 303)
    assert isinstance(answer, Response)
    return answer
