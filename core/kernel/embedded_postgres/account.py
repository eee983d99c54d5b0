"""Under which system account a private server runs: our own, or a dedicated one when we are root."""

import contextlib
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNT_NAME = "pinpu-postgres"


@dataclass(frozen=True)
class ServerAccount:
    """A user and group number; both None means the account this process already has."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        """Arguments that make `subprocess` run something under this account, with no inherited group."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through the folder and everything above it."""
        return self.can_run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])

    def can_run(self, command: list[str]) -> bool:
        """Whether the account can start the program and it ends well."""
        try:
            done = subprocess.run(  # noqa: S603 - commands come from this package only
                command, cwd="/", check=False, capture_output=True, timeout=60, **self.popen_arguments()
            )
        except OSError:
            return False
        return done.returncode == 0

    def take(self, path: Path) -> None:
        """Makes the account the owner of a file or folder we have just made."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_account(data: Path) -> ServerAccount:
    """The account for a server with this data folder; PostgreSQL refuses root, so root gets a dedicated one.

    Data that exist keep their owner. Otherwise the account is `pinpu-postgres`, made when missing; where none
    can be made (a read-only system, no `useradd`), `nobody`.
    """
    if os.geteuid() != 0:
        return ServerAccount()
    if data.exists() and data.stat().st_uid != 0:
        return ServerAccount(data.stat().st_uid, data.stat().st_gid)
    entry = _account_entry(ACCOUNT_NAME) or _made_account() or pwd.getpwnam("nobody")
    return ServerAccount(entry.pw_uid, entry.pw_gid)


def _made_account() -> pwd.struct_passwd | None:
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(  # noqa: S603 - constant arguments
            ["useradd", *options, "--shell", "/usr/sbin/nologin", ACCOUNT_NAME],  # noqa: S607 - the system's own
            check=False,
            capture_output=True,
            timeout=30,
        )
    return _account_entry(ACCOUNT_NAME)


def _account_entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
