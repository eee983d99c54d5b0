"""The section "Coupons": what can be claimed now, for the home page and for pages of the merchant's own."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, validate

from core.sdk.storefront import BlockType, LinkView, SectionInput
from core.sdk.words import N_, _
from plugins.coupon.pages import HOME, Card, offer_card
from plugins.coupon.queries.campaigns import offers_for


class CouponsSettings(Schema):
    """Settings of the section."""

    title = fields.String(load_default="", validate=validate.Length(max=60), metadata={"label": N_("Title")})
    limit = fields.Integer(
        load_default=3, validate=validate.Range(min=1, max=12), metadata={"label": N_("Show at most")}
    )


def _load(sections: Sequence[SectionInput]) -> Sequence[Mapping[str, Any] | None]:
    """One read for all sections of the page; it may be kept for everybody, so it shows what everybody can claim."""
    cards = [offer_card(one) for one in offers_for(None) if one.way == "claim"]
    return [_context(section, cards) for section in sections]


def _context(section: SectionInput, cards: list[Card]) -> Mapping[str, Any] | None:
    if not cards:
        return None
    return {
        "title": section.settings["title"] or _("Coupons"),
        "cards": tuple(cards[: section.settings["limit"]]),
        "more": LinkView(label=_("All coupons"), url=HOME),
    }


COUPONS = BlockType(
    name="coupon/claim",
    label=N_("Coupons"),
    icon="ticket",
    about=N_("What can be claimed now, with its button."),
    schema=CouponsSettings,
    template="coupon/sections/claim.html",
    load=_load,
)
