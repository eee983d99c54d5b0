"""In development each page ends with what plugins were asked to make it: hook, plugin, result, time, errors."""

from functools import lru_cache
from pathlib import Path

from flask import Flask, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.hooks.trace import traced_calls
from core.kernel.i18n import gettext, ngettext
from core.web.security import csp_nonce

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_END = b"</body>"


def add_dev_panel(app: Flask) -> None:
    """Let every whole page of `app` end with the panel. Call it after `add_security`, so that its nonce is told."""

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
    return _template().render(
        calls=calls,
        failed=sum(bool(call.error) for call in calls),
        total=sum(call.milliseconds for call in calls),
        nonce=csp_nonce(),
        _=gettext,
        ngettext=ngettext,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("dev_panel.html")
