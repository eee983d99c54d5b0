"""The whole way through a gateway that a plugin brought: paid, told twice, late, or not at all; and the money back."""

import pytest
from sqlalchemy import select

from core.commerce.ledger.queries import balances
from core.commerce.orders.models import OrderEntry
from core.commerce.payments.accounts import ways_to_pay
from core.commerce.payments.actions.pay import start_payment
from core.commerce.payments.actions.refund import cancel_order
from core.commerce.payments.errors import NothingToPay
from core.commerce.reservations.models import Pool, Reservation
from core.jobs import sweeps
from core.kernel.db import reading, session
from core.testing.jobs import run_due_jobs
from core.testing.races import race
from plugins.group_buy.tests.groups import group_of


def webhook_first(shop, payment):
    assert shop.webhook(payment) == [200]
    run_due_jobs()
    shop.come_back(payment.order_id)


def return_first(shop, payment):
    assert shop.come_back(payment.order_id).status == 200
    assert shop.webhook(payment, times=2) == [200, 200]
    run_due_jobs()


def both_at_once(shop, payment):
    def hear():
        shop.webhook(payment)
        run_due_jobs()

    done = race(
        [hear, lambda: shop.come_back(payment.order_id), hear, lambda: shop.come_back(payment.order_id)]
    )
    assert [one.error for one in done] == [None] * 4


def nobody_says_anything(shop, payment):
    """No webhook, no browser: the sweep finds it within a minute and a half."""
    sweeps.sweep_shop("open_payments")


COMING = {one.__name__: one for one in (webhook_first, return_first, both_at_once, nobody_says_anything)}


def seats(order_id):
    with reading():
        joined = select(Reservation.state, Pool.confirmed, Pool.closed_as).join(
            Pool, (Pool.id == Reservation.pool_id) & (Pool.shop_id == Reservation.shop_id)
        )
        wanted = joined.where(Reservation.holder_id == order_id, Pool.threshold.is_not(None))
        return [tuple(row) for row in session().execute(wanted)]


def times_paid(order_id):
    with reading():
        kinds = session().scalars(select(OrderEntry.kind).where(OrderEntry.order_id == order_id)).all()
    return kinds.count("paid")


def clearing():
    with reading():
        return {one.code: one.net for one in balances()}["gateway:clearing"]


@pytest.mark.parametrize("coming", COMING)
def test_order_is_paid_once_and_its_seat_is_in_the_full_group(direct_shop, member, tea, pair, coming, clock):
    leader = member().start(pair, tea.variant_id)
    first = direct_shop.start(leader)
    direct_shop.pay(first)
    direct_shop.webhook(first)
    run_due_jobs()
    follower = member().join(group_of(leader).code)
    payment = direct_shop.start(follower)
    scan = direct_shop.gateway == "wechat_pay"
    assert payment.redirect_url.startswith("weixin://" if scan else direct_shop.provider.address)
    direct_shop.pay(payment)
    clock.advance(seconds=61)
    COMING[coming](direct_shop, payment)
    run_due_jobs()
    order = direct_shop.order(follower)
    assert (order.lifecycle, order.financial, order.holds_open) == ("placed", "paid", 0)
    assert order.captured_minor == order.total_minor
    assert [(one.state, one.surplus, one.mode) for one in direct_shop.payments(follower)] == [
        ("captured", False, "live")
    ]
    assert seats(follower) == [("confirmed", 2, "filled")]
    assert times_paid(follower) == 1
    assert direct_shop.order(leader).holds_open == 0
    assert direct_shop.refunds(follower) == []


def test_money_goes_back_the_way_it_came(direct_shop, buyer, tea):
    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    payment = direct_shop.start(order_id)
    direct_shop.pay(payment)
    direct_shop.webhook(payment)
    run_due_jobs()
    cancel_order(order_id=order_id)
    run_due_jobs()
    (refund,) = direct_shop.refunds(order_id)
    assert (refund.state, refund.amount_minor) == ("done", direct_shop.order(order_id).total_minor)
    assert direct_shop.money_back() == refund.amount_minor
    assert clearing() == 0


def test_nobody_can_pay_an_order_whose_time_is_over(direct_shop, buyer, tea, clock):
    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    payment = direct_shop.start(order_id)
    clock.advance(minutes=45)
    run_due_jobs()
    assert direct_shop.order(order_id).lifecycle == "cancelled"
    assert [one.state for one in direct_shop.payments(order_id)] == ["cancelled"]
    if direct_shop.gateway == "alipay":
        assert direct_shop.provider.visit(payment.redirect_url)["sub_code"] == "ACQ.INVALID_PARAMETER"
    else:
        assert direct_shop.provider.orders[payment.gateway_ref]["trade_state"] == "CLOSED"


def test_who_paid_an_order_that_was_cancelled_meanwhile_gets_everything_back(direct_shop, buyer, tea):
    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    payment = direct_shop.start(order_id)
    direct_shop.pay(payment)
    cancel_order(order_id=order_id)
    assert direct_shop.webhook(payment, times=2) == [200, 200]
    run_due_jobs()
    assert direct_shop.order(order_id).lifecycle == "cancelled"
    assert [(one.state, one.surplus) for one in direct_shop.payments(order_id)] == [("captured", True)]
    assert direct_shop.money_back() == payment.amount_minor
    assert clearing() == 0


def test_a_message_that_is_not_the_providers_changes_nothing(direct_shop, buyer, tea):
    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    payment = direct_shop.start(order_id)
    direct_shop.pay(payment)
    direct_shop.provider.signing_key = "somebody"
    assert direct_shop.webhook(payment) == [400]
    run_due_jobs()
    assert direct_shop.order(order_id).financial == "unpaid"


def test_a_plugin_that_is_switched_off_takes_no_payment_and_still_gives_money_back(
    direct_shop, buyer, tea, enable
):
    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    payment = direct_shop.start(order_id)
    direct_shop.pay(payment)
    assert [way.id for way in ways_to_pay()] == [f"{direct_shop.gateway}:{direct_shop.gateway}"]
    enable(direct_shop.scope, direct_shop.gateway, state="off")
    assert ways_to_pay() == () or all(way.gateway != direct_shop.gateway for way in ways_to_pay())
    assert direct_shop.webhook(payment) == [200]
    run_due_jobs()
    assert direct_shop.order(order_id).financial == "paid"
    with pytest.raises(NothingToPay):
        start_payment(order_id=order_id, return_url="http://x/")
    cancel_order(order_id=order_id)
    run_due_jobs()
    assert direct_shop.money_back() == payment.amount_minor
