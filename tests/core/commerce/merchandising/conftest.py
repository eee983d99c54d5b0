"""Hooks as a process without plugins has them."""

import pytest

import core.jobs.relay  # noqa: F401 - declares the job that every recorded event defers
from core.commerce.catalog import hookspecs
from core.hooks import current
from core.hooks.dispatch import Dispatcher, PluginSets
from core.hooks.registry import HookRegistry


@pytest.fixture(scope="session")
def empty_registry():
    return HookRegistry.boot([hookspecs], entry_point_group=None)


@pytest.fixture(autouse=True)
def hooks(empty_registry, monkeypatch):
    monkeypatch.setattr(current, "_dispatcher", Dispatcher(empty_registry))
    monkeypatch.setattr(current, "_enabled_plugins", lambda shop_id: PluginSets.of([]))
