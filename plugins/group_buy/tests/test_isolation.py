"""Two shops with group-buys of their own: ids and codes of the other are the same as none at all."""

import pytest

from core.sdk.commands import reading
from core.sdk.data import new_id
from core.sdk.errors import NotFound
from core.testing.buying import Buyer, pay
from core.testing.goods import make_customer, make_product, make_shipping
from core.testing.shops import bound
from plugins.group_buy.actions.activities import close_activity, publish_activity, save_activity
from plugins.group_buy.actions.deciding import cancel_group
from plugins.group_buy.actions.groups import leave_group
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.queries.activities import activities, activity, open_business, running_activities
from plugins.group_buy.queries.groups import group_by_code, group_of_order, groups_of, open_groups
from plugins.group_buy.tests.groups import Member, group_of, log_in, make_activity, plan


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


def _addresses(application, arguments):
    """Each (method, address of the other shop's thing, address of nothing) among the plugin's own."""
    urls = application.url_map.bind("x")
    for rule in application.url_map.iter_rules():
        names = rule.arguments - {"shop_handle"}
        if not rule.endpoint.startswith("group_buy.") or not names:
            continue
        (name,) = names
        kind = "groups" if "/groups/" in rule.rule else "activities"
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            built = [
                urls.build(rule.endpoint, {name: value, "shop_handle": "SHOP"}, method)
                for value in (arguments[kind], arguments["missing"])
            ]
            yield (
                method,
                *(one.replace("/console/SHOP", "").replace("?shop_handle=SHOP", "") for one in built),
            )


def test_every_storefront_address_answers_like_one_that_does_not_exist(
    foreign, shop, other_shop, enable, at_shop, storefront_application
):
    enable(shop, "group_buy")
    arguments = {
        "groups": foreign["group"].code,
        "activities": str(foreign["activity"]),
        "missing": "n" * 12,
    }
    asked = list(_addresses(storefront_application, arguments))
    visitor = log_in(at_shop(shop), "lin@example.com")
    for method, theirs, nobodys in asked:
        answers = [
            visitor.get(one) if method == "GET" else visitor.post(one, {}) for one in (theirs, nobodys)
        ]
        assert [one.status for one in answers] == [404, 404], (method, theirs)
        assert answers[0].text == answers[1].text, (method, theirs)
    assert {(method, path.rpartition("/")[2]) for method, path, _ in asked} >= {
        ("POST", "join"),
        ("POST", "leave"),
    }
    assert at_shop(other_shop).get(next(path for method, path, _ in asked if method == "GET")).status == 200


def test_every_console_address_answers_like_one_that_does_not_exist(
    foreign, shop, other_shop, enable, at_console, console_application
):
    enable(shop, "group_buy")
    arguments = {
        "groups": str(foreign["group"].id),
        "activities": str(foreign["activity"]),
        "missing": str(new_id()),
    }
    asked = list(_addresses(console_application, arguments))
    desk = at_console(shop, "group_buy.view", "group_buy.manage")
    for method, theirs, nobodys in asked:
        answers = [desk.get(one) if method == "GET" else desk.post(one) for one in (theirs, nobodys)]
        assert [one.status_code for one in answers] == [404, 404], (method, theirs)
    assert len(asked) >= 9
    at_home = at_console(other_shop, "group_buy.view", "group_buy.manage")
    for method, theirs, _ in asked:
        if method == "GET":
            # The group of this test is no lottery.
            expected = 404 if theirs.endswith("/draw") else 200
            assert at_home.get(theirs).status_code == expected, theirs
    with bound(other_shop), reading():
        assert group_by_code(foreign["group"].code).standing.value == "forming"
        assert foreign["activity"] in {one.id for one in running_activities()}
