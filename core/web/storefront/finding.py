"""Buyers without an account find an order by its number and their contact; links in messages open theirs at once."""

from flask import Blueprint, Response, request

from core.commerce.checkout.order_searches import open_order, open_order_by_key, plain_number, send_order_code
from core.commerce.customers.contacts import masked
from core.commerce.customers.errors import CodeRefused, ContactInvalid, TooManyCodes
from core.commerce.orders.queries import OrderView
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, _, gettext, sentences
from core.rendering import links
from core.rendering.contexts import FieldView, FindOrderPage
from core.web.storefront.answers import asked, go, page_answer, slots_for
from core.web.storefront.browser import current_browser
from core.web.storefront.forms import typed
from core.web.storefront.frame import preview
from core.web.storefront.limits import CODES, TRIES, limiter
from core.web.storefront.notices import tell
from core.web.storefront.parts import parts

finding = Blueprint("finding", __name__)
_CODE_STEP = "/find-order/code"
_LONGEST_NUMBER = 40


@finding.get("/find-order")
def ask() -> Response:
    """Which order, and who are you?"""
    return _first_step(asked("number")[:_LONGEST_NUMBER], "")


@finding.post("/find-order")
@limiter.limit(CODES)
def send() -> Response:
    """Send a code if there is such an order; the answer is the same if there is none."""
    number = typed(request.form, "number", most=_LONGEST_NUMBER).text
    contact = typed(request.form, "contact", most=254).text
    if not plain_number(number):
        return _first_step(number, contact, number_error=gettext(N_("Fill in the number of the order.")))
    try:
        normal = send_order_code(number=number, contact=contact)
    except (ContactInvalid, TooManyCodes) as error:
        return _first_step(number, contact, error)
    return _code_step(number, normal)


@finding.post(_CODE_STEP)
@limiter.limit(TRIES)
def check() -> Response:
    """The right code opens the order, in this browser from now on."""
    number = typed(request.form, "number", most=_LONGEST_NUMBER).text
    contact = typed(request.form, "contact", most=254).text
    code = typed(request.form, "code", most=12).text
    try:
        opened = open_order(number=number, contact=contact, code=code, token=current_browser().token())
    except ContactInvalid as error:
        return _first_step(number, contact, error)
    except (CodeRefused, TooManyCodes) as error:
        return _code_step(number, contact, error)
    tell(_("This is your order."))
    return go(links.order_url(opened))


def opened_by_link(order: OrderView, *, has_it: bool) -> Response | None:
    """On to the order without the key that its address carries; the key opens it, whether or not it is still good.

    None where the address carries no key.
    """
    key = request.args.get("key", "")
    if not key:
        return None
    if not has_it:
        open_order_by_key(order_id=order.id, key=key[: _LONGEST_NUMBER * 2], token=current_browser().token())
    answer = go(links.order_url(order.code))
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _first_step(
    number: str, contact: str, error: PinpuError | None = None, *, number_error: str = ""
) -> Response:
    title = _("Find my order")
    fields = (
        FieldView(
            name="number",
            label=_("Order number"),
            value=number,
            help=_("It stands in the messages that you got."),
            error=number_error,
            max_length=_LONGEST_NUMBER,
        ),
        FieldView(
            name="contact",
            label=_("E-mail or phone number"),
            value=contact,
            help=_("The one that you gave with the order."),
            autocomplete="email",
            error=_words(error),
            max_length=254,
        ),
    )
    page = FindOrderPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.FIND_ORDER, index=False),
        step="ask",
        action=links.FIND_ORDER,
        fields=fields,
        mailbox_url=_mailbox_url(),
    )
    status = error.status if error else 422 if number_error else 200
    return page_answer(page, status=status, slots=slots_for(page))


def _code_step(number: str, contact: str, error: PinpuError | None = None) -> Response:
    title = _("Find my order")
    field = FieldView(
        name="code",
        label=_("Code"),
        kind="code",
        autocomplete="one-time-code",
        error=_words(error),
        max_length=6,
    )
    page = FindOrderPage(
        title=title,
        preview=preview(parts().frames.frame(), title, links.FIND_ORDER, index=False),
        step="code",
        action=_CODE_STEP,
        fields=(field,),
        sent_to=masked(contact),
        number=plain_number(number),
        again_url=links.FIND_ORDER,
        hidden={"number": number, "contact": contact},
        mailbox_url=_mailbox_url(),
    )
    return page_answer(page, status=error.status if error else 200, slots=slots_for(page))


def _words(error: PinpuError | None) -> str:
    return sentences(error.text, error.fix_text) if error else ""


def _mailbox_url() -> str:
    return links.MAILBOX if parts().demo else ""
