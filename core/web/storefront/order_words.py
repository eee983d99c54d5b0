"""How an order stands, in the buyer's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.commerce.orders.queries import EntryView, OrderHoldView, OrderView, in_words
from core.commerce.payments.queries import RefundView
from core.kernel.clock import now
from core.kernel.i18n import _
from core.kernel.money import Money, format_money
from core.kernel.tenancy import current_scope
from core.rendering import formats


@dataclass(frozen=True, slots=True)
class Standing:
    """One sentence, what happens next, and a tone: plain, warn, ok or fail; `short` fits into a list."""

    headline: str
    detail: str
    tone: str
    short: str


def moment_words(moment: datetime, *, full: bool = False) -> str:
    """An instant as people of the shop's zone say it; today's without its day unless `full`."""
    with formats.in_zone(current_scope().timezone):
        return formats.full_moment(moment) if full else formats.moment(moment)


def standing(
    order: OrderView,
    refunds: Sequence[RefundView] = (),
    holds: Sequence[OrderHoldView] = (),
    entries: Sequence[EntryView] = (),
) -> Standing:
    """How `order` stands; refunds, holds and its timeline make it exact where they are known."""
    if order.lifecycle == "cancelled":
        return _cancelled(order, refunds, next((one.text for one in entries if one.kind == "cancelled"), ""))
    if order.financial == "unpaid":
        return _unpaid(order)
    if order.holds_open:
        return _held(holds)
    if order.financial == "refunded":
        return _given_back(order, refunds, "")
    return _shipping(order)


def can_be_paid(order: OrderView) -> bool:
    """Whether its payment would still be taken: between its last minute and its closing it would not."""
    return order.must_be_paid and order.pay_by > now()


def _unpaid(order: OrderView) -> Standing:
    if order.pay_by <= now():
        return Standing(_("The time to pay is over"), _("The order closes by itself."), "plain", _("Closing"))
    detail = _(
        "Please pay by %(time)s. After that the order closes by itself.", time=moment_words(order.pay_by)
    )
    return Standing(_("Waiting for your payment"), detail, "warn", _("Unpaid"))


def _cancelled(order: OrderView, refunds: Sequence[RefundView], why: str) -> Standing:
    if not order.captured_minor:
        return Standing(_("This order is closed"), why, "plain", _("Closed"))
    return _given_back(order, refunds, why)


def _given_back(order: OrderView, refunds: Sequence[RefundView], why: str) -> Standing:
    amount = format_money(Money(order.refunded_minor, order.currency))
    if any(refund.state == "failed" for refund in refunds):
        detail = _("The payment service refused it. The shop has been told and looks at it.")
        return Standing(
            _("The refund of %(amount)s needs a look", amount=amount), detail, "fail", _("Refund stuck")
        )
    if any(refund.state != "done" for refund in refunds):
        return Standing(_("%(amount)s is on its way back", amount=amount), why, "warn", _("Refunding"))
    return Standing(_("%(amount)s went back to you", amount=amount), why, "ok", _("Refunded"))


def _held(holds: Sequence[OrderHoldView]) -> Standing:
    short = _("Paid, waiting")
    waiting = [hold_words(hold) for hold in holds if hold.state == "waiting"]
    if not waiting:
        return Standing(_("Paid, and kept until it may ship"), "", "warn", short)
    headline = _("Paid. Under way: %(what)s", what=_(", ").join(waiting))
    return Standing(
        headline, _("It ships as soon as that is done. If it fails, the money goes back."), "warn", short
    )


def hold_words(hold: OrderHoldView) -> str:
    """Why an order does not ship yet."""
    return in_words(str(hold.reason.get("message", "")), hold.reason.get("params") or {})


def _shipping(order: OrderView) -> Standing:
    fetched = order.delivery.get("kind") == "pickup"
    if order.fulfilment == "fulfilled":
        if fetched:
            return Standing(_("Handed over"), _("Enjoy it."), "ok", _("Handed over"))
        return Standing(_("On its way to you"), "", "ok", _("Shipped"))
    if order.fulfilment == "partial":
        return Standing(_("Part of it is on its way"), _("The rest follows."), "ok", _("Partly shipped"))
    if fetched:
        return Standing(
            _("Paid. You can fetch it soon"), _("The shop gets it ready for you."), "ok", _("Getting ready")
        )
    return Standing(_("Paid. The shop gets it ready"), _("You see here when it leaves."), "ok", _("To ship"))
