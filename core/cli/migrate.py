"""`pinpu migrate`: brings the tables of core, tenants and plugins up to date."""

import click

from core.cli.database import connected
from core.cli.output import Progress, json_option, show
from core.cli.reseal import seal_what_lies_open
from core.cli.start import settings_from_environment
from core.kernel.migrate import migrate_all


@click.command("migrate")
@json_option
def command(as_json: bool) -> None:
    """Bring the database's tables up to date."""
    progress = Progress(silent=as_json)
    settings = settings_from_environment()
    with connected(settings, progress) as ready, progress.step("Updating the tables") as tell:
        moved = migrate_all(ready, say=tell)
        seal_what_lies_open(ready, moved)
    show(as_json, {"migrated": moved}, lambda: _words(moved))


def _words(moved: list[str]) -> str:
    return f"Updated: {', '.join(moved)}." if moved else "All tables are up to date."
