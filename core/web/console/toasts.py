"""Toasts that wait for the next page, kept in the browser's signed session."""

from dataclasses import asdict
from typing import Any

from flask import request, session

from core.rendering.console.parts import Toast

_KEY = "toasts"
# A cookie holds four kilobytes; what would not fit is dropped, oldest first.
_MOST = 3
_LONGEST = 300


def keep_toast(toast: Toast) -> None:
    """Show `toast` on the next full page."""
    kept = asdict(toast) | {"text": toast.text[:_LONGEST], "fields": dict(toast.fields or {}) or None}
    session[_KEY] = [*session.get(_KEY, []), kept][-_MOST:]


def taken_toasts() -> tuple[Toast, ...]:
    """The waiting toasts; they are shown once. A part of a page leaves them to the next whole one."""
    if "HX-Request" in request.headers:
        return ()
    kept: list[dict[str, Any]] = session.pop(_KEY, [])
    return tuple(Toast(**one) for one in kept)
