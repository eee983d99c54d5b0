"""The bound shop: who it is, how the merchant set your plugin, and whether you may take new business."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from typing import Any

from marshmallow import Schema

from core.commerce.shops.actions import bump_epoch as bump_epoch
from core.commerce.shops.queries import directory, scope_of
from core.hooks.current import answer, shop_hooks
from core.kernel.tenancy import SYSTEM, shop_bound
from core.kernel.tenancy import ShopScope as ShopScope
from core.kernel.tenancy import current_scope as current_scope


def takes_new_business(plugin: str) -> bool:
    """Whether the merchant has `plugin` switched on; False while it drains, when only open business is finished."""
    return plugin in shop_hooks().sets.offer


def settings(schema: type[Schema], plugin: str) -> dict[str, Any]:
    """What the merchant filled into the plugin's form, loaded by `schema`; defaults for what was never filled in.

    Values that a newer schema no longer takes are left out rather than fail a page.
    """
    stored = answer("answer_plugin_settings", shop_id=current_scope().shop_id, plugin=plugin)
    return deepcopy(_loaded(schema, json.dumps(stored, sort_keys=True)))


@lru_cache(maxsize=512)
def _loaded(schema: type[Schema], stored: str) -> dict[str, Any]:
    """Every basket asks for the same few forms, and a schema takes longer than all the rest of reading one."""
    filled: dict[str, Any] = json.loads(stored)
    loader = schema()
    refused = loader.validate(filled)
    loaded: dict[str, Any] = loader.load(
        {name: value for name, value in filled.items() if name not in refused}
    )
    return loaded


def storefront_url(path: str = "/") -> str:
    """The full address of `path` in the bound shop's storefront, for previews and messages."""
    address: str = answer("answer_storefront_address", shop_id=current_scope().shop_id)
    return f"{address}{path}"


@contextmanager
def _bound(shop_id: int) -> Iterator[ShopScope]:
    scope = scope_of(shop_id)
    if scope is None:
        raise LookupError(f"there is no open shop {shop_id}")
    with shop_bound(scope, SYSTEM):
        yield scope


def shops_with(plugin: str) -> Iterator[ShopScope]:
    """Each open shop that has `plugin` switched on, bound while the loop's body runs, the system acting.

    For demo data and upkeep; the web never loops over shops.
    """
    for shop_id, _handle in directory():
        with _bound(shop_id) as scope:
            if takes_new_business(plugin):
                yield scope
