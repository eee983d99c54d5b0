"""The rules of group-buy, pure: how a group stands, what it costs, what is refused, who is shown first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.sdk.values import N_, Adjustment, Money, PriceInput, Reason, Stage
from plugins.group_buy.domain.kinds import KINDS, Ladder
from plugins.group_buy.domain.rules import PERKS, Rules

LEAST_SIZE, MOST_SIZE = 2, 100
LONGEST_WINDOW = timedelta(days=7)
# What a buyer may have chosen for a payment that arrives too late; the last one holds when nothing was chosen.
CHOICES = ("join_other", "start_new", "refund")


class Standing(StrEnum):
    """How a group stands."""

    # Opened, but its leader has not paid: nobody else can see or join it.
    WAITING = "waiting"
    FORMING = "forming"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    # Ended before it ever began: the leader never paid.
    ABANDONED = "abandoned"


def standing(
    *,
    confirmed: int,
    deadline: datetime | None,
    closed_as: str | None,
    moment: datetime,
    least: int | None = None,
) -> Standing:
    """How a group stands at `moment`, from its pool alone; a deadline that passed counts before any worker ran.

    `least` members are enough at the deadline, where the pool says so.
    """
    if closed_as == "filled":
        return Standing.SUCCEEDED
    if deadline is None:
        return Standing.ABANDONED if closed_as else Standing.WAITING
    if closed_as is None and deadline <= moment and least is not None and confirmed >= least:
        return Standing.SUCCEEDED
    if closed_as or deadline <= moment or confirmed == 0:
        return Standing.FAILED
    return Standing.FORMING


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """The group a line wants to join: `mine` says that the buyer already has a paid or unpaid order in it."""

    id: str
    code: str
    standing: Standing
    mine: bool = False

    def as_json(self) -> dict[str, Any]:
        """JSON-able, as it is frozen into the price input."""
        return {"id": self.id, "code": self.code, "standing": self.standing.value, "mine": self.mine}


@dataclass(frozen=True, slots=True)
class Allowance:
    """One more limit of a buyer: `name` is its objection, `most` pieces in all, of which `used` are taken."""

    name: str
    most: int
    used: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """All that decides about one line: the activity (or the terms of the group to join), and what is used up of it.

    `price` minor units per unit, None where the variant is not part of it; `bought` units that the buyer's other orders
    hold, of `limit`; `taken` units that all orders hold, of `cap` (None: no limit, no cap); `draining` says that no new
    business is taken. `allowances` are the further limits; `welcome` says that the buyer belongs to the audience, `known`
    that somebody who joins as a newcomer has bought here before.
    """

    activity: str
    version: int
    size: int
    price: int | None
    state: str
    starts_at: datetime
    ends_at: datetime
    limit: int | None = None
    bought: int = 0
    cap: int | None = None
    taken: int = 0
    draining: bool = False
    group: GroupFacts | None = None
    kind: str = "normal"
    coupons: bool = False
    allowances: tuple[Allowance, ...] = ()
    welcome: bool = True
    known: bool = False
    # Goods that a new lottery group keeps for its winners; its members take none of the cap.
    prizes: int = 0

    def as_json(self) -> dict[str, Any]:
        """JSON-able, as it is frozen into the price input."""
        return {
            "activity": self.activity,
            "version": self.version,
            "size": self.size,
            "price": self.price,
            "state": self.state,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "limit": self.limit,
            "bought": self.bought,
            "cap": self.cap,
            "taken": self.taken,
            "draining": self.draining,
            "group": self.group.as_json() if self.group else None,
            "kind": self.kind,
            "coupons": self.coupons,
            "allowances": [[one.name, one.most, one.used] for one in self.allowances],
            "welcome": self.welcome,
            "known": self.known,
            "prizes": self.prizes,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Offer":
        """The inverse of `as_json`; what an older version did not know is as if there were no such rule."""
        plain = dict(data)
        group = plain.pop("group")
        plain["allowances"] = tuple(Allowance(*one) for one in plain.get("allowances", ()))
        for name in ("starts_at", "ends_at"):
            plain[name] = datetime.fromisoformat(plain[name])
        known = GroupFacts(**{**group, "standing": Standing(group["standing"])}) if group else None
        return cls(group=known, **plain)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why something is refused: the reason of an error in `errors.py`, and what fills its words."""

    reason: str
    params: Mapping[str, Any] = field(default_factory=dict)


def offers(price_input: PriceInput) -> dict[str, Offer]:
    """The offers that were looked up for this basket, by line key."""
    found: Mapping[str, Any] = price_input.facts.get("group_buy", {}).get("lines", {})
    return {key: Offer.from_json(data) for key, data in found.items()}


def adjustments(stage: Stage, price_input: PriceInput) -> list[Adjustment]:
    """The group price of every marked line that has one."""
    if stage is not Stage.CAMPAIGN:
        return []
    return [
        _group_price(key, offer, offer.price)
        for key, offer in offers(price_input).items()
        if offer.price is not None
    ]


def _group_price(key: str, offer: Offer, price: int) -> Adjustment:
    return Adjustment(
        stage=Stage.CAMPAIGN,
        rule_id=offer.activity,
        rule_snapshot={
            "version": offer.version,
            "size": offer.size,
            "price": price,
            "kind": offer.kind,
            # Whoever gives coupons looks here whether they may be used with this price.
            "coupons": offer.coupons,
        },
        target=(key,),
        unit_price=price,
        reason=Reason(N_("Group of %(size)s"), {"size": offer.size}),
    )


def objections(price_input: PriceInput) -> dict[str, Objection]:
    """What is wrong with the marked lines of a basket, by line key; lines without a mark are nobody's business here."""
    found = offers(price_input)
    marked = [line for line in price_input.lines if "group_buy" in line.marks]
    known = price_input.customer.customer_id is not None
    problems: dict[str, Objection] = {}
    for line in marked:
        objection = _basket_objection(len(price_input.lines), known) or objection_to(
            found.get(line.key), quantity=line.quantity, moment=price_input.moment
        )
        if objection:
            problems[line.key] = objection
    return problems


def _basket_objection(lines: int, known: bool) -> Objection | None:
    if lines > 1:
        return Objection("not_alone")
    return None if known else Objection("login_needed")


def objection_to(offer: Offer | None, *, quantity: int, moment: datetime) -> Objection | None:
    """Why `quantity` units cannot be had under this offer at `moment`, or None."""
    if offer is None:
        return Objection("unavailable")
    if offer.price is None:
        return Objection("not_offered")
    objection = _group_objection(offer.group) if offer.group else _start_objection(offer, moment)
    return objection or _person_objection(offer) or _quantity_objection(offer, quantity)


def _person_objection(offer: Offer) -> Objection | None:
    if not offer.welcome:
        return Objection("not_for_you")
    return Objection("not_new") if offer.known and offer.group else None


def _group_objection(group: GroupFacts) -> Objection | None:
    if group.mine:
        return Objection("already_in")
    return None if group.standing is Standing.FORMING else Objection("group_closed")


def _start_objection(offer: Offer, moment: datetime) -> Objection | None:
    if offer.draining or offer.state in ("draft", "closed") or moment >= offer.ends_at:
        return Objection("over")
    if offer.state == "paused":
        return Objection("paused")
    return Objection("not_begun") if moment < offer.starts_at else None


def _quantity_objection(offer: Offer, quantity: int) -> Objection | None:
    if KINDS[offer.kind].draws and quantity > 1:
        return Objection("one_each")
    if offer.limit is not None and offer.bought + quantity > offer.limit:
        left = max(0, offer.limit - offer.bought)
        return Objection("limit", {"limit": offer.limit, "left": left}) if left else Objection("used_up")
    for one in offer.allowances:
        if one.used + quantity > one.most:
            return Objection(one.name, {"limit": one.most, "left": max(0, one.most - one.used)})
    return _cap_objection(offer, quantity)


def _cap_objection(offer: Offer, quantity: int) -> Objection | None:
    if offer.cap is None or offer.taken + (offer.prizes or quantity) <= offer.cap:
        return None
    left = offer.cap - offer.taken
    return Objection("few_left", {"left": left}) if left > 0 and not offer.prizes else Objection("sold_out")


def if_full(choices: Mapping[str, Any]) -> str:
    """The buyer's choice for a late payment; money goes back unless something else was really chosen."""
    chosen = choices.get("group_buy.if_full")
    return chosen if chosen in CHOICES else "refund"


def masked(name: str) -> str:
    """A buyer's name as strangers see it: "林**", "A**"."""
    first = name.strip()[:1]
    return f"{first}**" if first else "**"


def not_lower(prices: Mapping[Any, int], alone: Mapping[Any, int]) -> list[Any]:
    """The variants whose group price is not below the price of buying alone."""
    return [variant for variant, price in prices.items() if price >= alone[variant]]


def stage(state: str, starts_at: datetime, ends_at: datetime, moment: datetime) -> str:
    """Where an activity is in its life: draft, scheduled, running, paused, ended or closed."""
    if state in ("draft", "closed"):
        return state
    if moment >= ends_at:
        return "ended"
    if state == "paused":
        return "paused"
    return "scheduled" if moment < starts_at else "running"


def overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """Whether two periods (from, up to but not including) share an instant."""
    return one[0] < other[1] and other[0] < one[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An activity as a merchant wrote it down; prices in minor units by variant id, instants in UTC."""

    title: str
    size: int
    window: timedelta
    starts_at: datetime
    ends_at: datetime
    hard_end_at: datetime
    limit_per_customer: int | None
    stock_cap: int | None
    prices: Mapping[Any, int]
    # Ladders of tiered activities by variant id; each begins with the price in `prices`.
    ladders: Mapping[Any, Ladder] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    def ladder(self, variant: Any) -> Ladder:
        """What a variant costs in groups of any size."""
        return self.ladders.get(variant) or Ladder.of(self.size, self.prices[variant])


def plan_problems(plan: Plan, alone: Mapping[Any, int]) -> dict[str, Objection]:
    """What is wrong with a plan, by field; prices are named "price-<variant id>". `alone` are today's prices."""
    problems: dict[str, Objection] = {}
    if not LEAST_SIZE <= plan.size <= MOST_SIZE:
        problems["size"] = Objection("bad_size")
    if not timedelta(minutes=1) <= plan.window <= LONGEST_WINDOW:
        problems["window"] = Objection("bad_window")
    if plan.ends_at <= plan.starts_at:
        problems["ends_at"] = Objection("bad_period")
    elif plan.hard_end_at < plan.ends_at:
        problems["hard_end_at"] = Objection("bad_hard_end")
    if not plan.prices:
        problems["prices"] = Objection("no_price")
    for variant in plan.prices:
        if variant not in alone:
            problems["prices"] = Objection("not_offered")
    for variant in not_lower({key: price for key, price in plan.prices.items() if key in alone}, alone):
        problems[f"price-{variant}"] = Objection("price_not_lower")
    return {**_rule_problems(plan), **_ladder_problems(plan), **problems}


def _ladder_problems(plan: Plan) -> dict[str, Objection]:
    if not plan.rules.of_kind.climbs:
        return {"steps": Objection("bad_steps")} if plan.ladders else {}
    problems: dict[str, Objection] = {}
    sizes = {tuple(step.size for step in ladder.steps) for ladder in plan.ladders.values()}
    if len(sizes) != 1 or plan.ladders.keys() != plan.prices.keys():
        problems["steps"] = Objection("bad_steps")
    for variant, ladder in plan.ladders.items():
        wrong = ladder.problem() or ("" if len(ladder.steps) > 1 else "bad_steps")
        if wrong or ladder.top.size != plan.size or ladder.first.size < LEAST_SIZE:
            problems[f"price-{variant}" if wrong == "bad_step_prices" else "steps"] = Objection(
                wrong or "bad_steps"
            )
    return problems


def _rule_problems(plan: Plan) -> dict[str, Objection]:
    rules, problems = plan.rules, {}
    if rules.of_kind.draws and not 1 <= rules.winners < plan.size:
        problems["winners"] = Objection("bad_winners")
    perk = rules.perk
    if perk is None:
        return problems
    wrong = perk.kind not in PERKS or (perk.kind == "percent" and not 0 < perk.value <= 10_000)
    if wrong or (perk.kind == "price" and perk.value <= 0) or rules.of_kind.draws:
        problems["perk"] = Objection("bad_perk")
    if not 2 <= perk.payers <= plan.size:
        problems["perk_payers"] = Objection("bad_payers")
    return problems


def saving(alone: Money, group: Money) -> tuple[Money, int]:
    """How much less the group price is, and that in basis points of the price of buying alone."""
    less = alone - group
    return less, (less.minor * 10_000 + alone.minor // 2) // alone.minor if alone.minor else 0
