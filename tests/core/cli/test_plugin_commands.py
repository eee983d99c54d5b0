"""`pinpu plugin new|check|test`: written, checked and tried in a folder of its own."""

import json
import os
import subprocess
import sys

import pytest

from core.settings import ROOT


@pytest.fixture
def run(tmp_path):
    """`run("plugin", …)` runs the command with a folder of plugins of its own; the finished process."""
    folder = tmp_path / "own_plugins"
    folder.mkdir()

    def command(*arguments):
        environment = {**os.environ, "PINPU_PLUGIN_FOLDER": str(folder), "PINPU_HOME": str(tmp_path / "home")}
        environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{tmp_path}"
        return subprocess.run(
            [sys.executable, "-m", "core.cli", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    command.folder = folder
    return command


def findings(done):
    return json.loads(done.stdout)["findings"]


def test_new_plugin_loads_and_its_own_test_passes(run):
    made = run("plugin", "new", "tea_week", "--json")
    assert made.returncode == 0, made.stderr
    assert [path.name for path in run.folder.iterdir()] == ["tea_week.py"]
    assert len((run.folder / "tea_week.py").read_text().splitlines()) <= 25
    checked = run("plugin", "check", "tea_week", "--json")
    assert (checked.returncode, findings(checked)) == (0, [])
    tested = run("plugin", "test", "tea_week")
    assert "3 passed" in tested.stdout, tested.stdout + tested.stderr


@pytest.mark.parametrize("name", ["Tea", "9lives", "a", "x-y", "../up", "满减"])
def test_name_that_is_none_is_refused_and_nothing_is_written(run, name):
    done = run("plugin", "new", name)
    assert done.returncode == 2
    assert "cannot be a plugin's name" in done.stderr
    assert list(run.folder.iterdir()) == []


def test_plugin_that_exists_is_not_overwritten(run):
    (run.folder / "tea_week.py").write_text("mine")
    done = run("plugin", "new", "tea_week")
    assert (done.returncode, (run.folder / "tea_week.py").read_text()) == (1, "mine")
    assert "nothing was written" in done.stderr


def test_check_names_file_line_and_mend_of_what_is_refused(run):
    run("plugin", "new", "tea_week")
    path = run.folder / "tea_week.py"
    path.write_text(path.read_text().replace('version = "0.1.0"', 'version = "first"'))
    done = run("plugin", "check", "--json")
    [finding] = findings(done)
    assert done.returncode == 1
    assert finding["level"] == "must"
    line = path.read_text().splitlines().index('    version = "first"') + 1
    assert finding["place"].endswith(f"tea_week.py:{line}")
    words = run("plugin", "check", "tea_week")
    assert words.stdout.startswith("tea_week: refused")


def test_check_remarks_on_words_without_chinese_and_on_a_missing_test(run):
    run("plugin", "new", "tea_week")
    (run.folder.parent / "tests" / "own_plugins" / "test_tea_week.py").unlink()
    path = run.folder / "tea_week.py"
    path.write_text(path.read_text().replace('"Take off": "减"', '"Take": "减"'))
    done = run("plugin", "check", "tea_week", "--json")
    assert done.returncode == 0
    assert [(one["level"], one["message"]) for one in findings(done)] == [
        ("should", "“Take off” has no Chinese."),
        ("should", "has no test."),
    ]


def test_chinese_words_of_the_wrong_kind_are_refused(run):
    run("plugin", "new", "tea_week")
    path = run.folder / "tea_week.py"
    path.write_text(path.read_text().replace('{"Spend": "满", "Take off": "减"}', '["满", "减"]'))
    [finding] = findings(run("plugin", "check", "tea_week", "--json"))
    assert "zh is no mapping" in finding["message"]


@pytest.mark.parametrize("command", ["check", "test"])
def test_unknown_plugin_is_one_sentence(run, command):
    done = run("plugin", command, "nothing")
    assert done.returncode == 1
    assert done.stderr.startswith("pinpu: There ")
    assert "Traceback" not in done.stderr
