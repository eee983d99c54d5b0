"""`pinpu worker`: runs jobs until it is stopped."""

import click

from core.cli.database import connected
from core.cli.output import Progress
from core.cli.start import settings_from_environment


@click.command("worker")
def command() -> None:
    """Run jobs: payments, timers, events; until it is stopped."""
    from core.jobs.worker import run_worker  # noqa: PLC0415 - loads every part of the program

    with connected(settings_from_environment(), Progress()) as settings:
        run_worker(settings)
