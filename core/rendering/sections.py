"""Core's own section types: their settings, what data they need, and the views their templates get."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from core.kernel.i18n import N_, _
from core.rendering import section_settings as settings
from core.rendering.blocks import BlockType, BlockTypes, GoodsNeed, Needs, SectionInput, Supply
from core.rendering.contexts import ContactView, FactView, ImageView, LinkView
from core.rendering.contexts.sections import (
    AnnouncementSection,
    CollectionListSection,
    ContactSection,
    DividerSection,
    FaqSection,
    GoodsSection,
    HeroSection,
    IconNavSection,
    ImageTextSection,
    PromisesSection,
    QuestionView,
    RichTextSection,
)
from core.rendering.links import COLLECTIONS as ALL_COLLECTIONS
from core.rendering.links import collection_url, link_target
from core.rendering.richtext import rich_text
from core.rendering.richtext_reader import nodes_of_html as nodes_of_text

View = Mapping[str, Any]


def _picture(supply: Supply, media_id: UUID | None, alt: str) -> ImageView | None:
    found = supply.images.get(media_id) if media_id else None
    return replace(found, alt=alt) if found and alt else found


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
    return {
        "section": HeroSection(
            image=_picture(supply, found["image"], found["alt"]), link=_button(found), **words
        )
    }


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
    source = found["source"]
    return GoodsNeed(
        found["collection"] if source == "collection" else "",
        tuple(found["products"]) if source == "picked" else (),
        found["limit"],
        best=source == "best",
    )


def _goods_of_old(version: int, settings: dict[str, Any]) -> dict[str, Any]:
    """Version 1 had no `source`: picked products came before a collection, neither meant the newest."""
    told = "picked" if settings.get("products") else "collection" if settings.get("collection") else "newest"
    return {**settings, "source": told}


def _goods(section: SectionInput, supply: Supply) -> View | None:
    found, need = section.settings, _goods_need(section)
    goods = supply.goods.get(need)
    if goods is None or not goods.cards:
        return None
    target = collection_url(need.collection) if need.collection else ALL_COLLECTIONS
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
            image=_picture(supply, found["image"], found["alt"]),
            link=_button(found),
            side=found["side"],
        )
    }


def _promises(section: SectionInput, supply: Supply) -> View | None:
    items = tuple(FactView(**block.settings) for block in section.blocks)
    return {"section": PromisesSection(title=section.settings["title"], items=items)} if items else None


def _faq(section: SectionInput, supply: Supply) -> View | None:
    items = tuple(
        QuestionView(
            question=block.settings["question"], answer=rich_text(nodes_of_text(block.settings["answer"]))
        )
        for block in section.blocks
    )
    return {"section": FaqSection(title=section.settings["title"], items=items)} if items else None


def _contact(section: SectionInput, supply: Supply) -> View | None:
    found, known = section.settings, supply.contact
    if known is None:
        return None
    shown = ContactView(
        email=known.email if found["email"] else "",
        phone=known.phone if found["phone"] else "",
        hours=known.hours if found["phone"] or found["wechat"] else "",
        wechat=known.wechat if found["wechat"] else "",
        wechat_qr=known.wechat_qr if found["wechat"] else None,
        address=known.address if found["address"] else "",
        chat=known.chat if found["wechat"] else "",
    )
    if not any((shown.email, shown.phone, shown.wechat, shown.wechat_qr, shown.address, shown.chat)):
        return None
    return {"section": ContactSection(title=found["title"], text=found["text"], contact=shown)}


def _collection_list(section: SectionInput, supply: Supply) -> View | None:
    found = section.settings
    tiles = tuple(one for one in supply.collections if one.count)[: found["limit"]]
    more = LinkView(label=found["more"], url=ALL_COLLECTIONS) if found["more"] else None
    shown = CollectionListSection(title=found["title"], tiles=tiles, layout=found["layout"], more=more)
    return {"section": shown} if tiles else None


def _divider(section: SectionInput, supply: Supply) -> View:
    return {"section": DividerSection(size=section.settings["size"], line=section.settings["line"])}


def _first_words() -> dict[str, Any]:
    return {"title": _("What we stand for"), "body": [{"p": [_("Tell your story here.")]}]}


def _first_question() -> dict[str, Any]:
    answer = _("Orders paid before noon leave the same day.")
    return {"title": _("Questions"), "blocks": [{"question": _("When will it leave?"), "answer": answer}]}


def _first_promise() -> dict[str, Any]:
    one = {"icon": "truck", "label": _("Shipping"), "text": _("Leaves within two days")}
    return {"blocks": [one]}


CORE_BLOCKS: tuple[BlockType, ...] = (
    BlockType(
        name="hero", label=N_("Opening picture"), icon="sun", schema=settings.HeroSettings,
        about=N_("A large picture with a few words and one button."),
        starts=lambda: {"title": _("New in our shop")},
        template="sections/hero.html", needs=_image_needs, view=_hero,
    ),
    BlockType(
        name="goods", label=N_("Products"), icon="bag", schema=settings.GoodsSettings, version=2,
        about=N_("Products of a collection, picked ones, the newest, or those that sold best."),
        starts=lambda: {"title": _("New arrivals")}, upgrade=_goods_of_old, template="sections/goods.html",
        needs=lambda section: Needs(goods=frozenset([_goods_need(section)])), view=_goods,
    ),
    BlockType(
        name="collection_list", label=N_("Collections"), icon="grid", schema=settings.CollectionListSettings,
        about=N_("Your collections with a picture each."), starts=lambda: {"title": _("Collections")},
        template="sections/collection_list.html", needs=lambda section: Needs(collections=True),
        view=_collection_list,
    ),
    BlockType(
        name="image_text", label=N_("Picture with words"), icon="heart", schema=settings.ImageTextSettings,
        about=N_("A picture, and a story beside it."), starts=_first_words,
        template="sections/image_text.html", needs=_image_needs, view=_image_text,
    ),
    BlockType(
        name="rich_text", label=N_("Words"), icon="info", schema=settings.RichTextSettings,
        about=N_("Paragraphs, headings, lists and links."), starts=_first_words,
        template="sections/rich_text.html", view=_rich_text,
    ),
    BlockType(
        name="announcement", label=N_("Announcement"), icon="bell", schema=settings.AnnouncementSettings,
        about=N_("One line of news on this page."), starts=lambda: {"text": _("Something new")},
        template="sections/announcement.html", view=_announcement,
    ),
    BlockType(
        name="icon_nav", label=N_("Row of icons"), icon="grid", schema=settings.IconNavSettings,
        about=N_("Round doors to collections and pages."),
        starts=lambda: {"blocks": [
            {"icon": "grid", "label": _("All collections"), "link": {"kind": "collections"}}
        ]},
        template="sections/icon_nav.html", children={"door": settings.DoorSettings}, most=10, view=_icon_nav,
    ),
    BlockType(
        name="promises", label=N_("Promises"), icon="shield", schema=settings.PromisesSettings,
        about=N_("Short lines about shipping, returns and who sells."), starts=_first_promise,
        template="sections/promises.html", children={"promise": settings.PromiseSettings}, most=8, view=_promises,
    ),
    BlockType(
        name="faq", label=N_("Questions and answers"), icon="chat", schema=settings.FaqSettings,
        about=N_("What buyers ask, each answer behind its question."), starts=_first_question,
        template="sections/faq.html", children={"question": settings.QuestionSettings}, most=30, view=_faq,
    ),
    BlockType(
        name="contact", label=N_("Contact card"), icon="phone", schema=settings.ContactSettings,
        about=N_("Phone, WeChat, e-mail and address of the shop."), starts=lambda: {"title": _("Talk to us")},
        template="sections/contact.html", needs=lambda section: Needs(contact=True), view=_contact,
    ),
    BlockType(
        name="divider", label=N_("Space"), icon="minus", schema=settings.DividerSettings,
        about=N_("Room between two sections, with a line if you like."),
        template="sections/divider.html", view=_divider,
    ),
)  # fmt: skip


def core_block_types() -> BlockTypes:
    """A fresh set of core's own types; the app adds those of `declare_blocks` to it at boot."""
    return BlockTypes(CORE_BLOCKS)
