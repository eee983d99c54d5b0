"""Reads of published pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.commerce.content.models import Page, PageRevision
from core.kernel.db import session


@dataclass(frozen=True, slots=True)
class PublishedPage:
    """A page as it is live."""

    kind: str
    slug: str
    title: str
    document: dict[str, Any]
    published_at: datetime


def published_page(kind: str, slug: str = "") -> PublishedPage | None:
    """The live revision of a page, or None."""
    statement = (
        select(Page, PageRevision)
        .join(
            PageRevision,
            (PageRevision.shop_id == Page.shop_id)
            & (PageRevision.page_id == Page.id)
            & (PageRevision.number == Page.live_revision),
        )
        .where(Page.kind == kind, Page.slug == slug)
    )
    row = session().execute(statement).first()
    if row is None:
        return None
    page, revision = row
    return PublishedPage(page.kind, page.slug, page.title, revision.document, revision.created_at)


def policy_links() -> list[tuple[str, str]]:
    """(slug, title) of every published policy, in the merchant's order."""
    statement = (
        select(Page.slug, Page.title)
        .where(Page.kind == "policy", Page.live_revision > 0)
        .order_by(Page.position)
    )
    return [(row.slug, row.title) for row in session().execute(statement)]
