"""The parts of the frame around all pages as forms: logo, announcement, menus, contact, legal lines, look."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.kernel.i18n import N_, gettext
from core.rendering.blocks import BlockType, BlockTypes
from core.rendering.console.fields import LocalDateTimeField
from core.rendering.palettes import ACCENTS
from core.rendering.section_settings import ICONS, link_to, picture, words
from core.rendering.theme import SCHEMES

_SCHEME_WORDS = {"auto": N_("As the visitor's device"), "light": N_("Light"), "dark": N_("Dark")}


class BrandSettings(Schema):
    """Logo and sign."""

    logo = picture(N_("Logo"))
    favicon = picture(N_("Small sign for the browser's tab"))
    seal = fields.String(
        load_default="",
        validate=validate.Length(max=4),
        metadata={
            "label": N_("Seal"), "width": "half",
            "help": N_("One to four characters, drawn where there is no logo."),
        },
    )  # fmt: skip
    search_hint = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": N_("Words in the empty search field"), "width": "half"},
    )


class NewsSettings(Schema):
    """The line on top of the storefront."""

    text = words(N_("Words"))
    link = link_to(N_("Leads to"))
    starts = LocalDateTimeField(load_default=None, allow_none=True, metadata={"label": N_("Shown from")})
    ends = LocalDateTimeField(load_default=None, allow_none=True, metadata={"label": N_("Shown until")})

    @validates_schema
    def _in_order(self, data: dict[str, object], **_: object) -> None:
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and starts >= ends:  # type: ignore[operator]
            raise ValidationError(gettext(N_("The end comes after the beginning.")), "ends")


class MenuSettings(Schema):
    """A menu; its entries are blocks."""


class EntrySettings(Schema):
    """One entry of a menu."""

    label = words(N_("Name"), 24, required=True)
    link = link_to(N_("Leads to"))
    inside = fields.Boolean(
        load_default=False,
        metadata={"label": N_("Below the entry above"), "widget": "checkbox", "width": "half"},
    )


class DoorEntrySettings(EntrySettings):
    """One entry of the main menu, which may also stand in the phone's tab bar."""

    tab = fields.Boolean(
        load_default=False,
        metadata={"label": N_("Also in the phone's tab bar"), "widget": "checkbox", "width": "half"},
    )
    icon = fields.String(
        load_default="star",
        validate=validate.OneOf(list(ICONS)),
        metadata={"label": N_("Icon in the tab bar"), "choices": ICONS, "visible_if": {"tab": True}},
    )


class ReachSettings(Schema):
    """How buyers reach the shop."""

    phone = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": N_("Phone"), "widget": "tel", "width": "half"},
    )
    email = fields.Email(load_default="", metadata={"label": N_("E-mail"), "width": "half"})
    wechat = fields.String(
        load_default="",
        validate=validate.Regexp(
            r"^$|^[A-Za-z][A-Za-z0-9_-]{5,19}$",
            error=N_("A WeChat id has 6 to 20 letters, digits, - or _, and begins with a letter."),
        ),
        metadata={"label": N_("WeChat id"), "width": "half"},
    )
    hours = fields.String(
        load_default="",
        validate=validate.Length(max=80),
        metadata={
            "label": N_("When somebody answers"), "width": "half", "placeholder": N_("Every day 9:00–21:00"),
        },
    )  # fmt: skip
    address = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"label": N_("Address")}
    )
    chat = fields.String(
        load_default="",
        validate=validate.Regexp(
            r"^$|^https://[^\s<>\"']{3,300}$", error=N_("An address begins with https://.")
        ),
        metadata={
            "label": N_("Chat address"),
            "widget": "url",
            "help": N_("Opens where somebody answers: WeCom, WhatsApp, Meiqia and the like."),
        },
    )
    wechat_qr = picture(N_("WeChat QR code"))


class LegalSettings(Schema):
    """Lines that the law wants, and the shop's accounts elsewhere as blocks."""

    company = words(N_("Company"), 120)
    icp = fields.String(
        load_default="",
        validate=validate.Regexp(
            r"^$|^[\u4e00-\u9fff]ICP[备证]\s?[A-Z0-9-]{4,20}号(-\d{1,3})?$",
            error=N_("Write it like 浙ICP备12345678号-1."),
        ),
        metadata={"label": N_("ICP number"), "help": N_("Needed where the site runs in mainland China.")},
    )
    lines = fields.String(
        load_default="",
        validate=validate.Length(max=600),
        metadata={"label": N_("More lines"), "widget": "textarea", "rows": 3,
                  "help": N_("Licences and the like, one on each line.")},
    )  # fmt: skip


class AccountSettings(Schema):
    """One account elsewhere."""

    label = words(N_("Name"), 24, required=True)
    link = link_to(N_("Leads to"))


class LookSettings(Schema):
    """Palette, light or dark, and one colour of the shop's own."""

    preset = fields.String(load_default="", metadata={"label": N_("Palette"), "widget": "swatches"})
    accent = fields.String(
        load_default="",
        validate=validate.OneOf(["", *ACCENTS]),
        metadata={"label": N_("Colour"), "widget": "swatches"},
    )
    scheme = fields.String(
        load_default="auto",
        validate=validate.OneOf(SCHEMES),
        metadata={"label": N_("Light or dark"), "choices": _SCHEME_WORDS},
    )


FRAME_PARTS: tuple[BlockType, ...] = (
    BlockType(
        name="frame_brand", label=N_("Logo and sign"), icon="store", schema=BrandSettings, template="",
        about=N_("Stands on top of every page and in the browser's tab."),
    ),
    BlockType(
        name="frame_announcement", label=N_("Announcement bar"), icon="bell", schema=NewsSettings, template="",
        about=N_("One line on top of the storefront, from and until when you like."),
    ),
    BlockType(
        name="frame_menu", label=N_("Main menu"), icon="menu", schema=MenuSettings, template="",
        children={"entry": DoorEntrySettings}, most=20, about=N_("On top of wide screens, in the menu of phones."),
    ),
    BlockType(
        name="frame_footer", label=N_("Footer menu"), icon="menu", schema=MenuSettings, template="",
        children={"entry": EntrySettings}, most=30,
        about=N_("Below every page; policies stand there by themselves."),
    ),
    BlockType(
        name="frame_contact", label=N_("Contact"), icon="phone", schema=ReachSettings, template="",
        about=N_("How buyers reach you."),
    ),
    BlockType(
        name="frame_legal", label=N_("Legal and accounts elsewhere"), icon="shield", schema=LegalSettings,
        template="", children={"account": AccountSettings}, most=10,
        about=N_("Company, ICP number, and where else you are found."),
    ),
    BlockType(
        name="frame_look", label=N_("Palette and colour"), icon="sun", schema=LookSettings, template="",
        about=N_("How the whole storefront looks."),
    ),
)  # fmt: skip


def frame_part_types() -> BlockTypes:
    """The parts of a frame, as the editor of sections reads them."""
    return BlockTypes(FRAME_PARTS)
