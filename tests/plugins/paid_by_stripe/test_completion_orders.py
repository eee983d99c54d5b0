"""Four orders in which a payment's news arrives, for each way to pay: the same paid order, the same full group."""

import pytest
from sqlalchemy import select

from core.commerce.ledger.queries import balances
from core.commerce.orders.models import OrderEntry, OrderHold
from core.commerce.reservations.models import Pool, Reservation
from core.jobs import sweeps
from core.kernel.db import reading, session
from core.testing.jobs import run_due_jobs
from core.testing.races import race
from plugins.group_buy.tests.groups import group_of

WAYS = ("card", "wechat_pay", "alipay")


def webhook_first(shop, order_id):
    assert set(shop.webhook()) == {200}
    run_due_jobs()
    shop.come_back(order_id)


def return_first(shop, order_id):
    assert shop.come_back(order_id).status == 200
    assert set(shop.webhook(times=2, newest_first=True)) == {200}
    run_due_jobs()


def both_at_once(shop, order_id):
    def hear():
        shop.webhook()
        run_due_jobs()

    done = race([hear, lambda: shop.come_back(order_id), hear, lambda: shop.come_back(order_id)])
    assert [one.error for one in done] == [None] * 4


def nobody_says_anything(shop, order_id):
    """No webhook, no browser: the sweep finds it within a minute and a half."""
    sweeps.sweep_shop("open_payments")


COMING = {one.__name__: one for one in (webhook_first, return_first, both_at_once, nobody_says_anything)}


def seats(order_id):
    with reading():
        statement = select(Reservation.state, Pool.confirmed, Pool.closed_as)
        joined = statement.join(
            Pool, (Pool.id == Reservation.pool_id) & (Pool.shop_id == Reservation.shop_id)
        )
        wanted = joined.where(Reservation.holder_id == order_id, Pool.threshold.is_not(None))
        return [tuple(row) for row in session().execute(wanted)]


def told(order_id):
    with reading():
        entries = session().scalars(select(OrderEntry).where(OrderEntry.order_id == order_id)).all()
        holds = session().scalars(select(OrderHold.state).where(OrderHold.order_id == order_id)).all()
    return sorted(entry.kind for entry in entries), sorted(holds)


@pytest.mark.parametrize("coming", COMING)
@pytest.mark.parametrize("way", WAYS)
def test_order_is_paid_once_and_its_seat_is_in_the_full_group(
    stripe_shop, member, tea, pair, way, coming, clock
):
    leader = member().start(pair, tea.variant_id)
    stripe_shop.pull("pay", id=stripe_shop.start(leader).gateway_ref)
    stripe_shop.webhook()
    run_due_jobs()
    follower = member().join(group_of(leader).code)
    payment = stripe_shop.start(follower, way)
    assert payment.redirect_url.startswith("weixin://" if way == "wechat_pay" else "http")
    stripe_shop.pull("pay", id=payment.gateway_ref)
    clock.advance(seconds=61)
    COMING[coming](stripe_shop, follower)
    run_due_jobs()
    order = stripe_shop.order(follower)
    assert (order.lifecycle, order.financial, order.holds_open) == ("placed", "paid", 0)
    assert order.captured_minor == order.total_minor == stripe_shop.charges()[-1]["amount_captured"]
    assert [(one.state, one.surplus) for one in stripe_shop.payments(follower)] == [("captured", False)]
    assert seats(follower) == [("confirmed", 2, "filled")]
    kinds, holds = told(follower)
    assert kinds.count("paid") == 1
    assert set(holds) == {"released"}
    assert stripe_shop.order(leader).holds_open == 0
    assert len(stripe_shop.charges()) == 2
    with reading():
        net = {one.code: one.net for one in balances()}
    assert net["gateway:clearing"] == -stripe_shop.balance()
    assert stripe_shop.refunds(follower) == []
