"""Signs of the shop for tabs, bookmarks and home screens, and the manifest that names them."""

import hashlib

from flask import Blueprint, Response, jsonify, request

from core.kernel.errors import NotFound
from core.rendering import links
from core.rendering.shop_icons import SIZES, icon_ico, icon_png, icon_url
from core.web.storefront.files import FOR_EVER
from core.web.storefront.frame import icon_facts
from core.web.storefront.parts import parts

icons = Blueprint("icons", __name__)

_DAY = "public, max-age=86400"


@icons.get("/icons/<mark>/<int:size>.png")
def icon(mark: str, size: int) -> Response:
    """The sign; an address of another day gives the present one, but only for a day."""
    if size not in SIZES:
        raise NotFound
    facts = icon_facts(parts().frames.frame())
    return _kept(icon_png(facts, size), "image/png", FOR_EVER if mark == facts.mark else _DAY)


@icons.get("/favicon.ico")
def favicon() -> Response:
    """What browsers ask for without being told."""
    return _kept(icon_ico(icon_facts(parts().frames.frame())), "image/x-icon", _DAY)


@icons.get("/apple-touch-icon.png")
@icons.get("/apple-touch-icon-precomposed.png")
def touch_icon() -> Response:
    """What phones of one maker ask for without being told."""
    return _kept(icon_png(icon_facts(parts().frames.frame()), 180), "image/png", _DAY)


@icons.get("/site.webmanifest")
def manifest() -> Response:
    """Name, colours and signs, for shops that are put on a home screen."""
    frame = parts().frames.frame()
    facts, name = icon_facts(frame), frame.settings.name
    answer = jsonify(
        name=name,
        short_name=name[:12],
        start_url=links.HOME,
        scope=links.HOME,
        display="minimal-ui",
        lang=frame.settings.language,
        theme_color=facts.ground,
        background_color="#ffffff",
        icons=[
            {"src": icon_url(facts, size), "sizes": f"{size}x{size}", "type": "image/png"}
            for size in (192, 512)
        ],
    )
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = _DAY
    return answer


def _kept(content: bytes, mime: str, control: str) -> Response:
    answer = Response(content, mimetype=mime)
    answer.headers["Cache-Control"] = control
    answer.set_etag(hashlib.sha256(content).hexdigest()[:16])
    answer.make_conditional(request)
    return answer
