"""ETags: what was read is not sent twice, and what has changed since is not written over."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, json, request
from sqlalchemy import select
from werkzeug.http import generate_etag

from core.kernel.db import current_unit, session
from core.rendering.api import Get
from core.web.api.problems import Stale


def answered(document: Any) -> Response:
    """The document with its ETag; 304 without a body where the reader has it already."""
    body = _bytes(document)
    response = Response(body, mimetype="application/json")
    response.set_etag(generate_etag(body))
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def require_match(get: Get, document: Callable[[], Any], path: Mapping[str, Any]) -> None:
    """Refuse a change unless the thing is still as the header If-Match says; without the header nothing is asked.

    Inside a command the thing's row is locked first, so that two writers cannot both find their state unchanged.
    Raises Stale.
    """
    wanted = request.if_match
    if "If-Match" not in request.headers or wanted.star_tag:
        return
    unit = current_unit()
    if get.row is not None and unit is not None and unit.writing:
        key = next(iter(path.values()))
        session().execute(select(get.row.id).where(get.row.id == key).with_for_update(key_share=False))
    if not wanted.contains(generate_etag(_bytes(document()))):
        raise Stale


def _bytes(document: Any) -> bytes:
    return json.dumps(document, sort_keys=False).encode()
