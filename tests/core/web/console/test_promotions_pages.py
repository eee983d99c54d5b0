"""Console: marketing calendar, price simulator, backtests, and the rules that guard prices."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.commerce.catalog.actions import save_product
from core.commerce.catalog.drafts import ProductDraft, VariantDraft
from core.commerce.pricing.stages import Stage
from core.commerce.promotions.campaigns import Campaign
from core.commerce.promotions.queries import CampaignList
from core.commerce.shipping.models import ShippingMethod
from core.commerce.shops.queries import shop_settings
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_customer, make_pickup_point, make_product, make_shipping


def in_console(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


@command("system")
def set_rules(method_id, rules):
    session().execute(update(ShippingMethod).where(ShippingMethod.id == method_id).values(rules=rules))


@pytest.fixture
def tea(owner, shop):
    with shop_bound(shop, SYSTEM):
        return make_product(title="Dragon Well", prices=[10_000, 5_000])


def test_an_empty_calendar_offers_a_next_step(owner):
    page = owner.get("/marketing/")
    assert page.status_code == 200
    assert "No campaign in these weeks" in page.text
    assert "/marketing/simulator" in page.text
    assert owner.get("/marketing/?from=2026-13-99").status_code == 200
    assert owner.get("/marketing/?from=9999-12-31").status_code == 200


def test_a_calendar_of_very_many_shows_those_that_run_before_all_others(owner, monkeypatch):
    begun, later = now() - timedelta(hours=1), now() + timedelta(days=1)
    running = Campaign(
        key="1", title="Runs now", kind="Bundle", starts_at=begun, stage=Stage.LINE_PROMOTIONS, plugin="x"
    )
    paused = replace(running, key="2", title="Rests now", starts_at=begun - timedelta(hours=1), paused=True)
    planned = replace(running, key="3", title="Comes soon", starts_at=later)
    found = CampaignList((paused, running, planned))
    monkeypatch.setattr("core.web.console.promotions.views.campaigns_between", lambda *_: found)
    monkeypatch.setattr("core.web.console.promotions.views._MOST_BARS", 2)
    said = in_console(owner.get("/marketing/"))
    assert "Shown and compared are 2 of 3" in said
    assert "Rests now" not in said
    assert said.index("Runs now") < said.index("Comes soon")


def test_a_basket_is_put_together_and_priced_step_by_step(owner, shop, tea):
    with shop_bound(shop, SYSTEM):
        method = make_shipping()
        draft = ProductDraft(
            title="Silver Needle", variants=(VariantDraft(price_minor=100),), status="active"
        )
        found = save_product(draft=draft)
    assert str(found.variant_ids[0]) in owner.get("/marketing/simulator?find=Silver").text
    page = owner.get(
        f"/marketing/simulator?variant={tea.variant_ids[0]}&quantity=2&add={tea.variant_ids[1]}&send={method}&who=new"
    )
    said = in_console(page)
    assert "To pay" in said
    assert "262.00" in said
    assert "49.00 more and shipping is free" in said
    less = owner.get(
        f"/marketing/simulator?variant={tea.variant_ids[0]}&quantity=2&drop={tea.variant_ids[0]}&who=guest"
    )
    assert "To pay" not in less.text


@pytest.mark.parametrize(
    "query",
    [
        "variant=nonsense&quantity=1",
        "variant={id}&quantity=-5",
        "variant={id}&quantity=99999999999",
        "variant={id}&quantity=1&at=never",
        "variant={id}&quantity=1&at=0001-01-01T00:00",
        "variant={id}&quantity=1&send=00000000-0000-0000-0000-000000000001",
        "variant={id}&quantity=1&customer=zzz&who=known&code=%00",
    ],
)
def test_wrong_input_never_breaks_the_simulator(owner, tea, query):
    assert owner.get(f"/marketing/simulator?{query.format(id=tea.variant_id)}").status_code == 200


def test_a_trial_as_a_customer_names_them(owner, shop, tea):
    with shop_bound(shop, SYSTEM):
        known = make_customer()
    page = owner.get(f"/marketing/simulator?variant={tea.variant_id}&quantity=1&customer={known}&who=known")
    assert f'value="{known}"' in page.text


def test_goods_and_customers_of_another_shop_are_not_tried(owner, hired, other_shop, tea):
    stranger = hired(other_shop)
    page = stranger.get(f"/marketing/simulator?variant={tea.variant_id}&quantity=1&find=Dragon")
    assert "Dragon Well" not in page.text


def test_the_rules_are_kept_and_wrong_ones_refused(owner, shop):
    assert owner.post("/marketing/rules", {"margin_floor": "lots"}).status_code == 422
    saved = owner.post("/marketing/rules", {"margin_floor": "12.5", "claw_back": "1"}, follow_redirects=True)
    assert saved.status_code == 200
    with shop_bound(shop, SYSTEM), reading():
        rules = shop_settings().price_rules
    assert (rules.margin_floor, rules.claw_back) == (1_250, True)


def test_a_backtest_is_begun_and_watched(owner, shop, enable, run_jobs):
    enable(shop, "group_buy")
    today = now().date()
    form = {
        "plugin": "group_buy",
        "since": (today - timedelta(days=30)).isoformat(),
        "until": today.isoformat(),
    }
    watched = owner.post("/marketing/backtests", form, follow_redirects=True)
    assert "Pricing orders again" in watched.text
    run_jobs()
    done = owner.get(f"/marketing/backtests/{watched.request.path.rpartition('/')[2]}")
    assert "It would have cost" in done.text
    assert owner.post("/marketing/backtests", {**form, "plugin": "nobody"}).status_code == 422
    assert owner.post("/marketing/backtests", {**form, "since": "x"}).status_code == 422
    assert owner.post("/marketing/backtests", {**form, "since": "2001-01-01"}).status_code == 422


def test_a_backtest_of_another_shop_is_not_there(owner, shop, enable, hired, other_shop):
    enable(shop, "group_buy")
    today = now().date().isoformat()
    made = owner.post("/marketing/backtests", {"plugin": "group_buy", "since": today, "until": today})
    place = made.location.rpartition("/marketing/")[2]
    assert owner.get(f"/marketing/{place}").status_code == 200
    assert hired(other_shop).get(f"/marketing/{place}").status_code == 404


def test_a_basket_is_tried_for_a_place_and_for_fetching_it(owner, shop, tea):
    with shop_bound(shop, SYSTEM):
        far = make_shipping(fee=1_200, free_from=None)
        zones = {"zones": [{"places": ["CN-XJ"], "fee": 5_000, "step_fee": 0, "free_from": None}]}
        set_rules(far, zones)
        point = make_pickup_point()
    basket = f"/marketing/simulator?variant={tea.variant_ids[0]}&quantity=1"
    assert "112.00" in in_console(owner.get(f"{basket}&send={far}&where=浙江"))
    assert "150.00" in in_console(owner.get(f"{basket}&send={far}&where=Xinjiang"))
    fetched = in_console(owner.get(f"{basket}&send=pickup:{point}"))
    assert "转塘店" in fetched
    assert "112.00" not in fetched
    unknown = owner.get(f"{basket}&send={far}&where=Atlantis")
    assert unknown.status_code == 200
    assert "no country or province" in unknown.text


def test_somebody_is_found_by_name_and_tried_as(owner, shop, tea, hired, other_shop):
    with shop_bound(shop, SYSTEM):
        known = make_customer(name="Ada Penrose", email="ada@example.com")
    basket = f"/marketing/simulator?variant={tea.variant_ids[0]}&quantity=1"
    found = owner.get(f"{basket}&find_customer=Penrose")
    assert f'name="as" value="{known}"' in found.text
    chosen = owner.get(f"{basket}&find_customer=Penrose&as={known}&who=guest")
    assert f'name="customer" value="{known}"' in chosen.text
    assert "Try a price" in owner.get(f"/customers/{known}").text
    assert "Penrose" not in hired(other_shop).get(f"{basket}&as={known}").text


def test_a_backtest_takes_the_rules_of_another_moment(owner, shop, enable, run_jobs):
    enable(shop, "group_buy")
    page = owner.get("/marketing/backtests?plugin=group_buy&at=2027-01-02T03:04")
    assert 'value="2027-01-02T03:04"' in page.text
    today = now().date().isoformat()
    form = {"plugin": "group_buy", "since": today, "until": today, "at": "2027-01-02T03:04"}
    made = owner.post("/marketing/backtests", form)
    run_jobs()
    assert "Rules as of" in owner.get(f"/marketing/{made.location.rpartition('/marketing/')[2]}").text
