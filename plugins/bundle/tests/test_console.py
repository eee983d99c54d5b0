"""Bundles in the console: made in a form, looked at before publishing, ended; and nobody else's."""

from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.testing.goods import make_product


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
    assert "Pick three" in browser.get("/marketing/").text


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
