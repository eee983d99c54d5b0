"""Values that may be a little old."""

from core.web.freshness import Fresh


class Clock:
    now = 10.0

    def __call__(self):
        return self.now


def test_value_is_asked_for_again_when_it_is_old_or_does_not_fit():
    clock, answers = Clock(), iter(range(10))
    fresh = Fresh(5, clock=clock)

    def ask():
        return next(answers)

    assert [fresh.get("a", ask), fresh.get("a", ask), fresh.get("b", ask)] == [0, 0, 1]
    assert fresh.get("a", ask, fits=lambda value: value > 0) == 2
    clock.now += 5
    assert fresh.last("a") == 2
    assert fresh.get("a", ask) == 3
    fresh.forget()
    assert fresh.last("a") is None


def test_no_more_than_so_many_keys_are_kept():
    fresh = Fresh(5, most=3)
    for key in range(4):
        fresh.get(key, lambda: key)
    assert [fresh.last(key) for key in range(4)] == [None, None, None, 3]
