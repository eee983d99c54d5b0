"""`pinpu …` from the outside: sentences instead of tracebacks, JSON, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.doctor import loaded_plugins
from core.cli.output import Progress
from core.cli.problems import FAILED, MISUSED, CommandProblem, explained
from core.kernel.embedded_postgres import remove_data
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
NOBODY = "postgresql://app:hunter2@127.0.0.1:1/shop"


def pinpu(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a person would."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "core.cli", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_nonsense_setting_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    done = pinpu("migrate", PINPU_HOME=str(tmp_path), PINPU_PORT="many")
    assert done.returncode == MISUSED
    assert done.stdout == ""
    assert done.stderr == 'pinpu: PINPU_PORT must be a whole number from 1 to 65534, not "many".\n'


def test_errors_are_json_for_scripts(tmp_path: Path) -> None:
    done = pinpu("migrate", "--json", PINPU_HOME=str(tmp_path), PINPU_PORT="many")
    assert done.returncode == MISUSED
    assert "PINPU_PORT" in json.loads(done.stdout)["error"]


def test_unreachable_database_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    owner = NOBODY.replace("app", "owner")
    done = pinpu("migrate", PINPU_HOME=str(tmp_path), DATABASE_URL=NOBODY, DATABASE_OWNER_URL=owner)
    assert done.returncode == FAILED
    assert done.stderr.startswith("pinpu: The database of DATABASE_URL")
    assert "does not answer" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


def test_misused_command_is_exit_code_2(tmp_path: Path) -> None:
    done = pinpu("migrate", "--sideways", PINPU_HOME=str(tmp_path))
    assert done.returncode == MISUSED
    assert done.stderr.startswith("pinpu: No such option")
    assert done.stderr.count("\n") == 1


def test_reset_of_a_database_of_ones_own_is_refused(tmp_path: Path) -> None:
    owner = NOBODY.replace("app", "owner")
    done = pinpu(
        "demo",
        RESET="1",
        PINPU_HOME=str(tmp_path),
        PINPU_PORT="8790",
        DATABASE_URL=NOBODY,
        DATABASE_OWNER_URL=owner,
    )
    assert done.returncode == MISUSED
    assert "RESET=1 only empties the embedded database" in done.stderr


@pytest.mark.slow
def test_migrate_then_doctor_find_everything_in_order(tmp_path: Path) -> None:
    home = tmp_path / "with space"
    environment = {"PINPU_HOME": str(home), "PINPU_PORT": "8793"}
    try:
        before = json.loads(pinpu("doctor", "--json", **environment).stdout)
        assert not before["good"]
        assert {one["name"] for one in before["findings"] if not one["good"]} <= {"tables", "browser files"}
        done = pinpu("migrate", "--json", **environment)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["migrated"][:2] == ["core", "tenants"]
        assert json.loads(pinpu("migrate", "--json", **environment).stdout) == {"migrated": []}
        after = {
            one["name"]: one
            for one in json.loads(pinpu("doctor", "--json", **environment).stdout)["findings"]
        }
        assert after["tables"]["good"]
        assert after["roles"]["good"]
    finally:
        remove_data(home)


def test_doctor_names_plugins_that_are_quarantined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "shelf_for_doctor"
    folder.mkdir()
    settings = Settings(home=tmp_path, secret_key="s", plugin_folder=folder)
    assert loaded_plugins(settings) == "none"
    (folder / "torn.py").write_text("this is no Python")
    with pytest.raises(CommandProblem, match="not called in any shop: torn"):
        loaded_plugins(settings)


def test_full_disk_while_writing_a_file_is_one_sentence(tmp_path: Path) -> None:
    full = OSError(28, "No space left on device", str(tmp_path / "x"))
    assert explained(full) == (f"The disk is full: {tmp_path / 'x'} could not be written.", FAILED)


def test_defects_are_not_explained_away() -> None:
    assert explained(KeyError("x")) is None
    assert explained(OSError(5, "Input/output error")) is None
    assert explained(CommandProblem("No.", MISUSED)) == ("No.", MISUSED)


def test_progress_tells_steps_on_standard_error_only(capsys) -> None:
    with Progress().step("Counting") as tell:
        tell("sheep")
    with pytest.raises(ValueError, match="wolf"), Progress().step("Guarding"):
        raise ValueError("wolf")
    with Progress(silent=True).step("Whispering") as tell:
        tell("nothing")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == ["· Counting …", "✓ Counting", "· Guarding …", "✗ Guarding"]
