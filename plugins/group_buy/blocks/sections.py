"""The section type "Group-buys": what runs now, for the home page and for pages of the merchant's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from marshmallow import Schema, fields, validate

from core.sdk.catalog import SoldVariant, sold_variants
from core.sdk.storefront import BlockType, ImageView, LinkView, SectionInput, product_url
from core.sdk.values import Money
from core.sdk.words import N_, _
from plugins.group_buy.blocks.views import HOME, deal_of, picture_view
from plugins.group_buy.queries.activities import ActivityView, running_activities
from plugins.group_buy.queries.groups import OpenGroup, nearest_groups


class DealsSettings(Schema):
    """Settings of the section."""

    title = fields.String(load_default="", validate=validate.Length(max=60), metadata={"label": N_("Title")})
    limit = fields.Integer(
        load_default=6, validate=validate.Range(min=1, max=20), metadata={"label": N_("Show at most")}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DealCard:
    """A running group-buy in a list, with the open group that needs the fewest people (`taken` 0: none is open)."""

    title: str
    url: str
    image: ImageView | None
    size: int
    price: Money
    alone: Money
    taken: int
    left: int
    ends_at: datetime


def running_deals(limit: int, offset: int = 0) -> list[DealCard]:
    """What runs now, the soonest end first: one card for each activity, by its kind with the lowest group price."""
    chosen = {
        activity.id: (activity, min(activity.prices.items(), key=itemgetter(1))[0])
        for activity in running_activities(limit=limit, offset=offset)
        if activity.prices
    }
    if not chosen:
        return []
    variants = sold_variants(variant_id for _activity, variant_id in chosen.values())
    nearest = nearest_groups(chosen)
    cards = (
        _card(activity, variants.get(variant_id), nearest.get(activity.id))
        for activity, variant_id in chosen.values()
    )
    return [card for card in cards if card is not None]


def _card(activity: ActivityView, variant: SoldVariant | None, group: OpenGroup | None) -> DealCard | None:
    if variant is None or not variant.for_sale:
        return None
    deal = deal_of(activity, variant.id, variant.price_minor)
    if deal is None:
        return None
    return DealCard(
        title=variant.product_title,
        url=product_url(variant.handle, variant.id),
        image=picture_view(variant.picture),
        size=activity.size,
        price=deal.price,
        alone=deal.alone,
        taken=group.size - group.left if group else 0,
        left=group.left if group else activity.size,
        ends_at=activity.ends_at,
    )


def _load(sections: Sequence[SectionInput]) -> Sequence[Mapping[str, Any] | None]:
    """One read for all sections of the page."""
    most = max(section.settings["limit"] for section in sections)
    cards = running_deals(most)
    return [_context(section, cards) for section in sections]


def _context(section: SectionInput, cards: list[DealCard]) -> Mapping[str, Any] | None:
    if not cards:
        return None
    return {
        "title": section.settings["title"] or _("Group-buys"),
        "cards": tuple(cards[: section.settings["limit"]]),
        "more": LinkView(label=_("All group-buys"), url=HOME),
    }


DEALS = BlockType(
    name="group_buy/deals",
    label=N_("Group-buys"),
    icon="group",
    schema=DealsSettings,
    template="group_buy/sections/deals.html",
    load=_load,
)
