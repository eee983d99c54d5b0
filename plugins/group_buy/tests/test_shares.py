"""What groups and goods with a group price say when they are shared (hook enrich_shares)."""

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from plugins.group_buy.shares import share_facts


@pytest.fixture
def visitor(tea_shop, at_shop):
    """`visitor()` is a new browser at the shop."""
    return lambda: at_shop(tea_shop)


def test_product_with_a_running_activity_is_shared_with_the_group_price(tea, activity, visitor):
    page = visitor().get(f"/products/{tea.handle}").send("/share")
    assert "¥89.00（原价 ¥128.00）" in page.html
    assert "3 人拼团" in page.html


def test_group_is_shared_with_free_seats_and_deadline(tea, activity, open_group, visitor):
    code = open_group()
    page = visitor().get(f"/x/group-buy/groups/{code}").send("/share")
    assert "还差 2 人" in page.html
    assert "截止" in page.html
    with reading():
        (facts,) = share_facts([f"/x/group-buy/groups/{code}"]).values()
    assert facts.deadline > now()
    # Of a name strangers see the first sign, on the poster too.
    assert facts.faces == ("林", "", "")
    assert facts.campaign


def test_what_is_not_ours_is_left_out(tea_shop, tea):
    with reading():
        assert (
            share_facts(["/", "/collections/x", f"/products/{tea.handle}", "/x/group-buy/groups/nothing"])
            == {}
        )
