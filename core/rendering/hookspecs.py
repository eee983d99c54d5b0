"""Hooks about pages: section types that plugins bring, and blocks that they show in a theme's slots."""

# mypy: disable-error-code="empty-body"

from core.hooks.markers import hookspec
from core.rendering.blocks import BlockType
from core.rendering.declarations import block_problems
from core.rendering.shares import ShareFacts
from core.rendering.slots import SlotBlock, SlotRequest


@hookspec(judge=block_problems)
def declare_blocks() -> list[BlockType]:
    """Bring section types that merchants can put on their pages.

    A type is called `<plugin>/<name>`. Its settings schema becomes its form, its template gets what `load`
    returns for each section; `load` is called once per page with all sections of the type. While the plugin
    is off, its sections vanish from pages and stay in the page documents.

    Returns:
        The types, each with label, schema and template.
    """


@hookspec(budget_ms=50)
def show_slots(request: SlotRequest) -> list[SlotBlock]:
    """Show blocks in the slots of a page about buying: home, collection, product, cart, checkout.

    Called once per page for all its slots; answer for all subjects together, never one by one. The blocks'
    templates are rendered later, each on its own: one that fails is empty for shoppers.

    Args:
        request: the page, its slots and what it is about.
    """


@hookspec(activation="obligation", budget_ms=50)
def show_kept_slots(request: SlotRequest) -> list[SlotBlock]:
    """Show blocks in the slots of a page about orders that exist: payment, order, orders, account.

    As `show_slots`, but asked of draining plugins too: a buyer must see how a group stands even after the
    merchant switched the plugin off.

    Args:
        request: the page, its slots and what it is about.
    """


@hookspec(budget_ms=20)
def enrich_shares(paths: tuple[str, ...]) -> dict[str, ShareFacts]:
    """Say what a page of yours is about when it is shared: for the chat text, the poster and the link card.

    Asked when somebody shares, for pages of core too: a plugin that sells a product cheaper may answer for the
    product's path. The first plugin that knows a path is believed.

    When: a buyer opens the sheet to share, a poster is drawn, or a merchant looks at what is shared.

    Transaction: reads only.

    Args:
        paths: paths of this shop, without host and query.

    Returns:
        facts by path; paths that you have nothing to say about are left out. Words are in the current language.

    On failure: skipped and counted; core says what it knows.
    """
