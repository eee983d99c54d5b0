"""When a deadline passes, the shop's default says what happens: by job or by sweep, once, whoever comes first."""

import pytest

from core.commerce.aftersale.actions import send_goods, withdraw_case
from core.commerce.aftersale.answers import accept_case, decline_case, save_promises
from core.commerce.aftersale.deadlines import end_deadline
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import steps_of
from core.commerce.aftersale.telling import case_facts
from core.commerce.fulfilment.actions import ship_order
from core.jobs.sweeps import sweep
from core.kernel.db import reading
from core.testing.buying import order_row
from core.testing.goods import stock_left
from core.testing.races import overlapping_pairs, race
from tests.core.commerce.aftersale.conftest import line_keys
from tests.core.commerce.aftersale.test_cases import refunds, told

OVER = 48 * 3600 + 1


def test_default_accepts_when_nobody_answers(sent, ask, now_is, clock, run_jobs):
    order_id = sent(1)
    case = ask(order_id, "refund", 1)
    assert not end_deadline(case_id=case.id)
    clock.advance(hours=43)
    run_jobs()
    assert told().count("aftersale.deadline_near") == 1
    clock.advance(hours=6)
    run_jobs()
    assert now_is(case).state == "refunding"
    assert [amount for amount, *_ in refunds(order_id)] == [10_000]
    with reading():
        assert any("没有人" in one.text or "Nobody" in one.text for one in steps_of(case.id))


def test_default_declines_where_the_shop_says_so_and_the_sweep_stands_behind_the_job(
    sent, ask, now_is, clock
):
    save_promises(rules=Promises(default_return="decline", answer_hours=2))
    order_id = sent(1)
    case = ask(order_id, "return", 1)
    clock.advance(hours=2, seconds=1)
    assert sweep(frozenset({"overdue_cases"})) >= 1
    assert now_is(case).state == "declined"
    assert sweep(frozenset({"overdue_cases"})) == 0
    assert refunds(order_id) == []


def test_buyer_who_sends_nothing_loses_the_case_and_its_stock_is_free(
    sent, ask, now_is, clock, run_jobs, tea
):
    save_promises(rules=Promises(return_to="Dock 4, Bristol"))
    case = ask(sent(1), "exchange", 1)
    accept_case(case_id=case.id)
    assert stock_left(tea) == 18
    clock.advance(days=7, seconds=1)
    run_jobs()
    assert now_is(case).state == "lapsed"
    assert stock_left(tea) == 19


def test_buyer_who_was_not_told_where_to_send_goods_is_never_late(sent, ask, now_is, clock, run_jobs):
    """A shop without an address for returns that lets a deadline answer for it; then it writes one."""
    case = ask(sent(1), "return", 1)
    clock.advance(seconds=OVER)
    run_jobs()
    assert (now_is(case).state, now_is(case).return_to) == ("accepted", "")
    with reading():
        assert "ask before you send" in case_facts(case.id)["return_to"]
    clock.advance(days=8)
    run_jobs()
    assert now_is(case).state == "accepted"
    with reading():
        assert any("did not say where" in one.text for one in steps_of(case.id))
    save_promises(rules=Promises(return_to="Dock 4, Bristol"))
    clock.advance(days=8)
    run_jobs()
    assert now_is(case).state == "lapsed"


def test_goods_count_as_received_when_the_shop_says_nothing(sent, ask, now_is, clock, run_jobs, tea):
    order_id = sent(1)
    case = ask(order_id, "return", 1)
    accept_case(case_id=case.id)
    send_goods(case_id=case.id, carrier="sf", tracking_number="SF3")
    clock.advance(days=7, seconds=1)
    run_jobs()
    assert now_is(case).state == "sent"
    clock.advance(days=3)
    run_jobs()
    assert now_is(case).state == "refunding"
    assert stock_left(tea) == 19


def test_default_that_cannot_be_carried_out_turns_into_what_can(paid, sent, ask, now_is, clock, run_jobs):
    save_promises(rules=Promises(cancel_at_once=False))
    order_id = paid(1)
    cancel = ask(order_id, "cancel")
    ship_order(order_id=order_id, units={line_keys(order_id)[0]: 1}, carrier="sf", tracking_number="SF2")
    exchange = ask(sent(18), "exchange", 3)
    clock.advance(seconds=OVER)
    run_jobs()
    assert now_is(cancel).state == "declined"
    assert "on its way" in now_is(cancel).answer or "路上" in now_is(cancel).answer
    assert (now_is(exchange).kind, now_is(exchange).state) == ("return", "accepted")
    assert refunds(order_id) == []


@pytest.mark.parametrize("default", ["accept", "decline"])
def test_answer_and_deadline_at_the_same_moment_have_one_outcome(
    sent, ask, now_is, clock, owner_engine, default
):
    save_promises(rules=Promises(default_refund=default))
    for _ in range(4):
        order_id = sent(1)
        case = ask(order_id, "refund", 1)
        clock.advance(seconds=OVER)
        attempts = [
            lambda case=case: accept_case(case_id=case.id),
            lambda case=case: decline_case(case_id=case.id, answer="no"),
            lambda case=case: end_deadline(case_id=case.id),
            lambda case=case: end_deadline(case_id=case.id),
            lambda case=case: withdraw_case(case_id=case.id),
        ]
        done = race(attempts)
        assert overlapping_pairs(done) > 0
        won = [one for one in done if one.error is None and one.value is not False]
        assert len(won) == 1, done
        state = now_is(case).state
        assert len(refunds(order_id)) == (state == "refunding")
        assert order_row(order_id).refunded_minor == (10_000 if state == "refunding" else 0)
