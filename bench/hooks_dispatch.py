"""What a hook call costs: our guarded dispatch beside plain function calls and pluggy's own, in one run.

    python -m bench hooks_dispatch        (from the project's root)

Every installed plugin implements the hook (the worst case), which takes three arguments and promises a list. Figures
are nanoseconds of CPU time per hook call, the best of many short rounds taken in turn; compare columns, since the
machine's load moves them all.
Ours minus the plain calls is what guard, timing, counting and the type check add, per hook call.
"""

import importlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time_ns
from types import ModuleType

from bench.stage import table
from core.hooks.dispatch import Dispatcher, PluginSets
from core.hooks.markers import hookspec
from core.hooks.registry import HookRegistry
from core.hooks.results import Refusal

SIZES = [
    (installed, enabled)
    for installed in (4, 20, 100)
    for enabled in (0, 1, 4, 20, 100)
    if enabled <= installed
]
ROUNDS, CALLS = 200, 50

PLUGIN = """
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl


class Bench(Plugin):
    version, sdk = "1.0", ">=0.1,<1"
    title = summary = {{"en": "Bench {n}", "zh": "基准 {n}"}}

    @hookimpl
    def check_cart(self, cart, lines, language):
        return []
"""


@dataclass(frozen=True)
class Row:
    """One line of the table, in nanoseconds per hook call."""

    installed: int
    enabled: int
    plain: float
    ours: float
    pluggy_all: float
    pluggy_subset: float


def declared() -> ModuleType:
    """A room with one hook."""
    module = ModuleType("bench_room")

    def check_cart(cart: object, lines: tuple[int, ...], language: str) -> list[Refusal]:
        """Refuse lines."""

    check_cart.__module__ = module.__name__
    module.check_cart = hookspec(check_cart)
    return module


def booted(folder: Path, installed: int) -> HookRegistry:
    """A registry with that many plugins, each a file in `folder`."""
    home = folder / f"bench_plugins_{installed}"
    home.mkdir()
    for n in range(installed):
        (home / f"plugin_{n:03}.py").write_text(PLUGIN.format(n=n), encoding="utf-8")
    importlib.invalidate_caches()
    registry = HookRegistry.boot([declared()], plugin_folder=home, entry_point_group=None)
    assert all(plugin.loaded for plugin in registry.plugins.values()), registry.report()
    return registry


def best(*calls: Callable[[], object]) -> list[float]:
    """Nanoseconds per call of each, its fastest round; the rounds take turns."""
    fastest = [float("inf")] * len(calls)
    for _ in range(ROUNDS):
        for place, call in enumerate(calls):
            started = process_time_ns()
            for _ in range(CALLS):
                call()
            fastest[place] = min(fastest[place], (process_time_ns() - started) / CALLS)
    return fastest


def measured(registry: HookRegistry, enabled: int) -> Row:
    """The four ways of calling the same implementations."""
    names = sorted(registry.plugins)[:enabled]
    hooks = Dispatcher(registry).for_sets(PluginSets.of(names))
    functions = [one.function for one in registry.implementations("check_cart") if one.plugin in names]
    cart, lines, language = object(), (1, 2, 3), "zh-CN"
    manager = registry._pluggy  # noqa: SLF001 - the registry keeps it to itself; a benchmark may look
    others = [manager.get_plugin(name) for name in registry.plugins if name not in names]
    subset = manager.subset_hook_caller("check_cart", others)
    times = best(
        lambda: [function(cart, lines, language) for function in functions],
        lambda: hooks.call("check_cart", cart=cart, lines=lines, language=language),
        lambda: manager.hook.check_cart(cart=cart, lines=lines, language=language),
        lambda: subset(cart=cart, lines=lines, language=language),
    )
    return Row(len(registry.plugins), enabled, *times)


def run() -> str:
    """Nanoseconds per hook call: plain calls, ours, and pluggy's two ways."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        registries = {
            installed: booted(Path(folder), installed) for installed in sorted({size for size, _ in SIZES})
        }
        for installed, enabled in SIZES:
            row = measured(registries[installed], enabled)
            rows.append((
                str(row.installed), str(row.enabled), f"{row.plain:.0f}", f"{row.ours:.0f}",
                f"{row.ours / row.plain:.1f}", f"{row.pluggy_all:.0f}", f"{row.pluggy_subset:.0f}",
            ))  # fmt: skip
    head = (
        "installed",
        "enabled",
        "plain ns",
        "ours ns",
        "ours / plain",
        "pluggy, all ns",
        "pluggy, subset ns",
    )
    return table(head, rows)
