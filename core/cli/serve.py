"""`pinpu serve`: web, worker, test gateway and embedded database as one program."""

from collections.abc import Callable
from dataclasses import replace

import click

from core.cli.database import supervised
from core.cli.npm_packages import require_assets
from core.cli.output import Progress, json_option, show
from core.cli.processes import Supervisor, programs_for, require_free_port, stop_signals
from core.cli.reseal import seal_what_lies_open
from core.cli.source_watch import Change, SourceWatch
from core.cli.start import settings_from_environment
from core.kernel.embedded_postgres import EmbeddedPostgres
from core.kernel.migrate import migrate_all
from core.settings import ROOT, Settings


@click.command("serve")
@click.option(
    "--dev", is_flag=True, help="For writing plugins: what is saved runs at once; tracebacks are shown."
)
@json_option
def command(dev: bool, as_json: bool) -> None:
    """Run web and worker, with what they print on standard error; Ctrl-C stops all of it."""
    progress = Progress(silent=as_json)
    settings = settings_from_environment()
    settings = replace(settings, dev=settings.dev or dev)
    require_ports(settings)
    require_assets()
    with stop_signals(), supervised(settings, progress) as (ready, server):
        with progress.step("Updating the tables") as tell:
            seal_what_lies_open(ready, migrate_all(ready, say=tell))
        supervisor = started(ready, server, progress, in_files=False)
        address = f"http://127.0.0.1:{ready.port}"
        show(as_json, {"ready": True, "address": address}, lambda: f"Pinpu serves at {address}")
        run_until_stopped(supervisor, progress)


def require_ports(settings: Settings) -> None:
    """Raises a CommandProblem when a port we are going to listen on is taken."""
    require_free_port(settings.port, "PINPU_PORT")
    if settings.starts_test_gateway:
        require_free_port(settings.gateway_port, "PINPU_GATEWAY_PORT")


def started(
    settings: Settings, server: EmbeddedPostgres | None, progress: Progress, *, in_files: bool
) -> Supervisor:
    """A supervisor whose programs are ready; `in_files` keeps what they print in the data folder."""
    programs = programs_for(settings, logs=settings.home / "logs" if in_files else None)
    supervisor = Supervisor(programs, database=server, changed=_change(settings), note=progress.note)
    with progress.step("Starting web and worker"):
        supervisor.start()
    return supervisor


def _change(settings: Settings) -> Callable[[], Change | None]:
    if not settings.dev:
        return lambda: None
    return SourceWatch(
        settings.plugin_folder, *(ROOT / name for name in ("core", "tenants", "themes"))
    ).changed


def run_until_stopped(supervisor: Supervisor, progress: Progress) -> None:
    """Watches until Ctrl-C or a stop signal, then stops everything in order; that is a good end."""
    try:
        supervisor.run()
    except KeyboardInterrupt:
        progress.note("")
    finally:
        with progress.step("Stopping"):
            supervisor.stop()
