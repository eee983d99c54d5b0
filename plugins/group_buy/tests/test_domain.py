"""The rules of group-buy at their edges, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from core.sdk.values import Money
from plugins.group_buy.domain import (
    CHOICES,
    GroupFacts,
    Objection,
    Offer,
    Plan,
    Standing,
    if_full,
    masked,
    not_lower,
    objection_to,
    overlap,
    plan_problems,
    saving,
    stage,
    standing,
)

NOON = datetime(2026, 9, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def offer(**changes):
    rules = {
        "activity": "a",
        "version": 1,
        "size": 3,
        "price": 8_900,
        "state": "published",
        "starts_at": NOON - timedelta(days=1),
        "ends_at": NOON + timedelta(days=1),
    }
    return Offer(**{**rules, **changes})


def group(**changes):
    return GroupFacts(**{"id": "g", "code": "c", "standing": Standing.FORMING, **changes})


@pytest.mark.parametrize(
    ("confirmed", "deadline", "closed_as", "expected"),
    [
        (0, None, None, Standing.WAITING),
        (0, None, "expired", Standing.ABANDONED),
        (0, None, "cancelled", Standing.ABANDONED),
        (1, NOON + SECOND, None, Standing.FORMING),
        # The second of the deadline is too late, whether a worker has been there or not.
        (1, NOON, None, Standing.FAILED),
        (2, NOON - SECOND, None, Standing.FAILED),
        (2, NOON - SECOND, "expired", Standing.FAILED),
        (2, NOON + SECOND, "cancelled", Standing.FAILED),
        # Everybody left, and nobody has closed it yet.
        (0, NOON + SECOND, None, Standing.FAILED),
        # Full counts for ever.
        (3, NOON - SECOND, "filled", Standing.SUCCEEDED),
        (3, NOON + SECOND, "filled", Standing.SUCCEEDED),
    ],
)
def test_standing_of_a_group(confirmed, deadline, closed_as, expected):
    found = standing(confirmed=confirmed, deadline=deadline, closed_as=closed_as, moment=NOON)
    assert found is expected


@pytest.mark.parametrize(
    ("state", "starts", "ends", "expected"),
    [
        ("draft", -1, 1, "draft"),
        ("draft", -2, -1, "draft"),
        ("published", 1, 2, "scheduled"),
        ("published", 0, 1, "running"),
        ("published", -1, 0, "ended"),
        ("paused", -1, 1, "paused"),
        ("paused", 1, 2, "paused"),
        ("paused", -2, -1, "ended"),
        ("closed", -1, 1, "closed"),
    ],
)
def test_stage_of_an_activity(state, starts, ends, expected):
    hours = timedelta(hours=1)
    assert stage(state, NOON + starts * hours, NOON + ends * hours, NOON) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"price": None}, "not_offered"),
        ({"starts_at": NOON}, None),
        ({"starts_at": NOON + SECOND}, "not_begun"),
        ({"ends_at": NOON}, "over"),
        ({"state": "paused"}, "paused"),
        ({"state": "paused", "ends_at": NOON}, "over"),
        ({"state": "closed"}, "over"),
        ({"state": "draft"}, "over"),
        ({"draining": True}, "over"),
        # An open group goes on whatever became of its activity.
        ({"group": group(), "draining": True, "state": "closed", "ends_at": NOON}, None),
        ({"group": group(mine=True)}, "already_in"),
        ({"group": group(standing=Standing.SUCCEEDED)}, "group_closed"),
        ({"group": group(standing=Standing.FAILED)}, "group_closed"),
        ({"group": group(standing=Standing.WAITING)}, "group_closed"),
        ({"limit": 2, "bought": 0}, None),
        ({"limit": 2, "bought": 2}, "used_up"),
        # Somebody bought more before the limit was lowered.
        ({"limit": 2, "bought": 3}, "used_up"),
        ({"cap": 2, "taken": 0}, None),
        ({"cap": 2, "taken": 2}, "sold_out"),
        ({"cap": 2, "taken": 5}, "sold_out"),
    ],
)
def test_objection_to_two_pieces(changes, expected):
    found = objection_to(offer(**changes), quantity=2, moment=NOON)
    assert (found.reason if found else None) == expected


def test_objection_says_how_many_are_left():
    assert objection_to(offer(limit=2, bought=1), quantity=2, moment=NOON) == Objection(
        "limit", {"limit": 2, "left": 1}
    )
    assert objection_to(offer(cap=9, taken=8), quantity=2, moment=NOON) == Objection("few_left", {"left": 1})


def test_line_without_an_offer_is_refused():
    found = objection_to(None, quantity=1, moment=NOON)
    assert found is not None
    assert found.reason == "unavailable"


@pytest.mark.parametrize("known", [None, group(mine=True)])
def test_offer_survives_being_frozen(known):
    one = offer(limit=2, bought=1, cap=60, taken=7, draining=True, group=known)
    assert Offer.from_json(one.as_json()) == one


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        *(({"group_buy.if_full": choice}, choice) for choice in CHOICES),
        ({}, "refund"),
        ({"group_buy.if_full": "anything"}, "refund"),
        ({"group_buy.if_full": None}, "refund"),
        ({"group_buy.if_full": ["join_other"]}, "refund"),
        ({"if_full": "join_other"}, "refund"),
    ],
)
def test_money_goes_back_unless_something_else_was_chosen(choices, expected):
    assert if_full(choices) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("林知夏", "林**"), ("Anna", "A**"), ("  顾 ", "顾**"), ("", "**"), ("   ", "**")]
)
def test_strangers_see_the_first_letter_only(name, expected):
    assert masked(name) == expected


def test_group_price_must_be_below_the_price_alone():
    assert not_lower({"a": 99, "b": 100, "c": 101}, {"a": 100, "b": 100, "c": 100}) == ["b", "c"]


def test_periods_that_only_touch_do_not_overlap():
    one, two, three = NOON, NOON + SECOND, NOON + 2 * SECOND
    assert not overlap((one, two), (two, three))
    assert not overlap((two, three), (one, two))
    assert overlap((one, three), (two, three))
    assert overlap((one, three), (one, three))


def plan(**changes):
    rules = {
        "title": "秋茶",
        "size": 3,
        "window": timedelta(hours=24),
        "starts_at": NOON,
        "ends_at": NOON + timedelta(days=1),
        "hard_end_at": NOON + timedelta(days=2),
        "limit_per_customer": None,
        "stock_cap": None,
        "prices": {"v": 99},
    }
    return Plan(**{**rules, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"size": 1}, {"size": "bad_size"}),
        ({"size": 2}, {}),
        ({"size": 100}, {}),
        ({"size": 101}, {"size": "bad_size"}),
        ({"window": timedelta(seconds=59)}, {"window": "bad_window"}),
        ({"window": timedelta(minutes=1)}, {}),
        ({"window": timedelta(days=7)}, {}),
        ({"window": timedelta(days=7, minutes=1)}, {"window": "bad_window"}),
        ({"ends_at": NOON}, {"ends_at": "bad_period"}),
        ({"hard_end_at": NOON + timedelta(days=1)}, {}),
        ({"hard_end_at": NOON + timedelta(hours=23)}, {"hard_end_at": "bad_hard_end"}),
        ({"prices": {}}, {"prices": "no_price"}),
        ({"prices": {"w": 50}}, {"prices": "not_offered"}),
        ({"prices": {"v": 100}}, {"price-v": "price_not_lower"}),
        ({"size": 0, "prices": {"v": 101}}, {"size": "bad_size", "price-v": "price_not_lower"}),
    ],
)
def test_problems_of_a_plan_by_field(changes, expected):
    found = plan_problems(plan(**changes), {"v": 100})
    assert {name: problem.reason for name, problem in found.items()} == expected


@pytest.mark.parametrize(
    ("alone", "together", "less", "points"),
    [(10_000, 7_500, 2_500, 2_500), (3, 2, 1, 3_333), (3, 1, 2, 6_667), (0, 0, 0, 0)],
)
def test_saving_is_rounded_to_the_nearest_basis_point(alone, together, less, points):
    assert saving(Money(alone, "CNY"), Money(together, "CNY")) == (Money(less, "CNY"), points)
