"""How views of the console answer: a page, a part of a page, or the way to the next page."""

from pathlib import Path
from typing import Any

from flask import Response, redirect, url_for

from core.kernel.i18n import ngettext
from core.rendering.console import formats
from core.rendering.console.parts import Action, Badge, Toast
from core.rendering.console.render import add_templates, render_console
from core.rendering.console.visits import may, tell

add_templates("core", Path(__file__).resolve().parent / "templates")


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """The page `core/<template>.html`; templates also get `url` (endpoint → address), `may`, Action and Badge."""
    html = render_console(
        f"core/{template}.html", url=url_for, may=may, Action=Action, Badge=Badge, **context
    )
    return Response(html, status, mimetype="text/html")


def go(endpoint: str, /, *, said: str = "", toast: Toast | None = None, **values: Any) -> Response:
    """On to another page with a GET, after a form was taken; `said` (or a whole toast) is shown there."""
    if toast or said:
        tell(toast or Toast(said, seconds=6))
    return go_to(url_for(endpoint, **values))


def go_to(address: str) -> Response:
    """On to an address of this console with a GET."""
    answer = redirect(address, 303)
    assert isinstance(answer, Response)
    return answer


def first_ones(taken: int, matching: int) -> str:
    """What is said after "everything" was chosen and is more than one press takes."""
    return ngettext(
        "These were the first %(taken)s of %(all)s; %(n)s is left: choose again to go on.",
        "These were the first %(taken)s of %(all)s; %(n)s are left: choose again to go on.",
        matching - taken,
        taken=formats.number(taken),
        all=formats.number(matching),
    )
