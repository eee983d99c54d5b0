"""A plugin for the stories of money: crooked discounts, seats in small groups, and another group for late payers."""

SOURCE = """
from core.commerce.checkout.claims import Claim
from core.commerce.orders.draft import HoldDraft
from core.commerce.payments.replacements import Replacement
from core.commerce.pricing.adjustments import Adjustment, Reason
from core.commerce.pricing.stages import Stage
from core.commerce.reservations.values import NewPool, Want
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl


def group(name):
    return NewPool("odd", "group", name, capacity=2, threshold=2, window_seconds=3600)


def hold(pool):
    return HoldDraft(pool_id=pool.id, plugin="odd", reason={"message": "Waiting for two", "params": {}})


class Odd(Plugin):
    version = "1.0.0"
    sdk = ">=0.1"
    title = {"en": "Odd", "zh": "零头"}
    summary = {"en": "Crooked discounts.", "zh": "零头优惠。"}

    @hookimpl
    def adjust_prices(self, stage, price_input, running):
        off = max((line.marks["odd"]["off"] for line in price_input.lines if "odd" in line.marks), default=0)
        if stage is not Stage.COUPONS or not off:
            return []
        return [Adjustment(stage=stage, rule_id="odd", reason=Reason("Odd"), target="order", amount=off)]

    @hookimpl
    def claim_order(self, order):
        name = order.choices.get("group")
        if name is None:
            return None
        pool = group(name)
        return Claim(wants=(Want(pool.id, 1),), new_pools=(pool,), holds=(hold(pool),), marks={"group": name})

    @hookimpl
    def claim_replacement(self, order, lost):
        if not order.choices.get("move"):
            return None
        pool = group(order.marks["odd"]["group"] + "+")
        return Replacement(wants=(Want(pool.id, 1),), new_pools=(pool,), holds=(hold(pool),))
"""
