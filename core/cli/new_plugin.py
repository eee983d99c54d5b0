"""`pinpu plugin new`: a promotion of one file and its test, which work as they are written."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

import click

from core.cli.output import json_option, show
from core.cli.problems import MISUSED, CommandProblem
from core.cli.start import settings_from_environment
from core.hooks.manifest import SLUG

_TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True, slots=True)
class NewPlugin:
    """The two files of a plugin that is about to exist."""

    name: str
    folder: Path

    @property
    def code(self) -> Path:
        """The plugin itself."""
        return self.folder / f"{self.name}.py"

    @property
    def test(self) -> Path:
        """Its test."""
        return test_file(self.folder, self.name)

    def text(self, template: str) -> str:
        """What stands in the file that is made from `template`."""
        words = self.name.replace("_", " ")
        fields = {
            "name": self.name,
            "class_name": words.title().replace(" ", ""),
            "title": words.capitalize(),
        }
        return Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(fields)


def test_file(folder: Path, name: str) -> Path:
    """Where the test of a one-file plugin stands: tests mirror the tree, so `plugins/x.py` has `tests/plugins/test_x.py`."""
    return folder.parent / "tests" / folder.name / f"test_{name}.py"


@click.command("new")
@click.argument("name")
@json_option
def command(name: str, as_json: bool) -> None:
    """Write a working promotion NAME of one file, with a test."""
    made = NewPlugin(name, settings_from_environment().plugin_folder)
    _require_free(made)
    made.code.write_text(made.text("promotion.py.txt"), encoding="utf-8")
    made.test.parent.mkdir(parents=True, exist_ok=True)
    made.test.write_text(made.text("test_promotion.py.txt"), encoding="utf-8")
    show(as_json, {"name": name, "files": [str(made.code), str(made.test)]}, lambda: _words(made))


def _require_free(made: NewPlugin) -> None:
    if not SLUG.fullmatch(made.name):
        said = f"“{made.name}” cannot be a plugin's name: letters a–z, digits and _, beginning with a letter, 2 to 40 long."
        raise CommandProblem(said, MISUSED)
    if not made.folder.is_dir():
        raise CommandProblem(f"There is no folder {made.folder} for plugins.")
    for taken in (made.code, made.test, made.folder / made.name):
        if taken.exists():
            raise CommandProblem(f"{taken} is there already; nothing was written. Choose another name.")


def _words(made: NewPlugin) -> str:
    return "\n".join([
        f"{_shown(made.code)}   takes 10 off from 100 on; the merchant may change both",
        f"{_shown(made.test)}   tries it on real baskets",
        "",
        f"Try it:         pinpu plugin test {made.name}",
        f"Switch it on:   pinpu plugin on --shop HANDLE {made.name}   (or in the console, under Plugins)",
    ])  # fmt: skip


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
