"""Merchants' pages: the wizard and its preview, a campaign's life, codes, lists; who may, and how many statements."""

import pytest

from core.sdk.commands import reading
from core.sdk.data import session
from core.testing.buying import pay
from core.testing.statements import count_statements
from plugins.coupon.actions.code_batches import make_codes
from plugins.coupon.models import Campaign
from plugins.coupon.tests.people import make_campaign

FORM = {
    "title": "秋茶满200减30",
    "kind": "amount",
    "value": "30",
    "nth": "2",
    "basis": "eligible",
    "threshold": "200",
    "way": "centre",
    "trigger": "signup",
    "per_customer": "1",
    "validity": "after",
    "lasts-amount": "7",
    "lasts-unit": "days",
    "uses": "1",
    "interval_hours": "0",
    "returns": "true",
    "group": "coupon",
    "funder": "merchant",
    "holdout_points": "0",
}


@pytest.fixture
def manager(at_console, coupon_shop):
    return at_console(coupon_shop, "coupon.view", "coupon.manage", language="zh-CN")


def sent(desk, path, data=None):
    """The page that a form leads to."""
    answer = desk.post(path, data)
    assert answer.status_code == 303, answer.text[:2_000]
    return desk.get(answer.location)


def the_campaign():
    with reading():
        return session().query(Campaign).one()


def test_the_wizard_writes_a_campaign_down_and_publishes_it(manager, coupon_shop):
    assert "满减券" in manager.get("/x/coupon/new").text
    page = sent(manager, "/x/coupon/new", {**FORM, "_publish": "1"})
    row = the_campaign()
    assert (row.state, row.name, row.version) == ("published", "秋茶满200减30", 1)
    assert "减 ¥30" in page.text


def test_the_preview_says_in_words_what_the_coupon_does(manager, coupon_shop):
    make_campaign(title="旧券", name="旧活动")
    page = manager.get("/x/coupon/check", query=FORM)
    assert "满 ¥200 可用" in page.text
    assert "整单退款后退回" in page.text
    assert "旧活动" in page.text, "campaigns that get in its way are named"
    assert "显示券的样子" in manager.get("/x/coupon/check", query={"title": "x"}).text


def test_wrong_rules_stand_at_their_field(manager):
    page = manager.post("/x/coupon/new", {**FORM, "value": "300"})
    assert page.status_code == 422
    assert "会减到零元以下" in page.text


def test_life_of_a_campaign_from_its_page(manager, person, tea, gateway, run_jobs):
    campaign = make_campaign(budget_minor=300_00)
    who = person()
    who.claim(campaign)
    pay(gateway, who.order((tea.variant_id, 2)))
    run_jobs()
    here = f"/x/coupon/campaigns/{campaign}"
    page = manager.get(here)
    for words in ("使用率", "用券销售额", "平均优惠幅度", "按当前速度可用到", "已使用"):
        assert words in page.text
    assert "¥30.00" in manager.get(f"{here}/uses").text
    lines = manager.get("/x/coupon/uses").text
    assert "铁观音" in lines
    assert "−¥30.00" in lines
    assert "已暂停" in sent(manager, f"{here}/pause").text
    assert "已发布" in sent(manager, f"{here}/publish").text
    assert "已结束" in sent(manager, f"{here}/close", {"coupons": "revoke"}).text
    assert the_campaign().state == "closed"


def test_unique_codes_leave_as_a_file_and_are_shown_once(manager, coupon_shop):
    campaign = make_campaign(way="code")
    here = f"/x/coupon/campaigns/{campaign}"
    file = manager.post(f"{here}/codes", {"how": "file", "count": "5"})
    assert len([line for line in file.text.splitlines() if "-" in line]) == 5
    printed = manager.post(f"{here}/codes", {"how": "print", "count": "2"})
    assert "请现在打印" in printed.text
    assert "TEA2026" in sent(manager, f"{here}/codes", {"how": "public", "text": "tea2026"}).text


def test_looking_is_not_changing(at_console, coupon_shop):
    campaign = make_campaign()
    looker, stranger = at_console(coupon_shop, "coupon.view"), at_console(coupon_shop)
    assert looker.get("/x/coupon/").status_code == 200
    assert looker.post(f"/x/coupon/campaigns/{campaign}/pause").status_code == 403
    assert looker.get("/x/coupon/new").status_code == 403
    assert stranger.get("/x/coupon/").status_code == 403


@pytest.mark.parametrize("address", ["/x/coupon/", "/x/coupon/uses", "/x/coupon/campaigns/{one}"])
def test_lists_take_as_many_statements_for_three_rows_as_for_one(
    address, manager, person, tea, gateway, run_jobs
):
    campaign = make_campaign(per_customer=None)
    make_codes(campaign_id=campaign, name="a", count=2)

    def another():
        who = person()
        who.claim(campaign)
        pay(gateway, who.order((tea.variant_id, 2)))
        run_jobs()

    def statements():
        manager.get(address.format(one=campaign))
        with count_statements() as counted:
            assert manager.get(address.format(one=campaign)).status_code == 200
        return len(counted)

    another()
    one = statements()
    another()
    another()
    make_campaign()
    make_campaign()
    assert statements() == one
    assert one <= (8 if "campaigns" not in address else 24)
