"""A process with one plugin of the test's own."""

import importlib
import itertools

import pytest
from sqlalchemy.exc import OperationalError

from core.app import HOOK_SPECS, connect
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.platform import Platform
from core.testing import answers

_numbers = itertools.count(1)


@pytest.fixture
def only_plugin(platform, tmp_path, monkeypatch):
    """`only_plugin("lifeboat", source)` goes on as if this one-file plugin were the only one installed."""

    def install(name, source):
        folder = tmp_path / f"plugins_{next(_numbers)}"
        folder.mkdir()
        (folder / f"{name}.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        registry = HookRegistry.boot(
            [importlib.import_module(spec) for spec in HOOK_SPECS],
            plugin_folder=folder,
            entry_point_group=None,
            internal=[answers],
        )
        assert registry.plugins[name].problems == ()
        dispatcher = Dispatcher(registry, passes=(OperationalError,))
        connect(Platform(platform.settings, registry, dispatcher), [answers])

    yield install
    connect(platform, [answers])
