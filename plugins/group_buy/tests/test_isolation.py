"""Two shops with group-buys of their own: ids and codes of the other are the same as none at all."""

import pytest

from core.sdk.commands import reading
from core.sdk.data import new_id
from core.sdk.errors import NotFound
from core.testing.buying import Buyer, pay
from core.testing.goods import make_customer, make_product, make_shipping
from core.testing.shops import bound
from plugins.group_buy.actions.activities import close_activity, publish_activity, save_activity
from plugins.group_buy.actions.groups import cancel_group, leave_group
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.queries.activities import activities, activity, open_business, running_activities
from plugins.group_buy.queries.groups import group_by_code, group_of_order, groups_of, open_groups
from plugins.group_buy.tests.groups import Member, group_of, make_activity, plan


@pytest.fixture
def foreign(platform, other_shop, enable, gateway):
    """A product, an activity, a group and its paid order in the other shop."""
    enable(other_shop, "group_buy")
    with bound(other_shop):
        product = make_product(prices=[5_000])
        made = make_activity(product, {product.variant_id: 3_000})
        who = Member(Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())}))
        order_id = who.start(made, product.variant_id)
        pay(gateway, order_id)
        group = group_of(order_id)
    return {"product": product, "activity": made, "group": group, "order": order_id, "who": who}


@pytest.fixture
def here(foreign, shop, enable):
    """The shop that must not see any of it, with an activity of its own."""
    enable(shop, "group_buy")
    with bound(shop):
        product = make_product(prices=[12_800])
        made = make_activity(product)
        who = Member(Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())}))
        yield {"product": product, "activity": made, "who": who}


@pytest.mark.usefixtures("here")
def test_reads_find_nothing_of_the_other_shop(foreign):
    with reading():
        assert activity(foreign["activity"]) is None
        assert group_by_code(foreign["group"].code) is None
        assert group_of_order(foreign["order"]) is None
        assert open_groups(activity_ids=[foreign["activity"]]) == []
        assert groups_of(foreign["who"].id) == []
        assert [one.id for one in activities()] == [one.id for one in running_activities()]
        assert foreign["activity"] not in {one.id for one in activities()}
        assert open_business().groups == 0


def test_changes_to_things_of_the_other_shop_are_not_found(foreign, here):
    mine = plan(here["product"])
    attempts = (
        lambda: save_activity(product_id=foreign["product"].id, plan=mine),
        lambda: save_activity(activity_id=foreign["activity"], product_id=here["product"].id, plan=mine),
        lambda: publish_activity(activity_id=foreign["activity"]),
        lambda: close_activity(activity_id=foreign["activity"], groups="refund"),
        lambda: cancel_group(group_id=foreign["group"].id),
        lambda: here["who"].keep(foreign["group"].code),
        lambda: _leave(here["who"], foreign["group"].code),
    )
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()


def _leave(who, code):
    with who.acting:
        leave_group(code=code)


def test_starting_with_ids_of_the_other_shop_says_the_same_as_with_no_ids(foreign, here):
    who, own = here["who"], here["product"].variant_id
    for activity_id, variant_id in (
        (foreign["activity"], own),
        (here["activity"], foreign["product"].variant_id),
        (foreign["activity"], foreign["product"].variant_id),
        (new_id(), own),
        (here["activity"], new_id()),
    ):
        with pytest.raises(GroupBuyError, match=r"group_buy\.(unavailable|not_offered)"):
            who.start(activity_id, variant_id)
