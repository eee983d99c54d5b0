"""The console request at hand, as pages of tenants and plugins may use it: who, with which rights, and what to tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from core.kernel.tenancy import NoScope
from core.rendering.console.parts import Toast
from core.rendering.extensions import StaffMember

# The cookie that holds a staff member's session token, and the one that holds the language chosen before log-in.
STAFF_COOKIE = "pinpu_staff"
LANGUAGE_COOKIE = "pinpu_language"
# The shop that this browser worked in last.
SHOP_COOKIE = "pinpu_shop"
# Where tenants' pages for everybody are found.
CONSOLE_PATH = "/console/"
LOGIN_PATH = "/console/login"
LOGOUT_PATH = "/console/logout"
LANGUAGE_PATH = "/console/language"
SHOPS_PATH = "/console/shops"
SIGNUP_PATH = "/console/signup"
# Where somebody opens a shop.
START_PATH = "/console/start"


@dataclass(frozen=True, slots=True)
class ConsoleVisit:
    """What the web knows of one console request.

    Args:
        staff: who is logged in; None on pages before log-in.
        home: address of the bound shop's console without a slash at the end, "/console/qingshan"; "" without a shop.
        may: answers whether the person holds a permission in the bound shop.
        tell: shows a toast on the next page that the person sees.
    """

    staff: StaffMember | None
    home: str
    may: Callable[[str], bool]
    tell: Callable[[Toast], None]


_visit: ContextVar[ConsoleVisit | None] = ContextVar("console_visit", default=None)


@contextmanager
def visiting(visit: ConsoleVisit) -> Iterator[None]:
    """Let pages find `visit` inside the block."""
    token = _visit.set(visit)
    try:
        yield
    finally:
        _visit.reset(token)


def current_visit() -> ConsoleVisit:
    """The visit of this request; raises NoScope outside of a console request."""
    found = _visit.get()
    if found is None:
        raise NoScope("no console request is being answered")
    return found


def may(permission: str) -> bool:
    """Whether the person holds `permission` here; pages hide what they may not do, actions refuse it."""
    return current_visit().may(permission)


def tell(toast: Toast) -> None:
    """Show `toast` on the next page, after a form was taken and the browser is sent on."""
    current_visit().tell(toast)


def console_path(path: str = "") -> str:
    """The address of `path` ("/orders") in the bound shop's console."""
    return f"{current_visit().home}{path}"


def own_path(text: str | None) -> str:
    """`text` if it is a path of the console's own host, else the console's front page: what `next` may lead to."""
    path = text or ""
    safe = path.startswith("/console/") and path.isprintable() and "\\" not in path and "//" not in path
    return path if safe and len(path) <= 2_000 else CONSOLE_PATH
