"""`pinpu plugin check` and `pinpu plugin test`: what a plugin's developer asks before every commit."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from marshmallow import Schema

from core.app import add_catalogues, add_words_of_files, plugin_registry
from core.cli.new_plugin import test_file
from core.cli.output import json_option, show
from core.cli.problems import FAILED, CommandProblem
from core.cli.start import settings_from_environment
from core.hooks.loading import LoadedPlugin
from core.hooks.registry import HookRegistry
from core.kernel.i18n import gettext, speaking
from core.settings import ROOT, Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a plugin; only with a `must` its code is not called."""

    plugin: str
    level: str
    place: str
    message: str
    fix: str = ""


@click.command("check")
@click.argument("name", required=False, default="")
@json_option
def check(name: str, as_json: bool) -> None:
    """Check plugin NAME, or every plugin; exit code 1 when one of them is refused."""
    settings = settings_from_environment()
    registry = plugin_registry(settings)
    add_catalogues(settings.plugin_folder)
    add_words_of_files(registry)
    chosen = _chosen(registry, name)
    found = [finding for one in chosen for finding in findings(one, registry, settings)]
    names = [one.name for one in chosen]
    show(
        as_json,
        {"plugins": names, "findings": [asdict(one) for one in found]},
        lambda: _words(names, found),
    )
    if any(one.level == "must" for one in found):
        sys.exit(FAILED)


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(name: str, pytest_arguments: tuple[str, ...]) -> None:
    """Run the tests of plugin NAME; further arguments go to pytest."""
    folder = settings_from_environment().plugin_folder
    paths = [path for path in _tests_of(name, folder) if path.exists()]
    if not paths:
        one_file, tests = _tests_of(name, folder)
        raise CommandProblem(f"There are no tests at {one_file} or in {tests}.")
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml")]
    command += [*map(str, paths), *pytest_arguments]
    # Whoever calls this may run any program here anyway.
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)  # noqa: S603


def findings(plugin: LoadedPlugin, registry: HookRegistry, settings: Settings) -> Iterator[Finding]:
    """Everything there is to say about one plugin: why it is refused, else what its users would miss."""
    for problem in plugin.problems:
        yield Finding(plugin.name, "must", problem.place, problem.message, problem.fix)
    if plugin.problems:
        return
    yield from _untranslated(plugin, registry)
    tests = _tests_of(plugin.name, settings.plugin_folder)
    if not any(path.exists() for path in tests):
        yield Finding(
            plugin.name, "should", plugin.name, "has no test.", f"Write {tests[plugin.folder is not None]}."
        )


def _tests_of(name: str, folder: Path) -> tuple[Path, Path]:
    """Where the tests of a one-file plugin and of a folder are."""
    return test_file(folder, name), folder / name / "tests"


def _untranslated(plugin: LoadedPlugin, registry: HookRegistry) -> Iterator[Finding]:
    for words in _form_words(plugin, registry):
        with speaking("zh-CN"):
            unknown = gettext(words) == words
        if unknown and words.isascii():
            fix = 'Add it to locales/zh_Hans/*.po, or to zh = {"…": "…"} in a plugin of one file.'
            yield Finding(plugin.name, "should", plugin.name, f"“{words}” has no Chinese.", fix)


def _form_words(plugin: LoadedPlugin, registry: HookRegistry) -> Iterator[str]:
    for said in registry.declarations("declare_settings"):
        if said.plugin == plugin.name and isinstance(said.value, type) and issubclass(said.value, Schema):
            for one in said.value().fields.values():
                yield from filter(None, (one.metadata.get(key, "") for key in ("label", "help", "unit")))


def _chosen(registry: HookRegistry, name: str) -> list[LoadedPlugin]:
    if name and name not in registry.plugins:
        raise CommandProblem(f"There is no plugin called “{name}” here.")
    return [one for key, one in sorted(registry.plugins.items()) if name in ("", key)]


def _words(names: list[str], found: list[Finding]) -> str:
    lines = []
    for name in names:
        own = [one for one in found if one.plugin == name]
        refused = any(one.level == "must" for one in own)
        lines.append(
            f"{name}: {'refused' if refused else 'loads'}" + (", with remarks" if own and not refused else "")
        )
        lines += [f"  {one.place}  {one.message} {one.fix}".rstrip() for one in own]
    return "\n".join(lines) or "There is no plugin here."
