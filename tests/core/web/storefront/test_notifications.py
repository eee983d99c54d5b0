"""What buyers want to hear: choices in the account, and a link in each message that works without a log-in."""

import pytest
from sqlalchemy import select

from core.commerce.messages.models import OptOut
from core.commerce.messages.unsubscribing import unsubscribe_path
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from tests.core.web.storefront.test_login import logged_in


def refused(shop):
    with shop_bound(shop, SYSTEM), reading():
        return sorted((row.contact, row.topic_group) for row in session().scalars(select(OptOut)))


def link(shop, contact="lin@example.com", group="orders"):
    with shop_bound(shop, SYSTEM):
        return unsubscribe_path(contact, group)


def test_opening_the_link_changes_nothing_and_the_button_stops_the_messages(visitor, shop):
    path = link(shop)
    page = visitor.get(path)
    assert "l***@example.com" in page.text
    assert "lin@example.com" not in page.text
    assert refused(shop) == []
    page = page.send(path)
    assert refused(shop) == [("lin@example.com", "orders")]
    page.send(path)
    assert refused(shop) == []


def test_mail_program_stops_the_messages_with_one_click(visitor, shop):
    answer = visitor.post(
        link(shop),
        {"List-Unsubscribe": "One-Click"},
        Origin="https://mail.example",
        Sec_Fetch_Site="cross-site",
    )
    assert answer.status == 200
    assert refused(shop) == [("lin@example.com", "orders")]


@pytest.mark.parametrize("change", [lambda path: path[:-1] + "x", lambda path: path.replace(".", "", 1)])
def test_link_that_was_not_made_here_is_not_found(visitor, shop, change):
    path = change(link(shop))
    assert visitor.get(path).status == 404
    assert visitor.post(path).status == 404
    assert refused(shop) == []


def test_link_of_another_shop_is_not_found_here(visitor, shop, other_shop):
    assert visitor.post(link(other_shop)).status == 404
    assert refused(shop) == refused(other_shop) == []


def test_account_page_keeps_each_choice(visitor, shop):
    assert "/login" in visitor.get("/account/notifications").path
    logged_in(visitor, "lin@example.com")
    page = visitor.get("/account").follow_link("消息通知")
    form = page.form("/account/notifications")
    assert form.values["0.orders"] == "1"
    del form.values["0.orders"]
    page = visitor.post("/account/notifications", form.values)
    assert refused(shop) == [("lin@example.com", "orders")]
    assert "0.orders" not in page.form("/account/notifications").values
