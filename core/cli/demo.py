"""`pinpu demo`: two example shops, ready to open, from nothing or from the last run."""

import shutil
import unicodedata
from dataclasses import asdict

import click

from core.cli.database import supervised
from core.cli.lan import invitations, with_doors
from core.cli.npm_packages import prepare_assets
from core.cli.output import Progress, json_option, show
from core.cli.problems import MISUSED, CommandProblem
from core.cli.processes import stop_signals
from core.cli.reseal import seal_what_lies_open
from core.cli.seeding import seeded
from core.cli.serve import require_ports, run_until_stopped, started
from core.cli.start import settings_from_environment
from core.kernel.embedded_postgres import make_home, remove_data, running_urls
from core.kernel.migrate import migrate_all
from core.rendering.extensions import Opening
from core.settings import Settings

# What a demo leaves in the data folder beside the database.
_LEFT_BEHIND = ("media", "test-gateway", "logs", "seeding-clock")


@click.command("demo")
@click.option("--reset", is_flag=True, envvar="RESET", help="Throw the demo's data away and start over.")
@click.option("--lan", is_flag=True, envvar="LAN", help="Let phones in the same network open the shops.")
@json_option
def command(reset: bool, lan: bool, as_json: bool) -> None:
    """Run the example shops and say what to open; Ctrl-C stops all of it, the next run resumes."""
    progress = Progress(silent=as_json)
    settings = settings_from_environment(demo=True)
    _require_unused(settings)
    if reset:
        _forget(settings)
    with stop_signals():
        with progress.step("Preparing browser files") as tell:
            prepare_assets(tell)
        with supervised(settings, progress) as (ready, server):
            with progress.step("Updating the tables") as tell:
                seal_what_lies_open(ready, migrate_all(ready, say=tell))
            openings = seeded(ready, progress)
            opened = with_doors(ready, openings) if lan else ready
            supervisor = started(opened, server, progress, in_files=not settings.dev)
            show(
                as_json,
                {"ready": True, "open": [asdict(one) for one in openings], "lan": dict(opened.lan_doors)},
                lambda: _invitation(openings, invitations(opened, openings) if lan else ""),
            )
            run_until_stopped(supervisor, progress)


def _require_unused(settings: Settings) -> None:
    """Says who runs with this data folder before complaining about ports."""
    if running_urls(settings.home) is not None:
        owner = (settings.home / "supervisor.lock").read_text().strip()
        raise CommandProblem(
            f"Pinpu already runs with the data folder {settings.home} (process {owner}): stop it first, "
            "or choose another folder with PINPU_HOME."
        )
    require_ports(settings)


def _forget(settings: Settings) -> None:
    if settings.has_own_database:
        raise CommandProblem(
            "RESET=1 only empties the embedded database: empty your own yourself, or unset DATABASE_URL.",
            MISUSED,
        )
    remove_data(settings.home)
    for name in _LEFT_BEHIND:
        shutil.rmtree(settings.home / name, ignore_errors=True)
    make_home(settings.home)


def _invitation(openings: list[Opening], on_phones: str) -> str:
    """What to open, in columns; a Chinese character is as wide as two."""
    width = max((_width(one.title) for one in openings), default=0)
    lines = [
        f"  {one.title}{' ' * (width - _width(one.title))}  {one.address}  {one.note}".rstrip()
        for one in openings
    ]
    return "\n".join(
        ["", "Pinpu 拼铺 is ready. Open:", "", *lines, ""]
        + ([on_phones, ""] if on_phones else [])
        + ["Ctrl-C stops it; the next run resumes."]
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
