"""What the embedded server keeps in Pinpu's data folder: lock, passwords, socket; and its error."""

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

from core.kernel.embedded_postgres.account import ServerAccount

MIN_FREE_BYTES = 150 * 1024 * 1024
# A socket's path may be 103 bytes on macOS, 107 on Linux; PostgreSQL adds "/.s.PGSQL.5432".
_LONGEST_SOCKET_FOLDER = 88


class EmbeddedPostgresError(Exception):
    """The private PostgreSQL cannot do what was asked; `message` is one sentence for the terminal."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class DatabaseUrls:
    """SQLAlchemy addresses of one database, one per role; they hold passwords and are never printed."""

    app: str = field(repr=False)
    owner: str = field(repr=False)
    platform: str = field(repr=False)
    superuser: str = field(repr=False)


def make_home(home: Path) -> None:
    """Makes Pinpu's data folder, closed to others; made by root, they may pass through but not look."""
    home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)


def running_urls(home: Path, database: str = "pinpu") -> DatabaseUrls | None:
    """Addresses of the server that a supervisor runs for this home, or None when none is running."""
    home = home.expanduser().absolute()
    try:
        with (home / "supervisor.lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with contextlib.suppress(FileNotFoundError):
            return urls(Path((home / "postgres-socket").read_text()), passwords(home), database)
    except FileNotFoundError:
        pass
    return None


def urls(socket: Path, secret: dict[str, str], database: str) -> DatabaseUrls:
    """Addresses of a database behind a socket folder; `secret` maps roles to passwords."""

    def url(role: str) -> str:
        return f"postgresql+psycopg://{role}:{secret[role]}@/{quote(database)}?host={quote(str(socket))}&port=5432"

    return DatabaseUrls(url("pinpu_app"), url("pinpu_owner"), url("pinpu_platform"), url("postgres"))


def passwords(home: Path) -> dict[str, str]:
    """The passwords of the server's roles."""
    path = home / "postgres-passwords.json"
    try:
        found: dict[str, str] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError) as problem:
        raise EmbeddedPostgresError(
            f"The file {path} with the embedded database's passwords is missing or damaged: restore it, "
            "or start over with RESET=1."
        ) from problem
    return found


def taken_lock(home: Path) -> IO[str]:
    """The lock that makes this process the supervisor; the system frees it however the process ends."""
    lock = (home / "supervisor.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise EmbeddedPostgresError(
            f"Pinpu already runs with the data folder {home} (process {owner}): stop it first, "
            "or choose another folder with PINPU_HOME."
        ) from None
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def socket_folder(home: Path, account: ServerAccount) -> Path:
    """A private folder whose path is short enough for a socket: in the home, else in the temporary folder.

    Plain letters only, too: libpq and SQLAlchemy disagree on how a space is written in an address.
    """
    forget_socket(home)
    folder = home / "socket"
    if _fits(folder) and account.can_enter(home):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    else:
        roots = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - mkdtemp makes our own folder in it
        fitting = [root for root in roots if _fits(root / "pinpu-12345678") and account.can_enter(root)]
        folder = Path(tempfile.mkdtemp(prefix="pinpu-", dir=(fitting or roots[-1:])[0]))
    account.take(folder)
    return folder


def _fits(folder: Path) -> bool:
    plain = re.fullmatch(r"[A-Za-z0-9/._-]+", str(folder)) is not None
    return plain and len(str(folder)) <= _LONGEST_SOCKET_FOLDER


def forget_socket(home: Path) -> None:
    """Removes the temporary folder that a killed supervisor left behind."""
    note = home / "postgres-socket"
    if note.exists():
        folder = Path(note.read_text())
        if folder.name.startswith("pinpu-") and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
        note.unlink()


def write_private(path: Path, text: str) -> None:
    """Writes a file only its owner can read, all or nothing."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


def disk_full(home: Path) -> EmbeddedPostgresError:
    """The sentence for a full disk."""
    free = shutil.disk_usage(home).free // (1024 * 1024)
    return EmbeddedPostgresError(
        f"The disk that holds {home} is full ({free} MB free, {MIN_FREE_BYTES // (1024 * 1024)} MB needed): "
        "free some space, or choose another folder with PINPU_HOME."
    )


@contextlib.contextmanager
def plain_words(home: Path) -> Iterator[None]:
    """Turns the system's refusals into sentences."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(home) from problem
        reason = problem.strerror or str(problem)
        raise EmbeddedPostgresError(f"The data folder {home} cannot be used: {reason}.") from problem
