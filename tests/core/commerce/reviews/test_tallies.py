"""The honest count: whatever happens to orders and reviews, the tally equals what counting them anew gives."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import ProgrammingError

from core.commerce.catalog.models import Tally
from core.commerce.catalog.tallies import TallyView, tallies
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.actions.refund import cancel_order, preview_refund, refund_units
from core.commerce.reviews import actions
from core.commerce.reviews.drafts import ReviewDraft
from core.commerce.reviews.models import Review
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import PinpuError
from core.kernel.ids import new_id
from core.kernel.tenancy import acting_as, current_scope
from core.testing.buying import pay
from core.testing.goods import make_product
from core.testing.races import race


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000, 3_000])


def tally(product_id):
    with reading():
        return tallies([product_id])[product_id]


def recounted(product_id):
    """What the documented definitions say, from orders and reviews alone."""
    with reading():
        sold = session().scalar(
            select(func.coalesce(func.sum(OrderLine.quantity - OrderLine.refunded), 0))
            .join(Order, (Order.shop_id == OrderLine.shop_id) & (Order.id == OrderLine.order_id))
            .where(
                OrderLine.product_id == product_id,
                Order.financial != "unpaid",
                Order.lifecycle != "cancelled",
                Order.holds_open == 0,
            )
        )
        rows = session().scalars(select(Review).where(Review.product_id == product_id)).all()
    shown = [row for row in rows if row.state == "shown"]
    return TallyView(
        int(sold),
        tuple(sum(row.stars == n for row in shown) for n in range(1, 6)),
        sum(row.pictures > 0 for row in shown),
        sum(row.state == "hidden" for row in rows),
    )


def refund(order_id, wanted):
    amount = preview_refund(order_id=order_id, wanted=wanted).amount
    refund_units(order_id=order_id, wanted=wanted, include_shipping=False, reason="", confirmed_amount=amount)


@command("system")
def set_open_holds(order_id, count):
    session().execute(
        update(Order).where(Order.shop_id == current_scope().shop_id, Order.id == order_id)
        .values(holds_open=count).execution_options(synchronize_session=False)
    )  # fmt: skip


def test_sold_follows_payment_refund_hold_and_cancellation(tea, buy):
    unpaid = buy([(tea.variant_id, 5)], paid=False)
    assert tally(tea.id).sold == 0
    order = buy([(tea.variant_ids[0], 3), (tea.variant_ids[1], 2)], sent=False)
    assert tally(tea.id).sold == 5
    refund(order.order_id, {order.keys[0]: 1})
    assert tally(tea.id).sold == 4
    set_open_holds(order.order_id, 1)
    assert tally(tea.id).sold == 0
    set_open_holds(order.order_id, 0)
    cancel_order(order_id=order.order_id)
    assert tally(tea.id).sold == 0 == recounted(tea.id).sold
    assert unpaid.order_id != order.order_id


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["buy", "refund", "cancel", "hold", "free", "review", "edit", "hide", "show", "approve"]
        ),
        st.integers(0, 5),
        st.integers(1, 5),
    ),
    min_size=4,
    max_size=12,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, approve=st.booleans())
def test_tally_is_what_counting_anew_gives(steps, approve, tea, buy):
    product = make_product(prices=[10_000, 3_000])
    actions.save_rules(approve=approve, edit_days=30, sold_from=None, ask=False, ask_after_days=7)
    orders = [buy([(product.variant_ids[0], 2), (product.variant_ids[1], 1)])]
    for step, place, number in steps:
        order = orders[place % len(orders)]
        try:
            _do(
                step, order, number, orders, lambda: buy([(product.variant_id, number)], sent=number % 2 == 0)
            )
        except PinpuError:
            continue  # refused steps change nothing, which is what is looked at below
        finally:
            assert tally(product.id) == recounted(product.id)


def _do(step, order, number, orders, more):
    with reading():
        reviews = session().scalars(select(Review.id).where(Review.order_id == order.order_id)).all()
    if step == "buy":
        orders.append(more())
    elif step == "refund":
        refund(order.order_id, {order.keys[number % len(order.keys)]: 1})
    elif step == "cancel":
        cancel_order(order_id=order.order_id)
    elif step in ("hold", "free"):
        set_open_holds(order.order_id, int(step == "hold"))
    elif step == "review":
        order.review(number, place=number % len(order.line_ids))
    elif step == "edit":
        edit(order, number)
    elif step == "hide":
        actions.hide_reviews(review_ids=reviews, reason="spam")
    elif step == "show":
        actions.show_reviews(review_ids=reviews)
    else:
        actions.approve_reviews(review_ids=reviews)


def edit(order, stars):
    with acting_as(order.actor):
        actions.edit_review(order_code=order.code, line_id=order.line_ids[0], draft=ReviewDraft(stars=stars))


def test_orders_paid_at_once_are_all_counted(tea, buy, gateway):
    second = make_product(prices=[500])
    baskets = [[(tea.variant_id, 1), (second.variant_id, 2)], [(second.variant_id, 2), (tea.variant_id, 1)]]
    orders = [buy(basket, paid=False) for basket in baskets * 3]
    outcomes = race([lambda order=order: pay(gateway, order.order_id) for order in orders])
    assert [one.error for one in outcomes] == [None] * 6
    assert (tally(tea.id).sold, tally(second.id).sold) == (6, 12)


@pytest.mark.parametrize("statement", [
    insert(Tally).values(sold=9_999, stars_1=0, stars_2=0, stars_3=0, stars_4=0, stars_5=900, pictured=0, hidden=0),
    update(Tally).values(sold=9_999),
], ids=["insert", "update"])  # fmt: skip
def test_nobody_types_a_tally(tea, statement):
    @command("system")
    def write():
        scoped = {"shop_id": current_scope().shop_id, "id": tea.id}
        if statement.is_insert:
            session().execute(statement.values(**scoped))
        else:
            session().execute(
                statement.where(Tally.shop_id == scoped["shop_id"]).execution_options(
                    synchronize_session=False
                )
            )

    if statement.is_insert:
        write()
    else:
        with pytest.raises(ProgrammingError, match="permission denied"):
            write()
    assert tally(tea.id) == TallyView()


@pytest.mark.parametrize(
    ("stars", "average", "text"),
    [
        ((0, 0, 0, 0, 0), 0, "0.0"),
        ((0, 0, 0, 1, 2), 467, "4.7"),
        ((1, 0, 0, 0, 1), 300, "3.0"),
        ((0, 0, 0, 3, 5), 463, "4.6"),
    ],
)
def test_average_is_rounded_half_up(stars, average, text):
    view = TallyView(stars=stars)
    assert (view.average, view.average_text) == (average, text)


def test_product_that_nobody_bought_has_the_empty_tally(tea):
    with reading():
        assert tallies([tea.id, new_id()])[tea.id] == TallyView()
