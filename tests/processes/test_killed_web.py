"""A process that takes orders is killed again and again; every customer ends with one paid order or a clean none."""

import random
import time
from collections import Counter

import pytest

from tests.processes.fates import bring_to_rest, check_everything
from tests.processes.installation import wait_until
from tests.processes.people import Diary, open_tea_shop, sell

pytestmark = pytest.mark.slow
KILLS = 20


def test_web_killed_twenty_times_leaves_every_order_paid_once_or_clean(installation):
    seed = random.randrange(1_000_000)
    print("seed", seed)
    chance = random.Random(seed)
    installation.start_gateway()
    place = installation.act(open_tea_shop, handle="killed-web")
    diary = Diary(installation.home / "diary")
    for _ in range(KILLS):
        # A random amount of progress, not of time: a busy machine must not move every kill to the beginning.
        enough = diary.lines() + chance.randint(10, 90)
        selling = installation.fork(sell, place, str(diary.path), 6, False)
        wait_until(lambda enough=enough: diary.lines() >= enough, seconds=30, otherwise=installation.logs)
        time.sleep(chance.uniform(0, 0.03))
        assert selling.is_alive(), diary.entries()[-3:]
        selling.kill()
        selling.join()
    broken = interrupted(diary)
    assert len(broken) >= 4, f"the kills hit only {broken}: they prove nothing"
    installation.fork(sell, place, str(diary.path), 6, True).join(60)
    installation.start_worker()
    bring_to_rest(installation, place, diary)
    check_everything(installation, place, diary)


def interrupted(diary):
    """Steps that were begun and never answered, by name."""
    begun, answered = Counter(), Counter()
    for entry in diary.entries():
        step = entry["step"]
        if step.startswith("begin "):
            begun[step.removeprefix("begin ")] += 1
        else:
            answered[step] += 1
    return {step: count - answered[step] for step, count in begun.items() if count > answered[step]}
