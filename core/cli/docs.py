"""`pinpu docs`: writes the generated reference pages, or says which of them no longer fit the code."""

from pathlib import Path

import click

from core.cli.output import json_option, show
from core.cli.problems import FAILED
from core.cli.reference_pages import reference_pages
from core.settings import ROOT

FOLDER = ROOT / "docs" / "reference"


@click.command("docs")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a page no longer fits the code.")
@json_option
def command(check: bool, as_json: bool) -> int:
    """Write docs/reference from hooks, events, errors, page contexts, settings and commands."""
    pages = reference_pages()
    drifted = drifted_pages(FOLDER, pages)
    if not check:
        write_pages(FOLDER, {name: pages[name] for name in drifted if name in pages})
    show(as_json, {"folder": str(FOLDER), "drifted": drifted}, lambda: _words(drifted, check=check))
    return FAILED if check and drifted else 0


def drifted_pages(folder: Path, pages: dict[str, str]) -> list[str]:
    """Names of pages whose file is missing or says something else, and of files that are no page any more."""
    there = {path.name: path.read_text() for path in folder.glob("*.md")} if folder.is_dir() else {}
    return sorted(
        {name for name, text in pages.items() if there.get(name) != text} | (there.keys() - pages.keys())
    )


def write_pages(folder: Path, pages: dict[str, str]) -> None:
    """Write `pages` (file name → text) into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text)


def _words(drifted: list[str], *, check: bool) -> str:
    if not drifted:
        return "The reference pages fit the code."
    names = ", ".join(drifted)
    return (
        f"These pages no longer fit the code: {names}. Run `pinpu docs`." if check else f"Written: {names}."
    )
