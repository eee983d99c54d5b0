"""Segments: each condition against customers who fit and who do not, members page by page, plugins' conditions."""

import contextvars

import pytest

from core.commerce.audiences.acquisition import growth, source_numbers
from core.commerce.audiences.actions import delete_segment, rule_problems, save_segment
from core.commerce.audiences.errors import RuleRefused, UnknownAudience
from core.commerce.audiences.queries import (
    READY_MADE,
    audiences,
    conditions_of,
    first_members,
    forget_counts,
    is_member,
    member_count,
    members,
    shown_counts,
)
from core.commerce.audiences.rules import Condition, ConditionGroup, Rule, all_of
from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.customers.actions import keep_address
from core.commerce.customers.listing import matching
from core.commerce.customers.staff_actions import set_consent, tag_customers
from core.commerce.sources.actions import LinkDraft, save_link
from core.commerce.sources.queries import link
from core.commerce.sources.touches import Touch, Touches, coming_from
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import Buyer, pay
from core.testing.goods import make_customer, make_product, make_shipping


@pytest.fixture
def circle(in_shop, gateway, clock):
    """Four customers with a past: 100 days ago 林 bought twice, 许 once; yesterday 何 paid, 顾 did not."""
    method = {"kind": "method", "id": str(make_shipping())}
    tea, pot = make_product(title="茶", prices=[10_000]), make_product(title="壶", prices=[50_000])
    ids = {name: make_customer(name=name) for name in "林许何顾"}

    def buy(name, goods, *, paid=True):
        placed = Buyer(ids[name], method).order([(goods.variant_id, 1)])
        if paid:
            pay(gateway, placed.order_id)

    buy("林", tea)
    buy("林", pot)
    buy("许", tea)
    with reading():
        lin = matching(search="林")
    tag_customers(conditions=lin, add=["老客"])
    keep_address(
        customer_id=ids["许"],
        address={"name": "许", "phone": "1", "region": "浙江省", "city": "杭州市", "line1": "x"},
    )
    clock.advance(days=100)
    buy("何", pot)
    buy("顾", tea, paid=False)
    set_consent(customer_id=ids["顾"], agreed=True)
    clock.advance(days=1)
    return ids, tea, pot


def names(rule):
    with reading():
        assert rule_problems(rule) == {}
        found = {row.name for row in first_members(rule)}
        assert member_count(rule) == len(found)
        return "".join(sorted(found, key="林许何顾".index))


def test_each_condition_finds_those_whom_it_means(circle):
    _ids, tea, pot = circle
    shelf = save_collection(draft=CollectionDraft(title="器", product_ids=(pot.id,)))
    for kind, operator, value, expected in (
        ("orders", "at_least", "2", "林"),
        ("orders", "exactly", "1", "许何"),
        ("orders", "at_most", "0", "顾"),
        ("spent", "at_least", "50000", "林何"),
        ("top", "within", "34", "林"),
        ("last_order", "before", "60", "林许"),
        ("last_order", "within", "60", "何"),
        ("first_order", "within", "7", "何"),
        ("joined", "within", "30", ""),
        ("product", "is", str(tea.id), "林许"),
        ("product", "is_not", str(tea.id), "何顾"),
        ("collection", "is", str(shelf), "林何"),
        ("tag", "is", "老客", "林"),
        ("tag", "is_not", "老客", "许何顾"),
        ("place", "is", "杭州", "许"),
        ("source", "is", "none", "林许何顾"),
        ("consent", "is", "yes", "顾"),
    ):
        assert names(all_of(Condition(kind, operator, value))) == expected, (kind, operator, value)


def test_groups_are_joined_by_all_or_any(circle):
    bought_again = ConditionGroup(
        "all", (Condition("orders", "at_least", "2"), Condition("tag", "is", "老客"))
    )
    elsewhere = ConditionGroup("any", (Condition("place", "is", "杭州"), Condition("consent", "is", "yes")))
    assert names(Rule("any", (bought_again, elsewhere))) == "林许顾"
    assert names(Rule("all", (bought_again, elsewhere))) == ""


def test_ready_made_segments_count_and_page_through_their_members(circle):
    ids, *_ = circle
    forget_counts()
    with reading():
        counts = shown_counts(audiences())
        assert counts == {"new": 0, "repeat": 1, "sleeping": 2, "big_spenders": 1, "never_bought": 1}
        seen, after = [], None
        while page := members("sleeping", after=after, limit=1):
            seen, after = [*seen, *page], page[-1]
        assert set(seen) == {ids["林"], ids["许"]}
        assert seen == sorted(seen)
        assert is_member("sleeping", ids.values()) == {ids["林"], ids["许"]}


def test_segment_that_is_gone_reaches_nobody(circle):
    key = save_segment(name="x", rule=all_of(Condition("orders", "at_least", "0")))
    with reading():
        assert len(members(str(key))) == 4
    delete_segment(segment_id=key)
    with reading(), pytest.raises(UnknownAudience):
        conditions_of(str(key))


def test_segments_end_at_the_shop(circle, other_shop, in_shop):
    ids, *_ = circle
    key = save_segment(name="x", rule=all_of(Condition("orders", "at_least", "0")))
    with reading():
        mine = members(str(key))
    assert len(mine) == 4

    def elsewhere():
        with shop_bound(other_shop, SYSTEM):
            make_customer(name="Secret")
            with reading():
                assert is_member("never_bought", ids.values()) == set()
                assert len(members("never_bought")) == 1
                with pytest.raises(UnknownAudience):
                    conditions_of(str(key))

    contextvars.Context().run(elsewhere)


@pytest.mark.parametrize(
    "condition",
    [
        Condition("orders", "at_least", "-1"),
        Condition("orders", "like", "1"),
        Condition("spent", "at_least", "9" * 40),
        Condition("last_order", "within", "0"),
        Condition("language", "is", "xx"),
        Condition("nothing.such", "is", "x"),
        Condition("place", "is", ""),
        Condition("place", "is", "x" * 200),
    ],
)
def test_rule_that_cannot_be_asked_is_refused(in_shop, condition):
    with pytest.raises(RuleRefused):
        save_segment(name="x", rule=all_of(condition))


def test_condition_of_a_plugin_fits_its_members_and_nobody_when_it_is_off(circle, enable, in_shop):
    """Group-buy's answer to `declare_audience_conditions`."""
    rule = all_of(Condition("group_buy.part", "is", "member"))
    excluded = all_of(Condition("group_buy.part", "is_not", "member"))
    with reading():
        assert (member_count(rule), member_count(excluded)) == (0, 0)
    enable(in_shop, "group_buy")
    with reading():
        assert rule_problems(rule) == {}
        assert (member_count(rule), member_count(excluded)) == (0, 4)


def test_sources_cost_and_buying_again_are_reckoned(in_shop, gateway, clock):
    made = save_link(draft=LinkDraft(title="海报", target="/", cost_minor=9_000))
    with reading():
        one = link(made)
    method = {"kind": "method", "id": str(make_shipping())}
    goods = make_product(prices=[10_000])
    touches = Touches().then(Touch("link", one.code, now()))
    with coming_from(touches):
        who = make_customer(name="林", source=one.source)
        for _ in range(2):
            pay(gateway, Buyer(who, method).order([(goods.variant_id, 1)]).order_id)
    pay(gateway, Buyer(make_customer(name="许"), method).order([(goods.variant_id, 1)]).order_id)
    with reading():
        poster, direct = sorted(source_numbers(), key=lambda row: row.source, reverse=True)
        assert (poster.customers, poster.orders, poster.per_customer.minor) == (1, 2, 9_000)
        assert (direct.source, direct.orders) == ("", 1)
        found = growth()
    assert (found.buyers, found.repeat_buyers, found.repurchase, found.returning) == (2, 1, 5_000, 1)
    assert found.per_customer.minor == 9_000
    assert set(READY_MADE) == {"new", "repeat", "sleeping", "big_spenders", "never_bought"}
