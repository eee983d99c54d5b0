"""`pinpu worker`: runs jobs until it is stopped."""

import click

from core.app import boot
from core.cli.database import connected, require_tables
from core.cli.output import Progress
from core.cli.start import settings_from_environment
from core.jobs.worker import CONNECTIONS, run_worker


@click.command("worker")
def command() -> None:
    """Run jobs: payments, timers, events; until it is stopped."""
    with connected(settings_from_environment(), Progress()) as settings:
        require_tables(settings)
        run_worker(boot(settings, pool_size=CONNECTIONS))
