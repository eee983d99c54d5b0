"""One browser: its cookies, read at the beginning of a request and written once at its end."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.wrappers import Request

from core.commerce.customers.queries import CustomerFace

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Name → how long a browser keeps it.
SESSION, CART, SECRET, LANGUAGE, NOTICE = "session", "cart", "browser", "lang", "notice"
# Where this browser came from, first and last: names of links and campaigns, nothing about a person.
TOUCHES = "touches"
# The order after whose payment the buyer is asked to share.
ASKED = "asked"
# Which steps this browser was counted at today: a day and a number, the same for everybody who came as far.
STEPS = "steps"
# The announcement that this browser has closed, and who of the shop's staff is looking.
NEWS, STAFF = "news", "staff"
# The same device, whoever logs in on it and out again: for limits of so many a device. Says nothing about a person.
DEVICE = "device"
_LIVES = {
    SESSION: timedelta(days=60),
    CART: timedelta(days=365),
    SECRET: timedelta(days=365),
    LANGUAGE: timedelta(days=365),
    NOTICE: timedelta(minutes=10),
    TOUCHES: timedelta(days=180),
    ASKED: timedelta(minutes=10),
    NEWS: timedelta(days=180),
    STAFF: timedelta(hours=8),
    STEPS: timedelta(days=1),
    DEVICE: timedelta(days=365),
}
_LONGEST = {NOTICE: 3000, TOUCHES: 2000, STAFF: 1000}
_ENVIRON_KEY = "pinpu.browser"


class Browser:
    """The cookies of one request. Host-only and out of reach of scripts; over https their names say so."""

    def __init__(self, environ: "WSGIEnvironment") -> None:
        asked = Request(environ, populate_request=False)
        self.secure = asked.is_secure
        self.customer: CustomerFace | None = None
        self._sent = {name: asked.cookies.get(self._full(name), "") for name in _LIVES}
        self._kept: dict[str, str] = {}

    def _full(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def cookie(self, name: str) -> str:
        """The cookie's value as it stands now; "" for none, and for anything that cannot be one of ours."""
        if name in self._kept:
            return self._kept[name]
        value = self._sent[name]
        fits = len(value) <= _LONGEST.get(name, 200) and value.isascii() and value.isprintable()
        return value if fits else ""

    def keep(self, name: str, value: str) -> None:
        """Let the browser keep `value`."""
        self._kept[name] = value

    def forget(self, name: str) -> None:
        """Let the browser forget the cookie."""
        self._kept[name] = ""

    def token(self) -> str:
        """The browser's own secret, made on first use: checkouts and orders of guests belong to it."""
        return self._made_once(SECRET)

    def device(self) -> str:
        """A mark of this browser that stays when somebody logs out, made on first use."""
        return self._made_once(DEVICE)

    def _made_once(self, name: str) -> str:
        known = self.cookie(name)
        if not known:
            known = secrets.token_urlsafe(24)
            self.keep(name, known)
        return known

    @property
    def is_nobody(self) -> bool:
        """Neither a log-in nor a cart nor a message that waits: what is shown to it may be shown to any other."""
        return not (self.cookie(SESSION) or self.cookie(CART) or self.cookie(NOTICE))

    def write(self, response: Response) -> None:
        """Put the changed cookies on the answer."""
        for name, value in self._kept.items():
            if value == self._sent[name]:
                continue
            if value:
                response.set_cookie(
                    self._full(name), value, max_age=_LIVES[name], path="/", secure=self.secure, httponly=True,
                    samesite="Lax",
                )  # fmt: skip
            else:
                response.delete_cookie(
                    self._full(name), path="/", secure=self.secure, httponly=True, samesite="Lax"
                )

    def bind(self, environ: "WSGIEnvironment") -> None:
        """Be found by `current_browser` in this request."""
        environ[_ENVIRON_KEY] = self


def current_browser() -> Browser:
    """The browser of the request at hand."""
    found = request.environ[_ENVIRON_KEY]
    assert isinstance(found, Browser)
    return found
