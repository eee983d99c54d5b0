"""The plugins printed in docs/writing_a_plugin.md load and do what the page says (integration)."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from core.app import HOOK_SPECS, connect
from core.cli.new_plugin import NewPlugin
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.kernel.i18n import gettext, speaking
from core.platform import Platform
from core.sdk import tables
from core.testing import answers
from core.testing.goods import make_product

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "writing_a_plugin.md").read_text()
# What the fixture's way of sending costs.
DELIVERY = 12_00
FIRST, FIRST_TEST, WITH_HOOKS = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
PRINTED = {"spend_and_save": FIRST, "spend_with_hooks": WITH_HOOKS}


@pytest.fixture(scope="module")
def booted(platform, tmp_path_factory):
    """A platform whose plugins are those of the page."""
    parent = tmp_path_factory.mktemp("parent")
    folder = parent / "printed_plugins"
    folder.mkdir()
    for name, code in PRINTED.items():
        (folder / f"{name}.py").write_text(code)
    sys.path.insert(0, str(parent))
    specs = [importlib.import_module(name) for name in HOOK_SPECS]
    registry = HookRegistry.boot(specs, plugin_folder=folder, entry_point_group=None, internal=[answers])
    yield Platform(platform.settings, registry, Dispatcher(registry))
    sys.path.remove(str(parent))


@pytest.fixture
def printed(platform, booted):
    """This process asks the plugins of the page, and no others, during the test."""
    connect(booted, [answers])
    yield booted
    connect(platform, [answers])


def total(buyer, quantity):
    product = make_product(prices=[50_00])
    return buyer().price([(product.variant_id, quantity)]).total_money.minor - DELIVERY


@pytest.mark.parametrize("name", list(PRINTED))
def test_printed_plugin_loads_without_a_problem(booted, name):
    assert booted.registry.plugins[name].problems == ()


def test_first_printed_plugin_is_what_plugin_new_writes():
    made = NewPlugin("spend_and_save", Path("plugins"))
    assert made.text("promotion.py.txt") == FIRST
    assert made.text("test_promotion.py.txt") == FIRST_TEST


def test_first_printed_plugin_takes_off_what_the_merchant_says(printed, in_shop, enable, buyer):
    enable(in_shop, "spend_and_save")
    assert (total(buyer, 1), total(buyer, 2)) == (50_00, 90_00)
    enable(in_shop, "spend_and_save", spend=50_00, off=5_00)
    assert (total(buyer, 1), total(buyer, 2)) == (45_00, 95_00)


def test_first_printed_plugin_speaks_both_languages(printed):
    with speaking("zh-CN"):
        assert [gettext(words) for words in ("Spend and save", "Spend", "Take off")] == ["满减", "满", "减"]


def test_printed_test_of_the_first_plugin_passes(printed, in_shop, enable, buyer):
    space = {}
    exec(FIRST_TEST, space)
    tests = [run for name, run in space.items() if name.startswith("test_")]
    assert len(tests) == 3
    for run in tests:
        run(in_shop, enable, buyer)


def test_printed_plugin_with_hooks_takes_ten_off_from_a_hundred_on(printed, in_shop, enable, buyer):
    enable(in_shop, "spend_with_hooks")
    assert (total(buyer, 1), total(buyer, 2)) == (50_00, 90_00)


def test_promised_columns_exist():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (`shop_id`.+) \|$", PAGE, re.MULTILINE)
    promised = {table: set(re.findall(r"`(\w+)`", columns)) for table, columns in rows}
    assert set(promised) == {name for name in vars(tables) if name.isupper()}
    lacking = {table: columns - set(getattr(tables, table).c.keys()) for table, columns in promised.items()}
    assert {table: columns for table, columns in lacking.items() if columns} == {}


def test_every_door_of_the_sdk_is_named():
    doors = {path.stem for path in Path(tables.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(re.findall(r"`core\.sdk\.(\w+)`", PAGE)) == doors
