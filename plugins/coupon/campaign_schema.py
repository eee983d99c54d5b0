"""A campaign as the wizard asks for it."""

from datetime import timedelta

from marshmallow import Schema, fields, validate

from core.sdk.forms import DurationField, LocalDateTimeField, MoneyField, PercentField
from core.sdk.words import N_
from plugins.coupon.terms import MOST_USES

_WHAT, _WHICH, _WHO, _WHEN, _COST = (
    N_("What it takes off"),
    N_("For which goods"),
    N_("Who gets it"),
    N_("How long it is good"),
    N_("What it may cost"),
)


def _count(label: str, group: str, most: int = 9_999_999, **more: object) -> fields.Integer:
    """A whole number that may be left empty."""
    told = {"label": label, "group": group, "width": "half", **more}
    return fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1, max=most), metadata=told
    )


def _amount(label: str, group: str, **more: object) -> MoneyField:
    """An amount that may be left empty."""
    told = {"label": label, "group": group, "width": "half", **more}
    return MoneyField(least=1, load_default=None, allow_none=True, metadata=told)


def _picked(label: str, help_: str = "") -> fields.List[str]:
    return fields.List(
        fields.String(),
        load_default=list,
        metadata={"label": label, "widget": "choices", "group": _WHICH, "help": help_},
    )


class CampaignForm(Schema):
    """A campaign as the wizard asks for it, top to bottom: what, for which goods, who, how long, at what cost."""

    title = fields.String(
        required=True,
        validate=validate.Length(min=1, max=40),
        metadata={"label": N_("Name on the coupon"), "help": N_("Buyers read it."), "group": _WHAT},
    )
    kind = fields.String(
        load_default="amount",
        validate=validate.OneOf(["amount", "percent", "tiers", "nth", "shipping", "random", "exchange"]),
        metadata={
            "label": N_("Kind"),
            "widget": "select",
            "group": _WHAT,
            "choices": {
                "amount": N_("Amount off"),
                "percent": N_("Percent off"),
                "tiers": N_("Spend more, save more"),
                "nth": N_("Nth piece cheaper"),
                "shipping": N_("Free shipping"),
                "random": N_("Random amount"),
                "exchange": N_("Exchange coupon"),
            },
        },
    )
    value = _amount(N_("Takes off"), _WHAT, visible_if={"kind": ["amount"]})
    pays = _amount(
        N_("Costs with the coupon"),
        _WHAT,
        visible_if={"kind": ["exchange"]},
        help=N_("Left empty, one of the chosen goods is free."),
    )
    points = PercentField(
        least=1,
        load_default=None,
        allow_none=True,
        metadata={
            "label": N_("Percent taken off"),
            "help": N_("15% off is 8.5 折."),
            "group": _WHAT,
            "width": "half",
            "visible_if": {"kind": ["percent", "nth"]},
        },
    )
    nth = fields.Integer(
        load_default=2,
        validate=validate.Range(min=2, max=99),
        metadata={
            "label": N_("Every so many pieces"),
            "group": _WHAT,
            "width": "half",
            "visible_if": {"kind": ["nth"]},
        },
    )
    tiers = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={
            "label": N_("Steps and what comes off"),
            "widget": "textarea",
            "help": N_("One on each line: from which value on, and how much comes off. “200 - 30”."),
            "group": _WHAT,
            "visible_if": {"kind": ["tiers"]},
        },
    )
    least = _amount(N_("At least"), _WHAT, visible_if={"kind": ["random"]})
    most = _amount(N_("At most"), _WHAT, visible_if={"kind": ["random"]})
    cap = _amount(N_("No more than"), _WHAT, visible_if={"kind": ["percent", "nth", "shipping", "exchange"]})
    basis = fields.String(
        load_default="eligible",
        validate=validate.OneOf(["eligible", "goods", "pieces"]),
        metadata={
            "label": N_("The minimum counts"),
            "widget": "select",
            "group": _WHAT,
            "width": "half",
            "choices": {
                "eligible": N_("the goods that it is for"),
                "goods": N_("all goods of the order"),
                "pieces": N_("pieces"),
            },
        },
    )
    threshold = _amount(
        N_("Minimum"), _WHAT, visible_if={"basis": ["eligible", "goods"]}, help=N_("Empty: no minimum.")
    )
    pieces = _count(N_("Pieces at least"), _WHAT, 999, visible_if={"basis": ["pieces"]})
    collections = _picked(N_("Only these collections"), N_("Nothing ticked here and below: all goods."))
    products = _picked(N_("Only these products"))
    not_collections = _picked(N_("Not these collections"))
    not_products = _picked(N_("Not these products"))
    with_activity = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Also on group-buys and other activity prices"),
            "group": _WHICH,
        },
    )
    way = fields.String(
        load_default="centre",
        validate=validate.OneOf(["centre", "code", "trigger", "staff", "fission"]),
        metadata={
            "label": N_("How people get it"),
            "widget": "select",
            "group": _WHO,
            "choices": {
                "centre": N_("They claim it in the coupon centre"),
                "code": N_("They type in a code"),
                "trigger": N_("They get it when something happens"),
                "staff": N_("The shop gives it to people"),
                "fission": N_("They bring friends together for it"),
            },
        },
    )
    trigger = fields.String(
        load_default="signup",
        validate=validate.OneOf(
            ["signup", "paid", "birthday", "lottery_consolation", "group_leader", "live_stay", "event"]
        ),
        metadata={
            "label": N_("When"),
            "widget": "select",
            "group": _WHO,
            "visible_if": {"way": ["trigger"]},
            "choices": {
                "signup": N_("somebody joins the shop"),
                "paid": N_("an order is paid"),
                "lottery_consolation": N_("somebody took part in a draw and did not win"),
                "birthday": N_("it is somebody's birthday"),
                "group_leader": N_("somebody brought a group together"),
                "live_stay": N_("somebody stayed in a live room"),
                "event": N_("something else happens that a plugin tells"),
            },
        },
    )
    event = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={
            "label": N_("Name of the event"),
            "group": _WHO,
            "visible_if": {"way": ["trigger"], "trigger": ["event"]},
            "help": N_("As the plugin that tells it names it, such as “review_written”."),
        },
    )
    fission_need = _count(
        N_("People in a round"),
        _WHO,
        20,
        visible_if={"way": ["fission"]},
        help=N_("The one who starts it included."),
    )
    fission_hours = fields.Integer(
        load_default=24,
        validate=validate.Range(min=1, max=720),
        metadata={
            "label": N_("Time for a round"),
            "unit": N_("hours"),
            "group": _WHO,
            "width": "half",
            "visible_if": {"way": ["fission"]},
        },
    )
    consolation_id = fields.String(
        load_default="",
        metadata={
            "label": N_("If a round runs out, its people get"),
            "widget": "select",
            "group": _WHO,
            "visible_if": {"way": ["fission"]},
        },
    )
    audience = fields.String(
        load_default="",
        metadata={"label": N_("For whom"), "widget": "select", "group": _WHO},
    )
    claim_from = LocalDateTimeField(
        load_default=None,
        allow_none=True,
        metadata={
            "label": N_("Given out from"),
            "group": _WHO,
            "width": "half",
            "help": N_("Empty: at once."),
        },
    )
    claim_to = LocalDateTimeField(
        load_default=None,
        allow_none=True,
        metadata={
            "label": N_("Given out until"),
            "group": _WHO,
            "width": "half",
            "help": N_("Empty: no end."),
        },
    )
    total = _count(N_("How many in all"), _WHO, help=N_("Empty: no limit."))
    per_customer = fields.Integer(
        load_default=1,
        allow_none=True,
        validate=validate.Range(min=1, max=999),
        metadata={
            "label": N_("For each customer"),
            "group": _WHO,
            "width": "half",
            "help": N_("Empty: no limit."),
        },
    )
    per_day = _count(N_("For each customer a day"), _WHO, 99)
    per_device = _count(
        N_("For each device"), _WHO, 99, help=N_("In one browser, whoever is logged in. Empty: no limit.")
    )
    announced = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Offer it to visitors as they arrive"),
            "group": _WHO,
            "visible_if": {"way": ["centre"]},
            "help": N_("A card over the page, once a day at the most until it is claimed or closed."),
        },
    )
    gift = fields.Boolean(
        load_default=False,
        metadata={"label": N_("It may be given to a friend, once"), "group": _WHO},
    )
    validity = fields.String(
        load_default="after",
        validate=validate.OneOf(["after", "fixed"]),
        metadata={
            "label": N_("It is good"),
            "widget": "segmented",
            "group": _WHEN,
            "choices": {"after": N_("for some time after the claim"), "fixed": N_("between two dates")},
        },
    )
    lasts = DurationField(
        least=3_600,
        most=3_650 * 86_400,
        units=("hours", "days"),
        load_default=timedelta(days=7),
        metadata={"label": N_("For"), "group": _WHEN, "width": "half", "visible_if": {"validity": ["after"]}},
    )
    next_day = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("From the day after the claim on"),
            "group": _WHEN,
            "visible_if": {"validity": ["after"]},
        },
    )
    starts_at = LocalDateTimeField(
        load_default=None,
        allow_none=True,
        metadata={
            "label": N_("From"),
            "group": _WHEN,
            "width": "half",
            "visible_if": {"validity": ["fixed"]},
        },
    )
    ends_at = LocalDateTimeField(
        load_default=None,
        allow_none=True,
        metadata={
            "label": N_("Until"),
            "group": _WHEN,
            "width": "half",
            "visible_if": {"validity": ["fixed"]},
        },
    )
    uses = fields.Integer(
        load_default=1,
        validate=validate.Range(min=1, max=MOST_USES),
        metadata={
            "label": N_("Uses"),
            "help": N_("More than one makes it a pass."),
            "group": _WHEN,
            "width": "half",
        },
    )
    interval_hours = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=720),
        metadata={
            "label": N_("Hours between two uses"),
            "unit": N_("hours"),
            "group": _WHEN,
            "width": "half",
        },
    )
    returns = fields.Boolean(
        load_default=True,
        metadata={"label": N_("It comes back after a full refund"), "group": _WHEN},
    )
    breaks = fields.String(
        load_default="shop",
        validate=validate.OneOf(["shop", "keep", "rerate"]),
        metadata={
            "label": N_("If a return leaves less than the minimum"),
            "widget": "select",
            "group": _WHEN,
            "help": N_("Buyers read it before they pay and before they return something."),
            "choices": {
                "shop": N_("as the shop's rule for returns says"),
                "keep": N_("the rest keeps its discount"),
                "rerate": N_("the rest is counted again, and the coupon comes back"),
            },
        },
    )
    group = fields.String(
        load_default="coupon",
        validate=validate.Length(min=1, max=30),
        metadata={
            "label": N_("Combination group"),
            "help": N_("One coupon of a group is used in an order; coupons of different groups add up."),
            "group": _COST,
            "width": "half",
        },
    )
    exclusive = fields.Boolean(
        load_default=False,
        metadata={"label": N_("Never together with another coupon"), "group": _COST},
    )
    funder = fields.String(
        load_default="merchant",
        validate=validate.OneOf(["merchant", "supplier", "distributor", "platform"]),
        metadata={
            "label": N_("Who pays for it"),
            "widget": "select",
            "group": _COST,
            "width": "half",
            "choices": {
                "merchant": N_("the shop"),
                "supplier": N_("the supplier"),
                "distributor": N_("the distributor"),
                "platform": N_("the platform"),
            },
        },
    )
    budget_minor = _amount(N_("Budget"), _COST, help=N_("What its coupons may take off in all."))
    budget_day_minor = _amount(N_("Budget of a day"), _COST)
    budget_uses = _count(N_("Orders with it"), _COST, help=N_("In how many orders it may be used."))
    random_total = _amount(N_("Random amounts in all"), _COST, visible_if={"kind": ["random"]})
    holdout_points = PercentField(
        least=0,
        most=5_000,
        load_default=0,
        metadata={
            "label": N_("Control group"),
            "help": N_(
                "So many customers are not offered it; what they buy shows what the coupon really brings."
            ),
            "group": _COST,
            "width": "half",
        },
    )
    hourly_alarm = _count(
        N_("Pause when more than this are claimed in an hour"),
        _COST,
        help=N_("A link or code that got out is stopped by itself."),
    )
