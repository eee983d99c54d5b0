"""Figures of periods: equal to the rows that they open, by the shop's clock, without test orders and other shops."""

import contextvars
import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from core.commerce.audiences.acquisition import growth, source_numbers_between
from core.commerce.catalog.tallies import tallies
from core.commerce.customers.models import Customer
from core.commerce.fulfilment.order_lists import OrderFilters, orders_page
from core.commerce.insights.actions import SLOTS, count_visitor
from core.commerce.insights.periods import NAMED, Period, PeriodRefused, named_period, own_period
from core.commerce.insights.queries import counted_since, visitors_of
from core.commerce.insights.sales import sales_by_source, sales_of, top_products
from core.commerce.orders.best_sold import best_sold_products
from core.commerce.orders.models import Order
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import Buyer, pay
from core.testing.goods import make_customer, make_product, make_shipping
from core.testing.statements import count_statements
from tests.core.web.console.stage import lines_of, refund

THURSDAY = datetime(2026, 8, 6, 6, 30, tzinfo=UTC)  # 14:30 in the shop


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 2_500], stock=None)


@pytest.fixture
def bought(in_shop, tea, gateway, clock):
    """`bought(at, units)` is an order that was paid then."""
    delivery = {"kind": "method", "id": str(make_shipping())}
    customer = make_customer()

    def buy(at, units=1, *, variant=0, buyer=customer):
        clock.freeze(at)
        placed = Buyer(buyer, delivery).order([(tea.variant_ids[variant], units)])
        pay(gateway, placed.order_id)
        return placed.order_id

    return buy


@command("system")
def change_orders(ids, **values):
    session().execute(update(Order).where(Order.id.in_(ids)).values(**values))


def rows(period, **more):
    """The orders that the list shows for a period."""
    filters = OrderFilters(paid=(period.first, period.last), test="no", **more)
    return orders_page(view="all", filters=filters, limit=500)


def test_today_stands_beside_the_same_weekday_until_the_same_time(bought, clock):
    week = timedelta(days=7)
    bought(THURSDAY - week - timedelta(hours=4), 2)
    bought(THURSDAY - week + timedelta(hours=1))
    bought(THURSDAY - timedelta(days=1))
    bought(THURSDAY - timedelta(minutes=40), variant=1)
    clock.freeze(THURSDAY)
    with reading():
        today, before = sales_of(named_period("today"))
    assert (today.orders, today.taken.minor, before.orders, before.taken.minor) == (1, 3_700, 1, 21_200)
    assert today.average.minor == 3_700
    # By the shop's clock: 13:50 today; 10:30 and 15:30 a week before.
    assert {place: step.minor for place, step in enumerate(today.steps) if step.orders} == {27: 3_700}
    assert {place: step.minor for place, step in enumerate(before.steps) if step.orders} == {
        21: 21_200,
        31: 11_200,
    }


def test_every_figure_is_the_rows_that_it_opens(bought, tea, clock):
    """Orders all over twenty days and near midnights, some refunded, some tests, from several sources."""
    chance = random.Random(42)
    midnight = datetime(2026, 8, 6, 16, 0, tzinfo=UTC)
    moments = [
        midnight - timedelta(days=chance.randrange(20), minutes=chance.randrange(1440)) for _ in range(12)
    ]
    edges = [midnight - timedelta(days=day, seconds=second) for day in (1, 7) for second in (1, 0)]
    ids = [bought(at, chance.randint(1, 3), variant=chance.randrange(2)) for at in sorted([*moments, *edges])]
    change_orders(ids[::5], is_test=True)
    change_orders(ids[1::3], source="link:abc")
    clock.freeze(midnight - timedelta(hours=1))
    for one in ids[2::4]:
        refund(one, lines_of(one))
    with reading():
        for period in (*map(named_period, NAMED), own_period(date(2026, 7, 20), date(2026, 8, 2))):
            sales = sales_of(period)[0]
            listed = rows(period)
            assert (sales.orders, sales.taken.minor) == (
                listed.total,
                sum(row.total.minor for row in listed.rows),
            )
            assert sum(step.orders for step in sales.steps) == sales.orders
            for one in sales_by_source(period):
                assert one.orders == rows(period, source=one.source or "none").total
            assert sum(one.orders for one in sales_by_source(period)) == sales.orders
            for product in top_products(period):
                assert product.orders == rows(period, product_id=str(product.product_id)).total
            back = OrderFilters(refunded=(period.first, period.last), test="no")
            assert sales.refunded_orders == orders_page(view="all", filters=back).total
            assert sales.refunded.minor == sum(sales.back)


def test_period_before_is_as_long_and_one_day_meets_its_weekday(in_shop, clock):
    clock.freeze(THURSDAY)
    assert named_period("yesterday").before == Period(date(2026, 7, 29), date(2026, 7, 29))
    week = named_period("7d")
    assert (week.first, week.last, week.before.first, week.before.last) == (
        date(2026, 7, 31), date(2026, 8, 6), date(2026, 7, 24), date(2026, 7, 30),
    )  # fmt: skip
    assert week.before.end - THURSDAY == timedelta(days=-7, microseconds=1)
    assert own_period(date(2026, 7, 1), date(2026, 7, 10)).before.until is None


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-08-07", "2026-08-07"), ("2026-08-06", "2026-08-05"), ("2025-08-04", "2026-08-06"), ("1999-12-31", "2000-01-02")],
)  # fmt: skip
def test_days_that_make_no_period_are_refused(in_shop, clock, first, last):
    clock.freeze(THURSDAY)
    with pytest.raises(PeriodRefused):
        own_period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_days_with_a_changed_clock_are_whole(other_shop, gateway, clock, platform, day):
    """Spring has 23 hours, autumn 25; the figure until now follows the clock on the wall, not the hours that passed."""
    berlin = replace(other_shop, timezone="Europe/Berlin")
    sunday = date.fromisoformat(day)

    def at(days, hour, minute=0):
        local = datetime.combine(sunday + timedelta(days=days), time(hour, minute), ZoneInfo("Europe/Berlin"))
        return local.astimezone(UTC)

    with shop_bound(berlin, SYSTEM):
        goods = make_product(title="Tea", prices=[10_000])
        buyer = Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())})
        for moment in (
            at(-7, 0, 30),
            at(-7, 11, 50),
            at(-7, 12, 10),
            at(0, 0, 5),
            at(0, 11, 0),
            at(-1, 23, 55),
        ):
            clock.freeze(moment)
            pay(gateway, buyer.order([(goods.variant_id, 1)]).order_id)
            count_visitor(steps=("visit",))
        clock.freeze(at(0, 12))
        with reading():
            period = named_period("today")
            sales, before = sales_of(period)
            came, came_before = visitors_of(period)
            assert (sales.orders, before.orders) == (2, 2)
            assert rows(period).total == 2
            assert (came.all, came_before.all) == (2, 2)
            assert [place for place, step in enumerate(sales.steps) if step.orders] == [0, 22]


def test_test_orders_are_in_no_figure(bought, tea, clock, in_shop):
    buyer = make_customer()
    real = bought(THURSDAY, buyer=buyer)
    test = bought(THURSDAY, 3, buyer=buyer)

    def figures():
        with reading():
            period = named_period("today")
            mine = session().get(Customer, (in_shop.shop_id, buyer), populate_existing=True)
            return (
                sales_of(period)[0].orders,
                sum(one.units for one in top_products(period)),
                sum(one.orders for one in sales_by_source(period)),
                sum(one.orders for one in source_numbers_between(period.first, period.last)),
                growth().repeat_buyers,
                tallies([tea.id])[tea.id].sold,
                (mine.orders_placed, mine.orders_paid, mine.spent_minor),
                len(best_sold_products(5)),
            )

    clock.freeze(THURSDAY + timedelta(minutes=1))
    assert figures() == (2, 4, 2, 2, 1, 4, (2, 2, 11_200 + 30_000), 1)
    change_orders([test], is_test=True)
    assert figures() == (1, 1, 1, 1, 0, 1, (1, 1, 11_200), 1)
    refund(test, lines_of(test))
    assert figures()[:7] == (1, 1, 1, 1, 0, 1, (1, 1, 11_200))
    change_orders([real], is_test=True)
    assert figures() == (0, 0, 0, 0, 0, 0, (0, 0, 0), 0)
    with reading():
        assert rows(named_period("today")).total == 0
        assert orders_page(view="all", filters=OrderFilters(test="yes")).total == 2


def test_visitors_are_sums_over_slots_and_cut_by_the_time(in_shop, clock):
    for minutes in (0, 5, 15, 600):
        clock.freeze(THURSDAY - timedelta(days=7) + timedelta(minutes=minutes - 5))
        count_visitor(steps=("visit", "product"))
    clock.freeze(THURSDAY)
    for _ in range(3 * SLOTS):
        count_visitor(steps=("visit",))
    with reading():
        today, before = visitors_of(named_period("today"))
        assert (today.all, today.reached["product"]) == (3 * SLOTS, 0)
        # 14:20–14:30 a week before counts, 14:30 and later does not.
        assert (before.all, before.reached["product"]) == (1, 1)
        # 14:25, 14:30 and 14:40; ten hours later it was the next day.
        assert {place: count for place, count in enumerate(before.steps) if count} == {28: 1, 29: 2}
        assert today.conversion(3) == 3 * 10_000 // (3 * SLOTS)
        assert counted_since() == date(2026, 7, 30)


def test_nothing_of_another_shop_is_counted(bought, other_shop, clock, in_shop):
    bought(THURSDAY)
    count_visitor(steps=("visit",))

    def look():
        with shop_bound(other_shop, SYSTEM), reading():
            period = named_period("30d")
            assert sales_of(period)[0].orders == 0
            assert visitors_of(period)[0].all == 0
            assert counted_since() is None
            assert (sales_by_source(period), top_products(period)) == ([], [])

    contextvars.Context().run(look)


def test_statements_do_not_depend_on_days_or_orders(bought, clock):
    bought(THURSDAY)
    clock.freeze(THURSDAY)
    with reading(), count_statements() as sent:
        for period in (named_period("today"), own_period(date(2025, 8, 7), date(2026, 8, 6))):
            sales_of(period), visitors_of(period), sales_by_source(period), top_products(period)
    assert len(sent) == 10
