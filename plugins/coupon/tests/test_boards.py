"""Merchants' lists and wizard: uses line by line, rounds, alerts, one coupon, progress, margins and a tried basket."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.sdk.clock import now
from core.sdk.commands import command, reading
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.tables import VARIANT
from core.testing.buying import pay
from core.testing.goods import make_product
from core.testing.statements import count_statements
from plugins.coupon.actions.alarms import note_alert
from plugins.coupon.actions.campaigns import extend_coupon
from plugins.coupon.actions.giving import give_to_audience
from plugins.coupon.actions.rounds import start_round
from plugins.coupon.domain import Standing
from plugins.coupon.queries.boards import alerts
from plugins.coupon.queries.campaigns import campaign as campaign_view
from plugins.coupon.queries.margins import warnings_of
from plugins.coupon.queries.numbers import budget_ends, numbers
from plugins.coupon.terms import Basis, Kind, Scope
from plugins.coupon.tests.people import make_campaign, standing, terms
from plugins.coupon.tests.test_console import FORM, sent
from plugins.coupon.web.previews import tried_basket


@pytest.fixture
def manager(at_console, coupon_shop):
    return at_console(coupon_shop, "coupon.view", "coupon.manage", language="zh-CN")


def test_each_use_says_what_came_off_which_line_and_who_pays(manager, person, tea, cup, gateway, run_jobs):
    who = person()
    who.claim(make_campaign(funder="platform"))
    pay(gateway, who.order((tea.variant_id, 1), (cup.variant_id, 2)))
    run_jobs()
    page = manager.get("/x/coupon/uses").text
    for words in ("铁观音", "−¥13.64", "品茗杯", "−¥16.36", "由平台", "¥30.00"):
        assert words in page


def test_one_coupon_is_looked_at_made_longer_and_taken_back(manager, person, tea):
    who = person()
    coupon = who.claim(make_campaign())
    here = f"/x/coupon/coupons/{coupon.id}"
    assert "还没有使用" in manager.get(here).text
    until = (now() + timedelta(days=40)).strftime("%Y-%m-%dT%H:%M")
    assert "已延长" in sent(manager, f"{here}/extend", {"until": until}).text
    assert "这个时间已经过去" in sent(manager, f"{here}/extend", {"until": "soon"}).text
    assert "已收回" in sent(manager, f"{here}/revoke").text
    assert standing(coupon.id) is Standing.REVOKED


def test_rounds_and_their_numbers_stand_on_a_board(manager, person, coupon_shop, clock):
    campaign = make_campaign(way="fission", fission_need=3, name="邀友券")
    assert "还没有人发起" in manager.get("/x/coupon/rounds").text
    who = person()
    with who.acting:
        start_round(campaign_id=campaign)
    page = manager.get("/x/coupon/rounds").text
    for words in ("邀友券", "已参加 1 / 3 人", "发起轮次"):
        assert words in page, words
    clock.advance(days=2)
    assert "未凑齐" in manager.get("/x/coupon/rounds?view=over").text
    assert "全部轮次" in manager.get(f"/x/coupon/campaigns/{campaign}").text


def test_alerts_wait_for_somebody_and_are_put_away(manager, coupon_shop):
    assert "一切正常" in manager.get("/x/coupon/alerts").text
    campaign = make_campaign(name="泄露的券")
    told("leak", str(campaign), campaign_id=campaign)
    page = manager.get("/x/coupon/alerts").text
    assert "泄露的券" in page
    assert "领取速度远超预期" in page
    with reading():
        alert = alerts(limit=1).rows[0]
    assert "已查看" in sent(manager, f"/x/coupon/alerts/{alert.id}/dismiss").text
    with reading():
        assert alerts(limit=1).counts["open"] == 0


@command("system")
def told(kind, about, **more):
    note_alert(kind, about, **more)


@command("system")
def make_costly(*, title="铁观音", price=100_00, cost=90_00):
    product = make_product(title=title, prices=[price])
    session().execute(
        update(VARIANT)
        .where(VARIANT.c.shop_id == current_scope().shop_id, VARIANT.c.id == product.variant_id)
        .values(cost_minor=cost)
    )
    return product


def test_a_segment_is_chosen_on_the_campaigns_page_and_its_progress_is_shown(
    manager, person, coupon_shop, run_jobs
):
    campaign = make_campaign(way="staff")
    people = [person() for _ in range(2)]
    here = f"/x/coupon/campaigns/{campaign}"
    assert 'value="never_bought"' in manager.get(here).text
    assert "进行中" in sent(manager, f"{here}/give", {"audience": "never_bought"}).text
    run_jobs()
    page = manager.get(here).text
    assert "已发给 2 位顾客" in page
    assert [len(who.wallet()) for who in people] == [1, 1]


@pytest.mark.parametrize("address", ["/x/coupon/rounds", "/x/coupon/alerts", "/x/coupon/coupons/{coupon}"])
def test_boards_take_as_many_statements_for_three_rows_as_for_one(address, manager, person, coupon_shop):
    campaign = make_campaign(way="fission", fission_need=3, per_customer=None)
    first = person().claim(make_campaign())

    def another(n):
        with person().acting:
            start_round(campaign_id=campaign)
        told("guessing", f"{n}")

    def statements():
        manager.get(address.format(coupon=first.id))
        with count_statements() as counted:
            assert manager.get(address.format(coupon=first.id)).status_code == 200
        return len(counted)

    another(1)
    one = statements()
    another(2)
    another(3)
    assert statements() == one
    assert one <= 10


def test_wizard_tries_a_basket_and_warns_of_goods_that_leave_too_little(manager, coupon_shop):
    make_costly()
    page = manager.get("/x/coupon/check", query=FORM).text
    for words in ("刚好达到门槛的购物车", "铁观音", "−¥30.00", "价格模拟器"):
        assert words in page, words
    # 200 − 30 leaves 85 of 100, and it costs 90.
    assert "亏本" in page


def test_tried_basket_reaches_every_kind_of_minimum(coupon_shop):
    cheap = make_product(title="小样", prices=[10_00])
    make_product(title="铁观音", prices=[100_00])
    with reading():
        assert tried_basket(terms(kind=Kind.SHIPPING)) is None
        for about in (
            terms(),
            terms(kind=Kind.PERCENT, points=1_000, cap=5_00),
            terms(kind=Kind.TIERS, tiers=((200_00, 20_00), (300_00, 40_00))),
            terms(kind=Kind.NTH, points=5_000, nth=3, threshold=0),
            terms(basis=Basis.PIECES, threshold=7),
            terms(kind=Kind.RANDOM, least=1_00, most=9_00),
            terms(kind=Kind.EXCHANGE, value=0, threshold=0, scope=Scope(products=(str(cheap.id),))),
        ):
            found = tried_basket(about)
            assert found is not None
            assert found.off.minor > 0, about.kind
            assert sum(one.off.minor for one in found.lines) == found.off.minor
            assert found.pays.minor == found.goods.minor - found.off.minor >= 0


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"value": 10_00}, False),
        ({"value": 30_00}, True),
        ({"value": 30_00, "threshold": 1_000_00}, False),
        ({"kind": Kind.PERCENT, "points": 500}, False),
        ({"kind": Kind.PERCENT, "points": 5_000}, True),
        ({"kind": Kind.PERCENT, "points": 5_000, "cap": 1_00}, False),
        ({"kind": Kind.TIERS, "tiers": ((200_00, 10_00), (400_00, 80_00))}, True),
        ({"kind": Kind.RANDOM, "least": 1_00, "most": 60_00}, True),
    ],
)
def test_margins_are_judged_at_the_smallest_order_in_which_it_comes_off(changes, warned, coupon_shop):
    """100.00 that cost 90.00."""
    make_costly()
    with reading():
        assert bool(warnings_of(terms(**changes))) is warned


def test_orders_below_the_margin_are_counted(person, coupon_shop, gateway, run_jobs):
    dear = make_costly()
    unknown = make_product(title="无成本", prices=[100_00])
    campaign = make_campaign(per_customer=None)
    for product in (dear, unknown):
        who = person()
        who.claim(campaign)
        pay(gateway, who.order((product.variant_id, 2)))
    run_jobs()
    with reading():
        found = numbers(campaign)
    assert (found.judged, found.below_floor, found.claimed) == (1, 1, 2)


def test_budget_is_forecast_at_the_pace_of_the_last_days(person, tea, gateway, run_jobs, clock):
    campaign = make_campaign(budget_minor=90_00, per_customer=None)
    with reading():
        assert budget_ends(campaign_view(campaign)) is None
    clock.advance(days=1)
    who = person()
    who.claim(campaign)
    pay(gateway, who.order((tea.variant_id, 2)))
    run_jobs()
    with reading():
        ends = budget_ends(campaign_view(campaign))
    # 30.00 a day, and 60.00 are left.
    assert timedelta(days=1, hours=20) < ends - now() < timedelta(days=2, hours=4)


def test_extended_and_given_coupons_are_found_in_the_list(manager, person, coupon_shop, run_jobs):
    campaign = make_campaign(way="staff")
    who = person()
    give_to_audience(campaign_id=campaign, audience="never_bought")
    run_jobs()
    extend_coupon(instance_id=who.wallet()[0].id, until=now() + timedelta(days=30))
    page = manager.get(f"/x/coupon/campaigns/{campaign}").text
    assert f"/x/coupon/coupons/{who.wallet()[0].id}" in page
