"""Messages for this visitor about what just happened: they wait in a signed cookie for the next page."""

from itsdangerous import BadSignature

from core.rendering.contexts import NoticeView
from core.web.storefront.browser import NOTICE, current_browser
from core.web.storefront.parts import parts

_TONES = ("ok", "warn", "error")
_MOST = 3
_LONGEST = 300


def tell(text: str, tone: str = "ok") -> None:
    """Show `text`, already in the visitor's language, on the next page."""
    waiting = [*_waiting(), [text[:_LONGEST], tone if tone in _TONES else "ok"]]
    current_browser().keep(NOTICE, parts().notices.dumps(waiting[-_MOST:]))


def taken_notices() -> tuple[NoticeView, ...]:
    """The messages that wait; they are shown once."""
    waiting = _waiting()
    if waiting:
        current_browser().forget(NOTICE)
    return tuple(NoticeView(text=text, tone=tone) for text, tone in waiting)


def _waiting() -> list[list[str]]:
    sent = current_browser().cookie(NOTICE)
    if not sent:
        return []
    try:
        found: list[list[str]] = parts().notices.loads(sent)
    except BadSignature:
        return []
    return found
