"""Publishing pages: a new revision and the pointer that makes it live."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.content.models import Page, PageRevision
from core.commerce.shops.actions import bump_epoch
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope


@command("content.edit")
def publish_page(*, kind: str, slug: str, title: str, document: dict[str, Any], position: int = 0) -> int:
    """Make `document` the live revision of a page ("home" or "policy"); returns its number. Older ones stay."""
    made = insert(Page).values(
        shop_id=current_scope().shop_id,
        id=new_id(),
        kind=kind,
        slug=slug,
        title=title,
        live_revision=0,
        position=position,
        created_at=now(),
    )
    session().execute(made.on_conflict_do_nothing())
    page = (
        session()
        .scalars(select(Page).where(Page.kind == kind, Page.slug == slug).with_for_update(key_share=True))
        .one()
    )
    newest = select(func.coalesce(func.max(PageRevision.number), 0)).where(
        PageRevision.shop_id == page.shop_id, PageRevision.page_id == page.id
    )
    number = session().scalars(newest).one() + 1
    session().add(PageRevision(page_id=page.id, number=number, document=document))
    page.live_revision, page.title, page.position = number, title, position
    bump_epoch()
    return int(number)
