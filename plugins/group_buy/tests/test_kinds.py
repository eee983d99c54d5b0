"""Tiered, new-joiner and lottery groups from their first order to the money that goes back."""

import hashlib
import hmac

import pytest
from sqlalchemy import select

from core.sdk.commands import SYSTEM, acting_as, reading
from core.sdk.data import session
from core.sdk.tables import REFUND
from core.testing.buying import check_payment, order_row, pay, start_payment
from core.testing.goods import stock_left
from core.testing.races import overlapping_pairs, race
from core.testing.sending import end_pool, told
from plugins.group_buy.actions.buying import pool_of_draw
from plugins.group_buy.actions.groups import leave_group
from plugins.group_buy.actions.settling import settle_group
from plugins.group_buy.domain import Standing
from plugins.group_buy.domain.draws import commitment, list_hash
from plugins.group_buy.domain.kinds import Ladder, Step
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.models import Draw, Group, Seat
from plugins.group_buy.tests.groups import group_at, group_of, make_activity, state_of

LADDER = Ladder((Step(3, 9_000), Step(5, 8_000), Step(10, 7_000)))


def refunds_of(order_id):
    with reading():
        rows = session().execute(
            select(REFUND.c.amount_minor, REFUND.c.cause, REFUND.c.state).where(
                REFUND.c.order_id == order_id, REFUND.c.shop_id == order_row(order_id).shop_id
            )
        )
        return sorted((row.amount_minor, row.cause.split(":")[0], row.state) for row in rows)


@pytest.fixture
def tiered(tea):
    """Three pay 90, five 80, ten 70."""
    return make_activity(
        tea,
        {tea.variant_id: 9_000},
        size=10,
        ladders={tea.variant_id: LADDER},
        rules=Rules(kind="tiered"),
    )


@pytest.fixture
def gathered(member, gateway, tea):
    """`gathered(activity, n)` is a group that n members have paid for, one after the other, and their orders."""

    def make(activity_id, members, **more):
        orders = [member().start(activity_id, tea.variant_id, **more)]
        pay(gateway, orders[0])
        code = group_of(orders[0]).code
        for _ in range(members - 1):
            orders.append(member().join(code, **more))
            pay(gateway, orders[-1])
        return code, orders

    return make


def test_tiered_group_of_six_pays_the_step_of_five_and_sends_the_difference_back(
    gathered, tiered, clock, run_jobs
):
    code, orders = gathered(tiered, 6)
    # Five had paid when the sixth came: the sixth pays the lower price at once.
    assert [order_row(one).items_minor - order_row(one).discount_minor for one in orders] == [9_000] * 5 + [
        8_000
    ]
    clock.advance(hours=24, seconds=1)
    assert group_at(code).standing is Standing.SUCCEEDED
    run_jobs()
    assert [refunds_of(one) for one in orders] == [[(1_000, "cut", "done")]] * 5 + [[]]
    assert {order_row(one).holds_open for one in orders} == {0}
    assert group_at(code).settled_at is not None


def test_tiered_group_below_its_first_step_is_refunded(gathered, tiered, clock, run_jobs):
    code, orders = gathered(tiered, 2)
    clock.advance(hours=24, seconds=1)
    run_jobs()
    assert group_at(code).standing is Standing.FAILED
    assert {state_of(one) for one in orders} == {("cancelled", "refunded", "hold_expired")}


def test_full_tiered_group_ends_at_once_and_everybody_pays_its_last_step(gathered, tiered, run_jobs):
    _code, orders = gathered(tiered, 10)
    run_jobs()
    paid = [order_row(one).captured_minor - order_row(one).refunded_minor for one in orders]
    shipping = order_row(orders[0]).shipping_minor
    assert paid == [7_000 + shipping] * 10


def test_difference_goes_back_for_each_piece(member, gateway, tea, gathered, clock, run_jobs):
    activity = make_activity(
        tea,
        {tea.variant_id: 9_000},
        size=5,
        limit_per_customer=4,
        ladders={tea.variant_id: Ladder((Step(2, 9_000), Step(3, 8_500), Step(5, 8_000)))},
        rules=Rules(kind="tiered"),
    )
    _code, orders = gathered(activity, 3, quantity=2)
    clock.advance(hours=24, seconds=1)
    run_jobs()
    assert [refunds_of(one) for one in orders] == [[(1_000, "cut", "done")]] * 3


def test_settling_twice_and_at_once_sends_each_difference_back_once(gathered, tiered, clock, run_jobs):
    code, orders = gathered(tiered, 5)
    clock.advance(hours=24, seconds=1)
    run_jobs()
    with reading():
        group_id = session().scalars(select(Group.id).where(Group.code == code)).one()

    def again():
        with acting_as(SYSTEM):
            return settle_group(group_id=group_id)

    assert {one.value for one in race([again] * 4)} == {False}
    assert [refunds_of(one) for one in orders] == [[(1_000, "cut", "done")]] * 5


@pytest.fixture
def newcomers(tea):
    """Two people; whoever joins has never bought here."""
    return make_activity(tea, size=2, rules=Rules(kind="new_joiner"))


@pytest.fixture
def regular(member, gateway, tea):
    """A member who has bought in this shop before."""
    who = member()
    pay(gateway, who.who.order([(tea.variant_ids[1], 1)]).order_id)
    return who


def test_regular_may_start_and_a_newcomer_joins(regular, member, newcomers, tea, gateway, run_jobs):
    first = regular.start(newcomers, tea.variant_id)
    pay(gateway, first)
    last = member().join(group_of(first).code)
    pay(gateway, last)
    run_jobs()
    assert group_of(first).standing is Standing.SUCCEEDED


def test_regular_may_not_join(regular, member, newcomers, tea, gateway):
    first = member().start(newcomers, tea.variant_id)
    pay(gateway, first)
    with pytest.raises(GroupBuyError) as refused:
        regular.keep(group_of(first).code)
    assert refused.value.code == "group_buy.not_new"


@pytest.mark.parametrize(("choice", "expected"), [("refund", "cancelled"), ("start_new", "placed")])
def test_newcomer_who_buys_something_else_before_paying_loses_the_seat(
    member, newcomers, tea, gateway, run_jobs, choice, expected
):
    first = member().start(newcomers, tea.variant_id)
    pay(gateway, first)
    who = member()
    joined = who.join(group_of(first).code, if_full=choice)
    attempt = start_payment(order_id=joined, return_url="http://x/")
    pay(gateway, who.who.order([(tea.variant_ids[1], 1)]).order_id)
    gateway.capture(str(attempt.payment_id))
    check_payment(attempt.payment_id)
    run_jobs()
    assert state_of(joined)[0] == expected
    assert group_at(group_of(first).code).paid == 1
    if expected == "placed":
        assert group_of(joined).code != group_of(first).code


def test_failed_group_leaves_its_members_new(member, newcomers, tea, gateway, clock, run_jobs):
    who = member()
    pay(gateway, who.start(newcomers, tea.variant_id))
    clock.advance(hours=25)
    run_jobs()
    first = member().start(newcomers, tea.variant_id)
    pay(gateway, first)
    assert who.keep(group_of(first).code)


@pytest.mark.race
def test_newcomer_in_two_groups_at_once_has_one_seat(member, newcomers, tea, gateway):
    codes = []
    for _ in range(2):
        order_id = member().start(newcomers, tea.variant_id)
        pay(gateway, order_id)
        codes.append(group_of(order_id).code)
    who = member()
    orders = [who.place(who.keep(codes[0]))]
    with pytest.raises(GroupBuyError) as refused:
        who.keep(codes[1])
    assert refused.value.code in ("group_buy.one_as_newcomer", "group_buy.already_in")
    assert len(orders) == 1


@pytest.fixture
def lottery(tea):
    """Four take part, one gets the goods."""
    return make_activity(tea, size=4, rules=Rules(kind="lottery", winners=1))


def draw_of(code):
    with reading():
        group_id = session().scalars(select(Group.id).where(Group.code == code)).one()
        draw = session().scalars(select(Draw).where(Draw.group_id == group_id)).one()
        seats = session().scalars(select(Seat).where(Seat.group_id == group_id)).all()
        session().expunge_all()
        return draw, {seat.ticket: seat for seat in seats}


def test_draw_can_be_repeated_by_anybody_and_losers_are_refunded(
    gathered, lottery, tea, member, gateway, run_jobs
):
    in_stock = stock_left(tea)
    code, orders = gathered(lottery, 3)
    before, _ = draw_of(code)
    assert (before.drawn_at, before.entries, before.commitment) == (None, "", commitment(before.seed))
    assert {order_row(one).holds_open for one in orders} == {2}
    orders.append(member().join(code))
    pay(gateway, orders[-1])
    # Complete, but nothing ships before the draw.
    assert {order_row(one).holds_open for one in orders} == {1}
    run_jobs()
    draw, seats = draw_of(code)
    # Repeated with the standard library alone, as the page says.
    assert hashlib.sha256(draw.seed.encode()).hexdigest() == before.commitment
    assert draw.entries == "".join(f"{ticket}\n" for ticket in sorted(seats))
    fingerprint = hashlib.sha256(draw.entries.encode()).hexdigest()
    assert fingerprint == draw.entries_hash == list_hash(draw.entries)
    scores = {
        ticket: hmac.new(draw.seed.encode(), f"{fingerprint}:{ticket}".encode(), "sha256").hexdigest()
        for ticket in seats
    }
    winner = min(scores, key=scores.get)
    for ticket, seat in seats.items():
        wins = ticket == winner
        assert seat.won is wins
        expected = ("placed", "paid", "") if wins else ("cancelled", "refunded", "not_drawn")
        assert (state_of(seat.order_id), order_row(seat.order_id).holds_open) == (expected, 0)
    assert stock_left(tea) == in_stock - 1
    consoled = {body["customer_id"] for body in told("customers.reward_earned")}
    assert consoled == {str(seat.customer_id) for seat in seats.values() if not seat.won}
    assert group_at(code).paid == 4


def test_draw_that_is_never_made_sends_every_payment_back(gathered, lottery, clock):
    """Even with the plugin's code absent: the holds of the draw have a deadline of their own, which is core's."""
    code, orders = gathered(lottery, 4)
    with reading():
        group = session().scalars(select(Group).where(Group.code == code)).one()
        pool = pool_of_draw(group).id
    assert group.settled_at is None
    clock.advance(days=5)
    with acting_as(SYSTEM):
        assert end_pool(pool_id=pool)
    assert {state_of(one)[:2] for one in orders} == {("cancelled", "refunded")}


def test_lottery_group_that_does_not_fill_is_refunded_and_nothing_is_drawn(
    gathered, lottery, clock, run_jobs
):
    code, orders = gathered(lottery, 3)
    clock.advance(hours=24, seconds=1)
    run_jobs()
    draw, _ = draw_of(code)
    assert draw.drawn_at is None
    assert {state_of(one) for one in orders} == {("cancelled", "refunded", "hold_expired")}


def test_member_who_leaves_has_no_ticket_in_the_draw(gathered, lottery, member, gateway, run_jobs):
    code, orders = gathered(lottery, 2)
    who = member()
    left = who.join(code)
    pay(gateway, left)
    with who.acting:
        leave_group(code=code)
    for _ in range(2):
        orders.append(member().join(code))
        pay(gateway, orders[-1])
    run_jobs()
    draw, seats = draw_of(code)
    gone = next(ticket for ticket, seat in seats.items() if seat.order_id == left)
    assert gone not in draw.entries
    assert len(draw.entries.split()) == 4


@pytest.mark.race
def test_draws_at_once_draw_once(gathered, lottery, run_jobs):
    code, _orders = gathered(lottery, 4)
    with reading():
        group_id = session().scalars(select(Group.id).where(Group.code == code)).one()

    def draw():
        with acting_as(SYSTEM):
            return settle_group(group_id=group_id)

    attempts = race([draw] * 6)
    assert overlapping_pairs(attempts)
    assert sorted(bool(one.value) for one in attempts) == [False] * 5 + [True]
    _, seats = draw_of(code)
    assert sorted(seat.won for seat in seats.values()) == [False] * 3 + [True]
