"""How cases are called and how they stand, for the people who answer them."""

from datetime import datetime, timedelta

from core.kernel.clock import now
from core.kernel.i18n import N_, gettext, ngettext
from core.rendering.console.parts import Badge

KINDS = {
    "cancel": N_("Cancellation"),
    "refund": N_("Refund"),
    "return": N_("Return"),
    "exchange": N_("Exchange"),
}
_STATES = {
    "open": (N_("Waits for your answer"), "warn", "dot"),
    "accepted": (N_("Buyer sends it back"), "", "ring"),
    "sent": (N_("Parcel on its way to you"), "accent", "ring"),
    "received": (N_("Send the replacement"), "warn", "dot"),
    "refunding": (N_("Money on its way"), "accent", "ring"),
    "refunded": (N_("Refunded"), "", "dot"),
    "stuck": (N_("Refund refused"), "bad", "dot"),
    "replaced": (N_("Exchanged"), "", "dot"),
    "declined": (N_("Declined"), "", "dot"),
    "withdrawn": (N_("Withdrawn"), "", "dot"),
    "lapsed": (N_("Goods never came"), "", "dot"),
}


def kind_words(kind: str) -> str:
    """What is asked for, in a word."""
    return gettext(KINDS[kind])


def state_badge(stands: str) -> Badge:
    """How a case stands."""
    words, tone, mark = _STATES[stands]
    return Badge(gettext(words), tone, mark)  # type: ignore[arg-type]


def left_words(due_at: datetime | None) -> str:
    """How much time is left; "" without a deadline."""
    if due_at is None:
        return ""
    left = due_at - now()
    if left <= timedelta(0):
        return gettext(N_("over"))
    hours = int(left.total_seconds() // 3600)
    if hours >= 48:
        return ngettext("%(n)s day left", "%(n)s days left", hours // 24)
    if hours:
        return ngettext("%(n)s hour left", "%(n)s hours left", hours)
    return ngettext("%(n)s minute left", "%(n)s minutes left", max(int(left.total_seconds() // 60), 1))


def is_urgent(due_at: datetime | None) -> bool:
    """Whether the deadline is within half a day."""
    return due_at is not None and due_at - now() < timedelta(hours=12)
