"""Which messages a buyer wants: a page of the account, and the link below each message that works without a log-in."""

from flask import Blueprint, Response, request

from core.commerce.customers.contacts import masked
from core.commerce.customers.errors import LoginNeeded
from core.commerce.customers.queries import contacts_of
from core.commerce.messages.configuring import opt_in, opt_out
from core.commerce.messages.preferences import refusable_groups, refused_groups
from core.commerce.messages.topics import TopicGroup
from core.commerce.messages.unsubscribing import unsubscribe_path, wish_in
from core.kernel.errors import NotFound
from core.kernel.i18n import _
from core.rendering import links
from core.rendering.contexts import LinkView, NotificationChoice, NotificationsPage
from core.web.security import carries_proof
from core.web.storefront.answers import go, page_answer, slots_for
from core.web.storefront.browser import current_browser
from core.web.storefront.frame import preview
from core.web.storefront.notices import tell
from core.web.storefront.parts import parts

notifications = Blueprint("notifications", __name__)
PATH = "/account/notifications"


def _contacts() -> list[str]:
    customer = current_browser().customer
    if customer is None:
        raise LoginNeeded
    return contacts_of(customer.id)


@notifications.get(PATH)
def choices() -> Response:
    """Every kind of message to every address of the buyer."""
    contacts = _contacts()
    refused = refused_groups(contacts)
    title = _("Notifications")
    page = NotificationsPage(
        title=title,
        preview=preview(parts().frames.frame(), title, PATH, index=False),
        back=LinkView(label=_("My account"), url=links.ACCOUNT),
        action=PATH,
        text=_("Codes to log in are always sent."),
        choices=tuple(
            NotificationChoice(
                name=_field(at, group),
                label=_(group.label),
                help=_(group.help),
                to=masked(contact),
                wanted=(contact, group.key) not in refused,
            )
            for at, contact in enumerate(contacts)
            for group in refusable_groups()
        ),
        button=_("Save"),
    )
    return page_answer(page, slots=slots_for(page))


def _field(at: int, group: TopicGroup) -> str:
    return f"{at}.{group.key}"


@notifications.post(PATH)
def choose() -> Response:
    """Keep what was chosen."""
    for at, contact in enumerate(_contacts()):
        for group in refusable_groups():
            wish = opt_in if request.form.get(_field(at, group)) else opt_out
            wish(contact=contact, group=group.key)
    tell(_("Your choice is saved."))
    return go(PATH)


@notifications.get("/unsubscribe/<token>")
def ask(token: str) -> Response:
    """What the link would stop; opening it changes nothing, because programs open links as well."""
    contact, group = _wish(token)
    refused = (contact, group.key) in refused_groups([contact])
    what = {"group": _(group.label), "to": masked(contact)}
    title = _("Messages")
    page = NotificationsPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.HOME, index=False),
        action=unsubscribe_path(contact, group.key),
        text=_("No messages about “%(group)s” are sent to %(to)s.", **what)
        if refused
        else _("Messages about “%(group)s” are sent to %(to)s.", **what),
        button=_("Send them again") if refused else _("Send no more of them"),
        wish="again" if refused else "stop",
    )
    return page_answer(page, slots=slots_for(page))


@notifications.post("/unsubscribe/<token>")
@carries_proof
def act(token: str) -> Response:
    """Stop, or begin again; mail programs post here by themselves when their user asks them to."""
    contact, group = _wish(token)
    wish = opt_in if request.form.get("wish") == "again" else opt_out
    wish(contact=contact, group=group.key)
    if request.form.get("List-Unsubscribe") == "One-Click":
        return Response("", 200, mimetype="text/plain")
    return go(unsubscribe_path(contact, group.key))


def _wish(token: str) -> tuple[str, TopicGroup]:
    found = wish_in(token)
    group = next((one for one in refusable_groups() if found and one.key == found[1]), None)
    if found is None or group is None:
        raise NotFound
    return found[0], group
