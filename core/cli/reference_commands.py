"""The page of commands: what `pinpu` can be told, from the commands themselves."""

import inspect
from collections.abc import Iterator

import click

from core.cli.reference_text import in_cell, table
from core.hooks.registry import HookRegistry

_HEAD = """# Commands

Generated from the commands; edit their help and run `pinpu docs`.

Results go to standard output, progress and problems to standard error. Exit code 0 is success, 1 a failure, 2 a wrong
request; with `--json` a failure is `{"error": …}`. `-h` explains any command.
"""


def commands_page(registry: HookRegistry) -> str:
    """`commands.md`: our own commands and those that tenants and plugins declare."""
    parts = [_HEAD]
    for name, command in sorted(_commands(registry).items()):
        parts += [_section(path, one) for path, one in _leaves(f"pinpu {name}", command)]
    return "\n".join(parts).rstrip() + "\n"


def _commands(registry: HookRegistry) -> dict[str, click.Command]:
    from core.cli import COMMANDS, pinpu  # noqa: PLC0415 - that package is what loads this module

    with click.Context(pinpu) as context:
        own = {name: pinpu.get_command(context, name) for name in COMMANDS}
    declared = (one for said in registry.declarations("declare_commands") for one in said.value)
    found = {name: command for name, command in own.items() if command is not None}
    return found | {one.name: one for one in declared if one.name}


def _leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, sub in sorted(command.commands.items()):
        yield from _leaves(f"{path} {name}", sub)


def _section(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    parts = [f"## {path}\n", f"```\n{usage}\n```\n", f"{inspect.cleandoc(command.help or '')}\n"]
    rows = [_option_row(one) for one in command.params if isinstance(one, click.Option)]
    return "\n".join([*parts, table(("option", ""), rows)] if rows else parts)


def _option_row(option: click.Option) -> tuple[str, str]:
    value = f" {option.metavar}" if option.metavar else ""
    names = ", ".join(f"`{name}{value}`" for name in option.opts)
    notes = [in_cell(option.help or "")]
    if option.required:
        notes.append("Required.")
    if isinstance(option.envvar, str) and option.is_flag:
        notes.append(f"Also `{option.envvar}=1`.")
    return names, " ".join(filter(None, notes))
