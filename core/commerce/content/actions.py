"""Working on pages: drafts that nobody else sees, publishing them, going back, and the pages themselves."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.content.documents import Document, meta_of, shape_fault
from core.commerce.content.errors import (
    DraftMoved,
    NothingToPublish,
    PageLinked,
    TooManyPages,
    UnknownPage,
    UnknownRevision,
)
from core.commerce.content.frames import frame_values
from core.commerce.content.models import Page, PageRevision
from core.commerce.content.queries import SINGLE, WRITTEN, PageRef, places_linking_to, ref_condition
from core.commerce.shops.actions import bump_epoch, set_frame
from core.commerce.shops.queries import shop_settings
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor, current_scope

MAX_PAGES = 1_000
# Automatic revisions that are kept behind the draft; named and published ones stay for ever.
KEPT_AUTOMATIC = 60


@command("content.edit")
def publish_page(*, kind: str, slug: str, title: str, document: Document, position: int = 0) -> int:
    """Make `document` the live revision of a page at once, whatever its draft; returns its number. Older ones stay."""
    page = _page_at(kind, slug)
    number = _add_revision(page, document, kind="publish")
    page.live_revision = page.draft_revision = number
    page.title, page.position = title, position
    bump_epoch()
    return number


@command("content.edit")
def save_draft(*, ref: PageRef, base: int, document: Document) -> int:
    """Keep `document` as the page's draft and return its number; shoppers see nothing of it.

    Args:
        ref: "home", "frame", or the id of a written page.
        base: number of the draft that the person saw; 0 where there was none.
        document: the whole document; one that changes nothing is not kept again.

    Raises DraftMoved when the draft is another one by now, InputRefused for a document that is too large.
    """
    page = _locked(ref)
    _expect(page, base)
    if fault := shape_fault(document):
        raise InputRefused({"_schema": [fault]})
    if base and _revision(page, base).document == document:
        return base
    page.draft_revision = _add_revision(page, document, kind="auto")
    _forget_old_automatic(page)
    return page.draft_revision


@command("content.edit")
def publish_draft(*, ref: PageRef, base: int) -> int:
    """Make the draft `base` what shoppers see; returns its number. Raises DraftMoved, NothingToPublish."""
    page = _locked(ref)
    _expect(page, base)
    if not base or page.live_revision == base:
        raise NothingToPublish
    revision = _revision(page, base)
    if revision.kind == "auto":
        revision.kind = "publish"
    _go_live(page, revision)
    return base


@command("content.edit")
def discard_draft(*, ref: PageRef, base: int) -> int:
    """Let the draft be what is live again, and return its number; the discarded revisions stay in the list.

    A page that was never published has nothing to return to: written ones raise NothingToPublish, home page and
    frame begin anew.
    """
    page = _locked(ref)
    _expect(page, base)
    if not page.live_revision and page.kind in WRITTEN:
        raise NothingToPublish
    page.draft_revision = page.live_revision
    return page.live_revision


@command("content.edit")
def restore_draft(*, ref: PageRef, base: int, number: int) -> int:
    """Undo: a new draft with the document of revision `number`; nothing goes live. Returns the draft's number."""
    page = _locked(ref)
    _expect(page, base)
    page.draft_revision = _add_revision(page, _revision(page, number).document, kind="auto")
    return page.draft_revision


@command("content.edit")
def roll_back(*, ref: PageRef, base: int, number: int) -> int:
    """Publish an old revision again, as a new one; an unpublished draft stays in the list. Returns the new number."""
    page = _locked(ref)
    _expect(page, base)
    made = _add_revision(page, _revision(page, number).document, kind="rollback", label=str(number))
    page.draft_revision = made
    _go_live(page, _revision(page, made))
    return made


@command("content.edit")
def name_revision(*, ref: PageRef, number: int, label: str) -> None:
    """Give a revision a name, so that it is found again and never tidied away; "" takes the name off."""
    page = _locked(ref)
    revision = _revision(page, number)
    words = label.strip()
    if len(words) > 60:
        raise InputRefused({"label": [gettext(N_("Write at most %(max)s characters."), max=60)]})
    revision.label = words
    if revision.kind in ("auto", "named"):
        revision.kind = "named" if words else "auto"


@command("content.edit")
def make_page(*, kind: str, slug: str, document: Document) -> UUID:
    """Begin a policy or a page of the merchant's own (`kind` "policy" or "page"), as a draft; returns its id.

    Raises InputRefused for an address that is taken, TooManyPages.
    """
    assert kind in WRITTEN
    if fault := shape_fault(document):
        raise InputRefused({"_schema": [fault]})
    rows = session().execute(
        select(func.count(), func.coalesce(func.max(Page.position), 0)).where(
            Page.shop_id == current_scope().shop_id
        )
    )
    count, last = rows.one()
    if count >= MAX_PAGES:
        raise TooManyPages(most=MAX_PAGES)
    _refuse_taken(slug)
    page = Page(kind=kind, slug=slug, title=meta_of(document, "title"), position=last + 1)
    session().add(page)
    session().flush()
    page.draft_revision = _add_revision(page, document, kind="auto")
    return page.id


@command("content.edit")
def move_page(*, page_id: UUID, slug: str) -> None:
    """Give a written page another address, at once. Raises InputRefused for one that is taken."""
    page = _locked(page_id)
    if page.slug == slug:
        return
    if places := places_linking_to(page.slug):
        raise PageLinked(places=_words_for(places))
    _refuse_taken(slug)
    page.slug = slug
    bump_epoch()


@command("content.edit")
def unpublish_page(*, page_id: UUID) -> None:
    """Take a written page off the storefront; its draft and its revisions stay."""
    page = _locked(page_id)
    page.live_revision = 0
    bump_epoch()


@command("content.edit")
def delete_page(*, page_id: UUID) -> None:
    """Remove a written page with all its revisions. Raises PageLinked while a menu or another page leads to it."""
    page = _locked(page_id)
    if places := places_linking_to(page.slug):
        raise PageLinked(places=_words_for(places))
    session().execute(delete(Page).where(Page.shop_id == current_scope().shop_id, Page.id == page.id))
    bump_epoch()


@command("content.edit")
def reorder_pages(*, page_ids: list[UUID]) -> None:
    """Put written pages into this order; others keep their place."""
    known = session().scalars(
        select(Page).where(Page.shop_id == current_scope().shop_id, Page.kind.in_(WRITTEN))
    )
    places = {page_id: place for place, page_id in enumerate(page_ids, 1)}
    for page in known:
        page.position = places.get(page.id, page.position)
    bump_epoch()


# What actions are made of ------------------------------------------------------------------------------------------


def _page_at(kind: str, slug: str) -> Page:
    """The page of this kind and address, made if it is not there, locked until the end of the transaction."""
    made = insert(Page).values(
        shop_id=current_scope().shop_id,
        id=new_id(),
        kind=kind,
        slug=slug,
        title="",
        live_revision=0,
        draft_revision=0,
        position=0,
        created_at=now(),
    )
    session().execute(made.on_conflict_do_nothing())
    return (
        session()
        .scalars(
            select(Page)
            .where(Page.shop_id == current_scope().shop_id, Page.kind == kind, Page.slug == slug)
            .with_for_update(key_share=True)
        )
        .one()
    )


def _locked(ref: PageRef) -> Page:
    if isinstance(ref, str) and ref in SINGLE:
        return _page_at(ref, "")
    if isinstance(ref, str):
        raise UnknownPage
    found = (
        session()
        .scalars(
            select(Page)
            .where(Page.shop_id == current_scope().shop_id, ref_condition(ref))
            .with_for_update(key_share=True)
        )
        .first()
    )
    if found is None:
        raise UnknownPage
    return found


def _expect(page: Page, base: int) -> None:
    if page.draft_revision != base:
        author = _revision(page, page.draft_revision).author if page.draft_revision else ""
        raise DraftMoved(name=author or gettext(N_("Somebody")), number=page.draft_revision)


def _revision(page: Page, number: int) -> PageRevision:
    found = (
        session()
        .scalars(
            select(PageRevision).where(
                PageRevision.shop_id == page.shop_id,
                PageRevision.page_id == page.id,
                PageRevision.number == number,
            )
        )
        .first()
    )
    if found is None:
        raise UnknownRevision
    return found


def _add_revision(page: Page, document: Document, *, kind: str, label: str = "") -> int:
    newest = select(func.coalesce(func.max(PageRevision.number), 0)).where(
        PageRevision.shop_id == page.shop_id, PageRevision.page_id == page.id
    )
    number = int(session().scalars(newest).one()) + 1
    session().add(
        PageRevision(
            page_id=page.id,
            number=number,
            document=document,
            kind=kind,
            label=label,
            author=current_actor().name,
        )
    )
    session().flush()
    return number


def _go_live(page: Page, revision: PageRevision) -> None:
    page.live_revision = revision.number
    page.title = meta_of(revision.document, "title") or page.title
    if page.kind == "frame":
        values = frame_values(revision.document, shop_settings())
        set_frame(
            announcement=values.announcement,
            contact=values.contact,
            theme=values.theme,
            logo_asset=values.logo_asset,
        )
    else:
        bump_epoch()


def _forget_old_automatic(page: Page) -> None:
    """Keep the list short: of the automatic revisions only the newest stay."""
    own = (
        PageRevision.shop_id == page.shop_id,
        PageRevision.page_id == page.id,
        PageRevision.kind == "auto",
        PageRevision.number.not_in([page.live_revision, page.draft_revision]),
    )
    oldest = select(PageRevision.number).where(*own).order_by(PageRevision.number.desc())
    kept = session().scalars(oldest.offset(KEPT_AUTOMATIC).limit(1)).first()
    if kept is not None:
        session().execute(delete(PageRevision).where(*own, PageRevision.number <= kept))


def _refuse_taken(slug: str) -> None:
    taken = select(Page.id).where(
        Page.shop_id == current_scope().shop_id, Page.kind.in_(WRITTEN), Page.slug == slug
    )
    if session().scalars(taken).first() is not None:
        raise InputRefused({"slug": [gettext(N_("Another page has this address."))]})


def _words_for(places: list[tuple[str, str]]) -> str:
    names = {"home": gettext(N_("the home page")), "frame": gettext(N_("a menu"))}
    return ", ".join(names.get(kind) or f"“{title}”" for kind, title in places)
