"""Bundles in the console: made in a form, looked at before publishing, ended; and nobody else's."""

from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.testing.buying import pay
from core.testing.goods import make_cost, make_product, want_margin


@pytest.fixture
def tea(platform, in_shop, enable):
    enable(in_shop, "bundle")
    return [make_product(title=f"Tea {n}", prices=[5_000]) for n in range(3)]


def form(goods, **more):
    begins = (now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    ids = [str(one.id) for one in goods]
    return {
        "title": "Pick three", "kind": "any", "pieces": "3", "price": "99", "product_ids": ids, "starts_at": begins,
        **more,
    }  # fmt: skip


def test_made_published_and_ended_in_the_console(tea, shop, at_console):
    browser = at_console(shop, "bundle.view", "bundle.manage")
    assert "No bundle yet" in browser.get("/x/bundle/").text
    made = browser.post("/x/bundle/new", form(tea))
    page = browser.get(made.location)
    assert "Draft" in page.text
    assert "any 3 for" in page.text
    browser.post(f"{made.location}/state", {"state": "published"})
    assert "Running" in browser.get(made.location).text
    browser.post(f"{made.location}/state", {"state": "closed"})
    assert "Ended" in browser.get(made.location).text
    assert browser.post(f"{made.location}/edit", form(tea)).status_code == 404


def test_calendar_tells_published_bundles_only(tea, shop, at_console):
    # The answer of `show_campaigns`, as the merchant reads it.
    browser = at_console(shop, "bundle.view", "bundle.manage", "marketing.edit")
    made = browser.post("/x/bundle/new", form(tea))
    assert "Pick three" not in browser.get("/marketing/").text
    browser.post(f"{made.location}/state", {"state": "published"})
    calendar = browser.get("/marketing/").text
    assert "Pick three" in calendar
    assert made.location.rpartition("/x/")[2] in calendar


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"pieces": "1"},
        {"price": "-1"},
        {"product_ids": []},
        {"kind": "addon"},
        {"kind": "else"},
        {"ends_at": "2001-01-01T00:00"},
        {"starts_at": "soon"},
    ],
    ids=str,
)
def test_wrong_input_is_named_in_the_form(tea, shop, at_console, wrong):
    browser = at_console(shop, "bundle.view", "bundle.manage")
    assert browser.post("/x/bundle/new", {**form(tea), **wrong}).status_code == 422


def test_looking_is_not_changing(tea, shop, at_console):
    browser = at_console(shop, "bundle.view")
    assert browser.get("/x/bundle/").status_code == 200
    assert browser.post("/x/bundle/new", form(tea)).status_code == 403


def test_it_is_tried_on_the_orders_of_last_month_before_it_is_published(
    tea, shop, at_console, buyer, gateway
):
    browser = at_console(shop, "bundle.view", "bundle.manage")
    made = browser.post("/x/bundle/new", form(tea)).location
    somebody = buyer()
    for count in (1, 3):
        pay(gateway, somebody.order([(tea[0].variant_id, count)]).order_id)
    assert "Backtest it" in browser.get(made).text
    said = browser.get(f"{made}?backtest=1").text
    # 150.00 for three would have been 99.00, and the freight 12.00 both times.
    assert "Of 2 paid orders of the last 30 days 1 would have cost something else: ¥51.00 less." in said
    assert "Customers who would have gained: 1." in said


def test_a_bundle_at_a_loss_is_warned_of_and_refused_where_the_shop_wants_a_margin(tea, shop, at_console):
    browser = at_console(shop, "bundle.view", "bundle.manage")
    make_cost(tea[0].variant_id, 4_000)
    made = browser.post("/x/bundle/new", form(tea)).location
    assert "sells at a loss" in browser.get(made).text
    want_margin(1_000)
    refused = browser.post(f"{made}/state", {"state": "published"})
    assert refused.status_code == 422
    assert "would sell at a loss" in refused.text
    assert "Draft" in browser.get(made).text
    want_margin(None)
    browser.post(f"{made}/state", {"state": "published"})
    assert "Running" in browser.get(made).text
    want_margin(1_000)
    cheaper = browser.post(f"{made}/edit", form(tea, price="90"))
    assert cheaper.status_code == 422
    assert "would sell at a loss" in cheaper.text


def test_the_list_has_pages_of_twenty(tea, shop, at_console):
    browser = at_console(shop, "bundle.view", "bundle.manage")
    for n in range(21):
        browser.post("/x/bundle/new", form(tea, title=f"Set {n:02}"))
    first, second = (browser.get(f"/x/bundle/{query}").text for query in ("", "?page=2"))
    assert [page.count("Draft") for page in (first, second)] == [20, 1]
    assert "1–20 of 21 bundles" in first
    assert 'href="?page=2"' in first
    assert "Set 00" in second
