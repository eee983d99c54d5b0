"""The front page and the policies of an example shop, as page documents."""

from typing import Any

from sqlalchemy import select

from core.commerce.content.actions import publish_page
from core.commerce.content.models import Page
from core.commerce.media.actions import store_asset
from core.hooks.current import installed
from core.kernel.db import reading, session
from core.kernel.tenancy import current_scope
from tenants.demo.content import Entry, ShopContent
from tenants.demo.links import link_to

Document = dict[str, Any]


def write_pages(content: ShopContent) -> None:
    """Publish the pages that the shop does not have yet."""
    with reading():
        known = {(row.kind, row.slug) for row in session().execute(select(Page.kind, Page.slug))}
    if ("home", "") not in known:
        title = content.said(current_scope(), zh="首页", en="Home")
        publish_page(kind="home", slug="", title=title, document=home_document(content))
    for place, policy in enumerate(content.policies):
        if ("policy", policy["handle"]) not in known:
            publish_page(
                kind="policy",
                slug=policy["handle"],
                title=policy["title"],
                document=policy_document(policy),
                position=place,
            )


def home_document(content: ShopContent) -> Document:
    """The front page: opening picture, doors, lists of goods, a story, promises."""
    home = content.home
    sections = [_hero(content, home["hero"]), _doors(home["icon_nav"])]
    sections += [made for one in home["section"] if (made := _section(content, one)) is not None]
    sections.append(_promises(home["promise"]))
    return _document(sections)


def policy_document(policy: Entry) -> Document:
    """A page of rules: one piece of text under each heading."""
    return _document(
        [
            _plain("rich_text", title=one["heading"], body=[{"p": [text]} for text in one["body"]])
            for one in policy["section"]
        ]
    )


def _document(sections: list[Document]) -> Document:
    named = {f"s{number}": section for number, section in enumerate(sections, 1)}
    return {"sections": named, "order": list(named)}


def _plain(kind: str, **settings: Any) -> Document:
    return {"type": kind, "v": 1, "settings": settings}


def _with_blocks(kind: str, block: str, entries: list[Document]) -> Document:
    blocks = {f"b{number}": {"type": block, "settings": one} for number, one in enumerate(entries, 1)}
    return {**_plain(kind), "blocks": blocks, "order": list(blocks)}


def _picture(content: ShopContent, name: str) -> str:
    return str(store_asset(content=content.drawing(name), file_name=name, trusted=True).id)


def _hero(content: ShopContent, hero: Entry) -> Document:
    covered = hero["text_on"] == "dark"
    return _plain(
        "hero",
        image=_picture(content, hero["image"]),
        eyebrow=hero["eyebrow"],
        title="\n".join(hero["title"]),
        text=hero["text"],
        button=hero["action"],
        link=link_to(hero["target"]),
        layout="cover" if covered else "split",
        words_side={"left": "start", "right": "end"}[hero["text_side"]],
        ink="light" if covered else "dark",
    )


def _doors(entries: list[Entry]) -> Document:
    return _with_blocks(
        "icon_nav",
        "door",
        [
            {
                "icon": one["icon"],
                "label": one["label"],
                "link": link_to(one["target"]),
                "strong": one["target"].startswith("plugin:"),
            }
            for one in entries
        ],
    )


def _section(content: ShopContent, one: Entry) -> Document | None:
    if one["type"] == "goods":
        more = content.said(current_scope(), zh="全部", en="See all")
        named = {
            name: one[name] for name in ("title", "subtitle", "collection", "products", "limit", "layout")
        }
        return _plain("goods", more=more, **named)
    if one["type"] == "feature":
        return _plain(
            "goods",
            title=one["title"],
            subtitle=one["subtitle"],
            products=[one["product"]],
            limit=1,
            layout="feature",
        )
    if one["type"] == "story":
        return _plain(
            "image_text",
            image=_picture(content, one["image"]),
            title=one["title"],
            body=[{"p": [text]} for text in one["body"]],
            button=one["action"],
            link=link_to(one["target"]),
        )
    return _plugin_section(one)


def _plugin_section(one: Entry) -> Document | None:
    """The first section type that the plugin brings, with as much of the entry as it has settings for."""
    declared = dict(installed().registry.declarations("declare_blocks")).get(one["type"])
    if not declared:
        return None
    known = declared[0].schema().fields
    return _plain(declared[0].name, **{name: one[name] for name in ("title", "limit") if name in known})


def _promises(entries: list[Entry]) -> Document:
    return _with_blocks(
        "promises",
        "promise",
        [{"icon": one["icon"], "label": one["title"], "text": one["text"]} for one in entries],
    )
