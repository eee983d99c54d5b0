"""Partial refunds, who pays, and orders for nothing, with the real actions."""

import pytest

from core.sdk.commands import reading
from core.sdk.data import session
from core.testing.buying import lines_of, order_row, pay, refund
from plugins.coupon.domain import Standing
from plugins.coupon.models import Redemption
from plugins.coupon.terms import Kind
from plugins.coupon.tests.people import make_campaign, standing


def give_back(order_id, product, units):
    """Refund units of a product; answers the minor units that go back."""
    return refund(order_id, {lines_of(order_id)[product.variant_id]: units})


@pytest.fixture
def paid(person, tea, cup, gateway, run_jobs):
    """`paid(**rules)` is a person, their coupon, and a paid order of tea at 100.00 and two cups at 60.00 with it."""

    def make(**rules):
        who = person()
        coupon = who.claim(make_campaign(**rules))
        order_id = who.order((tea.variant_id, 1), (cup.variant_id, 2))
        pay(gateway, order_id)
        run_jobs()
        return who, coupon, order_id

    return make


@pytest.mark.parametrize(("mode", "back", "returned"), [("keep", 103_64, 0), ("rerate", 90_00, 1)])
def test_partial_refund_below_the_minimum_does_as_the_coupon_says(
    mode, back, returned, paid, tea, cup, run_jobs
):
    """190.00 were paid; tea alone costs 100.00 without the coupon."""
    who, coupon, order_id = paid(breaks=mode)
    assert give_back(order_id, cup, 2) == back
    run_jobs()
    assert standing(coupon.id) is Standing.USED
    again = [one for one in who.wallet() if one.source == "return"]
    assert len(again) == returned
    assert who.off((tea.variant_id, 2)) == (30_00 if returned else 0)


def test_partial_refund_above_the_minimum_gives_no_coupon_back(paid, cup, run_jobs):
    who, _coupon, order_id = paid(breaks="rerate", threshold=150_00)
    # 160.00 are left and cost 130.00 with the coupon; 190.00 were paid.
    assert give_back(order_id, cup, 1) == 60_00
    run_jobs()
    assert [one.source for one in who.wallet()] == ["claim"]


def test_coupon_that_came_back_does_not_come_back_again_with_the_rest(paid, tea, cup, run_jobs):
    who, _coupon, order_id = paid(breaks="rerate")
    give_back(order_id, cup, 2)
    run_jobs()
    give_back(order_id, tea, 1)
    run_jobs()
    assert sum(one.standing is Standing.AVAILABLE for one in who.wallet()) == 1


def test_who_pays_is_kept_with_each_use(person, tea):
    for funder in ("merchant", "supplier", "distributor", "platform"):
        who = person()
        who.claim(make_campaign(funder=funder, group=funder))
        order_id = who.order((tea.variant_id, 2))
        with reading():
            row = session().query(Redemption).filter_by(order_id=order_id).one()
            taken = next(
                one for one in order_row(order_id).priced["adjustments"] if one["plugin"] == "coupon"
            )
        assert row.funder == funder
        assert taken["funding"] == {funder: 10_000}


def test_campaigns_are_in_the_currency_of_their_shop(person, coupon_shop):
    who = person()
    assert who.claim(make_campaign()).terms.currency == "CNY"


def test_an_order_for_nothing_is_complete_without_a_gateway(person, tea, run_jobs):
    who = person()
    coupon = who.claim(make_campaign(value=500_00, threshold=0))
    free = who.claim(make_campaign(kind=Kind.SHIPPING, threshold=0, group="fee"))
    order_id = who.order((tea.variant_id, 1))
    run_jobs()
    row = order_row(order_id)
    assert row.total_minor == 0
    assert row.financial == "paid"
    assert standing(coupon.id) is Standing.USED
    assert standing(free.id) is Standing.USED
