"""Fills the example shops: their past is played under a clock of its own, with the test gateway beside it."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from core.app import boot, demo_seeders
from core.cli.output import Progress
from core.cli.problems import CommandProblem
from core.cli.processes import Supervisor, programs_for
from core.kernel import clock
from core.rendering.extensions import DemoSeed, Opening
from core.settings import Settings

_CLOCK = "seeding-clock"


def seeded(settings: Settings, progress: Progress) -> list[Opening]:
    """Lets every part fill its examples, in order; what is there stays. Returns what to open."""
    with progress.step("Preparing the example shops") as tell, _with_a_past(settings) as moved:
        seeds: list[DemoSeed] = demo_seeders(boot(moved, pool_size=4))
        return [
            opening for seed in sorted(seeds, key=lambda one: one.order) for opening in seed.run(moved, tell)
        ]


@contextlib.contextmanager
def _with_a_past(settings: Settings) -> Iterator[Settings]:
    """Settings with a clock that can be moved, and the test gateway running by the same clock."""
    if not settings.starts_test_gateway:
        raise CommandProblem(
            "The demo plays payments at its own test gateway: unset PINPU_TEST_GATEWAY_URL, or run `pinpu serve`."
        )
    moved = replace(settings, clock_file=settings.clock_file or settings.home / _CLOCK)
    assert moved.clock_file is not None
    before = moved.clock_file.read_text() if moved.clock_file.exists() else None
    gateway = [one for one in programs_for(moved, logs=settings.home / "logs") if one.name == "gateway"]
    supervisor = Supervisor(gateway)
    supervisor.start()
    try:
        yield moved
    finally:
        supervisor.stop()
        if before is None or settings.clock_file is None:
            moved.clock_file.unlink(missing_ok=True)
        else:
            moved.clock_file.write_text(before)
        clock.install_system_clock()
        if settings.clock_file is not None:
            clock.install(clock.FileClock(settings.clock_file))
