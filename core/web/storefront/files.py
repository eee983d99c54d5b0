"""Files: the shop's pictures, the theme's assets, and what robots ask for."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, request

from core.commerce.media.queries import media_file
from core.kernel.errors import NotFound
from core.rendering.theme import asset_file, asset_url, installed_theme

files = Blueprint("files", __name__)

# Addresses carry a mark of their content: what is behind one never changes.
FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".webp": "image/webp",
}
_PACKED = (".css", ".js", ".svg")
# A drawing opened by itself must not act as a page of the shop.
_DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_CLOSED = (
    "/preview",
    "/cart",
    "/checkout",
    "/account",
    "/orders",
    "/cases",
    "/case-pictures",
    "/pay",
    "/login",
    "/find-order",
    "/search",
    "/lang",
    "/mailbox",
)


@files.get("/media/<path:place>")
def media(place: str) -> Response:
    """A picture of this shop."""
    etag = f'"{place}"'
    if request.headers.get("If-None-Match") == etag:
        return Response(status=304, headers={"ETag": etag, "Cache-Control": FOR_EVER})
    found = media_file(place)
    if found is None:
        raise NotFound
    answer = Response(found.content, mimetype=found.mime)
    answer.headers.update(
        {"ETag": etag, "Cache-Control": FOR_EVER, "Content-Security-Policy": _DRAWING_POLICY}
    )
    return answer


@files.get("/theme/<key>/<mark>/<path:name>")
def theme_asset(key: str, mark: str, name: str) -> Response:
    """A file of a theme; an address with an old mark gives the present file, but only for a moment."""
    path = asset_file(key, name)
    if path is None or path.suffix not in _TYPES:
        raise NotFound
    fresh = asset_url(installed_theme(key), name) == f"/theme/{key}/{mark}/{name}"
    packed = path.suffix in _PACKED and request.accept_encodings.best_match(["gzip"]) is not None
    answer = Response(
        _content(path, path.stat().st_mtime_ns, packed=packed), content_type=_TYPES[path.suffix]
    )
    answer.headers["Cache-Control"] = FOR_EVER if fresh else "no-cache"
    answer.headers["Vary"] = "Accept-Encoding"
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@lru_cache(maxsize=64)
def _content(path: Path, changed: int, *, packed: bool) -> bytes:
    content = path.read_bytes()
    return gzip.compress(content, 9, mtime=0) if packed else content


@files.get("/robots.txt")
def robots() -> Response:
    """What search engines may read: what is for everybody."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED), ""]
    return Response("\n".join(lines), mimetype="text/plain")
