"""A group-buy tried on orders that were paid, and refused where it would sell at a loss."""

import pytest

from core.sdk.campaigns import SoldAtALoss, last_month
from core.sdk.commands import reading
from core.testing.buying import pay
from core.testing.goods import make_cost, want_margin
from plugins.group_buy.actions.activities import publish_activity, save_activity
from plugins.group_buy.queries.activities import activity as activity_view
from plugins.group_buy.queries.trial import trial_of
from plugins.group_buy.tests.groups import plan


def test_had_it_run_last_month_the_same_baskets_cost_less(tea, buyer, gateway):
    somebody = buyer()
    for variant, count in zip(tea.variant_ids, (2, 1), strict=True):
        pay(gateway, somebody.order([(variant, count)]).order_id)
    draft = save_activity(product_id=tea.id, plan=plan(tea))
    with reading():
        said = last_month(trial_of(activity_view(draft)))
    # Two at 128.00 would have been 89.00 each; the other kind is not part of it.
    assert "1" in said[0]
    assert "¥78.00" in said[0]


def test_a_group_price_at_a_loss_is_refused_where_the_shop_wants_a_margin(tea):
    make_cost(tea.variant_id, 9_000)
    draft = save_activity(product_id=tea.id, plan=plan(tea))
    want_margin(500)
    with pytest.raises(SoldAtALoss):
        publish_activity(activity_id=draft)
    want_margin(None)
    publish_activity(activity_id=draft)
    want_margin(500)
    with pytest.raises(SoldAtALoss):
        save_activity(product_id=tea.id, plan=plan(tea, title="Again"), activity_id=draft)


def test_the_page_of_an_activity_tries_it(tea, tea_shop, at_console):
    draft = save_activity(product_id=tea.id, plan=plan(tea))
    browser = at_console(tea_shop, "group_buy.view", "group_buy.manage")
    assert "Backtest it" in browser.get(f"/x/group-buy/activities/{draft}").text
    tried = browser.get(f"/x/group-buy/activities/{draft}?backtest=1")
    assert tried.status_code == 200
    assert "No order was paid in the last 30 days." in tried.text
