"""Routes that give a merchant everything to share a page of the shop: words, poster, link card, and which of them work."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from flask import Blueprint, Response, request, url_for

from core.commerce.sharing.queries import SharingView, shared_link, sharing_settings
from core.commerce.shops.queries import shop_settings
from core.commerce.sources.actions import make_shop_link
from core.commerce.sources.errors import TargetRefused
from core.kernel.errors import NotFound
from core.kernel.fonts import NoChineseFont, cjk_font
from core.kernel.i18n import N_, gettext, sentences
from core.kernel.tenancy import require
from core.rendering.console import formats
from core.rendering.posters import poster
from core.rendering.shares import card_line, chat_text
from core.web.console.answers import go, show
from core.web.console.shell import storefront_link, storefront_visit
from core.web.shares import facts_of

blueprint = Blueprint("console_sharing", __name__)
PERMISSION = "marketing.edit"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to share: whether it works now, why not, and what to do about it."""

    label: str
    tone: Literal["ok", "warn"]
    words: str
    fix_label: str = ""
    fix_url: str = ""


@blueprint.before_request
def marketers_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


@blueprint.post("/")
def make() -> Response:
    """A link of the shop's own for a page, one for each chat group."""
    target, place = request.form.get("path", ""), request.form.get("place", "")
    facts = facts_of(target)
    try:
        made = make_shop_link(target=target, place=place, title=facts.title, campaign=facts.campaign)
    except TargetRefused:
        raise NotFound from None
    return go("console_sharing.sheet", code=made.code)


@blueprint.get("/<code>")
def sheet(code: str) -> Response:
    """Everything to share one page."""
    link = shared_link(code)
    facts, address = facts_of(link.target), storefront_link(link.path)
    shop = shop_settings()
    return show(
        "sharing/sheet",
        link=link,
        title=facts.title,
        text=chat_text(facts, shop=shop.name, address=address),
        address=address,
        target_url=storefront_visit(link.target),
        card_text=card_line(facts) or shop.tagline,
        picture=facts.picture,
        ways=ways_to_share(address),
        can_draw=_poster().tone == "ok",
    )


@blueprint.get("/<code>/poster.png")
def poster_file(code: str) -> Response:
    """The poster of a link, to save and print."""
    link = shared_link(code)
    drawn = poster(facts_of(link.target), shop=shop_settings().name, address=storefront_link(link.path))
    answer = Response(drawn, mimetype="image/png")
    answer.headers["Cache-Control"] = "private, max-age=60"
    if "save" in request.args:
        answer.headers["Content-Disposition"] = f'attachment; filename="poster-{link.code}.png"'
    return answer


def ways_to_share(address: str) -> list[Way]:
    """Each way to share, whether it works now, and what to do about it; `address` is what would be shared."""
    return [_chat(), _poster(), _card(address), _wechat(sharing_settings())]


def _chat() -> Way:
    return Way(gettext(N_("Words for a chat")), "ok", gettext(N_("Work in every messenger.")))


def _poster() -> Way:
    label = gettext(N_("Poster"))
    try:
        cjk_font()
    except NoChineseFont as problem:
        return Way(label, "warn", sentences(problem.text, problem.fix_text))
    return Way(label, "ok", gettext(N_("Is drawn with what is true at that moment.")))


def _card(address: str) -> Way:
    """Messengers fetch the page themselves, so they must be able to reach it."""
    parts, label = urlsplit(address), gettext(N_("Link card"))
    host = parts.hostname or ""
    if host.endswith(".localhost") or host == "localhost" or host.replace(".", "").isdigit():
        return Way(
            label,
            "warn",
            gettext(
                N_("Messengers cannot reach %(host)s from outside, so they show the bare link."), host=host
            ),
        )
    return Way(label, "ok", gettext(N_("Messengers read picture, title and price from the page.")))


def _wechat(settings: SharingView) -> Way:
    label, fix = gettext(N_("Card inside WeChat")), gettext(N_("Set it up"))
    place = url_for("console_settings.sharing")
    if not settings.wechat_app_id or not settings.has_secret:
        return Way(label, "warn", gettext(N_("Needs your WeChat account's AppID.")), fix, place)
    if settings.ticket and settings.ticket_until:
        return _on_pages(settings, label)
    if settings.trouble:
        words = gettext(N_("WeChat refused: %(answer)s"), answer=settings.trouble)
        return Way(label, "warn", words, gettext(N_("Look at the settings")), place)
    return Way(label, "warn", gettext(N_("WeChat's signature is on its way.")))


# What WeChat's script said on a page → what the merchant can do.
_PAGE_WORDS = {
    "script": N_("WeChat's script did not load in the buyer's phone, so friends see the bare link."),
    "unsigned": N_("A page asked for a signature when there was none. It should be over by now."),
    "signature": N_("WeChat refuses the signature of your pages. Check AppID and AppSecret."),
    "domain": N_("WeChat refuses your shop's address. Add it to the JS domains of your account."),
    "permission": N_("Your account may not set cards. WeChat allows it to verified service accounts."),
    "other": N_("Something went wrong with a card inside WeChat."),
}


def _on_pages(settings: SharingView, label: str) -> Way:
    """The signature is there: what did pages hear from WeChat?"""
    until = formats.moment(settings.ticket_until) if settings.ticket_until else ""
    signed = gettext(N_("Signed until %(time)s."), time=until)
    if settings.page_heard_at is None:
        return Way(label, "ok", sentences(signed, gettext(N_("Nobody has opened a page inside WeChat yet."))))
    heard = formats.moment(settings.page_heard_at)
    if settings.page_problem in _PAGE_WORDS:
        said = gettext(N_("Heard on a page: %(time)s."), time=heard)
        words = sentences(gettext(_PAGE_WORDS[settings.page_problem]), said)
        return Way(
            label, "warn", words, gettext(N_("Look at the settings")), url_for("console_settings.sharing")
        )
    return Way(label, "ok", sentences(signed, gettext(N_("Worked on a page: %(time)s."), time=heard)))
