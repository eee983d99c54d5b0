"""Reads of pages: what is live, what is being worked on, and how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import aliased

from core.commerce.content.documents import links_in, meta_of
from core.commerce.content.models import Page, PageRevision
from core.kernel.db import session
from core.kernel.tenancy import current_scope

# A page that exists once per shop is named by its kind, others by their id.
PageRef = UUID | str
SINGLE = ("home", "frame")
# Kinds that merchants make and name themselves; they share one set of addresses.
WRITTEN = ("policy", "page")


@dataclass(frozen=True, slots=True)
class PublishedPage:
    """A page as it is live."""

    kind: str
    slug: str
    title: str
    document: dict[str, Any]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PageDraft:
    """A page as it is being worked on.

    Args:
        number: the revision that the draft stands at; 0 while nothing was ever saved.
        live_number: the revision that shoppers see; 0 for none.
        document: the draft's document; live: the live one, None when there is none.
        author: who saved the draft last, at `saved_at`.
    """

    id: UUID | None
    kind: str
    slug: str
    title: str
    number: int
    live_number: int
    document: dict[str, Any] | None
    live: dict[str, Any] | None
    author: str = ""
    saved_at: datetime | None = None

    @property
    def changed(self) -> bool:
        """True while the draft is something that shoppers do not see."""
        return self.number != self.live_number


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page in the list of pages; `draft_revision` other than `live_revision` means unpublished changes."""

    id: UUID
    kind: str
    slug: str
    title: str
    live_revision: int
    draft_revision: int


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One revision of a page."""

    number: int
    kind: str
    label: str
    author: str
    created_at: datetime
    document: dict[str, Any]


def _at(page: Any, revision: Any, pointer: Any) -> Any:
    return and_(revision.shop_id == page.shop_id, revision.page_id == page.id, revision.number == pointer)


def _published(*conditions: Any) -> PublishedPage | None:
    statement = (
        select(Page, PageRevision)
        .join(PageRevision, _at(Page, PageRevision, Page.live_revision))
        .where(Page.shop_id == current_scope().shop_id, *conditions)
    )
    row = session().execute(statement).first()
    if row is None:
        return None
    page, revision = row
    return PublishedPage(page.kind, page.slug, page.title, revision.document, revision.created_at)


def published_page(kind: str, slug: str = "") -> PublishedPage | None:
    """The live revision of a page, or None."""
    return _published(Page.kind == kind, Page.slug == slug)


def written_page(slug: str) -> PublishedPage | None:
    """The live policy or page of the merchant's own at this address, or None."""
    return _published(Page.kind.in_(WRITTEN), Page.slug == slug)


def policy_links() -> list[tuple[str, str]]:
    """(slug, title) of every published policy, in the merchant's order."""
    statement = (
        select(Page.slug, Page.title)
        .where(Page.shop_id == current_scope().shop_id, Page.kind == "policy", Page.live_revision > 0)
        .order_by(Page.position, Page.slug)
    )
    return [(row.slug, row.title) for row in session().execute(statement)]


def ref_condition(ref: PageRef) -> Any:
    """What finds the page that `ref` names."""
    if isinstance(ref, UUID):
        return and_(Page.id == ref, Page.kind.in_(WRITTEN))
    return and_(Page.kind == ref, Page.slug == "")


def page_draft(ref: PageRef) -> PageDraft | None:
    """The draft of a page with what is live, in one statement; a page that exists once may not be there yet."""
    shown, live = aliased(PageRevision), aliased(PageRevision)
    statement: Select[Any] = (
        select(Page, shown, live.document)
        .outerjoin(shown, _at(Page, shown, Page.draft_revision))
        .outerjoin(live, _at(Page, live, Page.live_revision))
        .where(Page.shop_id == current_scope().shop_id, ref_condition(ref))
    )
    row = session().execute(statement).first()
    if row is None:
        return None if isinstance(ref, UUID) else PageDraft(None, ref, "", "", 0, 0, None, None)
    page, revision, document = row
    return PageDraft(
        id=page.id,
        kind=page.kind,
        slug=page.slug,
        title=(meta_of(revision.document, "title") if revision else "") or page.title,
        number=page.draft_revision,
        live_number=page.live_revision,
        document=revision.document if revision else None,
        live=document,
        author=revision.author if revision else "",
        saved_at=revision.created_at if revision else None,
    )


def pages() -> list[PageRow]:
    """Every page of the shop: home, then policies and the merchant's own in their order; the frame last."""
    rank = {"home": 0, "policy": 1, "page": 2, "frame": 3}
    found = session().scalars(select(Page).where(Page.shop_id == current_scope().shop_id))
    rows = sorted(found, key=lambda one: (rank[one.kind], one.position, one.slug))
    return [
        PageRow(one.id, one.kind, one.slug, one.title, one.live_revision, one.draft_revision) for one in rows
    ]


def revisions(ref: PageRef, *, limit: int, before: int | None = None) -> Sequence[RevisionView]:
    """The newest revisions of a page, those below the number `before` if it is given."""
    statement = (
        select(PageRevision)
        .join(Page, and_(Page.shop_id == PageRevision.shop_id, Page.id == PageRevision.page_id))
        .where(PageRevision.shop_id == current_scope().shop_id, ref_condition(ref))
        .order_by(PageRevision.number.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(PageRevision.number < before)
    return [_revision_view(row) for row in session().scalars(statement)]


def revision(ref: PageRef, number: int) -> RevisionView | None:
    """One revision of a page, or None."""
    found = revisions(ref, limit=1, before=number + 1)
    return found[0] if found and found[0].number == number else None


def _revision_view(row: PageRevision) -> RevisionView:
    return RevisionView(row.number, row.kind, row.label, row.author, row.created_at, row.document)


def places_linking_to(slug: str) -> list[tuple[str, str]]:
    """(kind, title) of every page whose draft or live document leads to the written page `slug`."""
    statement = (
        select(Page.kind, Page.title, PageRevision.document)
        .join(
            PageRevision,
            and_(
                PageRevision.shop_id == Page.shop_id,
                PageRevision.page_id == Page.id,
                PageRevision.number.in_([Page.live_revision, Page.draft_revision]),
            ),
        )
        .where(Page.shop_id == current_scope().shop_id, ~and_(Page.kind.in_(WRITTEN), Page.slug == slug))
    )
    rows = session().execute(statement)
    found = ((kind, title) for kind, title, document in rows if _leads_to(document, slug))
    return list(dict.fromkeys(found))


def _leads_to(document: Any, slug: str) -> bool:
    return any(link["kind"] == "page" and link.get("ref") == slug for link in links_in(document))
