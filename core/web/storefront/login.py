"""Logging in with a code, logging out, the demo's mailbox, and choosing a language."""

import re
from datetime import timedelta

from flask import Blueprint, Response, request

from core.commerce.checkout.guest_orders import take_over_guest_orders
from core.commerce.customers.actions import log_in, log_out, send_login_code
from core.commerce.customers.contacts import masked, normal_contact
from core.commerce.customers.errors import CodeRefused, ContactInvalid, TooManyCodes
from core.commerce.messages.queries import MessageView, latest_messages
from core.kernel.clock import now
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import _, known_language, sentences
from core.rendering import links
from core.rendering.contexts import FieldView, LoginPage, MailboxPage, MailView
from core.web.storefront.answers import asked, go, page_answer, slots_for
from core.web.storefront.browser import CART, LANGUAGE, SECRET, SESSION, current_browser
from core.web.storefront.forms import typed
from core.web.storefront.frame import preview
from core.web.storefront.limits import CODES, TRIES, limiter
from core.web.storefront.notices import tell
from core.web.storefront.parts import parts

login = Blueprint("login", __name__)

_AGAIN_AFTER = timedelta(seconds=30)
_WITH_CODE = ("customers.login_code", "orders.find")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@login.get("/login")
def ask_contact() -> Response:
    """Where shall the code go?"""
    back = links.own_path(request.args.get("next"))
    if current_browser().customer is not None:
        return go(back)
    return _contact_step("", back)


@login.post("/login")
@limiter.limit(CODES)
def send_code() -> Response:
    """Send a code to the contact and ask for it; the answer is the same whether we know the contact or not."""
    back = links.own_path(request.form.get("next"))
    contact = typed(request.form, "contact", most=254)
    try:
        normal = send_login_code(contact=contact.text)
    except (ContactInvalid, TooManyCodes) as error:
        return _contact_step(contact.text, back, error)
    return _code_step(normal, back)


@login.post("/login/code")
@limiter.limit(TRIES)
def check_code() -> Response:
    """Log in with the code and go on where the visitor came from."""
    back = links.own_path(request.form.get("next"))
    contact = typed(request.form, "contact", most=254).text
    try:
        opened = log_in(contact=contact, code=typed(request.form, "code", most=12).text)
    except ContactInvalid as error:
        return _contact_step(contact, back, error)
    except (CodeRefused, TooManyCodes) as error:
        return _code_step(contact, back, error)
    browser = current_browser()
    browser.keep(SESSION, opened.token)
    if secret := browser.cookie(SECRET):
        take_over_guest_orders(customer_id=opened.customer_id, token=secret, contact=contact)
    tell(_("Welcome!") if opened.first_time else _("You are logged in."))
    return go(back)


@login.post("/logout")
def leave() -> Response:
    """End the log-in; nothing that was one's own stays in this browser."""
    browser = current_browser()
    if token := browser.cookie(SESSION):
        log_out(token=token)
    for name in (SESSION, CART, SECRET):
        browser.forget(name)
    tell(_("You are logged out."))
    return go(links.HOME)


def _mailbox_url() -> str:
    return links.MAILBOX if parts().demo else ""


def _contact_step(contact: str, back: str, error: PinpuError | None = None) -> Response:
    title = _("Log in")
    page = LoginPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.LOGIN, index=False),
        step="contact",
        action=links.LOGIN,
        field=FieldView(
            name="contact",
            label=_("E-mail or phone number"),
            value=contact,
            autocomplete="username",
            error=_words(error),
            max_length=254,
        ),
        next_url=back,
        mailbox_url=_mailbox_url(),
    )
    return page_answer(page, status=error.status if error else 200, slots=slots_for(page))


def _code_step(contact: str, back: str, error: PinpuError | None = None) -> Response:
    title = _("Log in")
    page = LoginPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.LOGIN, index=False),
        step="code",
        action="/login/code",
        field=FieldView(
            name="code",
            label=_("Code"),
            kind="code",
            autocomplete="one-time-code",
            error=_words(error),
            max_length=6,
        ),
        sent_to=masked(contact) if normal_contact(contact) else "",
        resend_url=links.LOGIN,
        resend_at=None if error else now() + _AGAIN_AFTER,
        change_url=links.login_url(back),
        mailbox_url=_mailbox_url(),
        hidden={"contact": contact, "next": back},
    )
    return page_answer(page, status=error.status if error else 200, slots=slots_for(page))


def _words(error: PinpuError | None) -> str:
    return sentences(error.text, error.fix_text) if error else ""


@login.get("/mailbox")
def mailbox() -> Response:
    """Demo mode only: what would have been sent by e-mail and text message."""
    if not parts().demo:
        raise NotFound
    title = _("Demo mailbox")
    page = MailboxPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.MAILBOX, index=False),
        messages=tuple(_mail(message) for message in latest_messages()),
    )
    return page_answer(page, slots=slots_for(page))


def _mail(message: MessageView) -> MailView:
    code = _CODE.search(message.body) if message.topic in _WITH_CODE else None
    return MailView(
        channel=message.channel,
        to=message.recipient,
        subject=message.subject,
        text=message.body,
        at=message.at,
        code=code[0] if code else "",
    )


@login.get("/lang")
def choose_language() -> Response:
    """Keep the language in this browser and go back to the page."""
    chosen = known_language(asked("to"))
    if chosen:
        current_browser().keep(LANGUAGE, chosen)
    return go(links.own_path(request.args.get("next")))
