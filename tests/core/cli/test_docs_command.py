"""`pinpu docs`: pages are written once, drift is named, and a page says all that its class or command says (unit)."""

import json
from dataclasses import dataclass, field

import click
import pytest
from click.testing import CliRunner

from core.cli import docs, reference_commands, reference_text
from core.cli.reference_pages import errors_page, product_errors
from core.kernel.errors import PinpuError

PAGES = {"hooks.md": "# Hooks\n", "events.md": "# Events\n"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder in place of docs/reference, and two short pages in place of all."""
    monkeypatch.setattr(docs, "FOLDER", tmp_path / "reference")
    monkeypatch.setattr(docs, "reference_pages", lambda: dict(PAGES))
    return tmp_path / "reference"


def pinpu_docs(*arguments):
    return CliRunner().invoke(docs.command, arguments, standalone_mode=False)


def test_pages_are_written_and_then_fit(folder):
    assert pinpu_docs().output == "Written: events.md, hooks.md.\n"
    assert {path.name: path.read_text() for path in folder.iterdir()} == PAGES
    done = pinpu_docs("--check")
    assert (done.output, done.return_value) == ("The reference pages fit the code.\n", 0)


def test_check_names_missing_changed_and_stray_pages_and_writes_nothing(folder):
    folder.mkdir()
    (folder / "events.md").write_text("# Old\n")
    (folder / "gone.md").write_text("# Gone\n")
    done = pinpu_docs("--check", "--json")
    assert done.return_value == 1
    assert json.loads(done.output)["drifted"] == ["events.md", "gone.md", "hooks.md"]
    assert sorted(path.name for path in folder.iterdir()) == ["events.md", "gone.md"]
    assert (folder / "events.md").read_text() == "# Old\n"


def test_stray_page_stays_named_after_writing(folder):
    folder.mkdir()
    (folder / "gone.md").write_text("# Gone\n")
    pinpu_docs()
    assert docs.drifted_pages(folder, PAGES) == ["gone.md"]


def test_command_shows_usage_help_and_options():
    @click.command("weigh")
    @click.argument("parcel")
    @click.option("--unit", metavar="UNIT", required=True, help="g | kg.")
    @click.option("--dry-run", is_flag=True, envvar="DRY", help="Only say it.")
    def weigh(parcel, unit, dry_run):
        """Weigh a parcel."""

    assert reference_commands._section("pinpu weigh", weigh) == (
        "## pinpu weigh\n\n```\npinpu weigh [OPTIONS] PARCEL\n```\n\nWeigh a parcel.\n\n"
        "| option |  |\n| --- | --- |\n| `--unit UNIT` | g \\| kg. Required. |\n| `--dry-run` | Only say it. Also `DRY=1`. |\n"
    )


def test_fields_show_types_and_words_without_breaking_the_table():
    @dataclass(frozen=True)
    class Parcel:
        """A thing to send. It has a weight."""

        weight: int | None = field(default=None, metadata={"help": "In grams | 0 for air."})

    assert reference_text.field_rows(Parcel) == [("`weight`", "`int \\| None`", "In grams \\| 0 for air.")]
    assert reference_text.first_sentence(Parcel) == "A thing to send."


def test_errors_of_tests_are_no_part_of_the_product():
    class Stray(PinpuError):
        """Only here."""

        code = "stray.error"

    assert Stray not in product_errors()
    assert "stray.error" not in errors_page()
