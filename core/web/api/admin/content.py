"""Pages of the storefront: drafts, publishing, revisions."""

import re
from typing import Any, Literal
from uuid import UUID

from core.commerce.content.actions import (
    delete_page,
    discard_draft,
    make_page,
    move_page,
    name_revision,
    publish_draft,
    reorder_pages,
    restore_draft,
    roll_back,
    save_draft,
    unpublish_page,
)
from core.commerce.content.queries import RevisionView, page_draft, pages, revision, revisions
from core.kernel.command import command
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, gettext
from core.rendering.api import ApiRoom, Get, Send

READ = "content.read"
_NUMBER = "revision"
_SLUG, _LONGEST_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"), 80


def list_revisions(*, ref: UUID | str, limit: int = 50, before: int | None = None) -> list[RevisionView]:
    """What a page was, newest first.

    Args:
        ref: "home", "frame", or the id of a written page.
        limit: at most so many, 100 or fewer.
        before: only those with a lower number.
    """
    return list(revisions(ref, limit=max(1, min(limit, 100)), before=before))


@command("content.edit")
def begin_page(*, kind: Literal["policy", "page"], slug: str, document: dict[str, Any]) -> UUID:
    """Begin a policy or a page of one's own, as a draft. Raises InputRefused for an address that is taken.

    Args:
        kind: "policy" or "page".
        slug: its part of the address: small letters, digits and single hyphens.
        document: the page as a tree of sections; see docs/writing_a_theme.md.
    """
    _require_slug(slug)
    return make_page(kind=kind, slug=slug, document=document)


@command("content.edit")
def rename_page(*, page_id: UUID, slug: str) -> None:
    """Give a page another address, at once. Raises InputRefused for one that is taken."""
    _require_slug(slug)
    move_page(page_id=page_id, slug=slug)


def _require_slug(slug: str) -> None:
    if len(slug) > _LONGEST_SLUG or not _SLUG.fullmatch(slug):
        raise InputRefused({"slug": [gettext(N_("Use small letters, digits and single hyphens."))]})


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
        Send("POST", "/pages", begin_page, stands_for=make_page),
        Send("PUT", "/pages/order", reorder_pages),
        Send("PUT", "/pages/<uuid:page_id>/slug", rename_page, stands_for=move_page),
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
