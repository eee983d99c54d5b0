"""The announcement bar: closed by a buyer it stays closed in their browser, until the shop has something else to say."""

from flask import Blueprint, Response, request

from core.rendering import links
from core.web.storefront.answers import go
from core.web.storefront.browser import NEWS, current_browser

announcement = Blueprint("announcement", __name__)
_LONGEST = 40


@announcement.post("/announcement/close")
def close() -> Response:
    """Show this announcement to this browser no more."""
    mark = request.form.get("mark", "")
    if mark.isalnum() and mark.isascii() and len(mark) <= _LONGEST:
        current_browser().keep(NEWS, mark)
    return go(links.own_path(request.form.get("next")))
