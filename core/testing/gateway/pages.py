"""The hosted pay page: the payer chooses what happens, then the browser goes back to the shop, or does not."""

import sqlite3
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from core.kernel.i18n import N_, current_language, current_locale, gettext, known_language, ngettext, speaking
from core.kernel.money import Money, format_money
from core.testing.gateway.notifier import settle_due
from core.testing.gateway.parts import gateway_parts, present
from core.testing.gateway.payments import CHOICES, choose, hosted_payment, pay_now

pages = Blueprint("pages", __name__)

# Seconds until a late payer pays; "" waits for the button.
DELAYS = {"60": 60.0, "600": 600.0, "3600": 3600.0, "": None}
_BACK_AT_ONCE = ("succeed", "decline", "twice")

_REASONS = {
    "card_declined": N_("The bank said no. Nothing was charged."),
    "expired": N_("Nobody paid in time. Nothing was charged."),
    "cancelled_by_merchant": N_("The shop closed this payment. Nothing was charged."),
}


@pages.get("/health")
def health() -> Response:
    """Whether the service answers, for whoever started it."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/")
def front() -> str:
    """What this is, for a person who finds the port."""
    with speaking(_asked_language()):
        return _page("front.html")


@pages.get("/pay/<payment_id>")
def pay(payment_id: str) -> ResponseReturnValue:
    """The page for one payment in its present state."""
    payment = _settled(payment_id)
    if payment is None:
        return _missing()
    if payment["choice"] == "slow" and payment["status"] != "pending":
        return redirect(payment["return_url"], 303)
    with speaking(_asked_language(payment["locale"])):
        return _page("pay.html", payment=payment, **_view(payment))


@pages.post("/pay/<payment_id>")
def decide(payment_id: str) -> ResponseReturnValue:
    """Do what the payer chose; a second click finds the first one done."""
    payment = _settled(payment_id)
    if payment is None:
        return _missing()
    wish, parts = request.form.get("choice", ""), gateway_parts()
    with parts.store.changing() as tx:
        payment = cast("sqlite3.Row", hosted_payment(tx, payment_id))
        if wish == "pay_now":
            pay_now(tx, payment, present())
        elif wish in CHOICES:
            delay = _delay(wish, parts.settings.slow_seconds)
            choose(tx, payment, wish, now=present(), delay=delay)
        payment = cast("sqlite3.Row", hosted_payment(tx, payment_id))
    parts.notifier.wake()
    decided = payment["status"] in ("captured", "failed")
    if decided and (payment["choice"] in _BACK_AT_ONCE or wish == "pay_now"):
        return redirect(payment["return_url"], 303)
    return redirect(f"/pay/{payment_id}{_language_query()}", 303)


def _settled(payment_id: str) -> sqlite3.Row | None:
    with gateway_parts().store.changing() as tx:
        settle_due(tx, present())
        return hosted_payment(tx, payment_id)


def _delay(wish: str, slow_seconds: float) -> float | None:
    if wish == "slow":
        return slow_seconds
    return DELAYS.get(request.form.get("delay", ""), 60.0)


def _view(payment: sqlite3.Row) -> dict[str, Any]:
    money = Money(payment["amount"], payment["currency"])
    return {
        "amount": format_money(money, current_locale()),
        "stage": _stage(payment),
        "reason": gettext(_REASONS.get(payment["failure_code"], "")),
        "open_for": _span(payment["expires_at"] - present()),
        "paid_in": _span((payment["settle_at"] or 0) - present()) if payment["settle_at"] else "",
        "slow_seconds": max(round(gateway_parts().settings.slow_seconds), 1),
    }


def _stage(payment: sqlite3.Row) -> str:
    """Which of the page's faces to show."""
    if payment["status"] == "pending":
        return {"": "open", "slow": "waiting", "late": "later"}[payment["choice"]]
    if payment["status"] == "captured" and payment["choice"] == "never_returns":
        return "closed"
    return str(payment["status"])


def _span(seconds: float) -> str:
    """A length of time in its largest fitting unit, rounded: 90 seconds, 14 minutes, 3 hours."""
    whole = max(round(seconds), 1)
    if whole < 120:
        return ngettext("%(n)s second", "%(n)s seconds", whole)
    if whole < 120 * 60:
        return ngettext("%(n)s minute", "%(n)s minutes", round(whole / 60))
    if whole < 48 * 3600:
        return ngettext("%(n)s hour", "%(n)s hours", round(whole / 3600))
    return ngettext("%(n)s day", "%(n)s days", round(whole / 86_400))


def _asked_language(default: str = "") -> str:
    asked = known_language(request.args.get("lang")) or known_language(default)
    return asked or known_language(request.accept_languages.best_match(["zh-CN", "zh", "en"])) or "en"


def _language_query() -> str:
    lang = known_language(request.args.get("lang"))
    return f"?{urlencode({'lang': lang})}" if lang else ""


def _page(template: str, **context: Any) -> str:
    other = {"zh-CN": ("en", "English"), "en": ("zh-CN", "中文")}[current_language()]
    return render_template(template, _=gettext, language=current_language(), other=other, **context)


def _missing() -> ResponseReturnValue:
    with speaking(_asked_language()):
        return _page("missing.html"), 404
