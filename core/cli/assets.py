"""`pinpu assets`: fetches the pinned browser packages and builds what pages load."""

import click

from core.cli.npm_packages import prepare_assets
from core.cli.output import Progress, json_option, show


@click.command("assets")
@json_option
def command(as_json: bool) -> None:
    """Fetch and build the browser files; quick when nothing changed."""
    with Progress(silent=as_json).step("Preparing browser files") as tell:
        built = prepare_assets(tell)
    show(
        as_json,
        {"changed": built.changed, "files": built.marks},
        lambda: f"{len(built.marks)} browser files are {'built' if built.changed else 'up to date'}.",
    )
