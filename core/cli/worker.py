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
        platform = boot(settings, pool_size=CONNECTIONS)
        if settings.dev:
            # Of all processes the only one that there is once: who writes a plugin reads here what became of it.
            click.echo(platform.registry.report(), err=True)
        run_worker(platform)
