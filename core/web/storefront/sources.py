"""Source links: /s/<code> leads on to its page, is counted, and the browser remembers where it came from."""

import re
from contextlib import ExitStack
from datetime import timedelta

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Request

from core.commerce.sources.actions import count_visit
from core.commerce.sources.models import PREFIX
from core.commerce.sources.queries import link_of_code
from core.commerce.sources.touches import Touch, Touches, as_cookie, coming_from, from_cookie, touch_of
from core.kernel.clock import now
from core.rendering import links
from core.web.storefront.browser import TOUCHES, Browser, current_browser

sources = Blueprint("sources", __name__)
# The same source within this time is the same visit.
_ONE_VISIT = timedelta(minutes=30)
_CODE = re.compile(r"[0-9a-z]{4,20}")
# Programs that fetch a link to show a card for it, or to index it, visit nothing.
_PROGRAM = re.compile(
    r"bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|telegram|slack", re.IGNORECASE
)
# Where people land; whoever comes back from a payment page to their order has not come from there.
_LANDING = ("/products", "/collections", "/search", "/policies", "/x/")


@sources.get(f"{PREFIX}<code>")
def follow(code: str) -> Response:
    """On to where the link leads; an unknown code leads home."""
    found = link_of_code(code) if _CODE.fullmatch(code) else None
    if found is None:
        return _on_to(links.HOME)
    browser = current_browser()
    known = from_cookie(browser.cookie(TOUCHES))
    touch = Touch("link", found.code, now(), found.campaign[:40])
    person = request.method == "GET" and not _PROGRAM.search(request.headers.get("User-Agent", ""))
    if person and not _repeated(known, touch):
        count_visit(link_id=found.id)
        browser.keep(TOUCHES, as_cookie(known.then(touch)))
    return _on_to(links.own_path(found.target))


def _on_to(path: str) -> Response:
    answer = redirect(path, 302)
    assert isinstance(answer, Response)
    # Each visit is counted, so no cache may answer the next one.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _repeated(known: Touches, touch: Touch) -> bool:
    last = known.last
    return last is not None and last.source == touch.source and touch.at - last.at < _ONE_VISIT


def remember_touch(asked: Request, browser: Browser, stack: ExitStack) -> None:
    """Bind what this browser remembers for the request, with what the address or the referrer adds."""
    known = from_cookie(browser.cookie(TOUCHES))
    touch = (
        touch_of(asked.args, asked.referrer, asked.host.partition(":")[0]) if asked.method == "GET" else None
    )
    if touch is not None and touch.kind == "site" and not _lands(asked.path):
        touch = None
    if touch is not None and not _repeated(known, touch):
        known = known.then(touch)
        browser.keep(TOUCHES, as_cookie(known))
    stack.enter_context(coming_from(known))


def _lands(path: str) -> bool:
    return path == links.HOME or path.startswith(_LANDING)
