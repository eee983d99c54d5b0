"""Sharing a page: a link that says who shared it, words for a chat, a poster, and what WeChat needs for its card."""

from flask import Blueprint, Response, jsonify, request

from core.commerce.sharing.queries import shared_link
from core.commerce.sources.actions import make_share_link
from core.commerce.sources.errors import TargetRefused
from core.kernel.fonts import NoChineseFont, cjk_font
from core.kernel.i18n import _
from core.rendering import links
from core.rendering.contexts import LinkView, SharePage
from core.rendering.posters import poster
from core.rendering.shares import card_line, chat_text
from core.web.shares import facts_of
from core.web.storefront.answers import go, page_answer, slots_for
from core.web.storefront.browser import current_browser
from core.web.storefront.forms import typed
from core.web.storefront.frame import image_view, preview
from core.web.storefront.limits import POSTERS, SHARES, limiter
from core.web.storefront.parts import parts

sharing = Blueprint("sharing", __name__)
_LONGEST_PATH, _LONGEST_PLACE = 500, 80


@sharing.post("/share")
@limiter.limit(SHARES)
def make() -> Response:
    """A share link for a page, made once per person, page and place; a program of ours gets it as JSON."""
    path = typed(request.form, "path", most=_LONGEST_PATH).text
    place = typed(request.form, "place", most=_LONGEST_PLACE).text
    customer = current_browser().customer
    facts = facts_of(path)
    try:
        made = make_share_link(
            target=path,
            shared_by=customer.id if customer else None,
            place=place,
            title=facts.title,
            campaign=facts.campaign,
        )
    except TargetRefused:
        return go(links.HOME)
    if request.accept_mimetypes.best == "application/json":
        frame = parts().frames.frame()
        # Messengers put the address behind the text themselves.
        text = chat_text(facts, shop=frame.settings.name, address="").rstrip()
        return jsonify(url=f"{frame.address}{made.path}", title=facts.title, text=text)
    return go(links.share_url(made.code))


@sharing.get("/share/<code>")
def sheet(code: str) -> Response:
    """The three forms in which a page can be shared."""
    link, frame = shared_link(code), parts().frames.frame()
    facts, address = facts_of(link.target), f"{frame.address}{link.path}"
    title = _("Share")
    page = SharePage(
        title=title,
        preview=preview(frame, title, links.share_url(code), index=False),
        back=LinkView(label=facts.title, url=links.own_path(link.target)),
        text=chat_text(facts, shop=frame.settings.name, address=address),
        link=address,
        poster_url=f"{links.share_url(code)}/poster.png" if _can_draw() else "",
        card_title=facts.title,
        card_text=card_line(facts) or frame.settings.tagline,
        card_image=image_view(facts.picture),
        action=links.SHARE,
        path=link.target,
        place=link.place,
    )
    return page_answer(page, slots=slots_for(page))


@sharing.get("/share/<code>/poster.png")
@limiter.limit(POSTERS)
def poster_file(code: str) -> Response:
    """The poster of a share link."""
    link, frame = shared_link(code), parts().frames.frame()
    drawn = poster(facts_of(link.target), shop=frame.settings.name, address=f"{frame.address}{link.path}")
    answer = Response(drawn, mimetype="image/png")
    # Seats and prices on it change.
    answer.headers["Cache-Control"] = "private, max-age=60"
    answer.headers["Content-Disposition"] = f'inline; filename="{link.code}.png"'
    return answer


def _can_draw() -> bool:
    try:
        cjk_font()
    except NoChineseFont:
        return False
    return True
