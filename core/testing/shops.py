"""Shops for tests, made as the owner so that no part above core is needed."""

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Engine, func, insert, select

from core.commerce.orders.models import OrderCounter
from core.commerce.shops.models import DirectoryEntry, Shop
from core.hooks.current import installed
from core.kernel.clock import now
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound

_scopes: dict[int, ShopScope] = {}


def make_shop(
    owner: Engine,
    *,
    handle: str,
    name: str = "青山茶事",
    currency: str = "CNY",
    language: str = "zh-CN",
    timezone: str = "Asia/Shanghai",
) -> ShopScope:
    """A new shop with its directory entry and order counter; returns its scope, which jobs can find as well."""
    with owner.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE shops_directory IN SHARE ROW EXCLUSIVE MODE")
        shop_id = connection.scalar(select(func.coalesce(func.max(DirectoryEntry.shop_id), 0) + 1))
        connection.execute(
            insert(DirectoryEntry).values(shop_id=shop_id, handle=handle, status="open", created_at=now())
        )
        connection.execute(
            insert(Shop).values(
                shop_id=shop_id,
                id=new_id(),
                name=name,
                currency=currency,
                language=language,
                timezone=timezone,
            )
        )
        connection.execute(
            insert(OrderCounter).values(shop_id=shop_id, id=new_id(), prefix="T", next_number=10001)
        )
    scope = ShopScope(int(shop_id or 0), handle, currency, language, timezone, name)
    remember(scope)
    return scope


def remember(scope: ShopScope) -> None:
    """Let jobs of this process find a shop that another process made."""
    _scopes[scope.shop_id] = scope


def forget(scope: ShopScope) -> None:
    """Let later tests drop the jobs that this shop left behind instead of running them."""
    _scopes.pop(scope.shop_id, None)


def bound(shop: ShopScope) -> AbstractContextManager[ShopScope]:
    """Bind `shop` with the system acting; not inside another shop's block."""
    return shop_bound(shop, SYSTEM)


def switch_hooks(plugin: str, hook: str, **arguments: Any) -> Any:
    """What `plugin` answers to a hook of its switch ("switch_off", …), as tenants would ask it in the bound shop."""
    [result] = installed().only(plugin).call(hook, **arguments)
    return result.value


def made_shop(shop_id: int) -> ShopScope | None:
    """The scope of a shop that this process made."""
    return _scopes.get(shop_id)
