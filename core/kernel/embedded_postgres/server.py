"""Start and stop of the private PostgreSQL."""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

import psycopg
from psycopg import sql

from core.kernel.death_watch import DeathWatch
from core.kernel.embedded_postgres.account import ServerAccount, server_account
from core.kernel.embedded_postgres.home import (
    MIN_FREE_BYTES,
    DatabaseUrls,
    EmbeddedPostgresError,
    disk_full,
    forget_socket,
    make_home,
    passwords,
    plain_words,
    socket_folder,
    taken_lock,
    urls,
    write_private,
)
from core.kernel.embedded_postgres.leftover import end_leftover
from core.kernel.embedded_postgres.programs import SYSTEM_FOLDER, postgres_programs

DATABASE = "pinpu"
NO_FREE_BYTES = 4 * 1024 * 1024
ROLES = ("pinpu_owner", "pinpu_app", "pinpu_platform")
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "jit": "off",
}
_THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres:
    """A server whose data, lock and passwords live in `home`; use it as a context manager.

    Args:
        home: the data folder of Pinpu (PINPU_HOME); made when missing.
        durable: False for tests: much faster, but a power cut may destroy the data.
        programs: the `bin` folder of an installed PostgreSQL to use instead of the wheel's.
    """

    def __init__(self, home: Path, *, durable: bool = True, programs: Path | None = None) -> None:
        self.home = home.expanduser().absolute()
        self.log_path = self.home / "postgres.log"
        self._durable = durable
        self._chosen = programs
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: DeathWatch | None = None
        self._socket: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def urls(self) -> DatabaseUrls:
        """Addresses of the database `pinpu`."""
        return self.urls_of(DATABASE)

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._process is not None and self._process.poll() is None

    def urls_of(self, database: str) -> DatabaseUrls:
        """Addresses of any database of this server."""
        if self._socket is None:
            raise EmbeddedPostgresError("The embedded PostgreSQL has not been started.")
        return urls(self._socket, passwords(self.home), database)

    def start(self) -> None:
        """Starts the server, makes roles and database on the first run, and returns when it answers.

        Raises EmbeddedPostgresError: another supervisor owns the home, the disk is full, a program fails.
        """
        with plain_words(self.home):
            make_home(self.home)
            self._lock = taken_lock(self.home)
            try:
                self._start_locked()
            except BaseException:
                self.stop()
                raise

    def stop(self) -> None:
        """Ends all connections, stops the server and gives the home free. Harmless when nothing runs."""
        if self._process is not None:
            for how, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 15), (signal.SIGKILL, 15)):
                if self._process.poll() is None:
                    self._process.send_signal(how)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self._process.wait(seconds)
            self._process = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self._socket is not None:
            shutil.rmtree(self._socket, ignore_errors=True)
            self._socket = None
        if self._lock is not None:
            (self.home / "postgres-socket").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def create_database(self, name: str, template: str | None = None) -> DatabaseUrls:
        """Makes a database owned by `pinpu_owner`, empty or a copy of `template` (with nobody connected)."""
        with self._superuser() as connection:
            statement = sql.SQL("CREATE DATABASE {} OWNER pinpu_owner TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template or "template0")
            )
            connection.execute(statement)
        return self.urls_of(name)

    def _start_locked(self) -> None:
        place = self.home / "postgres"
        if place.is_symlink() and not place.exists():
            raise EmbeddedPostgresError(
                f"The data of {self.home} were in {place.readlink()}, which is gone: bring it back, "
                "or start over with RESET=1."
            )
        data = place.resolve()
        account = server_account(data)
        programs = postgres_programs(data, account, self._chosen)
        end_leftover(data)
        self._socket = socket_folder(self.home, account)
        if not place.exists():
            data = self._initialise(programs, account)
        self._launch(programs, data, account)
        self._make_roles()
        (self.home / "postgres-socket").write_text(str(self._socket))

    def _initialise(self, programs: Path, account: ServerAccount) -> Path:
        """Runs initdb beside the final place and renames, so a broken first run leaves nothing behind."""
        free = shutil.disk_usage(self.home).free
        if free < MIN_FREE_BYTES:
            raise disk_full(self.home)
        if account.can_enter(self.home):
            data = self.home / "postgres"
        else:
            SYSTEM_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
            data = SYSTEM_FOLDER / f"data-{secrets.token_hex(8)}"
        staging = data.with_name(f"{data.name}.new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        account.take(staging)
        secret = {role: secrets.token_hex(24) for role in ("postgres", *ROLES)}
        write_private(self.home / "postgres-passwords.json", json.dumps(secret))
        self._run_initdb(programs, staging, account, secret["postgres"])
        staging.rename(data)
        if data.parent != self.home:
            (self.home / "postgres").symlink_to(data)
        return data

    def _run_initdb(self, programs: Path, data: Path, account: ServerAccount, password: str) -> None:
        assert self._socket is not None
        password_file = self._socket / "initdb-password"
        write_private(password_file, password)
        account.take(password_file)
        # Locale C: the same order and the same case rules on every system; words are folded in Python.
        options = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        options += [f"--pwfile={password_file}", "--pgdata", str(data)]
        done = subprocess.run(  # noqa: S603 - our own programs and arguments
            [programs / "initdb", *options, *([] if self._durable else ["--no-sync"])],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=_environment(),
            **account.popen_arguments(),
        )
        password_file.unlink(missing_ok=True)
        if done.returncode != 0:
            shutil.rmtree(data, ignore_errors=True)
            raise _failure(
                "PostgreSQL could not set up its data folder", done.stderr or done.stdout, self.home
            )

    def _launch(self, programs: Path, data: Path, account: ServerAccount) -> None:
        """Starts the server; tries again while the last processes of a killed one are still ending."""
        settings = {**_SETTINGS, "unix_socket_directories": str(self._socket)}
        settings |= {} if self._durable else _THROWAWAY
        command = [str(programs / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._watch = DeathWatch()
        for _ in range(20):
            start = self._log_size()
            with self.log_path.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own programs and arguments
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=_environment(),
                    start_new_session=True,
                    **account.popen_arguments(),
                )
            self._watch.watch(self._process.pid, signal.SIGINT)
            if self._answers():
                return
            said = self._said_since(start)
            self._watch.forget(self._process.pid)
            if "still in use" not in said:
                raise _failure("The embedded PostgreSQL did not start", said, self.home)
            time.sleep(0.5)
        raise EmbeddedPostgresError(
            f"Processes of an earlier PostgreSQL still use {data}; end them and try again."
        )

    def _answers(self) -> bool:
        """Waits until the server accepts us (True) or ends (False); recovery after a crash takes a while."""
        while self.running:
            try:
                self._superuser().close()
            except psycopg.OperationalError as problem:
                if "authentication failed" in str(problem):
                    raise EmbeddedPostgresError(
                        f"The passwords in {self.home / 'postgres-passwords.json'} do not fit the data: "
                        "restore that file, or start over with RESET=1."
                    ) from problem
                time.sleep(0.03)
            else:
                return True
        return False

    def _make_roles(self) -> None:
        """Makes what is missing of roles and database, at each start: a killed first run is completed."""
        make = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}")
        secret = passwords(self.home)
        with self._superuser() as connection:
            have = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
            for role in ROLES:
                if role not in have:
                    connection.execute(make.format(sql.Identifier(role), sql.Literal(secret[role])))
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            self.create_database(DATABASE)

    def _superuser(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._socket),
            port=5432,
            user="postgres",
            password=passwords(self.home)["postgres"],
            dbname="postgres",
            autocommit=True,
            connect_timeout=10,
        )

    def _log_size(self) -> int:
        size = self.log_path.stat().st_size if self.log_path.exists() else 0
        if size > 10_000_000:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
            return 0
        return size

    def _said_since(self, start: int) -> str:
        with self.log_path.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")


def remove_data(home: Path) -> None:
    """Deletes the server's data and passwords, wherever they are; refuses while a supervisor runs."""
    home = home.expanduser().absolute()
    if not home.exists():
        return
    with plain_words(home), taken_lock(home):
        place = home / "postgres"
        end_leftover(place.resolve())
        if place.is_symlink():
            shutil.rmtree(place.readlink(), ignore_errors=True)
            place.unlink()
        elif place.exists():
            shutil.rmtree(place)
        forget_socket(home)
        for name in ("postgres-passwords.json", "postgres.log", "postgres.log.1"):
            (home / name).unlink(missing_ok=True)


@contextlib.contextmanager
def throwaway_postgres(programs: Path | None = None) -> Iterator[EmbeddedPostgres]:
    """A server for one test run, in a temporary folder of its own; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="pinpu-test-"))
    # As root, the dedicated account must be able to pass.
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder, durable=False, programs=programs) as server:
            yield server
    finally:
        remove_data(folder)
        shutil.rmtree(folder)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _failure(what: str, said: str, home: Path) -> EmbeddedPostgresError:
    """One sentence from what a program printed: its first FATAL or error line."""
    # A disk can be too full for the program to say so.
    if "No space left on device" in said or shutil.disk_usage(home).free < NO_FREE_BYTES:
        return disk_full(home)
    lines = [
        line.strip() for line in said.splitlines() if line.strip() and "accepting connections" not in line
    ]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line.lower()]
    reason = (telling or lines or ["it gave no reason"])[0 if telling else -1]
    reason = re.sub(r"^.*?(FATAL|PANIC|error):\s+", "", reason).rstrip(".")
    return EmbeddedPostgresError(f"{what}: {reason} (full log: {home / 'postgres.log'}).")
