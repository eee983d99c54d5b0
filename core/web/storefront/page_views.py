"""Pages of sections as views: the home page and the merchant's own pages, from a document that is live or a draft."""

from core.commerce.content.documents import meta_of
from core.commerce.content.queries import PublishedPage
from core.rendering import links
from core.rendering.blocks import BlockTypes
from core.rendering.contexts import ContentPage, HomePage, SectionView
from core.rendering.pages import PageTree, page_needs, read_page, section_views
from core.web.storefront.cards import supply_for
from core.web.storefront.frame import Frame, preview


def home_page(frame: Frame, blocks: BlockTypes) -> HomePage:
    """The home page of `frame`."""
    name = frame.settings.name
    title = frame.home_meta.get("seo_title") or name
    description = frame.home_meta.get("seo_description") or frame.settings.tagline
    return HomePage(
        title=title,
        preview=preview(frame, title, links.HOME, description=description),
        sections=_sections(frame.home, blocks, frame),
    )


def content_page(frame: Frame, blocks: BlockTypes, found: PublishedPage) -> ContentPage:
    """A page of the merchant's own words."""
    card = preview(
        frame,
        meta_of(found.document, "seo_title") or found.title,
        links.content_url(found.slug),
        description=meta_of(found.document, "seo_description"),
    )
    return ContentPage(
        title=found.title,
        preview=card,
        sections=_sections(read_page(found.document, blocks), blocks, frame),
        updated_at=found.published_at,
    )


def _sections(tree: PageTree, blocks: BlockTypes, frame: Frame) -> tuple[SectionView, ...]:
    return section_views(tree, blocks, supply_for(page_needs(tree, blocks), frame))
