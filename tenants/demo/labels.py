"""Links that an example shop shares, and tags on some of its orders: made as its staff would make them."""

from sqlalchemy import select

from core.commerce.orders.models import Order
from core.commerce.orders.tagging import save_tag, tag_orders
from core.commerce.orders.tags import shop_tags
from core.commerce.sources.actions import LinkDraft, save_link
from core.commerce.sources.models import SourceLink
from core.kernel.db import reading, session
from core.kernel.tenancy import Actor, acting_as, current_scope

# Title, where it leads, kind, campaign, medium; in Chinese and in English.
_LINKS = {
    "zh": (
        ("微信群 · 老客群", "/", "link", "每周上新", "微信群"),
        ("门店收银台立牌", "/", "qr", "到店客人", "立牌"),
        ("小红书主页", "/", "link", "", "小红书"),
    ),
    "en": (
        ("Newsletter", "/", "link", "Autumn", "e-mail"),
        ("Card beside the till", "/", "qr", "Shop visitors", "card"),
        ("Instagram profile", "/", "link", "", "instagram"),
    ),
}
# Name, colour, and which of the newest orders carry it.
_TAGS = {
    "zh": (("送礼，附卡片", "green", (1, 6, 11)), ("易碎，加固", "amber", (2, 6)), ("待回电", "red", (4,))),
    "en": (
        ("Gift, add a card", "green", (1, 6, 11)),
        ("Fragile", "amber", (2, 6)),
        ("Call back", "red", (4,)),
    ),
}


def write_labels(worker: Actor) -> None:
    """A few links and tags; what is there already stays as it is."""
    language = "zh" if current_scope().language.startswith("zh") else "en"
    with reading():
        linked = set(session().scalars(select(SourceLink.title)))
        tags = {one.name: one.id for one in shop_tags()}
        newest = session().scalars(select(Order.id).order_by(Order.placed_at.desc()).limit(12)).all()
    with acting_as(worker):
        for title, target, kind, campaign, medium in _LINKS[language]:
            if title not in linked:
                draft = LinkDraft(title=title, target=target, kind=kind, campaign=campaign, medium=medium)
                save_link(draft=draft)
        for name, colour, places in _TAGS[language]:
            orders = [newest[place] for place in places if place < len(newest)]
            tag_orders(order_ids=orders, tag_id=tags.get(name) or save_tag(name=name, colour=colour))
