"""Storefront pages: a page's view, the shop and the plugins' blocks become HTML; the visitor's parts come last."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from markupsafe import Markup

from core.kernel.i18n import current_language, gettext
from core.rendering import links
from core.rendering.contexts import HereView, Page, PluginPage, SectionView, ShopView, Visitor
from core.rendering.engine import PageRun, environment_of, page_run
from core.rendering.formats import in_zone, iso
from core.rendering.holes import DRAWN, filled
from core.rendering.sandbox import Limits, rendered
from core.rendering.slots import NO_SLOTS, PageSlots, SlotBlock
from core.rendering.theme import Theme

PAGE_LIMITS = Limits()
BLOCK_LIMITS = Limits(steps=20_000, output=300_000, seconds=0.5, loads=60)

log = structlog.get_logger(__name__)


def render_page(
    page: Page,
    *,
    theme: Theme,
    shop: ShopView,
    path: str,
    slots: PageSlots = NO_SLOTS,
    visitor: Visitor | None = None,
    for_merchant: bool = False,
) -> str:
    """The HTML of `page` in the current language.

    Without `visitor` the result holds marks instead of cart, log-in, time and nonce: it may be cached and goes
    through `fill_visitor` on its way out. Pages that are never cached may pass `visitor` at once.

    Args:
        page: one of `core.rendering.contexts.PAGES`, or a plugin's `PluginPage`.
        path: path and query of the request.
        slots: the plugins' blocks, from `page_slots`.
        for_merchant: True shows a card with the plugin's name where a block failed; shoppers see nothing.

    Raises:
        TemplateError: the theme itself is broken; blocks and sections that fail are left out instead.
    """
    names = _names(page, shop, path)
    maker = _Maker(theme, names, for_merchant)
    run = PageRun(theme)
    token = page_run.set(run)
    try:
        with in_zone(shop.zone):
            _place_blocks(run, slots, maker)
            run.sections = {one.id: maker.section(one) for one in getattr(page, "sections", ())}
            if isinstance(page, PluginPage):
                run.body = maker.strictly(page.body_template, page.body)
            template = environment_of(theme.key, theme.folder).get_template(f"{page.template}.html")
            html = rendered(template, names, PAGE_LIMITS)
    finally:
        page_run.reset(token)
    return fill_visitor(html, theme=theme, shop=shop, visitor=visitor, path=path) if visitor else str(html)


def fill_visitor(html: str, *, theme: Theme, shop: ShopView, visitor: Visitor, path: str) -> str:
    """`html` of `render_page` with the parts of one visitor filled in: nonce, time, cart, log-in, notices."""
    drawn = draw_visitor(html, theme=theme, shop=shop, visitor=visitor, path=path)
    return fill_moment(drawn, zone=shop.zone, visitor=visitor)


def fill_moment(html: str, *, zone: str, visitor: Visitor) -> str:
    """`html` of `draw_visitor` with what differs from one answer to the next: the nonce and the time."""
    with in_zone(zone):
        return filled(html, {"nonce": visitor.nonce, "now": iso(visitor.now)})


def draw_visitor(html: str, *, theme: Theme, shop: ShopView, visitor: Visitor, path: str) -> str:
    """`html` of `render_page` with cart, log-in, notices and announcement of one visitor; nonce and time stay open."""
    environment = environment_of(theme.key, theme.folder)
    news = shop.announcement
    names = {
        "shop": shop,
        "here": _here("", path),
        "announcement": news if news is not None and news.mark != visitor.closed else None,
        "customer": visitor.customer,
        "cart": visitor.cart,
        "notices": visitor.notices,
    }
    token = page_run.set(PageRun(theme))
    try:
        with in_zone(shop.zone):
            parts = {
                name: str(rendered(environment.get_template(f"holes/{name}.html"), names, BLOCK_LIMITS))
                for name in DRAWN
            }
    finally:
        page_run.reset(token)
    return filled(html, parts)


def _here(page: str, path: str) -> HereView:
    return HereView(page=page, path=path, language=current_language(), login_url=links.login_url(path))


def _names(page: Page, shop: ShopView, path: str) -> dict[str, Any]:
    return {"page": page, "shop": shop, "here": _here(page.template, path)}


class _Maker:
    """Renders parts of one page, each on its own, so that one that fails takes nothing else with it."""

    def __init__(self, theme: Theme, names: Mapping[str, Any], for_merchant: bool) -> None:
        self.environment = environment_of(theme.key, theme.folder)
        self.outer = {"shop": names["shop"], "here": names["here"]}
        self.for_merchant = for_merchant

    def strictly(self, template: str, context: Mapping[str, Any]) -> Markup:
        found = self.environment.get_template(template)
        return rendered(found, {**self.outer, **context}, BLOCK_LIMITS)

    def guarded(
        self,
        template: str,
        context: Mapping[str, Any],
        owner: str,
        report: Callable[[str, Exception], None] | None = None,
    ) -> Markup:
        try:
            return self.strictly(template, context)
        except Exception as error:  # the border of a block: the page goes on without it
            log.exception("block_failed", plugin=owner, template=template)
            if report:
                report(owner, error)
            return self.failure(owner)

    def failure(self, owner: str) -> Markup:
        """Nothing for shoppers, a named card for the merchant."""
        if not self.for_merchant:
            return Markup()
        words = gettext("A part of “%(name)s” could not be shown. Shoppers do not see this card.", name=owner)
        return Markup('<p class="card block-failed" role="note">{}</p>').format(words)

    def section(self, section: SectionView) -> Markup:
        context = {**section.context, "id": section.id}
        return self.guarded(section.template, context, section.type.partition("/")[0])


def _place_blocks(run: PageRun, slots: PageSlots, maker: _Maker) -> None:
    """Render every block and put it before, after or instead of its slot's own content."""
    before: dict[str, Markup] = {}
    after: dict[str, Markup] = {}
    instead: dict[str, Markup] = {}
    for plugin, block in sorted(slots.blocks, key=_place):
        html = maker.guarded(block.template, block.context, plugin, slots.report)
        if block.replaces:
            if html:
                instead.setdefault(block.slot, html)
        else:
            side = before if block.order < 0 else after
            side[block.slot] = side.get(block.slot, Markup()) + html
    for plugin in slots.failed:
        after["footer.links"] = after.get("footer.links", Markup()) + maker.failure(plugin)
    run.before, run.after, run.instead = before, after, instead


def _place(found: tuple[str, SlotBlock]) -> tuple[str, int, str]:
    plugin, block = found
    return block.slot, block.order, plugin
