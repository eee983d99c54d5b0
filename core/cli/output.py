"""What commands say: results on standard output for people or as JSON, progress on standard error."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for scripts.")


def show(as_json: bool, data: Any, text: Callable[[], str]) -> None:
    """Prints one result: `data` as JSON, or what `text` makes of it for people."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, default=str))
    else:
        click.echo(text())


class Detail:
    """What a step is busy with; call it to change the words."""

    text = ""

    def __call__(self, text: str) -> None:
        """From now on, `text`."""
        self.text = text


class Progress:
    """Says what is being done while it takes time; silent for scripts that asked for JSON."""

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._live = sys.stderr.isatty()

    @contextmanager
    def step(self, title: str) -> Iterator[Detail]:
        """Shows `title` with the seconds it takes; the block may tell the detail it is given what it does."""
        if self._silent:
            yield Detail()
            return
        begun, ended, detail = time.monotonic(), threading.Event(), Detail()

        def tick() -> None:
            while not ended.wait(0.2):
                self._line(title, detail.text, time.monotonic() - begun)

        ticker = threading.Thread(target=tick, daemon=True)
        if self._live:
            ticker.start()
        else:
            click.echo(f"· {title} …", err=True)
        try:
            yield detail
        except BaseException:
            self._end(ended, ticker, f"✗ {title}")
            raise
        self._end(ended, ticker, f"✓ {title} {_seconds(time.monotonic() - begun)}".rstrip())

    def note(self, text: str) -> None:
        """One line beside the results."""
        if not self._silent:
            click.echo(text, err=True)

    def _line(self, title: str, detail: str, seconds: float) -> None:
        width = 78
        text = " ".join(part for part in ("·", title, detail, _seconds(seconds)) if part)[:width]
        click.echo(f"\r\033[K{text}", err=True, nl=False)

    def _end(self, ended: threading.Event, ticker: threading.Thread, line: str) -> None:
        ended.set()
        if self._live:
            ticker.join()
            line = f"\r\033[K{line}"
        click.echo(line, err=True)


def _seconds(seconds: float) -> str:
    return f"({seconds:.0f} s)" if seconds >= 1 else ""
