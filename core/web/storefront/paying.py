"""Paying for an order: on to the gateway, back from it, and what to show while its answer is awaited."""

from contextlib import suppress
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from core.commerce.orders.queries import OrderView, order_of_code
from core.commerce.payments.actions.pay import GATEWAY_TROUBLE, check_payment, start_payment
from core.commerce.payments.errors import NothingToPay, NoWayToPay, PaymentUnderWay
from core.commerce.payments.gateways.interface import GatewayUnavailable
from core.commerce.payments.queries import PaymentView, payments_of
from core.kernel.db import connection_given_back
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, _, sentences
from core.kernel.money import format_money
from core.rendering import links
from core.rendering.contexts import LinkView, PaymentMethod, PaymentPage
from core.rendering.qr_codes import qr_path
from core.web.storefront.answers import go, page_answer, slots_for
from core.web.storefront.frame import preview
from core.web.storefront.limits import PAYING, limiter
from core.web.storefront.notices import tell
from core.web.storefront.order_words import can_be_paid
from core.web.storefront.parts import parts
from core.web.storefront.pay_options import current_device, pay_options, payment_words
from core.web.storefront.prompts import ask_to_share

paying = Blueprint("paying", __name__)

_REFRESH_SECONDS = 3
_FAILURES = {
    "card_declined": N_("The bank said no. Nothing was charged."),
    "expired": N_("The time to pay was over. Nothing was charged."),
}


def begin_payment(order_id: UUID, code: str, way: str = "") -> Response:
    """Lead the browser to the gateway, the way that was chosen; where that is impossible now, to the order.

    There paying can be tried again. An address that a browser cannot follow is drawn as a code to scan.
    """
    back = f"{request.host_url}pay/{quote(code)}/return"
    try:
        attempt = start_payment(
            order_id=order_id,
            return_url=back,
            way=way,
            device=current_device(),
            client_ip=request.remote_addr or "",
        )
    except PaymentUnderWay as error:
        tell(sentences(error.text, error.fix_text), "error")
        return go(f"/pay/{quote(code)}/return")
    except (*GATEWAY_TROUBLE, NothingToPay, NoWayToPay) as error:
        tell(sentences(error.text, error.fix_text), "error")
        return go(links.order_url(code))
    if not attempt.redirect_url:
        return go(links.order_url(code))
    if not is_web_address(attempt.redirect_url):
        return go(f"{links.order_url(code)}/pay/scan")
    answer = redirect(attempt.redirect_url, 303)
    assert isinstance(answer, Response)
    return answer


@paying.post("/orders/<code>/pay")
@limiter.limit(PAYING)
def pay(code: str) -> Response:
    """Pay, or try again; whoever has the order's address may pay for it."""
    found = _order(code)
    return begin_payment(found.id, code, request.form.get("payment", ""))


@paying.get("/orders/<code>/pay")
@limiter.limit(PAYING)
def ready(code: str) -> Response:
    """What is to be paid and until when, with the button that leads on."""
    found = _order(code)
    if not can_be_paid(found):
        return go(links.order_url(code))
    return _page(found, "ready", _("One more step: pay"), _("What you ordered is kept for you until then."))


@paying.get("/orders/<code>/pay/scan")
@limiter.limit(PAYING)
def scan(code: str) -> Response:
    """A code to scan with the app that pays; the page looks by itself whether it was paid."""
    found = _order(code)
    _check(found)
    found = _order(code)
    if not can_be_paid(found):
        return go(links.order_url(code))
    latest = _latest(found.id)
    if latest is None or latest.state != "pending" or not latest.redirect_url:
        return go(f"{links.order_url(code)}/pay")
    app = payment_words(latest.gateway, latest.method)
    return _page(
        found, "scan", _("Scan with %(app)s", app=app), _scan_words(app), to_scan=latest.redirect_url
    )


def _scan_words(app: str) -> str:
    if current_device() == "desktop":
        return _(
            "Open %(app)s on your phone, scan the code and confirm. This page goes on by itself.", app=app
        )
    return _(
        "Scan the code with %(app)s on another phone, or open your order on a computer and scan it there. "
        "This page goes on by itself.",
        app=app,
    )


@paying.get("/pay/<code>/return")
@limiter.limit(PAYING)
def come_back(code: str) -> Response:
    """Where the gateway sends the browser: the truth is fetched at once, the notification need not be awaited."""
    found = _order(code)
    _check(found)
    found = _order(code)
    if not found.must_be_paid:
        ask_to_share(found)
        return go(links.order_url(code))
    latest = _latest(found.id)
    if latest is not None and latest.state in ("failed", "cancelled"):
        return _page(found, "failed", _("This payment did not go through"), _why_failed(latest))
    if "left" in request.args and can_be_paid(found):
        # Some gateways say so: the buyer turned back without paying, and there is nothing to wait for.
        return go(f"{links.order_url(code)}/pay")
    return _page(
        found,
        "waiting",
        _("Waiting for the payment service"),
        _(
            "It has not answered yet; usually that takes seconds. You may close this page: the result shows in your order."
        ),
    )


def _methods(found: OrderView, *, others: bool) -> tuple[PaymentMethod, ...]:
    """What the buyer may choose among, the way of the last attempt ticked, or with `others` left out."""
    latest = _latest(found.id)
    chosen = f"{latest.gateway}:{latest.method}" if latest is not None else ""
    ways = [way for way in parts().frames.frame().ways if not (others and way.id == chosen)]
    return pay_options(ways, currency=found.total.currency, chosen=chosen)


def _pay_label(state: str, amount: str) -> str:
    if state == "ready":
        return _("Pay %(amount)s", amount=amount)
    if state == "scan":
        return _("Pay another way")
    return _("Try again: pay %(amount)s", amount=amount)


def _order(code: str) -> OrderView:
    found = order_of_code(code)
    if found is None:
        raise NotFound
    return found


def _check(found: OrderView) -> None:
    open_ones = [one.id for one in payments_of(found.id) if one.state != "captured"]
    with connection_given_back(), suppress(GatewayUnavailable):
        for payment_id in reversed(open_ones):
            if check_payment(payment_id) == "captured":
                return


def _latest(order_id: UUID) -> PaymentView | None:
    return next(reversed(payments_of(order_id)), None)


def _why_failed(payment: PaymentView) -> str:
    words = _FAILURES.get(payment.failure_code, N_("Nothing was charged."))
    return sentences(_(words), _("Try again or choose another way to pay."))


def is_web_address(url: str) -> bool:
    """Whether a browser can follow it; anything else belongs to an app."""
    return url.startswith(("http://", "https://"))


def _page(found: OrderView, state: str, headline: str, detail: str, *, to_scan: str = "") -> Response:
    title, pay_path = _("Payment"), f"{links.order_url(found.code)}/pay"
    amount, back = format_money(found.total), f"/pay/{quote(found.code)}/return"
    qr, qr_size = qr_path(to_scan) if to_scan else ("", 0)
    methods = _methods(found, others=bool(to_scan)) if state != "waiting" else ()
    page = PaymentPage(
        title=title,
        preview=preview(parts().frames.frame(), title, pay_path, index=False),
        back=LinkView(label=_("To the order"), url=links.order_url(found.code)),
        subject_ids=(found.id,),
        state=state,
        number=found.number,
        amount=found.total,
        headline=headline,
        detail=detail,
        pay_url="" if state == "waiting" or (to_scan and not methods) else pay_path,
        pay_label=_pay_label(state, amount),
        methods=methods,
        order_url=links.order_url(found.code),
        check_url=f"{pay_path}/scan" if to_scan else back if state == "waiting" else "",
        refresh_seconds=_REFRESH_SECONDS if state in ("waiting", "scan") else 0,
        until=found.pay_by,
        qr=qr,
        qr_size=qr_size,
        # A page cannot know whether the phone has the app; whoever has it is led there.
        app_url=to_scan if to_scan and current_device() == "phone" else "",
    )
    return page_answer(page, slots=slots_for(page))
