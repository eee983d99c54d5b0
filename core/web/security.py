"""What every answer carries and every unsafe request must show: headers, a CSP nonce, proof of origin."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import Forbidden

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


NOBODY = "'none'"


def csp_nonce() -> str:
    """The nonce that inline styles and scripts of this answer must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(12)
    return str(g.csp_nonce)


def let_frame(origin: str) -> None:
    """Let pages of `origin` show this answer in a frame; without it nobody may."""
    g.frame_ancestors = origin


def let_show(origin: str) -> None:
    """Let this page show pages of `origin` in a frame."""
    g.shown_frames = origin


def let_run(origin: str) -> None:
    """Let this page run scripts of `origin` besides our own."""
    g.script_origin = origin


def add_security(app: Flask, *, form_targets: str = "") -> None:
    """Put headers on every answer of `app`; `form_targets` are further places its forms may lead to."""

    @app.after_request
    def _headers(response: Response) -> Response:
        ancestors = g.get("frame_ancestors", "")
        for name, value in HEADERS.items():
            # The older header knows no origins: where one is let in, only the policy speaks.
            if not (ancestors and name == "X-Frame-Options"):
                response.headers.setdefault(name, value)
        frames = g.get("shown_frames") or "'self'"
        nonce = f"'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
        scripts = g.get("script_origin", "")
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'self'; img-src 'self' data:; style-src 'self' {nonce}; script-src 'self' {nonce} {scripts};"
            f" object-src 'none'; base-uri 'none'; frame-src {frames};"
            f" frame-ancestors {ancestors or NOBODY}; form-action 'self' {form_targets}",
        )
        return response


def carries_proof(view: View) -> View:
    """Let a view take requests from anywhere: its address is signed, and that is its proof."""
    view.carries_proof = True  # type: ignore[attr-defined]
    return view


def refuse_foreign_origin() -> None:
    """Refuse an unsafe request that does not come from a page of the same host.

    Browsers say where a request comes from (Sec-Fetch-Site, Origin) and pages cannot forge it; no token has to stand in
    the page, so cached pages may hold forms.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in SAFE_METHODS or getattr(view, "carries_proof", False):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        raise Forbidden("foreign origin")
    origin = request.headers.get("Origin")
    if origin is None or urlsplit(origin).netloc != request.host:
        raise Forbidden("foreign origin")
