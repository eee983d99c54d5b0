"""Look-ups that every request needs: the shop on a host, a shop's scope, and its plugin switches."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, select

from core.commerce.shops.queries import scope_of
from core.hooks.dispatch import PluginSets
from core.kernel.db import app_engine, current_unit, session, unit_of_work
from core.kernel.tenancy import SYSTEM, ShopScope, scope_or_none, shop_bound
from tenants.freshness import KeptAnswers
from tenants.models import Host, PluginSwitch

_SWITCHES = select(PluginSwitch.plugin, PluginSwitch.state, PluginSwitch.settings).where(
    PluginSwitch.state != "off"
)


@dataclass(frozen=True, slots=True)
class Switches:
    """A shop's plugins: their sets, and settings by plugin name."""

    sets: PluginSets
    settings: dict[str, dict[str, Any]]


def scope_for_host(host: str) -> ShopScope | None:
    """The shop that answers on `host`, or None."""
    return _hosts.get(host)


def shop_scope(shop_id: int) -> ShopScope | None:
    """The scope of an open shop, or None."""
    return _scopes.get(shop_id)


def switches_of(shop_id: int) -> Switches:
    """A shop's plugin switches."""
    return _switches.get(shop_id)


def canonical_host(shop_id: int) -> str:
    """The host under which a shop wants to be known; "" for a shop without one."""
    return _canonical_hosts.get(shop_id)


def forget_all() -> None:
    """Read everything anew at the next question; this process has just changed something."""
    for kept in (_hosts, _scopes, _switches, _canonical_hosts):
        kept.forget()


def forget_when_committed() -> None:
    """As `forget_all`, once the command at hand has committed: before that, others still read the old state."""
    event.listen(session(), "after_commit", lambda _: forget_all(), once=True)


def _ask_host(host: str) -> ShopScope | None:
    if "\x00" in host:
        return None
    with app_engine().connect() as connection:
        shop_id = connection.scalar(select(Host.shop_id).where(Host.host == host))
    return shop_scope(shop_id) if shop_id is not None else None


def _ask_canonical_host(shop_id: int) -> str:
    statement = (
        select(Host.host).where(Host.shop_id == shop_id).order_by(Host.canonical.desc(), Host.host).limit(1)
    )
    with app_engine().connect() as connection:
        return connection.scalar(statement) or ""


def _ask_switches(shop_id: int) -> Switches:
    unit = current_unit()
    if unit is not None and not unit.writing and unit.session.shop_id == shop_id:
        return _read_switches()
    # Never through a writing session: what it has not committed is nobody's state yet.
    bound = scope_or_none()
    scope = bound if bound is not None and bound.shop_id == shop_id else shop_scope(shop_id)
    if scope is None:
        return Switches(PluginSets(), {})
    with shop_bound(scope, SYSTEM), unit_of_work(writing=False):
        return _read_switches()


def _read_switches() -> Switches:
    rows = session().execute(_SWITCHES).all()
    sets = PluginSets.of(
        [row.plugin for row in rows if row.state == "on"],
        draining=[row.plugin for row in rows if row.state == "draining"],
    )
    return Switches(sets, {row.plugin: row.settings for row in rows})


_hosts: KeptAnswers[str, ShopScope | None] = KeptAnswers(_ask_host)
_scopes: KeptAnswers[int, ShopScope | None] = KeptAnswers(scope_of)
_switches: KeptAnswers[int, Switches] = KeptAnswers(_ask_switches)
_canonical_hosts: KeptAnswers[int, str] = KeptAnswers(_ask_canonical_host)
