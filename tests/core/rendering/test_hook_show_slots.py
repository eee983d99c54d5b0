"""Unit: the hooks of pages, called through the real dispatcher: who is asked, once, and what a failure does."""

import importlib
import sys
from uuid import UUID

import pytest

from core.hooks.dispatch import Dispatcher, PluginSets
from core.hooks.registry import HookRegistry
from core.rendering import hookspecs
from core.rendering.slots import SLOTS, page_slots, slot_names
from tests.core.hooks.conftest import PluginFolder

CODE = """
from core.rendering.slots import SlotBlock

asked = []


@hookimpl
def show_slots(request):
    asked.append(request)
    return [
        SlotBlock("product.price", "{name}/price.html", {{"n": len(request.subject_ids)}}, max_age={age}),
        SlotBlock("cart.summary", "{name}/cart.html"),
    ]


@hookimpl
def show_kept_slots(request):
    asked.append(request)
    return [SlotBlock("order.status", "{name}/status.html")]
"""
BROKEN = """
@hookimpl
def show_slots(request):
    raise RuntimeError("broken")
"""
BLOCKS = """
from marshmallow import Schema, fields

from core.rendering.blocks import BlockType


class Settings(Schema):
    title = fields.String(load_default="")


@hookimpl
def declare_blocks():
    return [BlockType(name="deals/list", label="Deals", schema=Settings, template="deals/list.html")]
"""
PRODUCT = UUID(int=1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    made = PluginFolder(tmp_path)
    yield made
    for name in [name for name in sys.modules if name.split(".")[0] == made.path.name]:
        del sys.modules[name]


@pytest.fixture
def registry(folder):
    def booted():
        importlib.invalidate_caches()
        return HookRegistry.boot([hookspecs], plugin_folder=folder.path, entry_point_group=None)

    return booted


@pytest.fixture
def shop(folder, registry):
    """Hooks of a shop with `deals` on and `old` draining; `tea` is installed and off."""
    for name, age in (("deals", 5), ("old", 1), ("tea", 1)):
        folder.write(name, CODE.format(name=name, age=age))
    folder.write("broken", BROKEN)
    dispatcher = Dispatcher(registry(), on_problem=lambda failure: None)
    return dispatcher, dispatcher.for_sets(PluginSets.of(["deals", "broken"], draining=["old"]))


def asked_of(folder, name):
    return sys.modules[f"{folder.path.name}.{name}.hooks"].asked


def test_hook_show_slots_asks_enabled_plugins_once_for_all_slots(shop, folder):
    _, hooks = shop
    found = page_slots(
        "product", hooks, subject_ids=(PRODUCT,), selected_id=UUID(int=2), params={"group": "k"}
    )
    assert [(plugin, block.slot, block.context) for plugin, block in found.blocks] == [
        ("deals", "product.price", {"n": 1})
    ]
    (request,) = asked_of(folder, "deals")
    assert (request.page, request.slots, request.subject_ids, request.selected_id, dict(request.params)) == (
        "product",
        slot_names("product"),
        (PRODUCT,),
        UUID(int=2),
        {"group": "k"},
    )
    assert (asked_of(folder, "old"), asked_of(folder, "tea")) == ([], [])
    assert found.max_age == 5


def test_hook_show_slots_names_the_plugin_that_failed(shop):
    _, hooks = shop
    assert page_slots("product", hooks).failed == ("broken",)


def test_hook_show_kept_slots_asks_draining_plugins_too(shop):
    _, hooks = shop
    found = page_slots("order", hooks, subject_ids=(PRODUCT,))
    assert [(plugin, block.template) for plugin, block in found.blocks] == [
        ("deals", "deals/status.html"),
        ("old", "old/status.html"),
    ]


def test_block_that_cannot_be_shown_is_counted_for_its_plugin(shop):
    dispatcher, hooks = shop
    found = page_slots("product", hooks)
    found.report("deals", ValueError("no template"))
    assert dispatcher.health()["deals"].errors == 1


def test_hook_declare_blocks_brings_section_types(folder, registry):
    folder.write("deals", BLOCKS)
    declared = [
        (plugin, [one.name for one in value]) for plugin, value in registry().declarations("declare_blocks")
    ]
    assert declared == [("deals", ["deals/list"])]


def test_slot_names_begin_with_their_page_and_are_described():
    for page, slots in SLOTS.items():
        for name, words in slots.items():
            assert name.split(".")[0] in (page, "footer")
            assert words.endswith(".")
