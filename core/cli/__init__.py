"""`pinpu …`: starts, inspects and feeds the program. The terminal speaks English; browsers speak the user's language."""

import importlib
import json
import os
import sys
import tomllib

import click

from core.cli.problems import MISUSED, explained
from core.cli.start import settings_from_environment
from core.settings import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
# Each is a module here with a click command of the same name.
COMMANDS = (
    "assets",
    "audit",
    "demo",
    "docs",
    "doctor",
    "hooks",
    "migrate",
    "products",
    "reseal",
    "serve",
    "worker",
)


class _Commands(click.Group):
    """Our own commands by name, loaded when asked for; then those that tenants and plugins declare."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *_declared()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return _declared().get(cmd_name)
        # Loaded by name: most commands need only a part of the program, and all of it takes a second.
        command: click.Command = importlib.import_module(f"core.cli.{cmd_name}").command  # noqa: TID251
        return command


def _declared() -> dict[str, click.Command]:
    from core.app import plugin_registry  # noqa: PLC0415 - see get_command

    said = plugin_registry(settings_from_environment()).declarations("declare_commands")
    return {command.name: command for one in said for command in one.value if command.name}


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="pinpu")
def pinpu() -> None:
    """Pinpu 拼铺: shops whose marketing plugins are switched on one by one."""


def main() -> None:
    """Runs one command; an expected failure is one sentence on standard error and exit code 1 or 2."""
    try:
        code = pinpu.main(prog_name="pinpu", standalone_mode=False)
    except click.ClickException as misuse:
        _fail(misuse.format_message(), MISUSED)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as problem:
        known = explained(problem)
        if known is None:
            raise
        _fail(*known)
    else:
        sys.exit(code if isinstance(code, int) else 0)


def _fail(sentence: str, code: int) -> None:
    if "--json" in sys.argv:
        click.echo(json.dumps({"error": sentence}, ensure_ascii=False))
    click.echo(f"pinpu: {sentence}", err=True)
    sys.exit(code)
