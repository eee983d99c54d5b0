"""How the console pages of this part answer, and the blueprint they stand in."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, url_for

from core.rendering.console.parts import Action
from core.rendering.console.render import add_templates, render_console
from core.rendering.console.visits import may

add_templates("tenants", Path(__file__).resolve().parent / "templates" / "tenants")
pages = Blueprint("tenants", __name__)
# Who may change a shop's plugins, and see what was changed.
SWITCH = "plugins.switch"


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of this part; templates also get `url` (endpoint → address), `may` (permission) and `Action`."""
    html = render_console(f"tenants/{template}.html", url=url_for, may=may, Action=Action, **context)
    return Response(html, status, mimetype="text/html")


def go(endpoint: str, **values: str) -> Response:
    """On to another page with a GET."""
    return go_to(url_for(endpoint, **dict[str, Any](values)))


def go_to(address: str) -> Response:
    """On to an address of the console with a GET."""
    answer = redirect(address, 303)
    assert isinstance(answer, Response)
    return answer
