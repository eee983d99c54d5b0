"""What the webhooks room's tests share: leave to call this machine, an endpoint, and an event that happens."""

from dataclasses import replace

import pytest

from core.commerce.messages.outside import install_outside, outside
from core.commerce.orders.events import OrderPaid
from core.commerce.webhooks.actions import add_endpoint
from core.commerce.webhooks.models import Delivery
from core.commerce.webhooks.queries import deliveries_page
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.events import record
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope
from tests.core.commerce.messages.servers import http_service


@pytest.fixture
def own_machine(platform):
    """Servers on this machine may be called, as a merchant's may not."""
    told = outside()
    install_outside(replace(told, private_addresses=True))
    yield
    install_outside(told)


@pytest.fixture
def receiver():
    """A real HTTP service that writes down what it is asked."""
    with http_service() as hook:
        yield hook


@pytest.fixture
def endpoint(in_shop, own_machine, receiver):
    """The id of an endpoint that hears of everything."""
    return add_endpoint(url=receiver.url)


@pytest.fixture
def happens():
    """`happens()` records that an order was paid; returns the order's id."""

    @command("system")
    def pay():
        order_id = new_id()
        record(OrderPaid(order_id=order_id))
        return order_id

    return pay


@pytest.fixture
def sent():
    """`sent()` are the shop's deliveries, newest first."""

    def look(**which):
        with reading():
            return deliveries_page(size=100, **which).rows

    return look


@pytest.fixture
def due():
    """`due(delivery_id)` makes a delivery that waits due now."""

    @command("system")
    def hurry(delivery_id):
        session().get_one(Delivery, (current_scope().shop_id, delivery_id)).due_at = now()

    return hurry
