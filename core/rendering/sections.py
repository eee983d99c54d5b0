"""Core's own section types: their settings, what data they need, and the views their templates get."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from core.kernel.i18n import N_
from core.rendering.blocks import BlockType, BlockTypes, GoodsNeed, Needs, SectionInput, Supply
from core.rendering.console.fields import ImageField
from core.rendering.contexts import FactView, ImageView, LinkView
from core.rendering.contexts.sections import (
    AnnouncementSection,
    GoodsSection,
    HeroSection,
    IconNavSection,
    ImageTextSection,
    PromisesSection,
    RichTextSection,
)
from core.rendering.links import COLLECTIONS as ALL_COLLECTIONS
from core.rendering.links import LinkField, collection_url, link_target
from core.rendering.richtext import RichTextField, rich_text

ICONS = (
    "bag", "basket", "bell", "blanket", "box", "calendar", "card", "cart", "chat", "check", "clock", "coupon", "flame",
    "gift", "grid", "group", "heart", "home", "info", "lamp", "leaf", "live", "mail", "phone", "pin", "plate", "pot",
    "refund", "search", "share", "shield", "spark", "sprout", "star", "store", "sun", "teapot", "truck", "user", "wallet",
)  # fmt: skip

View = Mapping[str, Any]


def _words(label: str, most: int = 120, *, required: bool = False) -> fields.String:
    length = validate.Length(min=1 if required else 0, max=most)
    if required:
        return fields.String(required=True, validate=length, metadata={"label": label})
    return fields.String(load_default="", validate=length, metadata={"label": label})


def _one_of(label: str, default: str, **choices: str) -> fields.String:
    return fields.String(
        load_default=default,
        validate=validate.OneOf(list(choices)),
        metadata={"label": label, "choices": choices},
    )


def _link(label: str) -> LinkField:
    return LinkField(load_default=None, allow_none=True, metadata={"label": label})


def _image(label: str) -> ImageField:
    return ImageField(load_default=None, allow_none=True, metadata={"label": label})


def _icon(label: str) -> fields.String:
    return fields.String(load_default="star", validate=validate.OneOf(ICONS), metadata={"label": label})


class AnnouncementSettings(Schema):
    """Settings of `announcement`."""

    text = _words(N_("Words"), required=True)
    link = _link(N_("Leads to"))


class HeroSettings(Schema):
    """Settings of `hero`."""

    image = _image(N_("Picture"))
    eyebrow = _words(N_("Small line above"), 60)
    title = _words(N_("Title"), required=True)
    text = _words(N_("Words"), 300)
    button = _words(N_("Button"), 40)
    link = _link(N_("Leads to"))
    layout = _one_of(
        N_("Layout"), "cover", cover=N_("Words on the picture"), split=N_("Words beside the picture")
    )
    words_side = _one_of(N_("Side of the words"), "start", start=N_("Left"), end=N_("Right"))
    ink = _one_of(N_("Colour of the words"), "light", light=N_("Light"), dark=N_("Dark"))


class IconNavSettings(Schema):
    """Settings of `icon_nav`; the doors are its blocks."""


class DoorSettings(Schema):
    """Settings of one door of `icon_nav`."""

    icon = _icon(N_("Icon"))
    label = _words(N_("Name"), 24, required=True)
    link = _link(N_("Leads to"))
    strong = fields.Boolean(load_default=False, metadata={"label": N_("Draw it strong")})


class GoodsSettings(Schema):
    """Settings of `goods`."""

    title = _words(N_("Title"))
    subtitle = _words(N_("Line below the title"))
    collection = _words(N_("Collection"), 200)
    products = fields.List(
        fields.String(validate=validate.Length(max=200)),
        load_default=list,
        validate=validate.Length(max=24),
        metadata={"label": N_("Picked products"), "help": N_("Leave empty to show the collection.")},
    )
    limit = fields.Integer(
        load_default=8, validate=validate.Range(1, 24), metadata={"label": N_("Show at most")}
    )
    layout = _one_of(
        N_("Layout"),
        "grid",
        grid=N_("Grid"),
        staggered=N_("Staggered"),
        rail=N_("Sideways"),
        feature=N_("One large"),
    )
    more = _words(N_("Words of the link to all"), 40)


class RichTextSettings(Schema):
    """Settings of `rich_text`."""

    title = _words(N_("Title"))
    body = RichTextField(load_default=list, metadata={"label": N_("Words")})
    align = _one_of(N_("Alignment"), "start", start=N_("Left"), centre=N_("Centred"))


class ImageTextSettings(Schema):
    """Settings of `image_text`."""

    image = _image(N_("Picture"))
    eyebrow = _words(N_("Small line above"), 60)
    title = _words(N_("Title"), required=True)
    body = RichTextField(load_default=list, metadata={"label": N_("Words")})
    button = _words(N_("Button"), 40)
    link = _link(N_("Leads to"))
    side = _one_of(N_("Side of the picture"), "start", start=N_("Left"), end=N_("Right"))


class PromisesSettings(Schema):
    """Settings of `promises`; each promise is a block."""

    title = _words(N_("Title"))


class PromiseSettings(Schema):
    """Settings of one promise."""

    icon = _icon(N_("Icon"))
    label = _words(N_("One word"), 24, required=True)
    text = _words(N_("Promise"), required=True)
    detail = _words(N_("Second line"), 200)


def _picture(supply: Supply, media_id: UUID | None) -> ImageView | None:
    return supply.images.get(media_id) if media_id else None


def _button(settings: View) -> LinkView | None:
    target = link_target(settings["link"])
    return LinkView(label=settings["button"], url=target) if target and settings["button"] else None


def _image_needs(section: SectionInput) -> Needs:
    image = section.settings.get("image")
    return Needs(images=frozenset([image])) if image else Needs()


def _announcement(section: SectionInput, supply: Supply) -> View:
    found = section.settings
    return {"section": AnnouncementSection(text=found["text"], url=link_target(found["link"]))}


def _hero(section: SectionInput, supply: Supply) -> View:
    found = section.settings
    words = {name: found[name] for name in ("eyebrow", "title", "text", "layout", "ink", "words_side")}
    return {"section": HeroSection(image=_picture(supply, found["image"]), link=_button(found), **words)}


def _icon_nav(section: SectionInput, supply: Supply) -> View | None:
    doors = tuple(
        LinkView(
            label=door["label"], url=link_target(door["link"]), icon=door["icon"], current=door["strong"]
        )
        for door in (block.settings for block in section.blocks)
        if _leads_somewhere(door["link"], supply)
    )
    return {"section": IconNavSection(items=doors)} if doors else None


def _leads_somewhere(link: dict[str, str] | None, supply: Supply) -> bool:
    """False for no link and for one into a plugin that is switched off."""
    off = link is not None and link["kind"] == "plugin" and link.get("ref") not in supply.plugins_on
    return bool(link_target(link)) and not off


def _goods_need(section: SectionInput) -> GoodsNeed:
    found = section.settings
    return GoodsNeed(found["collection"], tuple(found["products"]), found["limit"])


def _goods(section: SectionInput, supply: Supply) -> View | None:
    found, goods = section.settings, supply.goods.get(_goods_need(section))
    if goods is None or not goods.cards:
        return None
    target = collection_url(found["collection"]) if found["collection"] else ALL_COLLECTIONS
    more = LinkView(label=found["more"], url=target) if found["more"] else None
    title = found["title"] or goods.title
    return {
        "section": GoodsSection(
            title=title,
            subtitle=found["subtitle"],
            cards=goods.cards,
            layout=found["layout"],
            more=more,
        )
    }


def _rich_text(section: SectionInput, supply: Supply) -> View:
    found = section.settings
    return {
        "section": RichTextSection(title=found["title"], body=rich_text(found["body"]), align=found["align"])
    }


def _image_text(section: SectionInput, supply: Supply) -> View:
    found = section.settings
    return {
        "section": ImageTextSection(
            title=found["title"],
            eyebrow=found["eyebrow"],
            body=rich_text(found["body"]),
            image=_picture(supply, found["image"]),
            link=_button(found),
            side=found["side"],
        )
    }


def _promises(section: SectionInput, supply: Supply) -> View | None:
    items = tuple(FactView(**block.settings) for block in section.blocks)
    return {"section": PromisesSection(title=section.settings["title"], items=items)} if items else None


CORE_BLOCKS: tuple[BlockType, ...] = (
    BlockType(
        name="announcement", label=N_("Announcement"), icon="bell", schema=AnnouncementSettings,
        template="sections/announcement.html", view=_announcement,
    ),
    BlockType(
        name="hero", label=N_("Opening picture"), icon="sun", schema=HeroSettings,
        template="sections/hero.html", needs=_image_needs, view=_hero,
    ),
    BlockType(
        name="icon_nav", label=N_("Row of icons"), icon="grid", schema=IconNavSettings,
        template="sections/icon_nav.html", children={"door": DoorSettings}, most=10, view=_icon_nav,
    ),
    BlockType(
        name="goods", label=N_("Products"), icon="bag", schema=GoodsSettings, template="sections/goods.html",
        needs=lambda section: Needs(goods=frozenset([_goods_need(section)])), view=_goods,
    ),
    BlockType(
        name="rich_text", label=N_("Words"), icon="info", schema=RichTextSettings,
        template="sections/rich_text.html", view=_rich_text,
    ),
    BlockType(
        name="image_text", label=N_("Picture with words"), icon="heart", schema=ImageTextSettings,
        template="sections/image_text.html", needs=_image_needs, view=_image_text,
    ),
    BlockType(
        name="promises", label=N_("Promises"), icon="shield", schema=PromisesSettings,
        template="sections/promises.html", children={"promise": PromiseSettings}, most=8, view=_promises,
    ),
)  # fmt: skip


def core_block_types() -> BlockTypes:
    """A fresh set of core's own types; the app adds those of `declare_blocks` to it at boot."""
    return BlockTypes(CORE_BLOCKS)
