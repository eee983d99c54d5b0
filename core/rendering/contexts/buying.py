"""Pages for buying: cart, checkout, payment and the order afterwards."""

from datetime import datetime
from typing import ClassVar

from core.kernel.money import Money
from core.rendering.contexts.browse import Badge, ProductCard
from core.rendering.contexts.frame import (
    DetailView,
    FieldView,
    ImageView,
    LinkView,
    Page,
    PriceSum,
    says,
    view,
)


@view
class LineView:
    """One line of a cart, a checkout, an order or a refund."""

    id: str = says("Id of the line.")
    title: str = says("Name of the product.")
    quantity: int = says("Pieces.")
    total: Money = says("What the line costs now.")
    url: str = says("Page of the product; empty when it is no longer sold.", default="")
    variant: str = says("Option values in one line; may be empty.", default="")
    image: ImageView | None = says("Picture of the variant.", default=None)
    total_before: Money | None = says("The line without discounts, when that is more.", default=None)
    unit: Money | None = says("What one piece costs now.", default=None)
    note: str = says("A quiet line, such as how a discount was shared out; may be empty.", default="")
    badges: tuple[Badge, ...] = says("Labels given by plugins.", default=())
    problem: str = says("Why the line cannot be bought as it is; empty when it can.", default="")
    maximum: int = says("Most pieces that can be had.", default=99)
    fixed: bool = says("True when its quantity cannot be changed here.", default=False)
    review: LinkView | None = says("Where its buyer reviews it, once it was sent.", default=None)


@view
class CartPage(Page):
    """What the buyer has gathered."""

    template: ClassVar[str] = "cart"

    lines: tuple[LineView, ...] = says("The lines of the cart.")
    sum: PriceSum | None = says("The sum with its reasons; none while the cart is empty.", default=None)
    update_url: str = says(
        "Where quantities are sent: fields `quantity-<line id>`; `remove` names a line.", default=""
    )
    checkout_url: str = says("Where to go on; empty while a line has a problem.", default="")
    problems: tuple[str, ...] = says("What stands in the way of checking out.", default=())
    ideas: tuple[ProductCard, ...] = says("Products to show beside an empty or small cart.", default=())


@view
class ReservationView:
    """Something scarce kept for this buyer for a time: a seat, a last piece."""

    text: str = says("What is kept, without its end: Seat 3 is kept for you.")
    until: datetime = says("When it is let go.")
    detail: str = says("A second line; may be empty.", default="")


@view
class AddressOption:
    """An address that the buyer used before."""

    id: str = says("Value sent as `address`.")
    name: str = says("Who receives.")
    phone: str = says("Telephone number, masked.")
    text: str = says("The address in one line.")
    selected: bool = says("True for the one in use.", default=False)


@view
class DeliveryOption:
    """One way to get the goods."""

    id: str = says("Value sent as `delivery`.")
    label: str = says("Its name.")
    price: Money = says("What it costs for this order.")
    detail: str = says("How long it takes, or where to pick up.", default="")
    kind: str = says("ship or pickup.", default="ship")
    selected: bool = says("True for the one in use.", default=False)
    unavailable: str = says("Why it cannot be chosen for this order; empty when it can.", default="")
    hint: str = says("What is still needed to use it, such as the position; may be empty.", default="")
    locate: bool = says(
        "True when the buyer's position (`position`) decides whether it comes.", default=False
    )
    time: FieldView | None = says("When it comes, or the buyer does: a select of its own.", default=None)


@view
class ChoiceOption:
    """One answer to a plugin's question."""

    value: str = says("What is sent.")
    label: str = says("The answer.")
    detail: str = says("What happens then; may be empty.", default="")
    selected: bool = says("True for the answer in force.", default=False)


@view
class ChoiceView:
    """A question that a plugin asks before paying, such as what to do when the group is full."""

    name: str = says("Name under which the answer is sent.")
    question: str = says("The question.")
    options: tuple[ChoiceOption, ...] = says("The answers; one is selected.")
    detail: str = says("Why it is asked; may be empty.", default="")
    error: str = says("What is wrong with the answer; may be empty.", default="")


@view
class PaymentMethod:
    """One way to pay."""

    id: str = says("Value sent as `payment`.")
    label: str = says("Its name.")
    detail: str = says("How long a refund takes, and the like; may be empty.", default="")
    icon: str = says("Name of an icon of the theme.", default="card")
    selected: bool = says("True for the one in use.", default=False)


@view
class QuoteChange:
    """The total is not what the buyer last saw."""

    before: Money = says("The total that the buyer saw.")
    now: Money = says("The total that holds now.")
    reasons: tuple[str, ...] = says("What changed, in sentences.", default=())


@view
class CheckoutPage(Page):
    """Everything between the cart and paying, on one page."""

    template: ClassVar[str] = "checkout"

    action: str = says("Where the order is placed.")
    quote_url: str = says("Where the same form is sent to see new prices without ordering.")
    lines: tuple[LineView, ...] = says("What is bought.")
    sum: PriceSum = says("The sum with its reasons.")
    quote: str = says("The signed quote, sent along as `quote`.")
    key: str = says("Idempotency key of this attempt, sent along as `key`.")
    fields: tuple[FieldView, ...] = says(
        "Contact and address fields; those not needed are left out.", default=()
    )
    addresses: tuple[AddressOption, ...] = says("Addresses used before; `new` opens the fields.", default=())
    delivery: tuple[DeliveryOption, ...] = says("Ways to get the goods.", default=())
    pickup_fields: tuple[FieldView, ...] = says(
        "Fields needed for pick-up: who comes, telephone.", default=()
    )
    choices: tuple[ChoiceView, ...] = says("Questions of plugins.", default=())
    payments: tuple[PaymentMethod, ...] = says("Ways to pay.", default=())
    reservation: ReservationView | None = says(
        "What is kept for this buyer while the page is open.", default=None
    )
    changed: QuoteChange | None = says(
        "Set when the total changed since the buyer last saw it.", default=None
    )
    errors: tuple[str, ...] = says("What stands in the way, beyond single fields.", default=())
    promises: tuple[str, ...] = says(
        "What holds after paying, such as when money returns by itself.", default=()
    )
    note: FieldView | None = says("A free field for the buyer's words.", default=None)
    blocked: bool = says("True when ordering is not possible now.", default=False)
    position: str = says("The position that the buyer shared, sent along as `position`.", default="")


@view
class TimelineEntry:
    """Something that happened, happens, or will happen."""

    title: str = says("What it is.")
    state: str = says("done, now, next, or fail.", default="done")
    detail: str = says("More about it; may be empty.", default="")
    at: datetime | None = says("When; none where only `when` is known.", default=None)
    when: str = says("An expectation in words, where there is no time yet.", default="")


@view
class PaymentPage(Page):
    """Between placing an order and knowing that it is paid."""

    template: ClassVar[str] = "payment"

    state: str = says("ready (go to the gateway), scan (a code), waiting, failed, or closed.")
    number: str = says("Number of the order.")
    amount: Money = says("What is to be paid.")
    headline: str = says("What is going on.")
    detail: str = says("What happens next.", default="")
    pay_url: str = says(
        "Form address that starts paying, or tries again; empty when not possible.", default=""
    )
    pay_label: str = says("Words on that button.", default="")
    methods: tuple[PaymentMethod, ...] = says(
        "What the buyer may choose among, sent as `payment` with that form.", default=()
    )
    qr: str = says("A code to scan with an app: the `d` of an SVG path of squares of size 1.", default="")
    qr_size: int = says("How many squares wide and high that code is, its margin included.", default=0)
    app_url: str = says("Opens the app on the phone at hand; empty where it cannot.", default="")
    order_url: str = says("Page of the order.", default="")
    check_url: str = says("This page again, to look whether it is paid now.", default="")
    refresh_seconds: int = says("Reload by itself after so many seconds; 0 for never.", default=0)
    until: datetime | None = says("When the unpaid order closes.", default=None)
    steps: tuple[TimelineEntry, ...] = says("What has happened so far.", default=())


@view
class ShipmentView:
    """One parcel."""

    title: str = says("Parcel 1 of 2, or simply Parcel.")
    carrier: str = says("Who carries it.")
    number: str = says("Tracking number; may be empty.")
    url: str = says("The carrier's tracking page; may be empty.", default="")
    at: datetime | None = says("When it was handed over.", default=None)
    contents: tuple[str, ...] = says("What is inside, one sentence per line.", default=())


@view
class PickupCodeView:
    """What the buyer shows at the pick-up point to be handed the order."""

    code: str = says("The code, as people read it out: K3VT-9DMW.")
    qr: str = says("The same as a QR code: the `d` of an SVG path of squares of size 1.")
    size: int = says("How many squares wide and high the QR code is, its margin included.")
    place: str = says("Where to: the name of the pick-up point.", default="")
    hours: str = says("When somebody is there; may be empty.", default="")


@view
class RefundView:
    """Money on its way back."""

    number: str = says("Number of the refund.")
    amount: Money = says("How much goes back.")
    state: str = says("pending, sent, done or failed.")
    steps: tuple[TimelineEntry, ...] = says("Each step with its time.")
    lines: tuple[LineView, ...] = says("What goes back for each line.", default=())
    shipping: Money | None = says("Shipping that goes back; none when none was paid.", default=None)
    claw_back: Money | None = says(
        "Below zero: kept back, because the rest of the order lost a discount; above: given back again.",
        default=None,
    )


@view
class OrderAction:
    """Something that the buyer can do with the order."""

    label: str = says("Words on the button.")
    url: str = says("Where it is sent.")
    post: bool = says("True for a form, false for a link.", default=False)
    confirm: str = says("What to read before doing it; empty when it can be undone.", default="")


@view
class HoldView:
    """What a paid order waits for before it ships: an order hold."""

    text: str = says("What the order waits for.")
    until: datetime = says("When the waiting ends at the latest.")
    detail: str = says("A second line; may be empty.", default="")


@view
class CaseRow:
    """A case on the page of its order."""

    label: str = says("What was asked for, and its number.")
    status: str = says("How it stands, in a few words.")
    url: str = says("Its page.")
    tone: str = says("plain, warn, ok or fail.", default="plain")
    amount: str = says("What goes back, written out; may be empty.", default="")


@view
class OrderPage(Page):
    """One order: how it stands, what happened, what it cost, what can be done."""

    template: ClassVar[str] = "order"

    number: str = says("Number of the order.")
    headline: str = says("How it stands, in a sentence.")
    lines: tuple[LineView, ...] = says("What was bought.")
    sum: PriceSum = says("What was paid, with its reasons.")
    detail: str = says("What happens next; may be empty.", default="")
    tone: str = says("plain, warn, ok or fail.", default="plain")
    timeline: tuple[TimelineEntry, ...] = says("What happened, each with its time.", default=())
    refunds: tuple[RefundView, ...] = says("Money on its way back.", default=())
    shipments: tuple[ShipmentView, ...] = says("Parcels.", default=())
    holds: tuple[HoldView, ...] = says("What the order waits for before it ships.", default=())
    pickup: PickupCodeView | None = says(
        "The pick-up code, while goods can be fetched with it.", default=None
    )
    facts: tuple[DetailView, ...] = says("Number, payment, receiver and the like.", default=())
    pay: LinkView | None = says("Where to pay, while it is unpaid.", default=None)
    actions: tuple[OrderAction, ...] = says("What the buyer can do.", default=())
    find_url: str = says(
        "Where somebody who is not known to be its buyer proves that it is theirs; empty for its buyer.",
        default="",
    )
    share_path: str = says(
        "Page that the buyer is asked to share, once, right after paying; mostly empty.", default=""
    )
    cases: tuple[CaseRow, ...] = says("After-sale cases about this order, newest first.", default=())
