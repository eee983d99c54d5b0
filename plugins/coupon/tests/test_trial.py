"""A coupon tried on orders that were paid, and refused where it would sell at a loss."""

import pytest

from core.sdk.campaigns import SoldAtALoss, last_month
from core.sdk.commands import reading
from core.testing.buying import pay
from core.testing.goods import make_cost, want_margin
from plugins.coupon.actions.campaigns import save_campaign
from plugins.coupon.queries.campaigns import campaign as campaign_view
from plugins.coupon.queries.trial import trial_of
from plugins.coupon.tests.people import make_campaign, plan
from plugins.coupon.tests.test_console import FORM


def test_had_it_run_last_month_every_buyer_had_held_one(person, tea, gateway):
    used = person()
    used.claim(make_campaign(value=20_00, group="other"))
    for who, count in ((used, 3), (person(), 2), (person(), 1)):
        pay(gateway, who.order((tea.variant_id, count)))
    draft = save_campaign(plan=plan())
    with reading():
        said = last_month(trial_of(campaign_view(draft)))
    # 30.00 off 300.00 (beside the other coupon, which stays used) and off 200.00; 100.00 does not reach the minimum.
    assert "¥60.00" in said[0]
    assert "2" in said[1]


def test_a_coupon_that_would_sell_at_a_loss_is_refused_where_the_shop_wants_a_margin(
    tea, coupon_shop, at_console
):
    make_cost(tea.variant_id, 80_00)
    draft = save_campaign(plan=plan(value=30_00, threshold=0))
    browser = at_console(coupon_shop, "coupon.view", "coupon.manage")
    want_margin(500)
    refused = browser.post(f"/x/coupon/campaigns/{draft}/publish", {})
    assert refused.status_code == 422
    want_margin(None)
    assert browser.post(f"/x/coupon/campaigns/{draft}/publish", {}).status_code in (302, 303)
    assert "Backtest it" in browser.get(f"/x/coupon/campaigns/{draft}").text
    assert browser.get(f"/x/coupon/campaigns/{draft}?backtest=1").status_code == 200


def test_a_running_coupon_is_not_edited_into_a_loss_and_neither_is_one_published_from_code(
    tea, coupon_shop, at_console
):
    make_cost(tea.variant_id, 80_00)
    want_margin(500)
    with pytest.raises(SoldAtALoss):
        make_campaign(value=30_00, threshold=0)
    running = make_campaign(value=10_00, threshold=0)
    with pytest.raises(SoldAtALoss):
        save_campaign(campaign_id=running, plan=plan(value=30_00, threshold=0))
    with reading():
        assert campaign_view(running).terms.value == 10_00
    browser = at_console(coupon_shop, "coupon.view", "coupon.manage")
    wanted = {**FORM, "value": "100"}
    refused = browser.post(f"/x/coupon/campaigns/{running}/edit", wanted)
    assert refused.status_code == 422
    assert "亏" in refused.text or "at a loss" in refused.text
