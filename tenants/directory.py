"""Look-ups that every request needs, cached in the process and re-read at most every half second per shop."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import select

from core.commerce.shops.queries import scope_of
from core.hooks.dispatch import PluginSets
from core.kernel.db import app_engine, session, unit_of_work
from core.kernel.tenancy import SYSTEM, ShopScope, scope_or_none, shop_bound
from tenants.models import Host, PluginSwitch

# A change is seen by every process within this many seconds.
FRESH_SECONDS = 0.5

Value = TypeVar("Value")


class _Kept(Generic[Value]):
    """Values by key, each asked for again when it is older than FRESH_SECONDS; safe in threads."""

    def __init__(self, ask: Callable[[Any], Value]) -> None:
        self._ask = ask
        self._kept: dict[Any, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Any) -> Value:
        found = self._kept.get(key)
        if found is not None and time.monotonic() - found[0] < FRESH_SECONDS:
            return found[1]
        value = self._ask(key)
        with self._lock:
            if len(self._kept) > 20_000:
                self._kept.clear()
            self._kept[key] = (time.monotonic(), value)
        return value

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


@dataclass(frozen=True, slots=True)
class Switches:
    """A shop's plugins: their sets, and settings by plugin name."""

    sets: PluginSets
    settings: dict[str, dict[str, Any]]


def _ask_host(host: str) -> ShopScope | None:
    with app_engine().connect() as connection:
        shop_id = connection.scalar(select(Host.shop_id).where(Host.host == host))
    return shop_scope(shop_id) if shop_id is not None else None


def _ask_scope(shop_id: int) -> ShopScope | None:
    return scope_of(shop_id)


def _ask_switches(shop_id: int) -> Switches:
    bound = scope_or_none()
    scope = bound if bound is not None and bound.shop_id == shop_id else shop_scope(shop_id)
    if scope is None:
        return Switches(PluginSets(), {})
    with shop_bound(scope, SYSTEM), unit_of_work(writing=False):
        rows = session().scalars(select(PluginSwitch).where(PluginSwitch.state != "off")).all()
    sets = PluginSets.of(
        [row.plugin for row in rows if row.state == "on"],
        draining=[row.plugin for row in rows if row.state == "draining"],
    )
    return Switches(sets, {row.plugin: row.settings for row in rows})


_hosts: _Kept[ShopScope | None] = _Kept(_ask_host)
_scopes: _Kept[ShopScope | None] = _Kept(_ask_scope)
_switches: _Kept[Switches] = _Kept(_ask_switches)


def scope_for_host(host: str) -> ShopScope | None:
    """The shop that answers on `host`, or None."""
    return _hosts.get(host)


def shop_scope(shop_id: int) -> ShopScope | None:
    """The scope of an open shop, or None."""
    return _scopes.get(shop_id)


def switches_of(shop_id: int) -> Switches:
    """A shop's plugin switches."""
    return _switches.get(shop_id)


def forget_all() -> None:
    """Read everything anew at the next question; this process has just changed something."""
    for kept in (_hosts, _scopes, _switches):
        kept.forget()
