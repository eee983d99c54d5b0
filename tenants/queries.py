"""Reads of the tenants part: plugins of a shop as people see them, and the record of changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select

from core.commerce.content.models import Page, PageRevision
from core.commerce.orders.models import Order, OrderHold
from core.hooks.counters import PluginHealth
from core.hooks.current import installed
from core.hooks.loading import LoadedPlugin
from core.kernel.db import session
from core.kernel.i18n import current_language
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.console.icons import ICONS
from tenants.models import AuditEntry, PluginSwitch

State = Literal["on", "draining", "off", "always", "quarantined"]


@dataclass(frozen=True, slots=True)
class PluginView:
    """A plugin as one shop has it; words are in the reader's language.

    `state`: always, when it works for every shop of the installation; quarantined, when it could not be loaded.
    `reasons` say why it could not. `wants` are the permissions of its manifest, `grants` the rights that staff may hold
    (message ids). `icon` is that of its place in the menu.
    """

    name: str
    title: str
    state: State
    version: str = ""
    summary: str = ""
    data: str = ""
    category: str = ""
    icon: str = "plug"
    changed_at: datetime | None = None
    wants: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    has_settings: bool = False
    health: PluginHealth = field(default_factory=lambda: PluginHealth(""))


@dataclass(frozen=True, slots=True)
class AuditView:
    """One change of the shop's set-up: `before` and `after` hold only what differs."""

    at: datetime
    who: str
    action: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HeldMoney:
    """Paid orders that wait for a plugin, and what was paid for them and not given back."""

    orders: int
    amount: Money


def shop_plugins() -> list[PluginView]:
    """Every plugin of the installation as the bound shop has it: those that are on first, then by title."""
    switches = {row.plugin: row for row in session().scalars(select(PluginSwitch))}
    registry = installed().registry
    views = [_view(plugin, switches.get(name)) for name, plugin in registry.plugins.items()]
    gone = [row for name, row in switches.items() if name not in registry.plugins and row.state != "off"]
    views += [_gone(row) for row in gone]
    rank = ("on", "always", "draining", "quarantined", "off")
    return sorted(views, key=lambda one: (rank.index(one.state), one.title.casefold(), one.name))


def shop_plugin(name: str) -> PluginView | None:
    """One plugin as the bound shop has it, or None."""
    return next((one for one in shop_plugins() if one.name == name), None)


def _view(plugin: LoadedPlugin, row: PluginSwitch | None) -> PluginView:
    registry, manifest, language = installed().registry, plugin.manifest, current_language()
    reasons = tuple(map(str, plugin.problems))
    if manifest is None:
        return PluginView(plugin.name, plugin.name, "quarantined", reasons=reasons)
    declared = dict(registry.declarations("declare_permissions"))
    places = dict(registry.declarations("declare_menu")).get(plugin.name, ())
    return PluginView(
        name=plugin.name,
        title=manifest.title.in_language(language),
        state=_state(plugin, row),
        version=manifest.version,
        summary=manifest.summary.in_language(language),
        data=manifest.data.in_language(language),
        category=manifest.category,
        icon=next((place.icon for place in places if place.icon in ICONS), "plug"),
        changed_at=row.changed_at if row else None,
        wants=manifest.permissions,
        grants=tuple(one.label for one in declared.get(plugin.name, ())),
        reasons=reasons,
        has_settings=plugin.name in dict(registry.declarations("declare_settings")),
        health=installed().health().get(plugin.name, PluginHealth(plugin.name)),
    )


def _state(plugin: LoadedPlugin, row: PluginSwitch | None) -> State:
    if not plugin.loaded:
        return "quarantined"
    if plugin.manifest is not None and plugin.manifest.level == "platform":
        return "always"
    states: dict[str, State] = {"on": "on", "draining": "draining"}
    return states.get(row.state, "off") if row else "off"


def _gone(row: PluginSwitch) -> PluginView:
    """A plugin that the shop has on and whose files are no longer there."""
    return PluginView(row.plugin, row.plugin, "quarantined", row.version, changed_at=row.changed_at)


def stored_settings(plugin: str) -> dict[str, Any]:
    """What the merchant filled in, as it stands in the database now."""
    found = session().scalars(select(PluginSwitch.settings).where(PluginSwitch.plugin == plugin)).first()
    return dict(found or {})


def held_money(plugin: str) -> HeldMoney:
    """The paid orders that this plugin keeps from shipping now."""
    waiting = (
        select(OrderHold.order_id)
        .where(
            OrderHold.shop_id == current_scope().shop_id,
            OrderHold.plugin == plugin,
            OrderHold.state == "waiting",
        )
        .distinct()
    )
    statement = select(
        func.count(), func.coalesce(func.sum(Order.captured_minor - Order.refunded_minor), 0)
    ).where(Order.shop_id == current_scope().shop_id, Order.id.in_(waiting))
    count, amount = session().execute(statement).one()
    return HeldMoney(int(count), Money(int(amount), current_scope().currency))


def sections_of(plugin: str) -> int:
    """How many sections of the shop's published pages the plugin draws."""
    live = (
        select(PageRevision.document)
        .join(
            Page,
            (Page.shop_id == PageRevision.shop_id)
            & (Page.id == PageRevision.page_id)
            & (Page.live_revision == PageRevision.number),
        )
        .where(Page.shop_id == current_scope().shop_id)
    )
    documents: Iterable[dict[str, Any]] = session().scalars(live)
    return sum(
        str(section.get("type", "")).startswith(f"{plugin}/")
        for document in documents
        for section in document.get("sections", {}).values()
        if isinstance(section, dict)
    )


def changes(*, limit: int, offset: int = 0, action: str | None = None) -> list[AuditView]:
    """The record of changes of the bound shop, newest first; `action` narrows it to one kind."""
    rows = session().scalars(
        _of_kind(select(AuditEntry), action)
        .order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_audit_view(row) for row in rows]


def count_changes(*, action: str | None = None) -> int:
    """How many changes (of one kind) the bound shop has on record."""
    statement = select(func.count()).where(AuditEntry.shop_id == current_scope().shop_id)
    return int(session().scalars(_of_kind(statement, action)).one())


def _of_kind(statement: Any, action: str | None) -> Any:
    return statement if action is None else statement.where(AuditEntry.action == action)


def _audit_view(row: AuditEntry) -> AuditView:
    names = [
        name for name in {**row.before, **row.after} if row.before.get(name) != row.after.get(name)
    ] or list(row.after)
    return AuditView(
        at=row.created_at,
        who=row.actor_name,
        action=row.action,
        subject=row.subject,
        before={name: row.before[name] for name in names if name in row.before},
        after={name: row.after[name] for name in names if name in row.after},
    )
