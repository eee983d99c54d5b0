"""`python -m core.testing.gateway --port N --home DIR`: the test gateway as a program."""

import os
import sqlite3
from pathlib import Path

import click

from core.kernel import clock
from core.kernel.logs import configure_logging
from core.testing.gateway.server import serve


@click.command(help="A payment gateway that moves no money, for demos and tests.")
@click.option("--port", type=click.IntRange(1, 65535), required=True)
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--public-url", default="", help="Where buyers' browsers reach it, if not at the same address.")
def main(port: int, home: Path, host: str, public_url: str) -> None:
    """Serve until stopped."""
    configure_logging(os.environ.get("PINPU_LOG_FORMAT", "text"))
    if moved := os.environ.get("PINPU_CLOCK_FILE"):
        clock.install(clock.FileClock(Path(moved)))
    try:
        serve(port, home, host=host, public_url=public_url)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(
            f"The test gateway cannot start at port {port} with its data in {home}: {why}."
        ) from error


if __name__ == "__main__":
    main()
