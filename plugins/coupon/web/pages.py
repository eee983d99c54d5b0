"""How the console's pages of coupons are answered."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, url_for

from core.sdk.commands import require
from core.sdk.console import Action, add_templates, may, render_console

console = Blueprint("coupon_console", __name__)
add_templates("coupon", Path(__file__).resolve().parent.parent / "templates" / "console")


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page from one of the plugin's templates."""
    html = render_console(f"coupon/{template}.html", url=url_for, may=may, Action=Action, **context)
    return Response(html, status, mimetype="text/html")


@console.before_request
def _only_those_who_may() -> None:
    require("coupon.view")
