"""The hooks of the shop at hand: set once at boot, asked everywhere else."""

from collections.abc import Callable, Iterable
from typing import Any

from core.hooks.dispatch import Dispatcher, PluginSets, ShopHooks
from core.hooks.errors import NotInstalledError
from core.kernel.tenancy import current_scope

_dispatcher: Dispatcher | None = None
_enabled_plugins: Callable[[int], PluginSets] | None = None


def install(dispatcher: Dispatcher, enabled_plugins: Callable[[int], PluginSets]) -> None:
    """Use `dispatcher` in this process; `enabled_plugins(shop_id)` tells a shop's two sets, and keeps them fresh."""
    global _dispatcher, _enabled_plugins
    _dispatcher, _enabled_plugins = dispatcher, enabled_plugins


def installed() -> Dispatcher:
    """The process's dispatcher: its registry, its health, `only(plugin)`. Raises NotInstalledError before boot."""
    if _dispatcher is None:
        raise NotInstalledError("no hooks: core.hooks.current.install has not been called")
    return _dispatcher


def shop_hooks() -> ShopHooks:
    """The hooks of the bound shop. Raises NoScope without one, NotInstalledError before boot."""
    shop_id = current_scope().shop_id
    dispatcher = installed()
    if _enabled_plugins is None:
        raise NotInstalledError("no hooks: nobody tells which plugins a shop has")
    return dispatcher.for_sets(_enabled_plugins(shop_id))


def basket_hooks(marked: Iterable[str]) -> ShopHooks:
    """The hooks of the bound shop for a basket: enabled plugins, and draining ones whose mark the basket carries.

    So a plugin that only finishes open business still prices, checks and claims what belongs to it, and nothing else.
    """
    hooks = shop_hooks()
    finishing = frozenset(marked) & hooks.sets.obligation - hooks.sets.offer
    if not finishing:
        return hooks
    return installed().for_sets(PluginSets(hooks.sets.offer | finishing, hooks.sets.obligation))


def answer(hook: str, /, **arguments: Any) -> Any:
    """What tenants answer to an `answer_` hook; works without a bound shop, and errors reach the caller."""
    return installed().answer(hook, **arguments)
