"""What is said about endpoints and deliveries."""

from core.commerce.messages.outcomes import reason_words
from core.commerce.webhooks.queries import DeliveryView, EndpointView, TryView
from core.commerce.webhooks.topics import topic_label
from core.kernel.i18n import N_, gettext
from core.rendering.console.parts import Badge, Tone

STATES: dict[str, tuple[str, Tone, str]] = {
    "waiting": (N_("Waiting"), "accent", "ring"),
    "sending": (N_("Being sent"), "accent", "ring"),
    "delivered": (N_("Arrived"), "ok", "dot"),
    "failed": (N_("Given up"), "bad", "dot"),
    "held": (N_("Held back"), "", "ring"),
}
_REASONS = {
    "status": N_("The receiver answered, but not with a status of 200 to 299."),
    "redirect": N_("The receiver sends us elsewhere; redirects are not followed. Enter the right address."),
    "gone": N_("The receiver says that it wants no more (status 410)."),
    "resting": N_("The receiver did not answer the last time; this waits until it is called again."),
    "lost": N_("The connection broke before the receiver had answered."),
}
_PAUSED = {
    "": N_("You have paused this endpoint: nothing is sent, and what happens meanwhile is not kept for it."),
    "gone": N_("The receiver said that it wants no more (status 410), so the endpoint is paused."),
    "silent": N_(
        "Nothing arrived for three days, so the endpoint is paused. Repair the receiver, then switch it on."
    ),
}


def why(reason: str) -> str:
    """Why something did not arrive; "" where it did."""
    return gettext(_REASONS[reason]) if reason in _REASONS else reason_words(reason)


def paused_words(one: EndpointView) -> str:
    """Why an endpoint is paused."""
    return gettext(_PAUSED[one.pause_reason])


def state_badge(one: DeliveryView) -> Badge:
    """How a delivery stands."""
    label, tone, mark = STATES[one.state]
    return Badge(gettext(label), tone, mark)  # type: ignore[arg-type]


def endpoint_badge(one: EndpointView) -> Badge:
    """How an endpoint stands."""
    if one.paused_at is not None:
        return Badge(gettext(N_("Paused")), "bad" if one.pause_reason else "", "ring")
    return Badge(gettext(N_("On")), "ok", "dot")


def topics_said(one: EndpointView) -> str:
    """What an endpoint hears of, in a line."""
    if not one.topics:
        return gettext(N_("All events"))
    return " · ".join(gettext(topic_label(topic)) for topic in one.topics)


def answer_said(one: TryView) -> str:
    """What came of a try, in a line."""
    return gettext(N_("Status %(status)s"), status=one.status) if one.status else gettext(N_("No answer"))
