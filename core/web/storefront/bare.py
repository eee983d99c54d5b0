"""Pages for when there is no shop to show them in: an unknown host, a database that is away."""

from flask import Response
from jinja2 import Environment
from werkzeug.wrappers import Request

from core.kernel.i18n import N_, _, current_language, known_language, speaking
from core.web.security import HEADERS

_WORDS = {
    421: (
        N_("There is no shop at this address"),
        N_("Check the address for a typing mistake; the shop may also have moved."),
    ),
    500: (
        N_("Something went wrong on our side"),
        N_("It has been noted. Nothing you did is lost; please try again."),
    ),
    503: (
        N_("Back in a moment"),
        N_("The shop cannot be reached right now. Please try again in a few seconds."),
    ),
}
_PAGE = """<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><meta name="robots" content="noindex">
<style>
:root{color-scheme:light dark;--bg:#f2f4ef;--ink:#1d2320;--soft:#5a635d}
@media(prefers-color-scheme:dark){:root{--bg:#141816;--ink:#e8ece8;--soft:#a3aca6}}
body{margin:0;min-height:100vh;display:grid;place-content:center;padding:24px;background:var(--bg);color:var(--ink);
font:17px/1.6 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;text-align:center}
h1{font-size:26px;line-height:1.3;margin:0 0 8px;text-wrap:balance}
p{margin:0;color:var(--soft);max-width:32em;text-wrap:pretty}
</style></head>
<body><main><h1>{{ title }}</h1><p>{{ text }}</p>{% if reference %}<p>{{ reference }}</p>{% endif %}</main></body></html>
"""
# The page's only style stands inside it, and it has no script.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
RETRY_SECONDS = 5
_template = Environment(autoescape=True).from_string(_PAGE)


def bare_page(status: int, language: str, *, reference: str = "") -> Response:
    """A page without any shop: 421, 500 or 503, in `language`."""
    title, text = _WORDS[status]
    with speaking(language):
        html = _template.render(
            title=_(title), text=_(text), language=current_language(), reference=reference
        )
    answer = Response(
        html, status, {**HEADERS, "Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    )
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def reader_language(asked: Request) -> str:
    """The language of a reader about whom only the browser speaks."""
    best = asked.accept_languages.best_match(["en", "zh-CN", "zh", "zh-TW"])
    return known_language(best) or "en"
