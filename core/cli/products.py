"""`pinpu products import`: brings a product file into a shop, here and now."""

from dataclasses import asdict
from pathlib import Path

import click

from core.cli.database import connected
from core.cli.output import Progress, json_option, show
from core.cli.problems import FAILED
from core.cli.start import settings_from_environment
from core.commerce.merchandising.import_runs import ImportReport, import_products_file
from core.commerce.merchandising.row_problems import RowProblem


@click.group("products")
def command() -> None:
    """Products of a shop."""


@command.command("import")
@click.option(
    "--shop", "handle", required=True, metavar="HANDLE", help="The shop's handle, as in `pinpu shop list`."
)
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@json_option
def import_file(handle: str, dry_run: bool, file: Path, as_json: bool) -> int:
    """Import FILE, a table of products in XLSX or CSV; a second import updates by handle, or by name without one.

    The first row names the columns, as Shopify's exports or the console's template do. When another import of the shop
    runs, this one waits for its turn and the worker carries it out.

    Exit code 1 means that products were skipped, or that the file was refused as a whole.
    """
    from core.app import boot  # noqa: PLC0415 - loads every part of the program

    progress = Progress(silent=as_json)
    with connected(settings_from_environment(), progress) as settings:
        boot(settings)
        with progress.step("Checking products" if dry_run else "Importing products") as tell:
            report = import_products_file(
                handle, file, dry_run=dry_run, on_progress=lambda done, total: tell(f"{done} of {total}")
            )
    show(as_json, _data(report), lambda: _words(report))
    return FAILED if report.skipped or any(one.level == "error" for one in report.problems) else 0


def _data(report: ImportReport) -> dict[str, object]:
    data = asdict(report)
    data["problems"] = [
        {"line": one.line, "column": one.column, "reason": one.text, "level": one.level}
        for one in report.problems
    ]
    return data


def _words(report: ImportReport) -> str:
    if report.state == "waiting":
        return f"{report.file_name}: another import of this shop runs; this one begins by itself when it is over."
    will = "would be " if report.dry_run else ""
    lines = [
        f"{report.file_name}: {report.total} products, prices in {report.currency}.",
        f"{report.created} {will}created, {report.updated} {will}updated, {report.skipped} {will}skipped.",
    ]
    return "\n".join([*lines, *map(_problem, report.problems)])


def _problem(problem: RowProblem) -> str:
    place = ", ".join(
        part for part in (f"line {problem.line}" if problem.line else "", problem.column) if part
    )
    kind = {"error": "skipped", "picture": "picture", "note": "note"}[problem.level]
    return f"  {kind} · {place + ': ' if place else ''}{problem.text}"
