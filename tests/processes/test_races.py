"""The last unit and the last seat, wanted by 32 buyers in two processes at one instant."""

from collections import Counter

import pytest

from tests.processes.audit import offences
from tests.processes.people import found_group, open_tea_shop
from tests.processes.racers import join_last_seat, overlaps, place_last_unit, race_in_processes

pytestmark = [pytest.mark.slow, pytest.mark.race]
BUYERS = 16


def told(outcomes):
    return Counter(said for process in outcomes for said, _, _ in process)


def test_last_unit_is_sold_once_by_two_processes(installation):
    installation.start_gateway()
    place = installation.act(open_tea_shop, handle="last-unit", stock=1)
    outcomes = race_in_processes(installation, place_last_unit, place, BUYERS)
    assert overlaps(*outcomes) > 40
    assert told(outcomes) == {"": 1, "checkout.sold_out": 31}
    # Refused before any charge: nobody else even has a payment.
    assert installation.rows("SELECT count(*) FROM orders_order") == [(1,)]
    assert installation.rows("SELECT count(*) FROM payments_payment") == [(1,)]
    assert offences(installation, place) == {}


def test_last_seat_is_kept_once_by_two_processes(installation):
    installation.start_gateway()
    place = installation.act(open_tea_shop, handle="last-seat")
    group = installation.act(found_group, place=place, diary_path=str(installation.home / "diary"))
    outcomes = race_in_processes(installation, join_last_seat, place, BUYERS, group)
    assert overlaps(*outcomes) > 40
    assert told(outcomes) == {"": 1, "group_buy.group_full": 31}
    assert offences(installation, place) == {}


def test_looking_before_taking_would_go_wrong(installation):
    """The same race with the conditional UPDATE replaced: it must go wrong, or the race above proves nothing."""
    place = installation.act(open_tea_shop, handle="naive", stock=1)
    outcomes = race_in_processes(installation, place_last_unit, place, BUYERS, True)
    assert overlaps(*outcomes) > 40
    answers = told(outcomes)
    # The CHECK behind it refuses what looking first lets through, and the buyer meets a broken page.
    assert answers["IntegrityError"] > 0, answers
    assert answers[""] == 1
