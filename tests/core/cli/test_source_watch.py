"""Which files count as changed."""

import os

import pytest

from core.cli.source_watch import Change, SourceWatch


@pytest.fixture
def folder(tmp_path):
    plugins = tmp_path / "plugins"
    (plugins / "tea").mkdir(parents=True)
    (plugins / "tea" / "hooks.py").write_text("")
    return plugins


def test_written_new_and_removed_files_are_named_once(folder):
    watch = SourceWatch(folder)
    assert watch.changed() is None
    (folder / "coffee.py").write_text("")
    hooks = folder / "tea" / "hooks.py"
    os.utime(hooks, ns=(1, hooks.stat().st_mtime_ns + 1))
    assert watch.changed() == Change(("plugins/coffee.py", "plugins/tea/hooks.py"), plugins_only=True)
    assert watch.changed() is None
    (folder / "coffee.py").unlink()
    (folder / "tea" / "plugin.toml").write_text("")
    assert watch.changed() == Change(("plugins/coffee.py", "plugins/tea/plugin.toml"), plugins_only=True)


def test_what_plugins_stand_on_is_told_apart(folder):
    core = folder.parent / "core"
    core.mkdir()
    watch = SourceWatch(folder, core)
    (core / "app.py").write_text("")
    assert watch.changed() == Change(("core/app.py",), plugins_only=False)


def test_what_is_no_source_does_not_count(folder):
    watch = SourceWatch(folder)
    (folder / "tea" / "page.html").write_text("")
    (folder / "tea" / "hooks.pyc").write_text("")
    assert watch.changed() is None
