"""In development each page ends with what plugins were asked to make it: hook, plugin, result, time, errors."""

from pathlib import Path

from flask import Flask, Response

from core.hooks.trace import traced_calls
from core.rendering.console.render import add_templates, console_environment
from core.web.security import csp_nonce

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_END = b"</body>"


def add_dev_panel(app: Flask) -> None:
    """Let every whole page of `app` end with the panel. Call it after `add_security`, so that its nonce is told."""
    add_templates("dev", _TEMPLATES)

    @app.after_request
    def _panel(response: Response) -> Response:
        if response.mimetype != "text/html" or response.direct_passthrough:
            return response
        page = response.get_data()
        if _END in page:
            before, end, after = page.rpartition(_END)
            response.set_data(before + _panel_html().encode() + end + after)
        return response


def _panel_html() -> str:
    calls = traced_calls()
    return (
        console_environment()
        .get_template("dev/dev_panel.html")
        .render(
            calls=calls,
            failed=sum(bool(call.error) for call in calls),
            total=sum(call.milliseconds for call in calls),
            nonce=csp_nonce(),
        )
    )
