"""The shop's pictures on the console's host, where only its staff see them."""

from flask import Blueprint, Response

from core.commerce.media.queries import Picture, media_file
from core.kernel.errors import NotFound
from core.rendering.console.visits import console_path

blueprint = Blueprint("console_media", __name__)
_OWN = "/media/"


@blueprint.get("/<path:place>")
def picture(place: str) -> Response:
    """A file of the bound shop's media; it never changes."""
    found = media_file(place)
    if found is None:
        raise NotFound
    answer = Response(found.content, mimetype=found.mime)
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    # A drawing opened by itself is a document: it may run nothing.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer


def picture_url(shown: Picture | None) -> str:
    """Where the console finds a picture that the storefront finds on the shop's host; "" without one."""
    return "" if shown is None else picture_place(shown.url)


def picture_place(url: str) -> str:
    """Where the console finds a file whose address is that of the storefront."""
    return console_path(url) if url.startswith(_OWN) else url
