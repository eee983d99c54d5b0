"""How an order stands, in badges: colour means that something is going on, grey that it is over."""

from collections.abc import Sequence
from typing import Protocol

from core.kernel.i18n import N_, gettext
from core.rendering.console.parts import Badge


class Standing(Protocol):
    """What badges are made of; list rows and whole orders have it."""

    @property
    def lifecycle(self) -> str:
        """placed | completed | cancelled."""

    @property
    def financial(self) -> str:
        """unpaid | paid | partly_refunded | refunded."""

    @property
    def fulfilment(self) -> str:
        """unfulfilled | partial | fulfilled."""

    @property
    def holds_open(self) -> int:
        """How many holds keep it from shipping."""


def payment_badge(order: Standing) -> Badge:
    """How the money stands."""
    if order.financial == "unpaid":
        return Badge(gettext(N_("Unpaid")), "", "ring")
    if order.financial == "paid":
        return Badge(gettext(N_("Paid")), "ok")
    if order.financial == "partly_refunded":
        return Badge(gettext(N_("Partly refunded")), "", "ring")
    return Badge(gettext(N_("Refunded")))


def refund_badge(open_refunds: Sequence[str]) -> Badge | None:
    """Whether money is on its way back, or refused."""
    if "failed" in open_refunds:
        return Badge(gettext(N_("Refund refused")), "bad")
    return Badge(gettext(N_("Refunding")), "bad", "ring") if open_refunds else None


def waiting_badge(confirmed: int | None, threshold: int | None) -> Badge:
    """What a paid order waits for: how many are there of how many."""
    words = gettext(N_("Waiting for group"))
    return Badge(f"{words} {confirmed}/{threshold}" if threshold else words, "accent", "ring")


def sending_badge(order: Standing, *, pickup: bool) -> Badge:
    """How far the goods are."""
    if order.fulfilment == "fulfilled":
        return Badge(gettext(N_("Handed over")) if pickup else gettext(N_("Sent")))
    if order.fulfilment == "partial":
        return Badge(gettext(N_("Partly sent")), "warn")
    if order.financial == "unpaid" or order.holds_open:
        return Badge(gettext(N_("Not sent")), "", "ring")
    return Badge(gettext(N_("To hand over")) if pickup else gettext(N_("To ship")), "warn")


def list_badges(
    order: Standing,
    *,
    open_refunds: Sequence[str] = (),
    waiting: tuple[int, int | None] | None = None,
    pickup: bool = False,
) -> list[Badge]:
    """The badges of an order in a list: what somebody has to know or do, most urgent first."""
    refund = refund_badge(open_refunds)
    found = [refund] if refund else []
    if order.lifecycle == "cancelled":
        found.append(Badge(gettext(N_("Cancelled"))))
    elif order.financial == "unpaid":
        found.append(payment_badge(order))
    elif order.holds_open:
        found.append(waiting_badge(*(waiting or (None, None))))
    else:
        found.append(sending_badge(order, pickup=pickup))
    if not refund and order.financial in ("partly_refunded", "refunded"):
        found.append(payment_badge(order))
    return found
