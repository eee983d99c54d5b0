"""`pinpu audit`: asks live data whether the invariants hold, and names the rows that break them."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from core.cli.database import connected
from core.cli.output import Progress, json_option, show
from core.cli.problems import FAILED, CommandProblem
from core.cli.start import settings_from_environment
from core.commerce.shops.queries import scope_of_handle

if TYPE_CHECKING:
    from core.jobs.audit import Finding


@click.command("audit")
@click.option("--shop", "handle", metavar="HANDLE", help="Only this shop; by default all open ones.")
@json_option
def command(handle: str | None, as_json: bool) -> int:
    """Check money, stock, seats and the walls between shops; exit code 1 if a row breaks a rule."""
    from core.app import boot  # noqa: PLC0415 - loads every part of the program
    from core.jobs.audit import INVARIANTS, findings  # noqa: PLC0415 - after every table is known

    progress = Progress(silent=as_json)
    found: list[Finding] = []
    with connected(settings_from_environment(), progress) as settings:
        boot(settings, pool_size=2, checked=False)
        if handle is not None and scope_of_handle(handle) is None:
            raise CommandProblem(f"There is no open shop with the handle “{handle}”.")
        with progress.step("Auditing") as tell:
            for one in findings(handle):
                tell(f"{one.code} {one.shop}")
                found.append(one)
    rules = {one.code: one.rule for one in INVARIANTS}
    data = {"sound": not found, "findings": [asdict(one) for one in found]}
    show(as_json, data, lambda: _words(found, rules))
    return FAILED if found else 0


def _words(found: "list[Finding]", rules: dict[str, str]) -> str:
    if not found:
        return "Every invariant holds."
    lines = [
        f"{one.code} {one.shop + ': ' if one.shop else ''}{one.thing}: {one.said}"
        for one in sorted(found, key=lambda one: (one.shop, one.code))
    ]
    codes = dict.fromkeys(one.code for one in found)
    lines += [f"  {code}: {rules[code]}" for code in codes if code in rules]
    return "\n".join([*lines, f"{len(found)} rows break a rule."])
