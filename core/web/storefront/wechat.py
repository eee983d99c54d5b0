"""Pages inside WeChat: its script for shops that have an account there, so that friends see the page's own card.

The script's tag is put into the finished answer: pages that are kept hold nothing of it, and other browsers never get it.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, jsonify, request
from markupsafe import Markup

from core.commerce.sharing.actions import note_page
from core.commerce.sharing.queries import PAGE_PROBLEMS, sharing_settings
from core.commerce.sharing.wechat import page_signature
from core.kernel.errors import NotFound
from core.web.security import let_run
from core.web.storefront.files import FOR_EVER
from core.web.storefront.limits import SHARES, limiter
from core.web.storefront.parts import parts

wechat = Blueprint("wechat_cards", __name__)

SCRIPT_HOST = "https://res.wx.qq.com"
_SCRIPT = f"{SCRIPT_HOST}/open/js/jweixin-1.6.0.js"
_FILE = Path(__file__).resolve().parent / "assets" / "wechat.js"
_BROWSER = "MicroMessenger"
_HEAD = b"</head>"


@lru_cache(maxsize=1)
def _own_script() -> tuple[bytes, str]:
    """Our script, and its address, marked with its content."""
    content = _FILE.read_bytes()
    return content, f"/wechat/{hashlib.sha256(content).hexdigest()[:12]}.js"


@wechat.get("/wechat/<mark>.js")
def script(mark: str) -> Response:
    """Our script; an address with an old mark gives the present one, but only for a moment."""
    content, address = _own_script()
    answer = Response(content, content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = FOR_EVER if address == f"/wechat/{mark}.js" else "no-cache"
    return answer


@wechat.get("/share/wechat.json")
def signature() -> Response:
    """What WeChat's script wants for the page that asks; 404 while no account is configured and working."""
    settings = sharing_settings()
    url = request.args.get("url", "")[:2000]
    if not settings.ticket or not url.startswith(request.host_url):
        raise NotFound
    answer = jsonify(appId=settings.wechat_app_id, **page_signature(ticket=settings.ticket, url=url))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@wechat.post("/share/wechat/heard")
@limiter.limit(SHARES)
def heard() -> Response:
    """What WeChat's script said on a page: kept for the merchant; words of strangers are not, only what we know."""
    problem = request.form.get("problem", "")
    if not _is_wechat() or problem not in ("", *PAGE_PROBLEMS):
        raise NotFound
    note_page(problem=problem)
    return Response(status=204)


def _is_wechat() -> bool:
    return _BROWSER in request.headers.get("User-Agent", "")


def put_script(response: Response) -> Response:
    """Put our script into a page that WeChat's browser gets from a shop with an account; others stay as they are."""
    if response.mimetype != "text/html" or not _is_wechat() or request.blueprint == "previews":
        return response
    frame = parts().frames.latest()
    if frame is None or not frame.in_wechat:
        return response
    before, end, after = response.get_data().partition(_HEAD)
    tag = Markup('<script src="{}" data-script="{}" defer></script>\n').format(_own_script()[1], _SCRIPT)
    if end:
        response.set_data(before + tag.encode() + end + after)
        let_run(SCRIPT_HOST)
    return response
