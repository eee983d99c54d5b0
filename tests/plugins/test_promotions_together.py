"""Group-buy, coupons, bundles and the example plugin in one basket: best for the buyer, exact to the cent, refundable."""

import itertools
import json

from core.commerce.pricing.funding import owed_by_others
from core.commerce.pricing.pipeline import price, recorded
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.refunds import refund_preview
from tests.plugins.together import choosing, dice_of, priced, random_basket

BASKETS = 1_000


def held(price_input):
    return [one["id"] for one in price_input.facts["coupon"]["coupons"]]


def test_what_is_chosen_costs_as_little_as_the_best_of_all_choices_over_1000_random_baskets():
    """Every set of coupons goes through the whole pipeline, with all other promotions, freight, tax and rounding."""
    hard = 0
    for seed in range(BASKETS):
        price_input = random_basket(dice_of(seed))
        ids = held(price_input)
        sets = itertools.chain.from_iterable(itertools.combinations(ids, n) for n in range(len(ids) + 1))
        known = {}
        totals = {chosen: priced(choosing(price_input, chosen), known=known).total for chosen in sets}
        found = priced(price_input)
        assert found.total == min(totals.values()), f"basket {seed}"
        hard += len(set(totals.values())) > 2
    # The baskets are hard enough: in many, several choices give different totals.
    assert hard > BASKETS // 10


def test_no_cent_is_lost_and_no_line_is_negative_whoever_answers_first():
    kinds = set()
    for seed in range(300):
        dice = dice_of(f"shuffled {seed}")
        price_input = random_basket(dice)
        found = priced(price_input)
        assert priced(price_input, dice) == found, f"basket {seed}"
        kinds.add(frozenset(one.adjustment.plugin for one in found.applied) - {"core"})
        for entry in found.applied:
            assert sum(entry.allocations.values()) == entry.amount > 0
        for line in found.lines:
            assert line.net >= 0
            assert min(line.unit_nets) >= 0
            assert sum(line.unit_nets) == line.net
        assert found.total == sum(line.net for line in found.lines) + found.shipping_total
        said = found.explanation("zh-CN")
        assert sum(line.net.minor for line in said.lines) == found.total
        again = PricedCart.from_json(json.loads(json.dumps(found.as_json())))
        replayed = price(PriceInput.from_json(json.loads(json.dumps(price_input.as_json()))), recorded(again))
        assert replayed == again == found
    assert {"bundle", "coupon", "group_buy", "spend_and_save"} in kinds


def test_all_units_back_one_by_one_in_random_order_is_exactly_what_was_paid():
    """With group prices that fell afterwards (the difference went back), coupons, bundles and thresholds that count."""
    clawed_back = fallen = 0
    for seed in range(BASKETS):
        dice = dice_of(f"refund {seed}")
        found = PricedCart.from_json(priced(random_basket(dice, claw_back=dice.random() < 0.5)).as_json())
        cuts = {
            line.key: [dice.randint(0, net) for net in line.unit_nets]
            for line in found.lines
            if dice.random() < 0.3
        }
        units = [line.key for line in found.lines for _unit in range(line.quantity)]
        dice.shuffle(units)
        back, clawed, refunded = sum(map(sum, cuts.values())), 0, {}
        owed = owed_by_others(found)
        for place, key in enumerate(units, start=1):
            seen = refund_preview(
                found, wanted={key: 1}, refunded=refunded, include_shipping=place == len(units), cuts=cuts,
                clawed_back=clawed,
            )  # fmt: skip
            assert seen.amount >= 0, f"basket {seed}"
            back, clawed = back + seen.amount, clawed + seen.claw_back
            clawed_back += seen.claw_back > 0
            assert back <= found.total, f"basket {seed}"
            assert back + seen.left == found.total, f"basket {seed}"
            refunded[key] = refunded.get(key, 0) + 1
            now_owed = owed_by_others(found, gone=refunded, clawed_back=clawed)
            assert all(now_owed.get(party, 0) <= amount for party, amount in owed.items())
        assert (back, clawed) == (found.total, 0), f"basket {seed}"
        fallen += bool(cuts)
    assert min(clawed_back, fallen) > 50
