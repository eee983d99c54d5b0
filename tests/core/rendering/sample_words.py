"""Words, prices and pictures of the two sample shops; the pictures are those of the demo's content folder."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Good:
    handle: str
    title: str
    subtitle: str
    price: int
    file: str
    alt: str
    tile: str
    variant: str = ""
    note: str = ""
    deal: str = ""
    before: int = 0
    several: bool = False
    sold_out: bool = False


@dataclass(frozen=True)
class Step:
    title: str
    detail: str = ""
    state: str = "done"
    hours: float | None = None
    when: str = ""


@dataclass(frozen=True)
class GroupWords:
    title: str
    done: str
    ends: str
    left: str
    label: str
    alone_label: str
    buy_alone: str
    offers: str
    all: str
    go: str
    missing: str
    refund: tuple[str, str, str]
    open: tuple[tuple[str, int, float], ...]
    page: str
    still: str
    closes: str
    take: str
    start: str
    copy: str
    next: str
    steps: tuple[tuple[str, str], ...]
    money: str
    when: tuple[tuple[str, str, str], ...]
    seats: tuple[tuple[str, str, str], ...]
    mine: str


@dataclass(frozen=True)
class ShopWords:
    handle: str
    name: str
    tagline: str
    currency: str
    zone: str
    preset: str
    pictures: str
    logo: str
    phone: str
    hours: str
    announcement: str
    search_hint: str
    person: str
    contact: str
    address: str
    alone: int
    group_price: int
    nav: tuple[tuple[str, str], ...]
    policies: tuple[str, ...]
    legal: tuple[str, ...]
    sorts: tuple[str, ...]
    products: tuple[Good, ...]
    gallery: tuple[tuple[str, str, str], ...]
    options: tuple[tuple[str, tuple[str, ...]], ...]
    body: str
    details: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str, str, str], ...]
    home: dict[str, Any]
    home_images: tuple[tuple[str, str], ...]
    words: dict[str, str]
    choices: tuple[tuple[str, str], ...]
    fields: tuple[dict[str, Any], ...]
    pickup_fields: tuple[dict[str, Any], ...]
    delivery: tuple[tuple[str, str, str, int], ...]
    payments: tuple[tuple[str, str, str], ...]
    timelines: dict[str, tuple[Step, ...]]
    order_facts: tuple[tuple[str, str], ...]
    mails: tuple[tuple[str, str, str, str], ...]
    doors: tuple[tuple[str, str], ...]
    views: tuple[str, ...]
    group: GroupWords


def page(*sections: dict[str, Any]) -> dict[str, Any]:
    """A page document of these sections, in this order."""
    return {
        "sections": {f"s{i}": {"v": 1, **section} for i, section in enumerate(sections)},
        "order": [f"s{i}" for i in range(len(sections))],
    }


def section(
    kind: str, blocks: tuple[tuple[str, dict[str, Any]], ...] = (), **settings: Any
) -> dict[str, Any]:
    """One section with its child blocks."""
    return {
        "type": kind,
        "settings": settings,
        "blocks": {f"b{i}": {"type": name, "settings": values} for i, (name, values) in enumerate(blocks)},
        "order": [f"b{i}" for i in range(len(blocks))],
    }


def door(icon: str, label: str, kind: str, ref: str, *, strong: bool = False) -> tuple[str, dict[str, Any]]:
    """One door of an icon row."""
    return "door", {"icon": icon, "label": label, "link": {"kind": kind, "ref": ref}, "strong": strong}


HERO, STORY = str(UUID(int=10, version=4)), str(UUID(int=11, version=4))
