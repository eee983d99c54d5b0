"""What people are told of their coupons: one arrived, one is about to run out."""

from core.sdk.messages import MessageTopics, Topic, TopicGroup, Variable, Words
from core.sdk.words import N_

_COUPON = (
    Variable(name="coupon_title", label=N_("Name of the coupon"), example=N_("¥30 off from ¥200")),
    Variable(name="coupon_link", label=N_("Page of my coupons"), kind="link", example="/x/coupon/mine"),
    Variable(name="valid_to", label=N_("Usable until"), kind="time", example="2026-08-06T12:00:00+00:00"),
)

RECEIVED = Topic(
    key="coupon.received",
    label=N_("Coupon received"),
    help=N_("Sent to whoever gets a coupon that they did not claim on the page themselves."),
    group="coupon",
    kind="promotional",
    on=("email",),
    variables=_COUPON,
    words={
        "email": Words(
            subject=N_("A coupon for you: {{coupon_title}}"),
            body=N_(
                "Hello,\n\nyou have a coupon: {{coupon_title}}. It can be used until {{valid_to}}, and is taken off by "
                "itself where it saves most.\n\nSee your coupons: {{coupon_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: a coupon for you, {{coupon_title}}, until {{valid_to}}. {{coupon_link}}")
        ),
    },
)

EXPIRING = Topic(
    key="coupon.expiring",
    label=N_("Coupon about to run out"),
    help=N_("Sent once, before a coupon that was not used runs out."),
    group="coupon",
    kind="promotional",
    on=("email",),
    variables=_COUPON,
    words={
        "email": Words(
            subject=N_("Your coupon runs out soon: {{coupon_title}}"),
            body=N_(
                "Hello,\n\nyour coupon {{coupon_title}} can only be used until {{valid_to}}.\n\n"
                "See your coupons: {{coupon_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: your coupon {{coupon_title}} runs out {{valid_to}}. {{coupon_link}}")
        ),
    },
)

TOPICS = MessageTopics(
    groups=(
        TopicGroup(key="coupon", label=N_("Coupons"), help=N_("Coupons that you get and that run out.")),
    ),
    topics=(RECEIVED, EXPIRING),
)
