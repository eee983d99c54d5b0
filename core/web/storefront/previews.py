"""Drafts as shoppers would see them, for whoever holds a signed link: never cached, never indexed, never sold from."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app

from core.commerce.content.queries import PageDraft, PublishedPage, page_draft
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.contexts import Page
from core.rendering.storefront import render_page
from core.web.previews import EXTENSION, Previews
from core.web.security import let_frame
from core.web.storefront.answers import slots_for, visitor
from core.web.storefront.frame import Frame, shop_view
from core.web.storefront.page_views import content_page, home_page
from core.web.storefront.parts import parts

previews = Blueprint("previews", __name__)
_LONGEST = 1_000


@previews.get("/preview/<token>")
def preview(token: str) -> Response:
    """The draft that the link names, in the shop's own frame; links of other shops lead nowhere here."""
    reader: Previews = current_app.extensions[EXTENSION]
    link = reader.read(token) if len(token) <= _LONGEST else None
    if link is None or link.shop_id != current_scope().shop_id:
        raise NotFound
    draft = page_draft(link.ref if link.ref in ("home", "frame") else as_id(link.ref) or "none")
    if draft is None or (draft.document is None and draft.kind not in ("home", "frame")):
        raise NotFound
    frame, page, path = _shown(draft)
    if urlsplit(link.frame_by).scheme in ("http", "https"):
        let_frame(link.frame_by)
    html = render_page(
        page,
        theme=frame.theme,
        shop=shop_view(frame, path, demo=parts().demo),
        path=path,
        slots=slots_for(page, {}),
        visitor=visitor(),
        for_merchant=True,
    )
    answer = Response(html, mimetype="text/html")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _shown(draft: PageDraft) -> tuple[Frame, Page, str]:
    """The shop around the draft, the draft's page, and the path that it would have."""
    frames, blocks = parts().frames, parts().blocks
    if draft.kind == "frame":
        frame = frames.drafted(frame=draft.document) if draft.document else frames.frame()
        return frame, home_page(frame, blocks), links.HOME
    if draft.kind == "home":
        frame = frames.drafted(home=draft.document) if draft.document else frames.frame()
        return frame, home_page(frame, blocks), links.HOME
    assert draft.document is not None
    found = PublishedPage(draft.kind, draft.slug, draft.title, draft.document, draft.saved_at or now())
    frame = frames.frame()
    return frame, content_page(frame, blocks, found), links.content_url(draft.slug)
