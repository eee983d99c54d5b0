"""Puts implementations in an order that is stated, never accidental: stage, then before/after, then name."""

import heapq
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.hooks.errors import HookOrderError


@dataclass(frozen=True, slots=True)
class Wish:
    """`first` runs before `second`, as somebody wrote at `place`."""

    first: str
    second: str
    place: str


def ordered(names: Iterable[str], wishes: Iterable[Wish], *, subject: str) -> tuple[str, ...]:
    """`names` sorted so that every wish holds, by name where no wish speaks.

    Wishes about names that are not there do not matter. Raises HookOrderError naming one cycle and who asked for it;
    `subject` is what is being ordered (a hook's name).
    """
    present = sorted(set(names))
    applying = [wish for wish in wishes if wish.first in present and wish.second in present]
    followers: dict[str, set[str]] = {name: set() for name in present}
    waiting = dict.fromkeys(present, 0)
    for wish in applying:
        if wish.second not in followers[wish.first]:
            followers[wish.first].add(wish.second)
            waiting[wish.second] += 1
    ready = [name for name in present if not waiting[name]]
    done: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        done.append(name)
        for follower in followers[name]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, follower)
    if len(done) < len(present):
        raise HookOrderError([_cycle_text(subject, _cycle(followers, set(present) - set(done)), applying)])
    return tuple(done)


def _cycle(followers: Mapping[str, set[str]], stuck: set[str]) -> list[str]:
    """One cycle, its smallest name first and repeated at the end; the same one whatever the input order."""
    # Every stuck name waits for another stuck one; walking backwards must therefore come round.
    waits_for = {name: min(one for one in stuck if name in followers[one]) for name in stuck}
    path = [min(stuck)]
    while waits_for[path[-1]] not in path:
        path.append(waits_for[path[-1]])
    path = path[path.index(waits_for[path[-1]]) :][::-1]
    turn = path.index(min(path))
    return [*path[turn:], *path[:turn], path[turn]]


def _cycle_text(subject: str, path: list[str], wishes: list[Wish]) -> str:
    reasons = []
    for first, second in itertools.pairwise(path):
        wish = min((w for w in wishes if (w.first, w.second) == (first, second)), key=lambda w: w.place)
        reasons.append(f"{first} before {second}: {wish.place}")
    return f"{subject}: {' → '.join(path)} is a cycle ({'; '.join(reasons)})"
