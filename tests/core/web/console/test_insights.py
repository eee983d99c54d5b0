"""The page of insights: any days, every number with its rows, empty shops, and what wrong days are answered."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from core.commerce.insights.actions import count_visitor
from core.testing.goods import make_product
from core.testing.statements import count_statements
from tests.core.web.console.orders_at_hand import paid_order, rows

THURSDAY = datetime(2026, 8, 6, 6, 30, tzinfo=UTC)


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 2_500], stock=None)


def numbers(page):
    """Label → (value, address) of the figures on top."""
    found = re.findall(
        r'<a class="pp-stat" href="([^"]*)"><div class="what[^"]*">([^<]*)<.*?class="value[^"]*">([^<]*)<',
        page,
        re.DOTALL,
    )
    return {label: (value, html.unescape(address)) for address, label, value in found}


def funnel(page):
    part = re.search(r'<ol class="pp-funnel">.*?</ol>', page, re.DOTALL)[0]
    return [int(one) for one in re.findall(r'<span class="num">(?:<b[^>]*>|<a[^>]*>)([\d,]+)<', part)]


def test_new_shop_is_told_what_will_be_here(hired, shop, in_shop, platform):
    page = hired(shop).get("/insights/").text
    for words in ("Nothing was paid in these days", "Nobody has visited the shop yet", "No paid order in these days",
                  "Nothing sold in these days", "No campaign in these days"):  # fmt: skip
        assert words in page
    assert "从第一位访客开始" in hired(shop, language="zh-CN").get("/insights/").text


def test_every_number_of_days_of_ones_own_opens_its_rows(hired, shop, tea, buyer, gateway, clock):
    ids = []
    for days in (0, 1, 3):
        clock.freeze(THURSDAY - timedelta(days=days))
        ids.append(paid_order(buyer(), gateway, [(tea.variant_ids[days % 2], 1)]))
        count_visitor(steps=("visit", "product"))
    clock.freeze(THURSDAY)
    owner = hired(shop)
    page = owner.get("/insights/?from=2026-08-03&to=2026-08-05").text
    assert "Aug 3 – Aug 5, compared with Jul 31 – Aug 2" in page
    found = numbers(page)
    assert {label: value for label, (value, _) in found.items()} == {
        "Paid orders": "2", "Sales": "¥74.00", "Visitors": "2", "Conversion": "100.00%", "Average order": "¥37.00",
        "Refunds": "¥0.00",
    }  # fmt: skip
    for label in ("Paid orders", "Sales", "Average order"):
        listed = rows(owner.get(found[label][1]).text)
        assert sorted(listed) == sorted(f"{owner.home}/orders/{one}" for one in ids[1:]), label
    assert rows(owner.get(found["Refunds"][1]).text) == []
    assert funnel(page) == [2, 2, 0, 0, 2]
    for name in ("Where orders came from", "What sold best"):
        part = re.search(rf'aria-label="{name}".*?</section>', page, re.DOTALL)[0]
        for address, count in re.findall(r'<a href="([^"]*)">.*?(\d+) orders?', part, re.DOTALL):
            assert len(rows(owner.get(html.unescape(address)).text)) == int(count), name


def test_numbers_stand_in_a_table_as_well(hired, shop, tea, buyer, gateway, clock):
    clock.freeze(THURSDAY)
    paid_order(buyer(), gateway, [(tea.variant_ids[0], 1)])
    owner = hired(shop)
    week = owner.get("/insights/?period=7d").text
    table = re.search(r'<details class="pp-numbers">.*?</details>', week, re.DOTALL)[0]
    (row,) = re.findall(r"<tr><td class=\"num\">(.*?)</tr>", table, re.DOTALL)
    assert re.sub(r"<[^>]*>", " ", row).split() == ["Aug", "6", "1", "¥112.00", "¥0.00"]
    address = re.search(r'href="([^"]*)"', row)[1]
    assert len(rows(owner.get(html.unescape(address)).text)) == 1


@pytest.mark.parametrize(
    "days", ["from=2026-08-07&to=2026-08-09", "from=x&to=2026-08-01", "from=2026-08-05&to=2026-08-01", "from=2020-01-01&to=2026-08-01", "to=2026-08-01"]
)  # fmt: skip
def test_wrong_days_say_what_is_right(hired, shop, tea, clock, days):
    clock.freeze(THURSDAY)
    answer = hired(shop).get(f"/insights/?{days}")
    assert answer.status_code == 422
    assert "at most a year apart" in answer.text


def test_page_takes_the_same_statements_for_a_day_and_a_year(hired, shop, tea, buyer, gateway, clock):
    clock.freeze(THURSDAY)
    owner = hired(shop)
    for _ in range(2):
        paid_order(buyer(), gateway, [(tea.variant_ids[0], 1), (tea.variant_ids[1], 1)])
    owner.get("/insights/")
    with count_statements() as day:
        owner.get("/insights/?period=today")
    with count_statements() as year:
        owner.get("/insights/?from=2025-08-07&to=2026-08-06")
    assert len(year) == len(day) <= 14


def test_sources_and_links_are_for_marketers(hired, shop, tea, clock):
    clock.freeze(THURSDAY)
    helper = hired(shop, permissions={"orders.ship"}).get("/insights/")
    assert helper.status_code == 200
    assert "Make a link" not in helper.text
