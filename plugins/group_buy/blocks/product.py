"""The product page: the strip over the price, both prices, groups to join, and the two buttons."""

from uuid import UUID

from core.sdk.catalog import stock_of
from core.sdk.shop import settings
from core.sdk.storefront import SlotBlock, SlotRequest, product_url
from core.sdk.words import _
from plugins.group_buy.blocks.views import HOME, Deal, deal_of, teaser
from plugins.group_buy.queries.activities import (
    ActivityView,
    SoldProduct,
    group_counts,
    pieces_taken,
    running_activities,
    sold_product,
)
from plugins.group_buy.queries.groups import city_of, open_groups
from plugins.group_buy.schemas import GroupBuySettings

# A cached page may show groups that are this many seconds old.
FRESH_SECONDS = 5


def product_blocks(request: SlotRequest) -> list[SlotBlock]:
    """What a product's page shows of a group-buy that runs for it; nothing when none does."""
    running = running_activities(request.subject_ids, limit=1) if request.subject_ids else []
    product = sold_product(running[0].product_id) if running else None
    if product is None or request.selected_id is None:
        return []
    activity = running[0]
    taken = pieces_taken([activity.id])[activity.id]
    counts = group_counts([activity.id])[activity.id]
    alone = product.alone.get(request.selected_id)
    deal = (
        deal_of(activity, request.selected_id, alone, taken=taken, succeeded=counts.succeeded)
        if alone is not None
        else None
    )
    if deal is None:
        return _other_kinds(activity, product)
    needed = activity.rules.winners if activity.rules.of_kind.draws else 1
    return _deal_blocks(deal, _is_sold_out(deal, needed), city_of(request.customer_id))


def _other_kinds(activity: ActivityView, product: SoldProduct) -> list[SlotBlock]:
    """The chosen kind has no group price: say which one has."""
    for kind in product.variants:
        deal = deal_of(activity, kind.id, kind.price_minor)
        if deal is not None:
            context = {"deal": deal, "kind": kind.title, "url": product_url(product.handle, kind.id)}
            return [SlotBlock("product.offers", "group_buy/blocks/other_kind.html", context)]
    return []


def _is_sold_out(deal: Deal, needed: int) -> bool:
    """Whether no group can be started any more, for which so many pieces are needed."""
    stock = stock_of([deal.variant_id])[deal.variant_id].available
    return any(left is not None and left < needed for left in (deal.pieces_left, stock))


def _deal_blocks(deal: Deal, sold_out: bool, city: str) -> list[SlotBlock]:
    context = {"deal": deal, "home": HOME, "sold_out": sold_out}
    blocks = [
        SlotBlock("product.deal", "group_buy/blocks/strip.html", context, max_age=FRESH_SECONDS),
        SlotBlock("product.facts", "group_buy/blocks/fact.html", context),
    ]
    shown = settings(GroupBuySettings, "group_buy")["shown_groups"]
    groups = _groups(deal.activity_id, deal.variant_id, shown, city)
    if groups:
        blocks.append(
            SlotBlock(
                "product.offers", "group_buy/blocks/groups.html", {**context, **groups}, max_age=FRESH_SECONDS
            )
        )
    if deal.pieces_left == 0:
        blocks.append(SlotBlock("product.offers", "group_buy/blocks/wait.html", context, order=1))
    if not sold_out:
        blocks += [
            SlotBlock("product.price", "group_buy/blocks/price.html", context, replaces=True),
            SlotBlock("product.buy_bar", "group_buy/blocks/buy_bar.html", context, replaces=True),
        ]
    return blocks


def _groups(activity_id: UUID, variant_id: UUID, shown: int, city: str) -> dict[str, object]:
    if not shown:
        return {}
    found = open_groups(activity_ids=[activity_id], variant_id=variant_id, city=city, limit=shown + 1)
    if not found:
        return {}
    more = {"url": f"{HOME}?variant={variant_id}", "label": _("All groups")} if len(found) > shown else None
    return {"groups": tuple(teaser(group) for group in found[:shown]), "more": more}
