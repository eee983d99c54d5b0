"""Turns expected failures into one sentence and an exit code; everything else keeps its traceback."""

import errno

import psycopg
import sqlalchemy.exc

from core.hooks.errors import BootError
from core.kernel.catalog_check import CatalogUnsound
from core.kernel.embedded_postgres import EmbeddedPostgresError
from core.kernel.errors import PinpuError
from core.rendering.assets import AssetProblem
from core.settings import SettingsError

FAILED = 1
MISUSED = 2


class CommandProblem(Exception):
    """A command cannot go on; `message` is one sentence, `exit_code` 1 (it failed) or 2 (asked wrongly)."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


def explained(problem: BaseException) -> tuple[str, int] | None:
    """The sentence and exit code for a failure that people cause or can mend, or None for a defect of ours."""
    if isinstance(problem, CommandProblem):
        return problem.message, problem.exit_code
    if isinstance(problem, SettingsError):
        return problem.message, MISUSED
    if isinstance(problem, EmbeddedPostgresError | AssetProblem):
        return problem.message, FAILED
    if isinstance(problem, PinpuError):
        return " ".join(part for part in (problem.text, problem.fix_text) if part), FAILED
    if isinstance(problem, BootError | CatalogUnsound):
        return str(problem), FAILED
    return _explained_by_system(problem)


def _explained_by_system(problem: BaseException) -> tuple[str, int] | None:
    database = problem.orig if isinstance(problem, sqlalchemy.exc.DBAPIError) else problem
    if isinstance(database, psycopg.errors.DiskFull):
        return "The database's disk is full: free some space and try again.", FAILED
    if isinstance(database, psycopg.OperationalError):
        said = " ".join(str(database).split()) or "no reason given"
        return f"The database does not answer: {said}.", FAILED
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: {problem.filename or 'a file'} could not be written.", FAILED
    return None
