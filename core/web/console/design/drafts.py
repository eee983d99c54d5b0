"""The draft that a request is about, what surrounds it, and how its changes are kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, request

from core.commerce.content.actions import save_draft
from core.commerce.content.documents import Document, empty_document, shape_fault
from core.commerce.content.frames import frame_document, frame_values, typed_frame
from core.commerce.content.queries import SINGLE, PageDraft, page_draft, revision
from core.commerce.shops.queries import ShopSettings, shop_settings
from core.kernel.errors import NotFound
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope
from core.rendering.blocks import BlockTypes
from core.web.console.design.section_types import types_of
from core.web.console.shell import storefront_link
from core.web.previews import EXTENSION, PreviewLink, Previews
from core.web.security import let_show

# What a shop shows whose merchant has not made a home page yet: everything, newest first.
FIRST_HOME: Document = {
    "meta": {},
    "sections": {"goods": {"type": "goods", "v": 2, "settings": {"source": "newest", "limit": 24}}},
    "order": ["goods"],
}


@dataclass(frozen=True, slots=True)
class Desk:
    """One page on the desk.

    Args:
        ref: "home", "frame", or the page's id as text.
        draft: what is stored of it.
        document: the draft's document, or what a page begins with that was never saved.
        types: the types that its sections can have.
        settings: the shop around it.
    """

    ref: str
    draft: PageDraft
    document: Document
    types: BlockTypes
    settings: ShopSettings

    @property
    def page_ref(self) -> UUID | str:
        """The page as actions name it."""
        return self.draft.id if self.ref not in SINGLE and self.draft.id else self.ref

    @property
    def is_frame(self) -> bool:
        """Whether this is the frame: its parts are always there, in one order."""
        return self.ref == "frame"

    def section(self, section_id: str) -> dict[str, Any]:
        """A section of the document; raises NotFound."""
        found = self.document["sections"].get(section_id)
        if not isinstance(found, dict):
            raise NotFound
        return found

    def before(self) -> Document | None:
        """The document that shoppers see, brought into the same shape."""
        return shaped(self.ref, self.draft.live, self.settings) if self.draft.live else None


def desk_of(ref: str) -> Desk:
    """The page that an address names; raises NotFound for one that the shop does not have."""
    named = ref if ref in SINGLE else as_id(ref)
    draft = page_draft(named) if named else None
    if draft is None:
        raise NotFound
    settings = shop_settings()
    return Desk(ref, draft, shaped(ref, draft.document, settings, draft), types_of(ref), settings)


def shaped(
    ref: str, document: Document | None, settings: ShopSettings, draft: PageDraft | None = None
) -> Document:
    """A stored document (None: what was never saved) as the editor reads it."""
    if ref == "frame":
        return typed_frame(_frame(document, settings, draft))
    if document is None or shape_fault(document):
        return FIRST_HOME if ref == "home" else empty_document()
    return {"meta": {}, **document}


def _frame(document: Document | None, settings: ShopSettings, draft: PageDraft | None) -> Document:
    """The draft of the frame; what stands in the shop's row wins while nothing is being worked on."""
    if document is None:
        return frame_document(settings)
    said = frame_values(document, settings)
    row = (settings.announcement, settings.contact, settings.theme, settings.logo_asset)
    same = (said.announcement, said.contact, said.theme, said.logo_asset) == row
    return document if same or draft is None or draft.changed else frame_document(settings)


def base_number() -> int:
    """The draft that the person saw, as their form says; -1 for nonsense."""
    text = request.form.get("_base", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def keep(desk: Desk, change: Callable[[Document], Document]) -> int:
    """Change the document that the person saw and keep it as the draft; raises DraftMoved when it is another by now."""
    return save_draft(ref=desk.page_ref, base=base_number(), document=change(desk.document))


def seen_document(desk: Desk) -> Document | None:
    """The document that the person's form was made from, if it is still kept."""
    number = base_number()
    if number == 0:
        return shaped(desk.ref, None, desk.settings)
    found = revision(desk.page_ref, number) if number > 0 else None
    return shaped(desk.ref, found.document, desk.settings) if found else None


def preview_address(desk: Desk) -> str:
    """Address of the draft on the shop's own host, for a frame on this console's pages."""
    maker: Previews = current_app.extensions[EXTENSION]
    origin = request.host_url.rstrip("/")
    path = maker.path_of(PreviewLink(current_scope().shop_id, desk.ref, origin))
    let_show(storefront_link("").rstrip("/"))
    return storefront_link(path)
