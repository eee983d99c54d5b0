"""Furnishes a new shop: look, home page, rules, a way to send, and samples that are known as such."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft, ImageDraft, ProductDraft, VariantDraft
from core.commerce.content.actions import publish_page
from core.commerce.media.actions import store_asset
from core.commerce.merchandising.actions import save_product_with_stock
from core.commerce.shipping.actions import save_method
from core.commerce.shops.actions import update_shop
from core.commerce.shops.models import Shop
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.tenancy import SYSTEM, acting_as, current_scope
from tenants.first_hour import has_samples
from tenants.models import FirstHour, Sample
from tenants.presets.content import Good, Industry, delivery, drawing, policies, price, said

Document = dict[str, Any]
# Pieces of each sample; nobody should be able to empty the shelf by looking around.
_STOCK = 20


def furnish(industry: Industry, *, email: str) -> None:
    """Write everything a new shop begins with; `email` is where buyers reach it until the merchant says otherwise.

    The pictures are prepared first; what the shop shows is then one transaction, whole or not at all.
    """
    names = [industry.hero, *(good.drawing for good in industry.goods)]
    with acting_as(SYSTEM):
        pictures = {name: _picture(name) for name in names}
        _write(industry=industry, pictures=pictures, email=email)


def _picture(name: str) -> UUID:
    return store_asset(content=drawing(name), file_name=name.rpartition("/")[2], trusted=True).id


@command("system")
def _write(*, industry: Industry, pictures: dict[str, UUID], email: str) -> None:
    language = current_scope().language
    session().add(FirstHour(industry=industry.key))
    shelves = [
        (save_collection(draft=CollectionDraft(title=said(words, language), handle=f"shelf-{place}")))
        for place, words in enumerate(industry.shelves, 1)
    ]
    _mark("collection", shelves)
    # The last one stands first: new products come before old ones.
    for good in reversed(industry.goods):
        _write_good(good, shelves[good.shelf - 1], pictures[good.drawing], language)
    _write_pages(industry, str(pictures[industry.hero]), language)
    _write_delivery(language)
    _write_frame(industry, email, language)


def add_sample_products(goods: Sequence[Good]) -> None:
    """Put these goods on sale as samples, on no shelf, unless the shop has had samples."""
    with acting_as(SYSTEM):
        pictures = {good.drawing: _picture(good.drawing) for good in goods}
        _write_samples(goods=goods, pictures=pictures)


@command("system")
def _write_samples(*, goods: Sequence[Good], pictures: dict[str, UUID]) -> None:
    # Pressed twice, the second one waits here and finds the first one's.
    session().execute(select(Shop.id).where(Shop.shop_id == current_scope().shop_id).with_for_update())
    if has_samples():
        return
    for good in reversed(goods):
        _write_good(good, None, pictures[good.drawing], current_scope().language)


def _write_good(good: Good, shelf: UUID | None, picture: UUID, language: str) -> None:
    scope = current_scope()
    title, subtitle = said(good.title, language), said(good.subtitle, language)
    draft = ProductDraft(
        title=title,
        subtitle=subtitle,
        variants=(VariantDraft(price_minor=price(good.prices, scope.currency), grams=300),),
        status="active",
        images=(ImageDraft(asset_id=picture, alt=title, tile=good.tile),),
        collection_ids=(shelf,) if shelf else (),
    )
    _mark("product", [save_product_with_stock(draft=draft, stock=[_STOCK]).id])


def _mark(kind: str, ids: list[UUID]) -> None:
    session().add_all(Sample(kind=kind, subject_id=one) for one in ids)


def _write_pages(industry: Industry, hero: str, language: str) -> None:
    home = _document(
        [
            _section(
                "hero",
                image=hero,
                alt="",
                title=said(industry.title, language),
                text=said(industry.text, language),
                button=said({"zh": "去逛逛", "en": "Have a look"}, language),
                link={"kind": "collection", "ref": "shelf-1"},
                layout="cover" if industry.hero_ink == "light" else "split",
                ink=industry.hero_ink,
            ),
            _section(
                "goods",
                title=said({"zh": "新上架", "en": "New in the shop"}, language),
                source="newest",
                limit=8,
                layout="grid",
                more=said({"zh": "全部", "en": "See all"}, language),
            ),
        ]
    )
    publish_page(kind="home", slug="", title=said({"zh": "首页", "en": "Home"}, language), document=home)
    for place, policy in enumerate(policies()):
        body = [{"p": [text]} for text in said(policy["text"], language)]
        publish_page(
            kind="policy",
            slug=policy["slug"],
            title=said(policy["title"], language),
            document=_document([_section("rich_text", body=body)]),
            position=place,
        )


def _document(sections: list[Document]) -> Document:
    named = {f"s{number}": section for number, section in enumerate(sections, 1)}
    return {"sections": named, "order": list(named)}


def _section(kind: str, **settings: Any) -> Document:
    return {"type": kind, "v": 1, "settings": settings}


def _write_delivery(language: str) -> None:
    ways, currency = delivery(), current_scope().currency
    free = {"cny": ways["free_cny"], "other": ways["free_other"]}
    save_method(
        name=said(ways["title"], language),
        note=said(ways["note"], language),
        fee_minor=price(ways, currency),
        free_from_minor=price(free, currency),
    )


def _write_frame(industry: Industry, email: str, language: str) -> None:
    nav = [
        {
            "label": said(words, language),
            "link": {"kind": "collection", "ref": f"shelf-{place}"},
            "icon": "",
            "tab": False,
        }
        for place, words in enumerate(industry.shelves, 1)
    ]
    theme: dict[str, Any] = {
        "key": "starter",
        "preset": industry.palette,
        "seal": current_scope().name[:1],
        "nav": nav,
    }
    if industry.accent:
        theme["accent"] = industry.accent
    update_shop(changes={"theme": theme, "contact": {"email": email}})
