"""Visitors are counted step by step: each browser once a day, cached pages too, programs not, nobody by name."""

from datetime import UTC, datetime, timedelta

import pytest

from core.commerce.insights.periods import named_period
from core.commerce.insights.queries import visitors_of
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.statements import count_statements
from core.web.storefront import steps

PERSON = {"User_Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0", "Accept_Language": "zh-CN"}
NOON = datetime(2026, 8, 6, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.freeze(NOON)


def reached(shop):
    with shop_bound(shop, SYSTEM), reading():
        return tuple(visitors_of(named_period("today"))[0].reached.values())


def test_browser_counts_once_a_day_at_each_step(open_browser, tea, shop, other_shop, clock):
    browser = open_browser()
    browser.get("/", **PERSON)
    assert reached(shop) == (1, 0, 0, 0)
    for _ in range(2):
        browser.get(f"/products/{tea.handle}", **PERSON)
    assert reached(shop) == (1, 1, 0, 0)
    assert browser.cookie("steps") == "2026-08-06.3"
    clock.freeze(NOON + timedelta(days=1))
    browser.get("/", **PERSON)
    assert reached(shop) == (1, 0, 0, 0)
    assert reached(other_shop) == (0, 0, 0, 0)


def test_pages_out_of_the_cache_count_and_counted_browsers_cost_nothing(open_browser, tea, shop, parts):
    path = f"/products/{tea.handle}"
    open_browser().get(path, **PERSON)
    parts.frames.epochs.seconds = 60
    second = open_browser()
    with count_statements() as first_view:
        second.get(path, **PERSON)
    with count_statements() as next_view:
        second.get(path, **PERSON)
    parts.frames.epochs.seconds = 0.5
    assert parts.cache.hits
    assert (len(first_view), len(next_view)) == (1, 0)
    assert reached(shop) == (2, 2, 0, 0)


def test_later_steps_stand_on_those_before(open_browser, tea, shop):
    browser = open_browser()
    goods = {"variant_id": str(tea.variant_id), "quantity": "1"}
    browser.post("/cart/add", {**goods, "quantity": "0"}, follow=False, **PERSON)
    assert reached(shop) == (0, 0, 0, 0)
    browser.post("/cart/add", goods, follow=False, **PERSON)
    assert reached(shop) == (1, 1, 1, 0)
    begun = browser.post("/checkout", {}, follow=False, **PERSON)
    assert reached(shop) == (1, 1, 1, 0)
    assert browser.get(begun.location, **PERSON).status == 200
    assert reached(shop) == (1, 1, 1, 1)
    bought_at_once = open_browser()
    begun = bought_at_once.post("/cart/add", {**goods, "then": "checkout"}, follow=False, **PERSON)
    bought_at_once.get(begun.location, **PERSON)
    assert reached(shop) == (2, 2, 2, 2)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"User_Agent": "curl/8.5", "Accept_Language": "en"},
        {"User_Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)", "Accept_Language": "en"},
        {"User_Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)", "Accept_Language": "zh"},
        {"User_Agent": "Mozilla/5.0"},
        {**PERSON, "Sec_Purpose": "prefetch;prerender"},
        {**PERSON, "Sec_Fetch_Dest": "empty"},
    ],
)
def test_programs_and_pages_fetched_ahead_are_nobody(open_browser, tea, shop, headers):
    browser = open_browser()
    assert browser.get("/", **headers).status == 200
    assert reached(shop) == (0, 0, 0, 0)
    assert not browser.cookie("steps")


def test_staff_from_the_console_are_no_visitors(open_browser, tea, shop):
    staff = open_browser()
    staff.client.set_cookie("staff", "whoever", domain=staff.host)
    assert staff.get("/", **PERSON).status == 200
    assert reached(shop) == (0, 0, 0, 0)


def test_errors_count_nobody_and_forged_cookies_are_none(open_browser, tea, shop):
    browser = open_browser()
    assert browser.get("/products/nothing", **PERSON).status == 404
    assert reached(shop) == (0, 0, 0, 0)
    for value in ("2026-08-06", "x.3", "2026-08-05.15", "2026-08-06.-1"):
        steps_before = reached(shop)[0]
        forged = open_browser()
        forged.client.set_cookie("steps", value, domain=forged.host.split(":")[0])
        forged.get("/", **PERSON)
        assert reached(shop)[0] == steps_before + 1, value


def test_page_is_shown_although_nobody_could_be_counted(open_browser, tea, shop, monkeypatch):
    def fail(**_):
        raise RuntimeError("the database is away")

    monkeypatch.setattr(steps, "count_visitor", fail)
    browser = open_browser()
    assert browser.get("/", **PERSON).status == 200
    assert not browser.cookie("steps")
