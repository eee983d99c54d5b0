"""The console's pages about webhooks: endpoints, secret, deliveries, and sending again."""

import re
from dataclasses import replace

import pytest

from core.commerce.messages.outside import install_outside, outside
from core.commerce.orders.events import OrderPaid
from core.commerce.webhooks.queries import endpoints
from core.kernel.command import command
from core.kernel.db import reading
from core.kernel.events import record
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_product
from core.testing.jobs import run_due_jobs
from core.testing.statements import count_statements
from tests.core.commerce.messages.servers import http_service
from tests.core.web.console.orders_at_hand import rows

HOME = "/settings/webhooks"


@pytest.fixture(autouse=True)
def own_machine(platform):
    """Servers on this machine may be called."""
    told = outside()
    install_outside(replace(told, private_addresses=True))
    yield
    install_outside(told)


@pytest.fixture
def receiver():
    with http_service() as hook:
        yield hook


@pytest.fixture
def added(owner, receiver):
    """The address of the page of an endpoint, made on the screen."""
    assert "No other tool hears of your shop yet" in owner.get(f"{HOME}/").text
    made = owner.post(f"{HOME}/new", {"url": receiver.url, "note": "Stock-keeping"})
    assert made.status_code == 303
    return made.headers["Location"]


def paid(shop, times=1):
    """`times` orders are paid, and everything due is done."""

    @command("system")
    def pay():
        for _ in range(times):
            record(OrderPaid(order_id=new_id()))

    with shop_bound(shop, SYSTEM):
        pay()
        run_due_jobs()


def test_endpoint_is_added_tried_and_hears_of_an_order(owner, shop, added, receiver):
    page = owner.get(added).text
    assert re.search(r"whsec_[A-Za-z0-9+/=]{32}", page)
    tested = owner.post(f"{added}/test")
    with shop_bound(shop, SYSTEM):
        run_due_jobs()
    sent = owner.get(tested.headers["Location"]).text
    assert "Arrived" in sent
    assert "Status 200" in sent
    assert "webhooks.test" in sent
    paid(shop)
    listed = owner.get(f"{HOME}/deliveries").text
    assert len(rows(listed)) == 2
    assert len(rows(owner.get(f"{HOME}/deliveries?topic=orders.order_paid").text)) == 1
    assert "2 arrived in the last 7 days" in owner.get(f"{HOME}/").text


def test_wrong_address_is_said_and_what_was_typed_stays(owner):
    answer = owner.post(
        f"{HOME}/new", {"url": "ftp://example.com", "note": "Accounts", "topics": "orders.order_paid"}
    )
    assert answer.status_code == 422
    assert "Only addresses that begin with https:// are used." in answer.text
    assert 'value="Accounts"' in answer.text
    assert re.search(r'value="orders.order_paid" checked', answer.text)
    assert "No other tool" in owner.get(f"{HOME}/").text


def test_what_did_not_arrive_is_seen_and_sent_again(owner, shop, added, receiver):
    receiver.status = 410
    with shop_bound(shop, SYSTEM):
        make_product()
    paid(shop)
    assert "wants no more (status 410)" in owner.get(added).text
    assert "Webhooks that were stopped" in owner.get("/").text
    [row] = rows(owner.get(f"{HOME}/deliveries?state=failed").text)
    paused = owner.post(f"{row}/again")
    assert paused.status_code == 409
    assert "Switch it on first." in paused.text
    owner.post(f"{added}/resume")
    receiver.status = 200
    owner.post(f"{added}/again")
    with shop_bound(shop, SYSTEM):
        run_due_jobs()
    assert "Arrived" in owner.get(row).text
    assert "stopped" not in owner.get("/").text


def test_secret_is_renewed_and_the_endpoint_paused_and_removed(owner, shop, added, receiver):
    first = re.search(r"whsec_[A-Za-z0-9+/=]{32}", owner.get(added).text)[0]
    owner.post(f"{added}/secret")
    page = owner.get(added).text
    assert first not in page
    assert "The former secret signs as well until" in page
    owner.post(f"{added}/pause")
    paid(shop)
    assert receiver.asked == []
    owner.post(f"{added}/remove")
    assert "No other tool" in owner.get(f"{HOME}/").text
    assert owner.get(added).status_code == 404


@pytest.mark.parametrize("path", ["/deliveries", "/"])
def test_lists_take_as_many_statements_for_one_row_as_for_three(owner, shop, added, receiver, path):
    def counted():
        with count_statements() as found:
            owner.get(f"{HOME}{path}")
        return len(found)

    paid(shop)
    one = counted()
    paid(shop, times=2)
    assert counted() == one <= 8


def test_staff_without_permission_and_other_shops_see_nothing(owner, hired, shop, other_shop, added):
    clerk = hired(shop, permissions={"orders.ship"})
    for path in (f"{HOME}/", f"{HOME}/new", f"{HOME}/deliveries"):
        assert clerk.get(path).status_code == 403
    assert "Webhooks" not in clerk.get("/").text
    assert owner.get(f"{HOME}/no-such-place").status_code == 404
    with shop_bound(other_shop, SYSTEM), reading():
        assert endpoints() == []
