"""A plugin that declares something unusable is quarantined by name; shops, console and the other plugins go on (integration)."""

import importlib
import sys

import pytest

from core.app import HOOK_SPECS
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.platform import Platform
from core.testing import answers
from core.web.console.application import make_console
from core.web.hookspecs import TAKEN_BEGINNING, TAKEN_NAMES
from core.web.storefront.application import make_storefront
from tests.core.hooks.conftest import PluginFolder

BLOCK = """
from marshmallow import Schema, fields
from core.rendering.blocks import BlockType

class Settings(Schema):
    title = fields.String(load_default="")

def block(**other):
    kept = dict(name="{name}/list", label="List", schema=Settings, template="{name}/list.html")
    return BlockType(**kept | other)

@hookimpl
def declare_blocks():
    return {blocks}
"""
PAGES = """
from flask import Blueprint
from core.rendering.extensions import Pages

pages = Blueprint("pages", __name__)

{code}

@hookimpl
def declare_pages():
    return Pages({which}=pages)
"""
SETTINGS = """
from marshmallow import Schema, fields

class Settings(Schema):
    def __init__(self, **options):
        raise RuntimeError("no settings today")

@hookimpl
def declare_settings():
    return Settings
"""
TWICE = """
@pages.get("/a", endpoint="a")
def first():
    return ""

@pages.get("/b", endpoint="a")
def second():
    return ""
"""
BLOCK_MISTAKES = {
    "twice": ("[block(), block()]", "block type odd/list is declared twice"),
    "foreign name": ("[block(name='other/list')]", "must begin with odd/"),
    "name of core": ("[block(name='hero')]", "must begin with odd/"),
    "no upgrade": ("[block(version=2)]", "has version 2 and no upgrade"),
    "no schema": ("[block(schema=dict)]", "schema is not a marshmallow Schema"),
    "no schema of children": ("[block(children={'one': str})]", "schema is not a marshmallow Schema"),
    "no function": ("[block(load='later')]", "load is not a function"),
}


@pytest.fixture
def boot_with(platform, tmp_path, monkeypatch):
    """`boot_with(code, name="odd")`: a platform with that plugin and a harmless one."""
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = PluginFolder(tmp_path)

    def made(code, name="odd"):
        folder.write(name, code)
        folder.write("well", BLOCK.format(name="well", blocks="[block()]"))
        importlib.invalidate_caches()
        registry = HookRegistry.boot(
            [importlib.import_module(name) for name in HOOK_SPECS],
            plugin_folder=folder.path,
            entry_point_group=None,
            internal=[answers],
        )
        return Platform(platform.settings, registry, Dispatcher(registry))

    yield made
    for name in [name for name in sys.modules if name.split(".")[0] == folder.path.name]:
        del sys.modules[name]


def assert_quarantined(platform, said, name="odd"):
    plugins = platform.registry.plugins
    assert plugins["well"].loaded
    assert plugins[name].status == "quarantined"
    assert said in plugins[name].reason
    assert f"{name}/hooks.py" in plugins[name].reason
    assert said in platform.registry.report()
    # Everything starts without it.
    make_storefront(platform)
    make_console(platform)


@pytest.mark.parametrize("mistake", BLOCK_MISTAKES)
def test_unusable_block_type_quarantines_its_plugin(storefront_application, boot_with, mistake):
    blocks, said = BLOCK_MISTAKES[mistake]
    assert_quarantined(boot_with(BLOCK.format(name="odd", blocks=blocks)), said)


@pytest.mark.parametrize("which", ["storefront", "console"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (TWICE, "overwriting an existing endpoint"),
        ("@pages.get('/<int:')\ndef torn():\n    return ''", "malformed"),
        ("@pages.get('/<nothing:x>')\ndef odd(x):\n    return ''", "nothing"),
    ],
    ids=["two views of one name", "torn address", "unknown converter"],
)
def test_pages_that_cannot_be_mounted_quarantine_their_plugin(
    storefront_application, boot_with, which, code, said
):
    assert_quarantined(boot_with(PAGES.format(code=code, which=which)), said)


def test_something_else_than_a_blueprint_quarantines_its_plugin(storefront_application, boot_with):
    code = PAGES.format(code="pages = 'my pages'", which="console")
    assert_quarantined(boot_with(code), "console is not a Blueprint")


def test_plugin_with_the_name_of_cores_own_pages_is_quarantined(storefront_application, boot_with):
    code = PAGES.format(code="", which="storefront")
    assert_quarantined(boot_with(code, name="cart"), "cart is a name of core's own pages", name="cart")


def test_taken_names_are_those_of_cores_own_pages(storefront_application, console_application, platform):
    mounted = set(storefront_application.blueprints) | set(console_application.blueprints)
    own = mounted - set(platform.registry.plugins) - set(platform.registry.internal)
    assert {name for name in own if not name.startswith(TAKEN_BEGINNING)} <= TAKEN_NAMES


def test_settings_that_cannot_be_made_quarantine_their_plugin(storefront_application, boot_with):
    assert_quarantined(boot_with(SETTINGS), "no settings today")
