"""What coupons answer to the price pipeline, pure: adjustments with their thresholds, and why the others do not apply."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from core.sdk.values import N_, Adjustment, Applied, Money, Need, PriceInput, Reason, Stage, Unapplied
from plugins.coupon.combining import Candidate, cut_amounts
from plugins.coupon.domain import (
    PLUGIN,
    Basket,
    Held,
    LineNow,
    Objection,
    basket_of,
    chosen_coupons,
    held_coupons,
    unused_coupons,
)
from plugins.coupon.reasons import WHY_NOT
from plugins.coupon.terms import Basis, Kind, Terms

# Of "every Nth piece" so many steps are kept; who buys more returns them under the last one.
_MOST_STEPS = 100


def answers(
    stage: Stage, price_input: PriceInput, applied: Iterable[Applied]
) -> list[Adjustment | Unapplied]:
    """What coupons take off in this stage: goods in the coupons' own, the fee with the shipping promotions.

    With the goods comes, for each coupon that is not used, why not and what would make it apply.
    """
    if stage not in (Stage.COUPONS, Stage.SHIPPING_PROMOTIONS) or PLUGIN not in price_input.facts:
        return []
    basket = basket_of(price_input, applied)
    chosen = chosen_coupons(price_input, basket)
    by_id = {one.key: one for one in held_coupons(price_input)}
    if stage is Stage.SHIPPING_PROMOTIONS:
        on_freight = [one for one in chosen if one.freight]
        return [_off_freight(by_id[one.id], one.freight, basket) for one in on_freight if basket.freight]
    on_goods = [one for one in chosen if not one.freight]
    amounts = cut_amounts(on_goods, basket.nets, basket.ceiling)
    off = [_off_goods(by_id[one.id], one, amounts[one.id], basket) for one in on_goods if amounts[one.id]]
    unused = unused_coupons(price_input, basket, chosen)
    return [*off, *(_unapplied(by_id[key], why, basket.currency) for key, why in unused.items())]


def because(objection: Objection, when: str = "") -> Reason:
    """An objection in words; `when` is how its instant is written."""
    params = {
        name: when if isinstance(value, datetime) else value for name, value in objection.params.items()
    }
    return Reason(WHY_NOT[objection.reason], params)


def _unapplied(held: Held, why: Objection, currency: str) -> Unapplied:
    missing_now = why.params.get("missing")
    need = None
    if isinstance(missing_now, Money):
        need = Need(amount=missing_now.minor, saves=why.would_save)
    elif isinstance(missing_now, int):
        need = Need(pieces=missing_now)
    time = why.params.get("time")
    return Unapplied(
        stage=Stage.COUPONS,
        rule_id=held.campaign,
        title=Reason(N_("Coupon: %(name)s"), {"name": held.terms.title}),
        because=because(why, f"{time:%Y-%m-%d}" if isinstance(time, datetime) else ""),
        code=why.reason,
        need=need,
        rule_snapshot={"coupon": held.id, "version": held.version},
        url="/x/coupon/mine",
        action=Reason(N_("My coupons")),
    )


def _off_goods(held: Held, one: Candidate, amount: int, basket: Basket) -> Adjustment:
    steps, basis = thresholds_of(held.terms, amount, basket)
    exact = held.terms.kind in (Kind.AMOUNT, Kind.RANDOM, Kind.PERCENT, Kind.TIERS)
    on_return: Literal["shop", "keep", "lose", "recount"] = "recount" if exact else "lose"
    if held.terms.breaks != "rerate":
        on_return = "keep" if held.terms.breaks == "keep" else "shop"
    return Adjustment(
        stage=Stage.COUPONS,
        rule_id=held.campaign,
        rule_snapshot=_snapshot(held, one.amount),
        target=one.keys,
        amount=amount,
        funding={held.terms.funder: 10_000},
        thresholds=steps,
        threshold_basis=basis,
        threshold_share=held.terms.points if held.terms.kind is Kind.PERCENT and steps else 0,
        on_return=on_return,
        reason=_reason(held, one, amount, basket.currency),
    )


def _reason(held: Held, one: Candidate, amount: int, currency: str) -> Reason:
    """Its name; and where it could not take off all that it says, that it could not."""
    full = {Kind.AMOUNT: held.terms.value, Kind.RANDOM: held.value}.get(held.terms.kind, one.amount)
    if amount >= full:
        return Reason(N_("Coupon: %(name)s"), {"name": held.terms.title})
    words: dict[str, str | int | Money] = {
        "name": held.terms.title,
        "off": Money(amount, currency),
        "full": Money(full, currency),
    }
    return Reason(N_("Coupon: %(name)s (%(off)s of its %(full)s, as no more can come off)"), words)


_BASES: dict[Basis, Literal["target", "order", "pieces"]] = {
    Basis.ELIGIBLE: "target",
    Basis.GOODS: "order",
    Basis.PIECES: "pieces",
}


def thresholds_of(
    terms: Terms, amount: int, basket: Basket
) -> tuple[tuple[tuple[int, int], ...], Literal["target", "order", "pieces"]]:
    """From which value (or number of pieces) on how much comes off, for returns that count it again; () for no minimum.

    A coupon whose rest is counted anew has a step also without a minimum: the rest keeps the whole amount.
    """
    lines = basket.eligible(terms)
    if terms.kind is Kind.TIERS:
        return tuple((start, min(off, terms.cap or off)) for start, off in terms.tiers), "target"
    if terms.kind is Kind.NTH:
        return _steps_of_pieces(terms, lines, basket.currency), "pieces"
    if terms.kind is Kind.SHIPPING or (not terms.threshold and terms.breaks != "rerate"):
        return (), "target"
    least = max(1, terms.threshold)
    if terms.is_present:
        least += max(unit for line in lines for unit in line.units)
    return ((least, amount),), _BASES[terms.basis]


def _steps_of_pieces(terms: Terms, lines: Sequence[LineNow], currency: str) -> tuple[tuple[int, int], ...]:
    units = sorted((unit for line in lines for unit in line.units), reverse=True)
    found: list[tuple[int, int]] = []
    cheaper = 0
    for place in range(terms.nth - 1, len(units), terms.nth):
        cheaper += units[place]
        off = Money(cheaper, currency).basis_points(terms.points).minor
        found.append((place + 1, min(off, terms.cap or off)))
    return tuple(found[:_MOST_STEPS])


def _off_freight(held: Held, most: int, basket: Basket) -> Adjustment:
    assert basket.freight is not None
    return Adjustment(
        stage=Stage.SHIPPING_PROMOTIONS,
        rule_id=held.campaign,
        rule_snapshot=_snapshot(held, most),
        target="shipping",
        amount=max(1, min(most, basket.freight.fee)),
        funding={held.terms.funder: 10_000},
        reason=Reason(N_("Coupon: %(name)s"), {"name": held.terms.title}),
    )


def _snapshot(held: Held, amount: int) -> dict[str, Any]:
    return {
        "coupon": held.id,
        "version": held.version,
        "terms": held.terms.as_json(),
        "value": held.value,
        "amount": amount,
    }
