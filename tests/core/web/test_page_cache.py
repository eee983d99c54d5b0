"""The page cache itself: age, size, keys."""

from dataclasses import replace

import pytest

from core.hooks.dispatch import PluginSets
from core.web.page_cache import SECONDS, PageCache, PageKey

KEY = PageKey("tea.localhost", 1, "/", "zh-CN", 7, PluginSets())


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    return PageCache(most_bytes=100, clock=clock)


def test_page_is_kept_for_seconds_only(cache, clock):
    cache.put(KEY, "page")
    clock.now += SECONDS - 0.1
    assert cache.get(KEY) == "page"
    clock.now += 0.2
    assert cache.get(KEY) is None


def test_block_may_shorten_the_age_and_never_lengthens_it(cache, clock):
    cache.put(KEY, "short", max_age=1)
    cache.put(replace(KEY, path="/long"), "long", max_age=3600)
    cache.put(replace(KEY, path="/never"), "never", max_age=0)
    assert cache.get(replace(KEY, path="/never")) is None
    clock.now += 1.1
    assert cache.get(KEY) is None
    clock.now += SECONDS
    assert cache.get(replace(KEY, path="/long")) is None


@pytest.mark.parametrize(
    "other",
    [
        {"host": "other.localhost"},
        {"shop_id": 2},
        {"path": "/?variant=x"},
        {"language": "en"},
        {"epoch": 8},
        {"plugins": PluginSets.of(["group_buy"])},
    ],
)
def test_page_is_for_its_key_only(cache, other):
    cache.put(KEY, "page")
    assert cache.get(replace(KEY, **other)) is None


def test_pages_used_last_stay_when_room_runs_out(cache):
    first, second, third = (replace(KEY, path=f"/{n}") for n in range(3))
    cache.put(first, "x" * 40)
    cache.put(second, "x" * 40)
    cache.get(first)
    cache.put(third, "x" * 40)
    assert (cache.get(first), cache.get(second), cache.get(third)) == ("x" * 40, None, "x" * 40)
    cache.put(first, "y" * 101)
    assert cache.get(first) is None
    assert len(cache) == 0


def test_hits_and_misses_are_counted(cache):
    cache.get(KEY)
    cache.put(KEY, "page")
    cache.get(KEY)
    assert (cache.hits, cache.misses) == (1, 1)
