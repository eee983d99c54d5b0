"""What a mark is worth: the group price for what it names, and nothing for what it only claims."""

import pytest

from core.sdk.commands import reading
from core.sdk.data import new_id
from core.testing.buying import Buyer, order_row, pay
from core.testing.goods import make_product
from core.testing.statements import count_statements
from plugins.group_buy.actions.buying import start_group
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.queries.activities import activities, group_counts, open_business, running_activities
from plugins.group_buy.queries.groups import group_by_code, groups_of, open_groups
from plugins.group_buy.tests.groups import group_at, make_activity


def refusals(who, code):
    return [refusal.code for refusal in who.quote(code).refusals]


def marked(activity, group=None):
    return {"group_buy": {"activity": str(activity), "group": str(group) if group else None}}


@pytest.mark.parametrize(
    "mark",
    [
        {"group_buy": {"activity": "not an id", "group": None}},
        {"group_buy": {"activity": None}},
        {"group_buy": "activity"},
        {"group_buy": {"activity": "01890000-0000-7000-8000-000000000000", "group": None}},
        {"group_buy": {"price": 1}},
    ],
)
def test_mark_that_was_never_ours_gets_no_price_and_is_refused(member, tea, activity, mark):
    who = member().who
    checkout = who.checkout([(tea.variant_id, 1)], marks=mark)
    quoted = who.quote(checkout)
    assert quoted.priced.discount_total == 0
    assert [one.code for one in quoted.refusals] == ["group_buy.unavailable"]


def test_group_of_another_activity_gets_no_price(member, tea, activity, open_group):
    other = make_product(prices=[20_000])
    cheap = make_activity(other, {other.variant_id: 100})
    group = group_at(open_group(cheap, other.variant_id))
    who = member().who
    checkout = who.checkout([(tea.variant_id, 1)], marks=marked(activity, group.id))
    assert who.quote(checkout).priced.discount_total == 0
    assert refusals(who, checkout) == ["group_buy.unavailable"]
    # The right activity for that group, but goods that it is not about.
    checkout = who.checkout([(tea.variant_id, 1)], marks=marked(cheap, group.id))
    assert refusals(who, checkout) == ["group_buy.not_offered"]


def test_kind_outside_the_activity_is_refused(member, tea, activity):
    who = member().who
    checkout = who.checkout([(tea.variant_ids[1], 1)], marks=marked(activity))
    assert refusals(who, checkout) == ["group_buy.not_offered"]


def test_guest_is_told_to_log_in(buyer, tea, activity):
    guest = Buyer(None, buyer().delivery)
    checkout = guest.checkout([(tea.variant_id, 1)], marks=marked(activity))
    assert refusals(guest, checkout) == ["group_buy.login_needed"]


def test_group_buy_is_not_mixed_with_other_goods(member, tea, activity):
    who = member().who
    checkout = who.checkout([(tea.variant_id, 1), (tea.variant_ids[1], 1)], marks=marked(activity))
    assert set(refusals(who, checkout)) == {"group_buy.not_alone"}


@pytest.mark.parametrize(("quantity", "expected"), [(2, []), (3, ["group_buy.limit"])])
def test_quantity_above_the_limit_is_refused_with_what_is_left(member, tea, activity, quantity, expected):
    who = member().who
    checkout = who.checkout([(tea.variant_id, quantity)], marks=marked(activity))
    assert refusals(who, checkout) == expected


@pytest.mark.parametrize("quantity", [0, -1, 1_000, 10**9])
def test_senseless_quantity_is_refused_before_anything_is_kept(member, tea, activity, open_group, quantity):
    from core.sdk.errors import InputRefused

    code = open_group()
    with pytest.raises(InputRefused):
        member().keep(code, quantity)
    with pytest.raises(InputRefused):
        member().start(activity, tea.variant_id, quantity)
    assert [seat.state for seat in group_at(code).seats] == ["paid", "free", "free"]


def test_price_of_two_pieces_is_explained(member, tea, activity):
    who = member().who
    checkout = who.checkout([(tea.variant_id, 2)], marks=marked(activity))
    said = who.quote(checkout).priced.explanation("zh-CN")
    assert [step.text for step in said.lines[0].steps][1:] == ["3 人拼团"]
    assert said.lines[0].net.minor == 17_800


def test_choosing_another_quantity_moves_the_kept_seat_and_its_time(member, open_group, clock):
    code, who = open_group(), member()
    first = who.keep(code, 1)
    until = group_at(code, who.id).seats[1].until
    clock.advance(minutes=4)
    assert who.keep(code, 1) == first
    second = who.keep(code, 2)
    seats = group_at(code, who.id).seats
    assert (second != first, [seat.state for seat in seats]) == (True, ["paid", "reserved", "free"])
    assert seats[1].until == until


def test_joining_another_group_gives_the_kept_seat_back(member, open_group):
    first, second = open_group(), open_group()
    who = member()
    who.keep(first)
    who.keep(second)
    assert [group_at(code).left for code in (first, second)] == [2, 1]


def test_seat_that_nobody_paid_for_is_free_again(member, open_group, clock, run_jobs):
    code = open_group()
    member().keep(code)
    member().join(code)
    assert group_at(code).left == 0
    clock.advance(minutes=11)
    assert group_at(code).left == 2
    with reading():
        assert open_groups(activity_ids=[group_at(code).activity_id])[0].left == 2


# Statements do not grow with rows.


def statements(read):
    with reading(), count_statements() as sent:
        read()
    return len(sent)


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_number_of_statements(rows, member, open_group, activity, tea, gateway):
    who = member()
    products = [tea, *(make_product(prices=[12_800]) for _ in range(rows - 1))]
    running = [activity, *(make_activity(product) for product in products[1:])]
    codes = [open_group(one, product.variant_id) for one, product in zip(running, products, strict=True)]
    for code in codes:
        pay(gateway, who.join(code))
    for _ in range(rows - 1):
        open_group()
    with reading():
        assert (len(groups_of(who.id)), len(activities())) == (rows, rows)
        assert len(open_groups(activity_ids=[activity], variant_id=tea.variant_id)) == rows
    assert statements(lambda: open_groups(activity_ids=running)) == 1
    assert statements(lambda: groups_of(who.id)) == 1
    assert statements(activities) == 2
    assert statements(running_activities) == 2
    assert statements(lambda: group_counts(running)) == 1
    assert statements(open_business) == 2


@pytest.mark.parametrize("members", [1, 3])
def test_group_page_takes_the_same_number_of_statements(members, member, open_group):
    code = open_group()
    for _ in range(members - 1):
        member().join(code)
    assert statements(lambda: group_by_code(code)) == 3


def test_group_page_takes_one_more_for_seats_that_checkouts_keep(member, open_group):
    code = open_group()
    member().keep(code)
    assert statements(lambda: group_by_code(code)) == 4


def test_unmarked_basket_costs_no_statement(buyer, tea, activity):
    from plugins.group_buy.queries.facts import price_facts

    who = buyer()
    quoted = who.quote(who.checkout([(tea.variant_id, 1)]))
    assert statements(lambda: price_facts(quoted.basket.price_input)) == 0


def test_marked_basket_costs_at_most_five_statements(member, open_group):
    from plugins.group_buy.queries.facts import price_facts

    who = member()
    checkout = who.keep(open_group())
    quoted = who.who.quote(checkout)
    assert statements(lambda: price_facts(quoted.basket.price_input)) == 5


def test_ids_in_a_mark_are_ours_only(member, tea, activity):
    who = member().who
    checkout = who.checkout([(tea.variant_id, 1)], marks=marked(activity, new_id()))
    assert refusals(who, checkout) == ["group_buy.unavailable"]


@pytest.mark.parametrize(("coupons", "commission"), [(False, False), (True, True)])
def test_order_says_whether_coupons_and_commissions_go_with_it(member, tea, coupons, commission):
    activity = make_activity(tea, rules=Rules(coupons=coupons, commission=commission))
    who = member()
    with who.acting:
        checkout = start_group(activity_id=activity, variant_id=tea.variant_id, quantity=1)
    (entry,) = who.who.quote(checkout).priced.applied
    assert entry.adjustment.rule_snapshot["coupons"] is coupons
    assert order_row(who.place(checkout)).marks["group_buy"]["commission"] is commission
