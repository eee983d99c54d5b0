"""Pages for the person: log-in, account, orders; and pages of words: content, messages, plugins' own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from core.kernel.money import Money
from core.rendering.contexts.browse import Pager, ProductCard
from core.rendering.contexts.frame import (
    NOTHING,
    CustomerView,
    FactView,
    FieldView,
    ImageView,
    LinkView,
    Page,
    SectionView,
    says,
    view,
)


@view
class LoginPage(Page):
    """Log in with an e-mail address or a telephone number and the code sent there."""

    template: ClassVar[str] = "login"

    step: str = says("contact (where shall the code go?) or code (type it).")
    action: str = says("Where the form is sent.")
    field: FieldView = says("The one field of this step.")
    next_url: str = says("Where to go afterwards; sent along as `next`.", default="")
    sent_to: str = says("Masked contact that the code went to.", default="")
    resend_url: str = says("Form address that sends another code.", default="")
    resend_at: datetime | None = says("From when another code can be asked for.", default=None)
    change_url: str = says("Back to the first step.", default="")
    mailbox_url: str = says("Demo mode: where the code can be read.", default="")
    hidden: Mapping[str, str] = says("Hidden fields of the form.", default=NOTHING)
    reason: str = says("Why a log-in is asked for; may be empty.", default="")


@view
class FindOrderPage(Page):
    """Find an order without an account: its number and the buyer's contact, then the code sent there."""

    template: ClassVar[str] = "find_order"

    step: str = says("ask (which order, and whose?) or code (type it).")
    action: str = says("Where the form is sent.")
    fields: tuple[FieldView, ...] = says("The fields of this step.")
    number: str = says("The order number that was typed.", default="")
    sent_to: str = says("Masked contact that a code went to if the order is theirs.", default="")
    again_url: str = says("Back to the first step, and form address that sends another code.", default="")
    mailbox_url: str = says("Demo mode: where the code can be read.", default="")
    hidden: Mapping[str, str] = says("Hidden fields of the form.", default=NOTHING)


@view
class MailView:
    """A message as the receiver would have got it."""

    channel: str = says("email or sms.")
    to: str = says("Receiver.")
    subject: str = says("Subject; empty for a text message.")
    text: str = says("The message.")
    at: datetime = says("When it was sent.")
    code: str = says("The log-in code inside, to copy; may be empty.", default="")


@view
class MailboxPage(Page):
    """Demo mode only: messages that would have been sent."""

    template: ClassVar[str] = "mailbox"

    messages: tuple[MailView, ...] = says("Messages, newest first.")


@view
class OrderRow:
    """An order in a list."""

    number: str = says("Number of the order.")
    url: str = says("Its page.")
    placed_at: datetime = says("When it was placed.")
    status: str = says("How it stands, in words.")
    total: Money = says("What it cost.")
    pieces: int = says("How many pieces it has.")
    images: tuple[ImageView, ...] = says("Pictures of its first lines.", default=())
    summary: str = says("Name of the first product, and how many others.", default="")
    tone: str = says("plain, warn, ok or fail.", default="plain")
    pay_url: str = says("Where to pay, while it is unpaid.", default="")


@view
class AccountPage(Page):
    """The buyer's own page."""

    template: ClassVar[str] = "account"

    customer: CustomerView = says("Who is logged in.")
    counts: tuple[LinkView, ...] = says(
        "Views of the orders, with icons: unpaid, to ship, refunding.", default=()
    )
    orders: tuple[OrderRow, ...] = says("Latest orders.", default=())
    orders_url: str = says("All orders.", default="")
    links: tuple[LinkView, ...] = says("Other things of this buyer.", default=())
    logout_url: str = says("Form address that logs out.", default="")


@view
class OrdersPage(Page):
    """All orders of the buyer."""

    template: ClassVar[str] = "orders"

    orders: tuple[OrderRow, ...] = says("The orders on this page of the list.")
    tabs: tuple[LinkView, ...] = says("Views of the orders; the one in force is current.", default=())
    pager: Pager | None = says("Position in the whole list.", default=None)


@view
class ContentPage(Page):
    """A page of the merchant's own: shipping, returns, our story."""

    template: ClassVar[str] = "content"

    sections: tuple[SectionView, ...] = says("The sections, in order.")
    updated_at: datetime | None = says("When the words last changed.", default=None)


@view
class SharePage(Page):
    """Ways to share a page: words for a chat, a poster, and the link with its card."""

    template: ClassVar[str] = "share"

    text: str = says("Words to paste into a chat, in lines, with the link in the last.")
    link: str = says("The short link alone; it says who shared.")
    poster_url: str = says("The poster as a picture; empty where this machine cannot draw one.", default="")
    card_title: str = says("What a chat shows for the link.")
    card_text: str = says("The line below it.", default="")
    card_image: ImageView | None = says("The picture beside it.", default=None)
    action: str = says("Where the form for another place is sent.")
    path: str = says("The page that is shared; sent along as `path`.")
    place: str = says("The chat group that this link is for; may be empty.", default="")


@view
class MessagePage(Page):
    """One clear message: nothing here, not this shop, come back soon."""

    template: ClassVar[str] = "message"

    status: int = says("HTTP status of the answer.")
    text: str = says("What is going on and what to do.", default="")
    actions: tuple[LinkView, ...] = says("Ways out; the first is the best.", default=())
    cards: tuple[ProductCard, ...] = says("Products to look at instead.", default=())
    reference: str = says("Code to quote to the shop, for errors of ours.", default="")


@view
class MoneyBackPage(Page):
    """The shop's money-back record: figures that nobody can edit."""

    template: ClassVar[str] = "money_back"

    text: str = says("What is counted, and that nobody can edit it.")
    facts: tuple[FactView, ...] = says("The figures: label and words, with a quieter line.")


@view
class PluginPage(Page):
    """A page of a plugin in the shop's own frame."""

    template: ClassVar[str] = "plugin"

    plugin: str = says("Name of the plugin.")
    body_template: str = says("The plugin's template for the middle of the page.")
    body: Mapping[str, Any] = says("Names that this template can use.", default=NOTHING)
    narrow: bool = says("True keeps the page as narrow as a phone on wide screens.", default=True)
