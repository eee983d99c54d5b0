"""Order lists: views, search, filters, orders and counts; and what was sold today."""

from datetime import date, timedelta

import pytest

from core.commerce.fulfilment.actions import ship_order
from core.commerce.fulfilment.order_lists import OrderFilters, orders_page, view_counts
from core.commerce.orders.models import OrderHold
from core.commerce.orders.queries import order
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.commerce.reservations.actions import ensure_pools, reserve
from core.commerce.reservations.values import Holder, NewPool, Want
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import Buyer, order_row, pay
from core.testing.goods import make_customer, make_product, make_shipping
from core.testing.statements import count_statements


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 25_000], handle="longjing")


@command("system")
def hold(*, order_id):
    pool = NewPool("test", "seat", str(new_id()), 3, threshold=3, window_seconds=3600)
    ensure_pools([pool])
    session().add(
        OrderHold(order_id=order_id, pool_id=pool.id, plugin="test", reason={"message": "x", "params": {}})
    )
    reserve(
        holder=Holder("order", order_id), wants=[Want(pool.id, 1)], expires_at=now() + timedelta(minutes=9)
    )


@pytest.fixture
def stock(tea, buyer, gateway):
    """One order for each view: its id by the view's name."""

    def placed(held=False, paid=True):
        made = buyer().order([(tea.variant_id, 1)]).order_id
        if held:
            hold(order_id=made)
        if paid:
            pay(gateway, made)
        return made

    ids = {
        "to_ship": placed(),
        "unpaid": placed(paid=False),
        "waiting": placed(held=True),
        "refunding": placed(),
    }
    amount = preview_refund(order_id=ids["refunding"], wanted=_all(ids["refunding"])).amount
    refund_units(
        order_id=ids["refunding"],
        wanted=_all(ids["refunding"]),
        include_shipping=False,
        reason="",
        confirmed_amount=amount,
    )
    shipped = placed()
    ship_order(order_id=shipped, units=_all(shipped), carrier="sf", tracking_number="SF-4711")
    return {**ids, "shipped": shipped}


def _all(order_id):
    with reading():
        return {line.key: line.quantity for line in order(order_id).lines}


def found(**wanted):
    with reading():
        return [row.id for row in orders_page(**wanted).rows]


def test_each_view_shows_its_orders_and_the_counts_agree(stock):
    with reading():
        counts = view_counts()
    assert counts == {"to_ship": 1, "unpaid": 1, "waiting": 1, "refunding": 1, "all": 5}
    for view in ("to_ship", "unpaid", "waiting", "refunding"):
        assert found(view=view) == [stock[view]]
    assert set(found(view="all")) == set(stock.values())


def test_rows_tell_buyer_goods_state_and_what_is_waited_for(stock):
    with reading():
        rows = {row.id: row for row in orders_page(view="all").rows}
    waiting = rows[stock["waiting"]]
    assert (waiting.title, waiting.units, waiting.products, waiting.buyer) == ("明前龙井", 1, 1, "林知夏")
    assert (waiting.waiting_for.confirmed, waiting.waiting_for.threshold) == (1, 3)
    assert waiting.waiting_for.release_by > now()
    assert rows[stock["refunding"]].open_refunds == ("pending",)
    assert rows[stock["to_ship"]].waiting_for is None
    assert rows[stock["to_ship"]].buyer_orders == 1


def test_search_finds_number_buyer_product_and_tracking_number(stock):
    number = order_row(stock["to_ship"]).number
    assert found(search=number.lower()) == [stock["to_ship"]]
    assert found(search="sf-4711") == [stock["shipped"]]
    assert len(found(search="龙井")) == 5
    assert len(found(search="林知")) == 5
    assert len(found(search="１３８００")) == 5
    assert len(found(search="LIN@")) == 5
    assert found(search="大红袍") == []


@pytest.mark.parametrize("words", ["%", "_", "\\", "/", "%_%", "' OR 1=1 --"])
def test_search_takes_wildcards_as_letters(stock, words):
    assert found(search=words) == []


def test_filters_narrow_and_are_counted(stock, tea, buyer):
    big = buyer().order([(tea.variant_ids[1], 4)]).order_id
    with reading():
        page = orders_page(view="all", filters=OrderFilters(total=(50_000, None)))
    assert [row.id for row in page.rows] == [big]
    assert page.total == 1
    assert page.counts["all"] == 6
    today = now().astimezone(_zone()).date()
    assert len(found(filters=OrderFilters(placed=(today, today)))) == 6
    assert found(filters=OrderFilters(placed=(today + timedelta(days=1), None))) == []
    assert found(filters=OrderFilters(paid=(None, today - timedelta(days=1)))) == []
    assert found(filters=OrderFilters(delivery="pickup")) == []
    assert len(found(filters=OrderFilters(delivery="method"))) == 6


def _zone():
    from core.kernel.tenancy import current_scope

    return current_scope().zone


def test_days_are_those_of_the_shops_zone(tea, buyer, clock, in_shop):
    clock.freeze(now().replace(year=2026, month=3, day=10, hour=16, minute=30))
    placed = buyer().order([(tea.variant_id, 1)]).order_id
    assert found(filters=OrderFilters(placed=(date(2026, 3, 11), date(2026, 3, 11)))) == [placed]
    assert found(filters=OrderFilters(placed=(date(2026, 3, 10), date(2026, 3, 10)))) == []


def test_sorts_and_pages(tea, buyer):
    cheap, dear = (buyer().order([(tea.variant_ids[n], 1)]).order_id for n in (0, 1))
    assert found(sort="-placed_at") == [dear, cheap]
    assert found(sort="placed_at") == [cheap, dear]
    assert found(sort="-total") == [dear, cheap]
    assert found(sort="total") == [cheap, dear]
    assert found(sort="total", limit=1, offset=1) == [dear]
    assert found(limit=20, offset=40) == []


def test_number_of_statements_does_not_grow_with_the_rows(tea, buyer, gateway):
    pay(gateway, buyer().order([(tea.variant_id, 1)]).order_id)
    with reading(), count_statements() as one:
        orders_page(view="to_ship")
    for _ in range(2):
        pay(gateway, buyer().order([(tea.variant_id, 1), (tea.variant_ids[1], 2)]).order_id)
    with reading(), count_statements() as three:
        assert len(orders_page(view="to_ship").rows) == 3
    assert len(three) == len(one) == 4


def test_another_shops_orders_never_show(stock, other_shop, gateway, in_shop):
    numbers = {order_row(one).number for one in stock.values()}
    _leave_shop_and(other_shop, numbers)


def _leave_shop_and(other_shop, numbers):
    import contextvars

    def inside():
        from core.kernel import tenancy

        tenancy._scope.set(None)
        with shop_bound(other_shop, SYSTEM):
            goods = make_product(title="明前龙井")
            Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())}).order(
                [(goods.variant_id, 1)]
            )
            with reading():
                page = orders_page(view="all")
                assert page.total == 1
                assert page.counts == {"to_ship": 0, "unpaid": 1, "waiting": 0, "refunding": 0, "all": 1}
                assert orders_page(view="all", search="SF-4711").rows == ()

    contextvars.copy_context().run(inside)
