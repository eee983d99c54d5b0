"""Pages of the storefront: drafts, publishing, revisions."""

from uuid import UUID

from core.commerce.content.actions import (
    delete_page,
    discard_draft,
    make_page,
    move_page,
    name_revision,
    publish_draft,
    publish_page,
    reorder_pages,
    restore_draft,
    roll_back,
    save_draft,
    unpublish_page,
)
from core.commerce.content.queries import RevisionView, page_draft, pages, revision, revisions
from core.kernel.i18n import N_
from core.rendering.api import ApiRoom, Get, Send

READ = "content.read"
_NUMBER = "revision"


def list_revisions(*, ref: UUID | str, limit: int = 50, before: int | None = None) -> list[RevisionView]:
    """What a page was, newest first.

    Args:
        ref: "home", "frame", or the id of a written page.
        limit: at most so many, 100 or fewer.
        before: only those with a lower number.
    """
    return list(revisions(ref, limit=max(1, min(limit, 100)), before=before))


ROOM = ApiRoom(
    name="content",
    title=N_("Pages"),
    about=N_(
        "What buyers read. A page is named by its id; the home page is “home”, the frame around all is “frame”."
    ),
    routes=(
        Get("/pages", pages, READ),
        Get("/pages/<ref>", page_draft, READ),
        Get("/pages/<ref>/revisions", list_revisions, READ),
        Get("/pages/<ref>/revisions/<int:number>", revision, READ),
        Send("POST", "/pages", make_page),
        Send("POST", "/pages/published", publish_page, answer=_NUMBER),
        Send("PUT", "/pages/order", reorder_pages),
        Send("PUT", "/pages/<uuid:page_id>/slug", move_page),
        Send("POST", "/pages/<uuid:page_id>/unpublish", unpublish_page),
        Send("DELETE", "/pages/<uuid:page_id>", delete_page),
        Send("PUT", "/pages/<ref>/draft", save_draft, answer=_NUMBER),
        Send("POST", "/pages/<ref>/draft/discard", discard_draft, answer=_NUMBER),
        Send("POST", "/pages/<ref>/draft/publish", publish_draft, answer=_NUMBER),
        Send("POST", "/pages/<ref>/draft/restore", restore_draft, answer=_NUMBER),
        Send("POST", "/pages/<ref>/roll-back", roll_back, answer=_NUMBER),
        Send("PUT", "/pages/<ref>/revisions/<int:number>", name_revision),
    ),
)
