"""Segments of customers, links that are shared, and promotions tried on past orders."""

from typing import Literal
from uuid import UUID

from sqlalchemy import select

from core.commerce.audiences.actions import delete_segment, save_segment
from core.commerce.audiences.models import Segment
from core.commerce.audiences.queries import Audience, audience, audiences
from core.commerce.promotions.backtest_runs import backtest_run, begin_backtest
from core.commerce.sharing.actions import save_sharing
from core.commerce.sharing.queries import sharing_settings
from core.commerce.sources.actions import archive_link, make_shop_link, save_link
from core.commerce.sources.models import SourceLink
from core.commerce.sources.queries import LinkView, link
from core.kernel.i18n import N_
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send
from core.rendering.api_pages import page_of

READ = "marketing.read"


def list_segments() -> list[Audience]:
    """The shop's segments, ready-made ones first."""
    return audiences()


def show_segment(segment_id: UUID) -> Audience | None:
    """A segment that the shop made."""
    return audience(str(segment_id))


def list_links(
    *, page: PageAsked, kind: Literal["link", "qr", "group", "campaign", "share"] | None = None
) -> ApiPage[LinkView]:
    """The shop's links, newest first.

    Args:
        kind: only links of this kind.
    """
    ids = select(SourceLink.id)
    if kind is not None:
        ids = ids.where(SourceLink.kind == kind)
    return page_of(ids, SourceLink, page, lambda found: {one: view for one in found if (view := link(one))})


ROOM = ApiRoom(
    name="marketing",
    title=N_("Marketing"),
    about=N_("Circles of customers, links with their own source, and promotions tried on past orders."),
    routes=(
        Get("/segments", list_segments, READ),
        Get("/segments/<uuid:segment_id>", show_segment, READ, row=Segment),
        Send("POST", "/segments", save_segment, fixed={"segment_id": None}),
        Send("PUT", "/segments/<uuid:segment_id>", save_segment),
        Send("DELETE", "/segments/<uuid:segment_id>", delete_segment),
        Get("/links", list_links, READ),
        Get("/links/<uuid:link_id>", link, READ, row=SourceLink),
        Send("POST", "/links", save_link, whole="draft", fixed={"link_id": None}),
        Send("PUT", "/links/<uuid:link_id>", save_link, whole="draft"),
        Send("PUT", "/links/<uuid:link_id>/archived", archive_link),
        Send("POST", "/share-links", make_shop_link),
        Get("/backtests/<uuid:backtest_id>", backtest_run, READ),
        Send("POST", "/backtests", begin_backtest),
        Get("/sharing", sharing_settings, "shop.read"),
        Send("PUT", "/sharing", save_sharing),
    ),
)
