"""What holds for every basket and all answers whatever: no lost cent, nothing below zero, no matter who is asked first."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.adjustments import Kind
from core.commerce.pricing.pipeline import price, recorded
from core.commerce.pricing.price_input import PriceInput
from core.commerce.pricing.priced import PricedCart
from core.commerce.pricing.refunds import refund_preview
from core.commerce.pricing.stages import Stage
from tests.core.commerce.pricing.baskets import answering, answers, price_inputs


def stored(value):
    return json.loads(json.dumps(value.as_json()))


@given(price_inputs(), st.data())
def test_no_cent_is_lost_and_no_line_is_negative(price_input, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    for entry in priced.applied:
        assert sum(entry.allocations.values()) == entry.amount > 0
        assert all(share > 0 for share in entry.allocations.values())
        assert entry.adjustment.amount is None or entry.amount <= entry.adjustment.amount
    for line in priced.lines:
        assert line.net == line.list_amount + sum(step.signed for step in line.steps) >= 0
        assert 0 <= line.tax_included <= line.net
    assert (
        priced.total == priced.list_total - priced.discount_total + priced.fee_total + priced.shipping_total
    )
    assert priced.total % price_input.rounding_step == 0
    assert priced.shipping_total >= 0


@given(price_inputs(), st.data())
def test_no_unit_is_negative_and_units_sum_to_their_line_step_by_step(price_input, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    for line in priced.lines:
        shares = {
            step.position: [step.of_units(line.quantity, unit, unit + 1) for unit in range(line.quantity)]
            for step in line.steps
        }
        assert all(sum(shares[step.position]) == step.amount for step in line.steps)
        assert all(share >= 0 for parts in shares.values() for share in parts)
        running = [line.unit_price] * line.quantity
        for step in line.steps:
            sign = 1 if step.kind is Kind.FEE else -1
            running = [net + sign * share for net, share in zip(running, shares[step.position], strict=True)]
            assert min(running) >= 0
        assert tuple(running) == line.unit_nets
        assert sum(running) == line.net


@given(price_inputs(), st.data())
def test_the_order_in_which_plugins_answer_does_not_matter(price_input, data):
    offered = data.draw(answers(price_input))
    shuffled = data.draw(st.permutations(offered))
    first, second = price(price_input, answering(*offered)), price(price_input, answering(*shuffled))
    assert first == second
    assert first.fingerprint() == second.fingerprint()


@given(price_inputs(), st.data())
def test_a_stored_price_replays_to_the_same_price(price_input, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    kept = PricedCart.from_json(stored(priced))
    assert kept == priced
    again = price(PriceInput.from_json(stored(price_input)), recorded(kept))
    assert again == priced
    assert again.fingerprint() == priced.fingerprint()


@given(price_inputs(), st.data())
def test_every_answer_is_applied_or_says_why_not(price_input, data):
    offered = data.draw(answers(price_input))
    priced = price(price_input, answering(*offered))
    asked = [one for one in offered if price_input.shipping or one.target != "shipping"]
    kept = [one for one in priced.adjustments if one.plugin != "core"]
    assert sorted(one.sort_key() for one in kept) == sorted(one.sort_key() for one in asked)
    for entry in priced.applied:
        if entry.adjustment.unit_price is None:
            continue
        lost = {
            key for other in priced.not_applied if other.position == entry.position for key in other.lines
        }
        assert lost.isdisjoint(entry.allocations)
        assert lost.union(entry.allocations) == set(entry.adjustment.target)


@given(price_inputs(), st.data())
def test_one_activity_price_per_line_and_it_is_the_lowest_allowed(price_input, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    refused = {entry.position for entry in priced.not_applied if entry.code == "exclusive_group"}
    for line in price_input.lines:
        won = [
            entry.adjustment.unit_price
            for entry in priced.applied
            if entry.adjustment.stage is Stage.CAMPAIGN and line.key in entry.allocations
        ]
        allowed = [
            one.unit_price
            for position, one in enumerate(priced.adjustments)
            if one.stage is Stage.CAMPAIGN and line.key in one.target and position not in refused
        ]
        lower = [unit_price for unit_price in allowed if unit_price < line.unit_price]
        assert won == ([min(lower)] if lower else [])


@given(price_inputs(), st.data())
def test_one_rule_per_exclusive_group(price_input, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    for group in ("one", "two"):
        applied = {
            entry.adjustment.rule for entry in priced.applied if entry.adjustment.exclusive_group == group
        }
        assert len(applied) <= 1


@given(price_inputs(), st.data())
def test_the_winner_of_a_group_saves_at_least_as_much_as_any_loser_would(price_input, data):
    offered = data.draw(answers(price_input))
    goods = [one for one in offered if one.stage is Stage.COUPONS and one.exclusive_group == "one"]
    alone = {}
    for rule in {one.rule for one in goods}:
        apart = [one for one in goods if one.rule == rule]
        if len(apart) == 1:
            alone[rule] = price_input_total(price_input) - price(price_input, answering(*apart)).goods_total
    if len(alone) != len({one.rule for one in goods}) or not goods or price_input.rounding_step > 1:
        return
    together = price(price_input, answering(*goods))
    saved = price_input_total(price_input) - together.goods_total
    assert saved == max(alone.values())


@given(price_inputs(), st.data())
def test_added_tax_is_each_rate_once_on_what_has_it_and_changes_nothing_else(price_input, data):
    offered = data.draw(answers(price_input))
    taxed = price(replace(price_input, tax_mode="added", rounding_step=1), answering(*offered))
    plain = price(replace(price_input, tax_mode="inclusive", rounding_step=1), answering(*offered))
    nets = {line.key: line.net for line in plain.lines}
    nets |= {"shipping": plain.shipping.net} if plain.shipping else {}
    rates = price_input.tax_rates
    for rate in set(rates.values()):
        on = sum(net for key, net in nets.items() if rates[key] == rate)
        added = [one.amount for one in taxed.added_taxes if one.adjustment.rule_id == f"tax.{rate}"]
        assert sum(added) == (on * rate * 2 + 10_000) // 20_000
    assert taxed.total - plain.total == sum(entry.amount for entry in taxed.added_taxes) == taxed.tax_included
    assert taxed.goods_before_tax == plain.goods_total
    for key, net in nets.items():
        assert taxed.added_tax_of(key) <= -(-net * rates[key] // 10_000)


@given(price_inputs(), st.data())
def test_refunding_unit_by_unit_gives_back_exactly_what_was_paid_and_its_tax(price_input, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    refunded, given_back, tax, shipping = {}, 0, 0, 0
    units = data.draw(st.permutations([line.key for line in priced.lines for _ in range(line.quantity)]))
    for number, key in enumerate(units, 1):
        last = number == len(units) and bool(priced.shipping_total)
        seen = refund_preview(
            priced, wanted={key: 1}, refunded=refunded, include_shipping=last, shipping_refunded=shipping
        )
        given_back, tax = given_back + seen.amount, tax + seen.tax_included
        refunded[key] = refunded.get(key, 0) + 1
        assert seen.left == priced.total - given_back
    assert (given_back, tax) == (priced.total, priced.tax_included)


def price_input_total(price_input):
    return sum(line.list_amount for line in price_input.lines)


@given(price_inputs(), st.sampled_from(["en", "zh-CN"]), st.data())
def test_the_explanation_ends_in_the_same_number_as_the_total(price_input, language, data):
    priced = price(price_input, answering(*data.draw(answers(price_input))))
    told = priced.explanation(language)
    for line in told.lines:
        assert sum(step.amount.minor for step in line.steps) == line.net.minor
    assert sum(line.net.minor for line in told.lines) == told.total.minor == priced.total
    assert len(told.why_not) == len(priced.not_applied)
    assert all(entry.because and entry.text for entry in told.why_not)
