"""What every answer carries and every unsafe request must show: headers, a CSP nonce, proof of origin."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.exceptions import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def csp_nonce() -> str:
    """The nonce that inline styles and scripts of this answer must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(12)
    return str(g.csp_nonce)


def add_security(app: Flask, *, form_targets: str = "") -> None:
    """Put headers on every answer of `app`; `form_targets` are further places its forms may lead to."""

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        nonce = f"'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'self'; img-src 'self' data:; style-src 'self' {nonce}; script-src 'self' {nonce};"
            f" object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {form_targets}",
        )
        return response


def refuse_foreign_origin() -> None:
    """Refuse an unsafe request that does not come from a page of the same host.

    Browsers say where a request comes from (Sec-Fetch-Site, Origin) and pages cannot forge it; no token has to stand in
    the page, so cached pages may hold forms.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        raise Forbidden("foreign origin")
    origin = request.headers.get("Origin")
    if origin is None or urlsplit(origin).netloc != request.host:
        raise Forbidden("foreign origin")
