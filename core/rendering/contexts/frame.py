"""What every page has around it, and the small pieces that several pages share."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, dataclass_transform
from uuid import UUID

from markupsafe import Markup

from core.kernel.money import Money

_View = TypeVar("_View")
NOTHING: Mapping[str, Any] = MappingProxyType({})


def says(words: str, *, default: Any = MISSING) -> Any:
    """A field of a view with the words that document it; without `default` it must be filled."""
    if default is MISSING:
        return field(metadata={"help": words})
    if default is NOTHING:
        return field(default_factory=lambda: NOTHING, metadata={"help": words})
    return field(default=default, metadata={"help": words})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(says,))
def view(cls: type[_View]) -> type[_View]:
    """Make `cls` a view: a frozen, keyword-only dataclass of which templates can read the fields only."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)


@view
class ImageView:
    """One picture, with what a browser needs to reserve its place."""

    url: str = says("Address of the picture at its usual size.")
    alt: str = says("What the picture shows, for those who do not see it; empty when it only decorates.")
    width: int = says("Width in pixels of the file behind `url`.")
    height: int = says("Height in pixels of the file behind `url`.")
    tile: str = says(
        "Ground to lay it on: apricot, celadon, mist, rose, sand; empty for a plain ground.", default=""
    )
    srcset: str = says("Other widths, as the `srcset` attribute wants them; may be empty.", default="")


@view
class LinkView:
    """A place to go."""

    label: str = says("The words of the link, already in the visitor's language.")
    url: str = says("Where it goes: a path of this shop, or an https address.")
    icon: str = says("Name of an icon of the theme; empty for none.", default="")
    current: bool = says("True when the visitor is there now.", default=False)
    tab: bool = says("For navigation: also show it in the phone's tab bar.", default=False)
    below: tuple["LinkView", ...] = says("For menus: the entries one level below; may be empty.", default=())


@view
class AnnouncementView:
    """The line above every page; a visitor who closes it does not see it again."""

    label: str = says("Its words.")
    url: str = says("Where it leads; may be empty.", default="")
    mark: str = says("Names this announcement when it is closed: the form to /announcement/close sends it.")


@view
class DetailView:
    """A label with its value, for tables of facts."""

    label: str = says("What it is.")
    value: str = says("Its value, ready to print.")


@view
class FactView:
    """One line of trust: shipping, dispatch, refund, who sells."""

    icon: str = says("Name of an icon of the theme.")
    label: str = says("One word: Shipping, Dispatch, Refund, Seller.")
    text: str = says("The promise in a few words.")
    detail: str = says("A second, quieter line; may be empty.", default="")


@view
class NoticeView:
    """A message to this visitor about what just happened."""

    text: str = says("The message.")
    tone: str = says("ok, warn or error.", default="ok")


@view
class FieldOption:
    """One choice of a select field."""

    value: str = says("What is sent.")
    label: str = says("What is shown.")


@view
class FieldView:
    """One field of a form, with its present value and what is wrong with it."""

    name: str = says("Name under which it is sent.")
    label: str = says("Words above the field.")
    value: str = says("Present value, as text.", default="")
    kind: str = says("text, email, tel, select, textarea, checkbox or code.", default="text")
    required: bool = says("Whether it must be filled.", default=True)
    autocomplete: str = says("The browser's autocomplete token, such as `street-address`.", default="")
    help: str = says("A hint below the field.", default="")
    error: str = says("What is wrong with the value; empty when nothing is.", default="")
    options: tuple[FieldOption, ...] = says("Choices of a select.", default=())
    half: bool = says("May share its row with a neighbour.", default=False)
    max_length: int = says("Longest value taken, in characters.", default=200)
    requote: bool = says("True when the sum may change with it.", default=False)


@view
class PriceStep:
    """One line of a sum: where the price starts, what lowers or raises it, where it ends."""

    label: str = says("Name of the step: Everyday price, Group of 3, Shipping.")
    amount: Money = says("Signed amount of this step.")
    detail: str = says("Why, in a few words; may be empty.", default="")
    kind: str = says("base, discount, charge or tax.", default="base")


@view
class LineSum:
    """One line of a basket, or its shipping: the steps add up to the total."""

    title: str = says("The product, or Shipping.")
    steps: tuple[PriceStep, ...] = says("The steps, beginning with quantity × price.")
    total: Money = says("What is paid for it.")


@view
class WhyNotView:
    """An offer that does not apply."""

    offer: str = says("What it is.")
    because: str = says("Why not, and what would change it, in a sentence.")
    detail: str = says("The products meant, and what won instead; may be empty.", default="")
    saves: Money | None = says("What it would save then; none where nobody can know.", default=None)
    url: str = says("Where something can be done about it; may be empty.", default="")
    action: str = says("Words of that link.", default="")


@view
class PriceSum:
    """A price with its reasons: the steps add up to the total."""

    steps: tuple[PriceStep, ...] = says("The steps in the order they were applied.")
    total: Money = says("What is paid.")
    saved: Money | None = says(
        "How much less than without discounts; none when nothing was saved.", default=None
    )
    tax: str = says("The tax that the total contains, in words; empty for none.", default="")
    returns: tuple[str, ...] = says(
        "Sentences about discounts that a return of part of it loses; empty where the shop does not count that.",
        default=(),
    )
    lines: tuple[LineSum, ...] = says(
        "The same sum line by line, shipping last; empty where there is one line or nothing changed a price.",
        default=(),
    )
    hints: tuple[WhyNotView, ...] = says(
        "Offers that lack little, at most two, the nearest first: worth showing at once.", default=()
    )
    why_not: tuple[WhyNotView, ...] = says("The other offers that do not apply.", default=())


@view
class ContactView:
    """How to reach the shop."""

    email: str = says("Address for questions; may be empty.", default="")
    phone: str = says("Telephone number as people write it; may be empty.", default="")
    hours: str = says("When somebody answers; may be empty.", default="")
    wechat: str = says("WeChat id; may be empty.", default="")
    wechat_qr: ImageView | None = says("Picture of the QR code that adds the shop in WeChat.", default=None)
    address: str = says("Postal address; may be empty.", default="")
    chat: str = says("https address of a chat with somebody of the shop; may be empty.", default="")


@view
class Look:
    """The theme's settings for this shop, ready for templates."""

    preset: str = says("Key of the preset in use.", default="tea")
    scheme: str = says("auto, light or dark.", default="auto")
    rhythm: str = says("cards or editorial: how pages breathe.", default="cards")
    header: str = says("shop (mark, name, search) or centred (one word in the middle).", default="shop")
    tabs: bool = says("Whether phones get a tab bar at the bottom.", default=True)
    css: Markup = says("Custom properties that differ from the theme's own values.", default=Markup())


@view
class ShopView:
    """The shop whose page this is."""

    name: str = says("Name of the shop.")
    handle: str = says("Short name in addresses.")
    currency: str = says("ISO code of the currency prices are in.")
    language: str = says("Language tag of the shop itself, such as zh-CN.")
    zone: str = says("Time zone of the shop; all times on pages are in it.")
    tagline: str = says("A few words under the name.", default="")
    logo: ImageView | None = says("Logo; without one `seal` is drawn.", default=None)
    seal: str = says("One to four characters that stand for the shop where it has no logo.", default="")
    announcement: AnnouncementView | None = says(
        "The line above every page; shown by the hole `announcement`, to visitors who have not closed it.",
        default=None,
    )
    nav: tuple[LinkView, ...] = says("Main navigation.", default=())
    policies: tuple[LinkView, ...] = says("Shipping, returns, privacy and the like.", default=())
    footer: tuple[LinkView, ...] = says(
        "Menu of the footer; entries with others below are headings.", default=()
    )
    social: tuple[LinkView, ...] = says("The shop's accounts elsewhere.", default=())
    icp: LinkView | None = says(
        "ICP number of a site in mainland China, leading to its register.", default=None
    )
    tab_icon: str = says("Address of the small sign for the browser's tab.", default="")
    touch_icon: str = says("Address of the sign for a phone's home screen.", default="")
    legal: tuple[str, ...] = says("Lines the law wants in the footer: company, licence numbers.", default=())
    contact: ContactView = says("How to reach the shop.", default=ContactView())
    hours: tuple[DetailView, ...] = says("When the shop is open: days and hours.", default=())
    closed: str = says("That no orders are taken now, and when again; empty while they are.", default="")
    languages: tuple[LinkView, ...] = says("The languages a visitor can switch to.", default=())
    search_hint: str = says("Words inside the empty search field.", default="")
    look: Look = says("The theme's settings.", default=Look())
    demo: bool = says("True in demo mode, where codes and messages are read on a page.", default=False)
    test_mode: bool = says("True while payments are test payments, which move no money.", default=False)


@view
class CustomerView:
    """The buyer who is logged in."""

    name: str = says("Name, or the masked contact when no name is known.")
    contact: str = says("Masked e-mail address or telephone number.")
    initial: str = says("One character that stands for the person.")


@view
class CartBadge:
    """What the cart icon says."""

    count: int = says("How many pieces are in the cart.", default=0)


EMPTY_CART = CartBadge()


@view
class HereView:
    """The request, as far as a page may know it."""

    page: str = says("Name of the page's template, such as product.")
    path: str = says("Path and query of this page.")
    language: str = says("Language the page is in: zh-CN or en.")
    login_url: str = says("Where to log in and come back.")


@view
class LinkPreview:
    """What a chat shows when somebody sends this page's address."""

    title: str = says("Title of the card.")
    url: str = says("Full canonical address of the page, with host.")
    description: str = says("One sentence below the title.", default="")
    image: ImageView | None = says(
        "Picture of the card; its url must be absolute and a raster file.", default=None
    )
    price: Money | None = says("Price of the product that the page is about.", default=None)
    kind: str = says("website or product.", default="website")
    index: bool = says("False keeps search engines away: carts, orders, log-in.", default=True)


@view
class SectionView:
    """One section of a page document, with its data."""

    id: str = says("Id of the section in the page document.")
    type: str = says("Type of the section, such as hero or group_buy/open_groups.")
    template: str = says("Template that shows it.")
    context: Mapping[str, Any] = says("Names that its template can use.")


@view
class Page:
    """What all pages have in common."""

    template: ClassVar[str] = ""

    title: str = says("Title of the page, for the tab and the top bar.")
    preview: LinkPreview = says("The link-preview card.")
    back: LinkView | None = says(
        "Where the arrow in the top bar leads; none for pages at the top.", default=None
    )
    subject_ids: tuple[UUID, ...] = says(
        "Ids of what the page is about (its products, its order); slots are asked for these.", default=()
    )
    selected_id: UUID | None = says("The chosen variant, on a product page.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """What belongs to one visitor and therefore never goes into a cached page; filled in last."""

    nonce: str
    now: datetime
    customer: CustomerView | None = None
    cart: CartBadge = EMPTY_CART
    notices: tuple[NoticeView, ...] = ()
    # The mark of the announcement that this visitor has closed.
    closed: str = ""
