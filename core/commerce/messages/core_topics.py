"""The topics of core's own rooms, in one place; a plugin declares its own with `declare_message_topics`.

A room that has something to tell adds its topic here (with its words in the catalogue) and calls `send_message`.
"""

from core.commerce.messages.topics import MessageTopics, Topic, TopicGroup, Variable, Words
from core.kernel.i18n import N_

GROUPS = (
    TopicGroup(key="account", label=N_("Account"), help=N_("Codes to log in: always sent.")),
    TopicGroup(
        key="orders", label=N_("Orders and delivery"), help=N_("Payment, shipping and pick-up of an order.")
    ),
    TopicGroup(
        key="aftersale",
        label=N_("Cancellations, returns and refunds"),
        help=N_("What becomes of a request, and money that goes back."),
    ),
    TopicGroup(
        key="reviews",
        label=N_("Reviews"),
        help=N_("Answers to your reviews, and invitations to write one."),
    ),
    TopicGroup(key="offers", label=N_("News and offers"), help=N_("New goods and campaigns of the shop.")),
    TopicGroup(
        key="merchant", label=N_("For the shop itself"), help=N_("What the shop wants to know at once.")
    ),
)

# Filled in from {"order_id"} by the orders room when the message is written.
ORDER = (
    Variable(name="order_number", label=N_("Order number"), example="10086"),
    Variable(name="order_link", label=N_("Page of the order"), kind="link", example="/orders/7kq2m9xw4tzd"),
    Variable(name="order_total", label=N_("Total of the order"), kind="money", example=12800),
    Variable(
        name="items", label=N_("What was ordered"), kind="list", example=N_("Spring green tea, 250 g × 2")
    ),
)
ORDER_IN_CONSOLE = Variable(
    name="console_link",
    label=N_("The order in the console"),
    kind="console_link",
    example="/orders/10086",
)

LOGIN_CODE = Topic(
    key="customers.login_code",
    label=N_("Code to log in"),
    help=N_("Sent at once when somebody wants to log in."),
    group="account",
    kind="security",
    waits=False,
    variables=(
        Variable(name="code", label=N_("Code"), example="204816", secret=True),
        Variable(name="minutes", label=N_("Minutes that it works"), kind="number", example=10),
    ),
    words={
        "email": Words(
            subject=N_("Your code for {{shop_name}}"),
            body=N_("{{code}} is your code for {{shop_name}}. It works for {{minutes}} minutes."),
        ),
        "sms": Words(body=N_("{{code}} is your code for {{shop_name}}. It works for {{minutes}} minutes.")),
    },
)

FIND_ORDER = Topic(
    key="orders.find",
    label=N_("Code to find an order"),
    help=N_("Sent at once when a buyer without an account looks for an order."),
    group="account",
    kind="security",
    waits=False,
    variables=(
        Variable(name="order_number", label=N_("Order number"), example="10086"),
        Variable(name="code", label=N_("Code"), example="204816", secret=True),
        Variable(name="minutes", label=N_("Minutes that it works"), kind="number", example=10),
    ),
    words={
        "email": Words(
            subject=N_("Your code for order {{order_number}}"),
            body=N_(
                "{{code}} is your code to see order {{order_number}} of {{shop_name}}. It works for {{minutes}} minutes."
            ),
        ),
        "sms": Words(
            body=N_(
                "{{code}} is your code to see order {{order_number}} of {{shop_name}}. It works for {{minutes}} minutes."
            )
        ),
    },
)

ORDER_PAID = Topic(
    key="orders.paid",
    label=N_("Order paid"),
    help=N_("Sent when the payment has arrived."),
    group="orders",
    waits=False,
    variables=ORDER,
    words={
        "email": Words(
            subject=N_("Order {{order_number}} is paid"),
            body=N_(
                "Hello,\n\nthank you for your order {{order_number}}. {{order_total}} was paid for: {{items}}.\n\n"
                "See how it stands: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: order {{order_number}} is paid ({{order_total}}). {{order_link}}")
        ),
    },
)

ORDER_CANCELLED = Topic(
    key="orders.cancelled",
    label=N_("Order cancelled"),
    help=N_("Sent when an order was cancelled, with the reason. An unpaid order that runs out says nothing."),
    group="aftersale",
    variables=(
        *ORDER,
        Variable(
            name="reason", label=N_("Why"), kind="words", example=N_("The shop has cancelled the order.")
        ),
    ),
    words={
        "email": Words(
            subject=N_("Order {{order_number}} is cancelled"),
            body=N_(
                "Hello,\n\nyour order {{order_number}} is cancelled. {{reason}}\n\n"
                "What you may have paid goes back the way it came.\n\nDetails: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: order {{order_number}} is cancelled. {{reason}} {{order_link}}")
        ),
    },
)

ORDER_SHIPPED = Topic(
    key="fulfilment.shipped",
    label=N_("Parcel sent"),
    help=N_("Sent for each parcel, with its number and a link to follow it."),
    group="orders",
    variables=(
        *ORDER,
        Variable(name="carrier", label=N_("Carrier"), example=N_("SF Express")),
        Variable(name="tracking_number", label=N_("Tracking number"), example="SF1029384756"),
        Variable(
            name="tracking_link",
            label=N_("Page to follow the parcel"),
            kind="link",
            example="/orders/7kq2m9xw4tzd",
        ),
    ),
    words={
        "email": Words(
            subject=N_("Order {{order_number}} is on its way"),
            body=N_(
                "Hello,\n\na parcel of your order {{order_number}} was sent with {{carrier}} {{tracking_number}}.\n\n"
                "Follow it: {{tracking_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: order {{order_number}} was sent with {{carrier}} {{tracking_number}}. {{tracking_link}}"
            )
        ),
    },
)

OWN_DELIVERY = Topic(
    key="fulfilment.own_delivery",
    label=N_("On its way with your own delivery"),
    help=N_("Sent when you bring an order yourselves: there is no number to follow."),
    group="orders",
    waits=False,
    variables=ORDER,
    words={
        "email": Words(
            subject=N_("Order {{order_number}} is on its way"),
            body=N_(
                "Hello,\n\nyour order {{order_number}} is on its way, we bring it ourselves.\n\n"
                "Details: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: order {{order_number}} is on its way, we bring it ourselves. {{order_link}}"
            )
        ),
    },
)

PICKUP_READY = Topic(
    key="orders.pickup_ready",
    label=N_("Ready for pick-up"),
    help=N_("Sent when a paid order can be fetched at its pick-up point, with the code to show there."),
    group="orders",
    variables=(
        *ORDER,
        Variable(name="pickup_point", label=N_("Pick-up point"), example=N_("Green Hill Tea, Wuyi Road")),
        Variable(name="pickup_address", label=N_("Its address"), example=N_("Wuyi Road 12, Hangzhou")),
        Variable(name="pickup_code", label=N_("Pick-up code"), example="7KQ2 M9XW", secret=True),
    ),
    words={
        "email": Words(
            subject=N_("Order {{order_number}} can be picked up"),
            body=N_(
                "Hello,\n\nyour order {{order_number}} can be picked up: {{pickup_point}}, {{pickup_address}}.\n\n"
                "Your code: {{pickup_code}}\n\nOpening hours and details: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: fetch order {{order_number}} at {{pickup_point}}, code {{pickup_code}}. {{order_link}}"
            )
        ),
    },
)

HANDED_OVER = Topic(
    key="fulfilment.handed_over",
    label=N_("Handed over"),
    help=N_("Sent when goods were handed over at the pick-up point."),
    group="orders",
    waits=False,
    variables=ORDER,
    on=("email",),
    words={
        "email": Words(
            subject=N_("Order {{order_number}} was handed over"),
            body=N_(
                "Hello,\n\ngoods of your order {{order_number}} were handed over to you.\n\n"
                "If that was not you, tell us at once: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: goods of order {{order_number}} were handed over. {{order_link}}")
        ),
    },
)

REFUND_DONE = Topic(
    key="payments.refund_done",
    label=N_("Refund done"),
    help=N_("Sent when the payment provider has given the money back."),
    group="aftersale",
    variables=(*ORDER, Variable(name="amount", label=N_("Amount"), kind="money", example=6400)),
    words={
        "email": Words(
            subject=N_("{{amount}} of order {{order_number}} went back to you"),
            body=N_(
                "Hello,\n\n{{amount}} of your order {{order_number}} went back the way it was paid. "
                "Until your bank shows it, a few days may pass.\n\nDetails: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: {{amount}} of order {{order_number}} went back to you. {{order_link}}")
        ),
    },
)

_REVIEWED = Variable(name="product", label=N_("Product"), example=N_("Spring green tea"))

REVIEW_ANSWERED = Topic(
    key="reviews.answered",
    label=N_("Review answered"),
    help=N_("Sent when the shop has answered a review for the first time."),
    group="reviews",
    variables=(
        *ORDER,
        _REVIEWED,
        Variable(
            name="answer", label=N_("The answer"), example=N_("Thank you! We are glad that you like it.")
        ),
        Variable(
            name="review_link", label=N_("Page of the reviews"), kind="link", example="/products/tea/reviews"
        ),
    ),
    on=("email",),
    words={
        "email": Words(
            subject=N_("{{shop_name}} has answered your review"),
            body=N_(
                "Hello,\n\nyou reviewed {{product}}. {{shop_name}} has answered:\n\n{{answer}}\n\n"
                "See it here: {{review_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}} has answered your review of {{product}}: {{answer}} {{review_link}}")
        ),
    },
)

REVIEW_REQUEST = Topic(
    key="reviews.request",
    label=N_("Invitation to review"),
    help=N_("Sent once per order, some days after its last parcel; switched on in the settings of reviews."),
    group="reviews",
    kind="promotional",
    variables=ORDER,
    on=("email",),
    words={
        "email": Words(
            subject=N_("How do you like it? Your order {{order_number}}"),
            body=N_(
                "Hello,\n\nhow do you like what we sent you: {{items}}?\n\n"
                "A few words or a picture help others to choose, and us to get better: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: how do you like your order {{order_number}}? Tell us with a few words: {{order_link}}"
            )
        ),
    },
)

NEW_PAID_ORDER = Topic(
    key="orders.new_paid",
    label=N_("New paid order"),
    help=N_("Tells the shop that there is something to do."),
    group="merchant",
    audience="merchant",
    variables=(*ORDER, ORDER_IN_CONSOLE),
    words={
        "email": Words(
            subject=N_("New order {{order_number}}: {{order_total}}"),
            body=N_(
                "Order {{order_number}} of {{customer_name}} is paid: {{order_total}}.\n\n{{items}}\n\n{{console_link}}"
            ),
        ),
        "robot": Words(body=N_("New order {{order_number}}: {{order_total}}\n{{items}}\n{{console_link}}")),
    },
)

CORE_TOPICS = MessageTopics(
    groups=GROUPS,
    topics=(
        LOGIN_CODE,
        FIND_ORDER,
        ORDER_PAID,
        ORDER_SHIPPED,
        OWN_DELIVERY,
        PICKUP_READY,
        HANDED_OVER,
        ORDER_CANCELLED,
        REFUND_DONE,
        REVIEW_ANSWERED,
        REVIEW_REQUEST,
        NEW_PAID_ORDER,
    ),
)
