"""`pinpu hooks`: every hook with its signature, order and implementers."""

from dataclasses import asdict

import click

from core.app import plugin_registry
from core.cli.output import json_option, show
from core.cli.start import settings_from_environment
from core.hooks.registry import HookInfo


@click.command("hooks")
@click.argument("name", required=False, default="")
@json_option
def command(name: str, as_json: bool) -> None:
    """List the hooks; NAME narrows the list to hooks that contain it."""
    registry = plugin_registry(settings_from_environment())
    found = [hook for hook in registry.hooks() if name in hook.name]
    show(
        as_json,
        {"hooks": [asdict(hook) for hook in found], "report": registry.report()},
        lambda: "\n".join([*map(_words, found), registry.report()]),
    )


def _words(hook: HookInfo) -> str:
    implementers = ", ".join(hook.implementers) or "nobody yet"
    lines = [
        hook.signature,
        f"  {hook.summary}",
        f"  on failure: {hook.policy}",
        f"  called in order: {implementers}",
    ]
    return "\n".join(lines) + "\n"
