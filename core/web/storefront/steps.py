"""How far visitors come: each browser is counted once a day at each step, by a cookie that knows the day and no more.

What decides is the answer's address and status, after the page was made: pages out of the cache count like all others.
"""

import re
from datetime import date

from flask import Response, request
from structlog import get_logger

from core.commerce.insights.actions import count_visitor
from core.commerce.insights.models import STEPS
from core.commerce.insights.periods import today
from core.web.storefront.browser import STAFF, Browser, current_browser
from core.web.storefront.browser import STEPS as COOKIE

log = get_logger(__name__)

# Programs that say so; whoever pretends to be a person is taken for one.
_PROGRAM = re.compile(
    r"bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|telegram|slack|headless|lighthouse|pagespeed|monitor|uptime"
    r"|scan|python|curl|wget|java/|go-http|okhttp",
    re.IGNORECASE,
)
# Pages that are not the shop's: drafts shown to staff, notifications of others.
_NO_VISIT = frozenset({"previews", "notifications", "files", "health"})
_VALUE = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,2})")
_BITS = {step: 1 << place for place, step in enumerate(STEPS)}


def count_steps(response: Response) -> Response:
    """Count whoever made this request at the steps that are new for them today; a failure costs the count only.

    Staff who came here from their console are no visitors.
    """
    step = _step_of(response)
    if step is None or current_browser().cookie(STAFF) or not _is_person(reads=step != "cart"):
        return response
    try:
        _count(current_browser(), STEPS[: STEPS.index(step) + 1])
    except Exception:
        # The page is made; nobody must wait for it because a number could not be written.
        log.exception("a visitor was not counted", step=step)
    return response


def _count(browser: Browser, reached: tuple[str, ...]) -> None:
    """Whoever comes to a step has taken those before it: "buy now" leads past the cart."""
    day = today()
    known = _known(browser.cookie(COOKIE), day)
    new = [step for step in reached if not known & _BITS[step]]
    if new:
        count_visitor(steps=new)
        browser.keep(COOKIE, f"{day.isoformat()}.{known | sum(_BITS[step] for step in new)}")


def _known(value: str, day: date) -> int:
    found = _VALUE.fullmatch(value)
    return int(found[2]) if found and found[1] == day.isoformat() else 0


def _step_of(response: Response) -> str | None:
    if request.endpoint == "cart.add" and request.method == "POST":
        return "cart" if response.status_code == 303 else None
    page = request.method == "GET" and response.status_code == 200 and response.mimetype == "text/html"
    if not page or request.blueprint in _NO_VISIT:
        return None
    if request.endpoint == "browse.product":
        return "product"
    return "checkout" if request.endpoint == "checkout.show_checkout" else "visit"


def _is_person(*, reads: bool) -> bool:
    """Whether this looks like somebody at a browser; `reads`: and not like a page that is fetched ahead or by a script."""
    headers = request.headers
    agent = headers.get("User-Agent", "")
    if not agent.startswith("Mozilla/") or _PROGRAM.search(agent) or not headers.get("Accept-Language"):
        return False
    ahead = headers.get("Sec-Purpose", "") + headers.get("Purpose", "") + headers.get("X-Moz", "")
    if "prefetch" in ahead.lower():
        return False
    return not reads or headers.get("Sec-Fetch-Dest", "document") == "document"
