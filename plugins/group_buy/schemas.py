"""Forms of group-buy: the merchant's settings, and the rules of an activity."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from core.sdk.forms import DurationField, LocalDateTimeField, MoneyField, PercentField
from core.sdk.words import N_
from plugins.group_buy.domain import LEAST_SIZE, LONGEST_WINDOW, MOST_SIZE
from plugins.group_buy.domain.rules import PERKS


class GroupBuySettings(Schema):
    """What holds for every activity of the shop."""

    seat_time = DurationField(
        least=60,
        most=3_600,
        units=("minutes",),
        load_default=timedelta(minutes=10),
        metadata={
            "label": N_("A seat is kept for"),
            "help": N_("So long an unpaid buyer keeps a seat of a group; then the next one can have it."),
            "group": N_("Seats"),
        },
    )
    held_per_buyer = fields.Integer(
        load_default=3,
        validate=validate.Range(min=1, max=50),
        metadata={
            "label": N_("Unpaid seats for one buyer"),
            "help": N_(
                "So many can be kept at the same time over all groups, so that nobody blocks seats without paying."
            ),
            "unit": N_("seats"),
            "group": N_("Seats"),
        },
    )
    held_per_network = fields.Integer(
        load_default=20,
        validate=validate.Range(min=1, max=1_000),
        metadata={
            "label": N_("Unpaid seats for one network address"),
            "help": N_("However many accounts ask from there; a family or an office has one address."),
            "unit": N_("seats"),
            "group": N_("Seats"),
        },
    )
    if_full = fields.String(
        load_default="join_other",
        validate=validate.OneOf(["join_other", "start_new", "refund"]),
        metadata={
            "label": N_("Offered first when a payment comes too late"),
            "help": N_("Buyers choose before they pay what happens if the group is full or closed by then."),
            "choices": {
                "join_other": N_("Move to another group"),
                "start_new": N_("Start a new group"),
                "refund": N_("Refund"),
            },
            "group": N_("Seats"),
        },
    )
    declare_from = fields.Integer(
        load_default=60,
        validate=validate.Range(min=1, max=100),
        metadata={
            "label": N_("The shop may complete a group from"),
            "help": N_(
                "Share of paid seats from which you may declare a group successful. It adds nobody; buyers read that the "
                "shop completed it and with how many, and no rate of success counts it. 100 means never."
            ),
            "unit": N_("% paid"),
            "group": N_("Completed by the shop"),
        },
    )
    declare_per_day = fields.Integer(
        load_default=5,
        validate=validate.Range(min=0, max=1_000),
        metadata={
            "label": N_("At most"),
            "unit": N_("groups a day"),
            "group": N_("Completed by the shop"),
        },
    )
    notes_per_day = fields.Integer(
        load_default=2,
        validate=validate.Range(min=0, max=20),
        metadata={
            "label": N_("Messages to the members of a group"),
            "help": N_("You write them on the group's page; whoever opted out is left out. 0 means none."),
            "unit": N_("a day"),
            "group": N_("Messages"),
        },
    )
    shown_groups = fields.Integer(
        load_default=3,
        validate=validate.Range(min=0, max=10),
        metadata={
            "label": N_("Open groups on the product page"),
            "help": N_("Those that need the fewest people come first; 0 shows none."),
            "unit": N_("groups"),
            "group": N_("Product page"),
        },
    )


_NAME, _LEADER = N_("Name and size"), N_("Thanks to the leader")


def _pieces(
    label: str,
    help_: str = "",
    *,
    group: str = N_("More limits"),
    default: int | None = None,
    unit: str = N_("pieces"),
    visible_if: Sequence[str] = (),
) -> fields.Integer:
    """A limit that may be left empty."""
    shown: dict[str, Any] = {"visible_if": {"perk": list(visible_if)}} if visible_if else {}
    return fields.Integer(
        load_default=default,
        allow_none=True,
        validate=validate.Range(min=1, max=9_999),
        metadata={"label": label, "help": help_, "unit": unit, "group": group, **shown},
    )


class ActivityForm(Schema):
    """The rules of an activity; the prices stand in a table of their own, one for each kind of the product."""

    title = fields.String(
        required=True,
        validate=validate.Length(min=1, max=60),
        metadata={
            "label": N_("Name"),
            "help": N_("Buyers see it on orders and receipts."),
            "group": N_("Name and size"),
        },
    )
    size = fields.Integer(
        load_default=3,
        validate=validate.Range(min=LEAST_SIZE, max=MOST_SIZE),
        metadata={
            "label": N_("People in a group"),
            "help": N_("A group succeeds when so many have paid."),
            "unit": N_("people"),
            "group": N_("Name and size"),
        },
    )
    window = DurationField(
        least=60,
        most=int(LONGEST_WINDOW.total_seconds()),
        load_default=timedelta(hours=24),
        metadata={
            "label": N_("Time to fill"),
            "help": N_("From the leader's payment on; money goes back by itself when it is over."),
            "group": N_("Name and size"),
        },
    )
    starts_at = LocalDateTimeField(
        required=True, metadata={"label": N_("Begins"), "group": N_("Dates and limits")}
    )
    ends_at = LocalDateTimeField(
        required=True,
        metadata={
            "label": N_("Ends"),
            "help": N_("From then on no new group can be started."),
            "group": N_("Dates and limits"),
        },
    )
    hard_end_at = LocalDateTimeField(
        load_default=None,
        allow_none=True,
        metadata={
            "label": N_("Every group ends by"),
            "help": N_("Left empty, groups get their full time."),
            "group": N_("Dates and limits"),
        },
    )
    limit_per_customer = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=9_999),
        metadata={
            "label": N_("Limit for each buyer"),
            "help": N_("Counted per account over the whole activity; empty means no limit."),
            "unit": N_("pieces"),
            "group": N_("Dates and limits"),
        },
    )
    stock_cap = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=9_999_999),
        metadata={
            "label": N_("Pieces at the group price"),
            "help": N_("Of all kinds together; empty means as many as are in stock."),
            "unit": N_("pieces"),
            "group": N_("Dates and limits"),
        },
    )

    per_order = _pieces(N_("Limit for each order"))
    per_day = _pieces(
        N_("Limit for each buyer and day"), N_("A day begins at midnight in the shop's time zone.")
    )
    per_product = _pieces(
        N_("Limit for each buyer over all group-buys"), N_("Of this product, whatever activity it was.")
    )
    per_address = _pieces(N_("Limit for each address"), N_("However many accounts send there."))
    per_payer = _pieces(N_("Limit for each phone number"), N_("However many accounts order with it."))
    audience = fields.String(
        load_default="",
        metadata={
            "label": N_("For whom"),
            "widget": "select",
            "help": N_("Everybody sees it; only people of the segment or with the tag can start or join."),
            "group": N_("Who, and with what"),
        },
    )
    coupons = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Coupons may be used"),
            "help": N_("They come off the group price; look at what is left to you."),
            "group": N_("Who, and with what"),
        },
    )
    commission = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Distributors earn commission"),
            "help": N_("From the group's success on, never for a group that fails."),
            "group": N_("Who, and with what"),
        },
    )
    perk = fields.String(
        load_default="",
        validate=validate.OneOf(["", *PERKS]),
        metadata={
            "label": N_("The leader gets"),
            "help": N_(
                "When the group succeeded, all goods have arrived and nobody can return anything any more. Counted on the "
                "leader's own goods after all discounts, without delivery."
            ),
            "choices": {
                "": N_("Nothing more than the others"),
                "price": N_("A lower price"),
                "percent": N_("A part of it back"),
                "free": N_("All of it back"),
                "coupon": N_("A coupon"),
            },
            "group": _LEADER,
        },
    )
    perk_off = MoneyField(
        least=1,
        load_default=None,
        allow_none=True,
        metadata={"label": N_("Less for each piece"), "visible_if": {"perk": ["price"]}, "group": _LEADER},
    )
    perk_share = PercentField(
        least=1,
        load_default=None,
        allow_none=True,
        metadata={"label": N_("Comes back"), "visible_if": {"perk": ["percent"]}, "group": _LEADER},
    )
    perk_payers = fields.Integer(
        load_default=2,
        validate=validate.Range(min=2, max=MOST_SIZE),
        metadata={
            "label": N_("Different people who must have paid"),
            "help": N_("By account, address and phone; who was refunded does not count."),
            "visible_if": {"perk": list(PERKS)},
            "unit": N_("people"),
            "group": _LEADER,
        },
    )
    perk_per_person = _pieces(
        N_("Perks for one buyer"), group=_LEADER, default=1, unit=N_("groups"), visible_if=PERKS
    )
    perk_in_all = _pieces(N_("Perks in all"), group=_LEADER, unit=N_("groups"), visible_if=PERKS)


class TieredForm(ActivityForm):
    """A tiered activity: more people, lower price."""

    size = fields.Integer(
        load_default=3,
        validate=validate.Range(min=LEAST_SIZE, max=MOST_SIZE),
        metadata={
            "label": N_("First step from"),
            "help": N_("With fewer, everybody is refunded when the time is over."),
            "unit": N_("people"),
            "group": _NAME,
        },
    )
    step2 = fields.Integer(
        load_default=5,
        validate=validate.Range(min=LEAST_SIZE, max=MOST_SIZE),
        metadata={"label": N_("Second step from"), "unit": N_("people"), "group": _NAME},
    )
    step3 = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=LEAST_SIZE, max=MOST_SIZE),
        metadata={
            "label": N_("Third step from"),
            "help": N_("Left empty: two steps. The last step is a full group."),
            "unit": N_("people"),
            "group": _NAME,
        },
    )


class LotteryForm(ActivityForm):
    """A lottery activity: some of a full group get the goods, the others their money back."""

    winners = fields.Integer(
        load_default=1,
        validate=validate.Range(min=1, max=MOST_SIZE - 1),
        metadata={
            "label": N_("Of whom get the goods"),
            "help": N_(
                "Buyers read it as odds; everybody else is refunded at once. A group keeps so many pieces aside."
            ),
            "unit": N_("people"),
            "group": _NAME,
        },
    )


FORMS: Mapping[str, type[ActivityForm]] = {
    "normal": ActivityForm,
    "tiered": TieredForm,
    "new_joiner": ActivityForm,
    "lottery": LotteryForm,
}


def hard_end(data: dict[str, Any]) -> Any:
    """When the last group ends: as typed, or late enough for a group that starts in the last minute."""
    return data.get("hard_end_at") or data["ends_at"] + data["window"]
