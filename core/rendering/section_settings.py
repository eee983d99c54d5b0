"""Settings of core's own section types: what merchants fill in, as schemas that are also their forms."""

from marshmallow import Schema, fields, validate

from core.kernel.i18n import N_
from core.rendering.console.fields import ImageField
from core.rendering.links import LinkField
from core.rendering.richtext import RichTextField

ICONS = {
    "bag": N_("Bag"),
    "basket": N_("Basket"),
    "bell": N_("Bell"),
    "blanket": N_("Blanket"),
    "box": N_("Box"),
    "calendar": N_("Calendar"),
    "card": N_("Bank card"),
    "cart": N_("Cart"),
    "chat": N_("Speech bubble"),
    "check": N_("Tick"),
    "clock": N_("Clock"),
    "coupon": N_("Coupon"),
    "flame": N_("Flame"),
    "gift": N_("Gift"),
    "grid": N_("Squares"),
    "group": N_("People"),
    "heart": N_("Heart"),
    "home": N_("House"),
    "info": N_("Letter i"),
    "lamp": N_("Lamp"),
    "leaf": N_("Leaf"),
    "live": N_("Broadcast"),
    "mail": N_("Envelope"),
    "phone": N_("Telephone"),
    "pin": N_("Map pin"),
    "plate": N_("Plate"),
    "pot": N_("Pot"),
    "refund": N_("Arrow back"),
    "search": N_("Magnifier"),
    "share": N_("Share"),
    "shield": N_("Shield"),
    "spark": N_("Sparkle"),
    "sprout": N_("Sprout"),
    "star": N_("Star"),
    "store": N_("Shop front"),
    "sun": N_("Sun"),
    "teapot": N_("Teapot"),
    "truck": N_("Lorry"),
    "user": N_("Person"),
    "wallet": N_("Wallet"),
}


def words(label: str, most: int = 120, *, required: bool = False) -> fields.String:
    """A text of at most `most` characters."""
    length = validate.Length(min=1 if required else 0, max=most)
    if required:
        return fields.String(required=True, validate=length, metadata={"label": label})
    return fields.String(load_default="", validate=length, metadata={"label": label})


def one_of(label: str, default: str, **choices: str) -> fields.String:
    """A choice among `choices` (stored value → message id)."""
    return fields.String(
        load_default=default,
        validate=validate.OneOf(list(choices)),
        metadata={"label": label, "choices": choices},
    )


def link_to(label: str) -> LinkField:
    """Where something leads; may be left open."""
    return LinkField(load_default=None, allow_none=True, metadata={"label": label, "widget": "link"})


def rich(label: str) -> RichTextField:
    """Words with paragraphs, headings, lists and links."""
    return RichTextField(load_default=list, metadata={"label": label, "widget": "rich", "rows": 8})


def alt_words() -> fields.String:
    """What a picture shows, in words."""
    return fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": N_("What the picture shows"), "help": N_("Read out to people who cannot see it.")},
    )


def picture(label: str) -> ImageField:
    """A picture of the shop's media; may be left open."""
    return ImageField(load_default=None, allow_none=True, metadata={"label": label})


def icon_of(label: str) -> fields.String:
    """An icon that every theme has."""
    return fields.String(
        load_default="star", validate=validate.OneOf(list(ICONS)), metadata={"label": label, "choices": ICONS}
    )


class AnnouncementSettings(Schema):
    """Settings of `announcement`."""

    text = words(N_("Words"), required=True)
    link = link_to(N_("Leads to"))


class HeroSettings(Schema):
    """Settings of `hero`."""

    image = picture(N_("Picture"))
    alt = alt_words()
    eyebrow = words(N_("Small line above"), 60)
    title = fields.String(
        required=True,
        validate=validate.Length(1, 120),
        metadata={"label": N_("Title"), "widget": "textarea", "rows": 2, "help": N_("A line break stays.")},
    )
    text = words(N_("Words"), 300)
    button = words(N_("Button"), 40)
    link = link_to(N_("Leads to"))
    layout = one_of(
        N_("Layout"), "cover", cover=N_("Words on the picture"), split=N_("Words beside the picture")
    )
    words_side = one_of(N_("Side of the words"), "start", start=N_("Left"), end=N_("Right"))
    ink = one_of(N_("Colour of the words"), "light", light=N_("Light"), dark=N_("Dark"))


class IconNavSettings(Schema):
    """Settings of `icon_nav`; the doors are its blocks."""


class DoorSettings(Schema):
    """Settings of one door of `icon_nav`."""

    icon = icon_of(N_("Icon"))
    label = words(N_("Name"), 24, required=True)
    link = link_to(N_("Leads to"))
    strong = fields.Boolean(load_default=False, metadata={"label": N_("Draw it strong")})


class GoodsSettings(Schema):
    """Settings of `goods`."""

    title = words(N_("Title"))
    subtitle = words(N_("Line below the title"))
    source = one_of(
        N_("Which products"),
        "newest",
        collection=N_("Of a collection"),
        picked=N_("Picked ones"),
        newest=N_("Newest"),
        best=N_("Sold best"),
    )
    collection = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": N_("Collection"), "widget": "select", "visible_if": {"source": "collection"}},
    )
    products = fields.List(
        fields.String(validate=validate.Length(max=200)),
        load_default=list,
        validate=validate.Length(max=24),
        metadata={"label": N_("Picked products"), "widget": "products", "visible_if": {"source": "picked"}},
    )
    limit = fields.Integer(
        load_default=8, validate=validate.Range(1, 24), metadata={"label": N_("Show at most")}
    )
    layout = one_of(
        N_("Layout"),
        "grid",
        grid=N_("Grid"),
        staggered=N_("Staggered"),
        rail=N_("Sideways"),
        feature=N_("One large"),
    )
    more = words(N_("Words of the link to all"), 40)


class RichTextSettings(Schema):
    """Settings of `rich_text`."""

    title = words(N_("Title"))
    body = rich(N_("Words"))
    align = one_of(N_("Alignment"), "start", start=N_("Left"), centre=N_("Centred"))


class ImageTextSettings(Schema):
    """Settings of `image_text`."""

    image = picture(N_("Picture"))
    alt = alt_words()
    eyebrow = words(N_("Small line above"), 60)
    title = words(N_("Title"), required=True)
    body = rich(N_("Words"))
    button = words(N_("Button"), 40)
    link = link_to(N_("Leads to"))
    side = one_of(N_("Side of the picture"), "start", start=N_("Left"), end=N_("Right"))


class PromisesSettings(Schema):
    """Settings of `promises`; each promise is a block."""

    title = words(N_("Title"))


class PromiseSettings(Schema):
    """Settings of one promise."""

    icon = icon_of(N_("Icon"))
    label = words(N_("One word"), 24, required=True)
    text = words(N_("Promise"), required=True)
    detail = words(N_("Second line"), 200)


class FaqSettings(Schema):
    """Settings of `faq`; each question is a block."""

    title = words(N_("Title"))


class QuestionSettings(Schema):
    """Settings of one question of `faq`."""

    question = words(N_("Question"), 200, required=True)
    answer = fields.String(
        required=True,
        validate=validate.Length(1, 2_000),
        metadata={"label": N_("Answer"), "widget": "textarea", "rows": 3},
    )


class ContactSettings(Schema):
    """Settings of `contact`: which of the shop's ways to be reached it shows."""

    title = words(N_("Title"))
    text = words(N_("Words"), 300)
    phone = fields.Boolean(load_default=True, metadata={"label": N_("Phone")})
    email = fields.Boolean(load_default=True, metadata={"label": N_("E-mail")})
    wechat = fields.Boolean(load_default=True, metadata={"label": N_("WeChat")})
    address = fields.Boolean(load_default=True, metadata={"label": N_("Address")})


class CollectionListSettings(Schema):
    """Settings of `collection_list`."""

    title = words(N_("Title"))
    limit = fields.Integer(
        load_default=6, validate=validate.Range(1, 24), metadata={"label": N_("Show at most")}
    )
    layout = one_of(N_("Layout"), "grid", grid=N_("Grid"), rail=N_("Sideways"))
    more = words(N_("Words of the link to all"), 40)


class DividerSettings(Schema):
    """Settings of `divider`."""

    size = one_of(N_("Height"), "medium", small=N_("Small"), medium=N_("Medium"), large=N_("Large"))
    line = fields.Boolean(load_default=False, metadata={"label": N_("With a line")})
