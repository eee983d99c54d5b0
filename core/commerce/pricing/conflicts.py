"""Who wins where only one may: one activity price per line, one rule per exclusive group."""

from collections import defaultdict

from core.commerce.pricing.adjustments import Adjustment, Reason
from core.commerce.pricing.priced import NotApplied
from core.commerce.pricing.workings import Workings
from core.kernel.i18n import N_

Candidate = tuple[int, Adjustment]

BETTER_IN_GROUP = Reason(N_("It cannot be combined with an offer that saves more."))
EARLIER_IN_GROUP = Reason(N_("It cannot be combined with an offer that already applies."))
LOWER_PRICE = Reason(N_("Another activity price is lower."))
SAME_PRICE = Reason(N_("Another activity gives the same price."))
NOT_LOWER = Reason(N_("The price is already as low without it."))


def one_per_group(workings: Workings, candidates: list[Candidate]) -> list[Candidate]:
    """The candidates that may apply: of each exclusive group the rule that saves the buyer most.

    Ties go to the plugin's, then the rule's name. A group that was won in an earlier stage stays won.
    """
    worth: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    first: dict[tuple[str, tuple[str, str]], int] = {}
    for position, adjustment in candidates:
        group = adjustment.exclusive_group
        if group and group not in workings.groups:
            worth[group][adjustment.rule] += workings.worth(adjustment)
            first.setdefault((group, adjustment.rule), position)
    won = {group: min(rules, key=lambda rule: (-rules[rule], rule)) for group, rules in worth.items()}
    kept = []
    for position, adjustment in candidates:
        group = adjustment.exclusive_group
        earlier = workings.groups.get(group)
        winner, beaten_by = earlier or (won.get(group), first.get((group, won.get(group, ("", "")))))
        if not group or winner == adjustment.rule:
            kept.append((position, adjustment))
            continue
        reason = EARLIER_IN_GROUP if earlier else BETTER_IN_GROUP
        workings.leave(NotApplied(position, adjustment, "exclusive_group", reason, beaten_by=beaten_by))
    return kept


def apply_lowest_prices(workings: Workings, candidates: list[Candidate]) -> None:
    """Give each line its lowest activity price; record for all others by what they were beaten."""
    offers: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for position, adjustment in candidates:
        for key in workings.keys_of(adjustment):
            offers[key].append((adjustment.unit_price or 0, position))
    # Positions follow plugin and rule names, so a tie goes to the first name.
    lowest = {key: min(prices) for key, prices in offers.items()}
    current = dict(workings.unit_prices)
    for position, adjustment in candidates:
        keys = workings.keys_of(adjustment)
        price = adjustment.unit_price or 0
        outcome: dict[tuple[str, int | None], list[str]] = defaultdict(list)
        for key in keys:
            outcome[_outcome(price, position, current[key], lowest[key])].append(key)
        for (code, winner), lost in outcome.items():
            if code == "won":
                workings.apply(position, adjustment, only=tuple(lost))
            else:
                workings.leave(
                    NotApplied(position, adjustment, code, _REASONS[code], tuple(lost), beaten_by=winner)
                )


_REASONS = {"not_lower": NOT_LOWER, "lower_activity_price": LOWER_PRICE, "same_activity_price": SAME_PRICE}


def _outcome(price: int, position: int, current: int, lowest: tuple[int, int]) -> tuple[str, int | None]:
    if price >= current:
        return "not_lower", None
    if (price, position) == lowest:
        return "won", None
    return ("lower_activity_price" if lowest[0] < price else "same_activity_price"), lowest[1]
